"""Writer adaptation: the profile of what a person corrected and kept, made again whenever the store changes."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import threading
from typing import Any

from inkdigit.errors import ModelError, StoreError
from inkdigit.reader import Reader
from inkdigit.recognition import profile
from inkdigit.store.store import Store

LESSON = "my hand"
"""The tag of what was written to be learned."""


class Adaptation:
    """Reads a person's hand as the corrected drawings in a store teach. Safe to call from several threads.

    Args:
        reader: the reader of everybody's hand.
        store: what the person kept.
    """

    def __init__(self, reader: Reader, store: Store) -> None:
        self._store = store
        self._reader = reader  # with the newest profile
        self._revision = 0
        self._taught = b""  # the digest of what it was made of
        self._tickets = itertools.count()
        self._looked = -1  # the ticket of whoever looked into the store last
        self._alone: dict[int, bool] = {}  # id of a digit -> whether it counts little yet
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
            {"marks", "right_before", "right_left_out", "strength"}: see profile.Profile; zeros without marks.

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
            made = self._reader.profile
        names = ("marks", "right_before", "right_left_out", "strength")
        return {name: getattr(made, name) if made else 0 for name in names}

    def _look(self) -> None:
        """Learns what the store teaches, where that is something else than before. Raises StoreError, ModelError."""
        revision = self._store.revision()
        if revision == self._revision:
            return
        glyphs, labels, ids = self._store.labelled(self._reader.script)
        taught = hashlib.sha256(glyphs.tobytes() + labels.tobytes() + ids.tobytes()).digest()
        if taught != self._taught:  # most of what is written to a store corrects nothing
            found = profile.learn(self._reader.model, glyphs, labels) if len(labels) else None
            self._reader = self._reader.personal(found)
            self._alone = (
                dict(zip(ids[-len(found.alone) :].tolist(), found.alone.tolist(), strict=True)) if found else {}
            )
            self._taught = taught
        self._revision = revision

    def lessons(self, most: int | None = None) -> list[dict[str, Any]]:
        """The newest drawings that teach, newest first, each with "alone": it counts little, until another agrees.

        Raises:
            StoreError: the store cannot be read.
            ModelError: the reader's model has no embedding.
        """
        self.learn()
        owners: dict[int, list[int]] = {}
        for drawing, digit in self._store.lessons():
            owners.setdefault(drawing, []).append(digit)
        found = [self._store.get(one) for one in sorted(owners, reverse=True)[:most]]
        return [
            one.to_json() | {"alone": any(self._alone.get(mark, False) for mark in owners[one.id])} for one in found
        ]

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
