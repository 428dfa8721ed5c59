"""Writer adaptation: the profile of what a person corrected and kept, made again whenever the store changes."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import ModelError, StoreError
from inkdigit.models import catalogue
from inkdigit.reader import Reader
from inkdigit.recognition import profile
from inkdigit.recognition.profile import Profile
from inkdigit.store.store import Store

LESSON = "my hand"
"""The tag of what was written to be learned."""


@dataclass(frozen=True, eq=False)
class _Taught:
    """What the marks of a script teach: the digest of these marks, their profile, and which of them count little."""

    digest: bytes
    profile: Profile | None
    alone: dict[int, bool]  # id of a digit -> whether it counts little yet


class Adaptation:
    """Reads a person's hand as the corrected drawings in a store teach. Safe to call from several threads.

    Args:
        reader: the reader of everybody's hand, in a script, or one that finds the script: then of the hand in each.
        store: what the person kept.
    """

    def __init__(self, reader: Reader, store: Store) -> None:
        self._store = store
        self._scripts = catalogue.ship() if reader.finds_script else [reader.script]
        self._everybody = self._reader = reader  # the second with the newest profiles
        self._seen: tuple[int, int] | None = (0, 0)  # which file, and how many writes of it
        self._taught: dict[str, _Taught] = {}  # by script
        self._tickets = itertools.count()
        self._looked = -1  # the ticket of whoever looked into the store last
        self._lock = threading.Lock()

    def reader(self) -> Reader:
        """The reader of this hand; everybody's as long as nothing was corrected, the last one when the store fails."""
        with contextlib.suppress(
            StoreError, ModelError
        ):  # a drawing is read all the same; /api/hand says what is wrong
            self.learn()
        return self._reader

    def learn(self) -> dict[str, Any]:
        """Makes the profile again if the corrections in the store have changed, and says what it is made of.

        Who waits while another learns takes what the next one to look finds: many who ask at once learn once.

        Returns:
            {"marks", "right_before", "right_left_out", "strength"}: see profile.Profile; zeros without marks, and of
            several scripts their sums and the largest strength.

        Raises:
            StoreError: the store cannot be read.
            ModelError: the reader's model has no embedding, so that it cannot learn.
        """
        asked = next(self._tickets)
        with self._lock:
            if asked > self._looked:
                looked = next(self._tickets)  # whoever asked before this sees what is found now
                self._look()
                self._looked = looked
            made = [one.profile for one in self._taught.values() if one.profile]
        counted = {
            name: sum(getattr(one, name) for one in made) for name in ("marks", "right_before", "right_left_out")
        }
        return counted | {"strength": max((one.strength for one in made), default=0)}

    def _look(self) -> None:
        """Learns what the store teaches, where that is something else than before. Raises StoreError, ModelError."""
        revision = self._store.revision()
        seen = (self._store.replaced, revision)  # another file may have seen as many writes
        if seen == self._seen:
            return
        found = {script: self._marks(script, *self._store.labelled(script)) for script in self._scripts}
        if any(one is not self._taught.get(script) for script, one in found.items()):
            self._reader = self._everybody.taught({name: one.profile for name, one in found.items() if one.profile})
            self._taught = found
        self._seen = seen

    def _marks(
        self, script: str, glyphs: NDArray[np.uint8], labels: NDArray[np.int64], ids: NDArray[np.int64]
    ) -> _Taught:
        """What these marks teach; what is known already where they are the same. Raises ModelError."""
        digest = hashlib.sha256(glyphs.tobytes() + labels.tobytes() + ids.tobytes()).digest()
        known = self._taught.get(script)
        if known and known.digest == digest:  # most of what is written to a store corrects nothing
            return known
        if not len(labels):
            return _Taught(digest, None, {})
        made = profile.learn(self._everybody.of_script(script).model, glyphs, labels)
        return _Taught(digest, made, dict(zip(ids[-len(made.alone) :].tolist(), made.alone.tolist(), strict=True)))

    def lessons(self, most: int | None = None) -> list[dict[str, Any]]:
        """The newest drawings that teach, newest first, each with "alone": it counts little, until another agrees.

        Raises:
            StoreError: the store cannot be read.
            ModelError: the reader's model has no embedding.
        """
        self._seen = None  # looked at in any case: another store may have been copied into the file
        self.learn()
        alone = {mark: weak for one in self._taught.values() for mark, weak in one.alone.items()}
        owners: dict[int, list[int]] = {}
        for drawing, digit in self._store.lessons():
            owners.setdefault(drawing, []).append(digit)
        found = [self._store.get(one) for one in sorted(owners, reverse=True)[:most]]
        return [one.to_json() | {"alone": any(alone.get(mark, False) for mark in owners[one.id])} for one in found]

    def forget(self) -> dict[str, Any]:
        """Takes every lesson back: what was written to be learned is deleted, what was corrected is so no more.

        Returns:
            {"deleted": ids, "taken_back": [{"id", "correct": labels}]}, by which it can be undone.
        """
        lessons = self.lessons()
        deleted = self._store.delete([one["id"] for one in lessons if LESSON in one["tags"]])
        taken = [one for one in lessons if one["id"] not in deleted]
        for one in taken:
            self._store.change(one["id"], correct=[None] * len(one["digits"]))
        back = [{"id": one["id"], "correct": [digit["correct"] for digit in one["digits"]]} for one in taken]
        return {"deleted": deleted, "taken_back": back}
