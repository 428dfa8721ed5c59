"""What ends the process that reads it, again and again, is found and passed over.

A note beside the results says that a part is being read. Who finds one there knows that it was left in the middle, and
from then on writes down each item before reading it. An item that was under way at two such ends is not tried again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from inkdigit.batch.place import Place

NONE = -1  # no item is being read
_ENDS = 2  # one may be a machine that was switched off


@dataclass(frozen=True)
class Attempt:
    """A part that is being read.

    Attributes:
        note: the file that says so.
        is_careful: whether an earlier attempt was left in the middle.
        ends: place of an item in the part -> how many attempts were left while it was read.
    """

    note: Place
    is_careful: bool = False
    ends: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def begin(cls, note: Place) -> Attempt:
        """Writes the note, or takes up the one that is there. Raises OSError."""
        try:
            found = json.loads(note.read(1 << 24))
            ends = Counter({int(item): int(times) for item, times in found["ends"].items()})
            ends[int(found["item"])] += 1
        except FileNotFoundError:
            return cls(note)._noted(NONE)
        except (ValueError, KeyError, TypeError, AttributeError):  # half a note: its writer was ended too
            ends = Counter()
        ends.pop(NONE, None)
        return replace(cls(note), is_careful=True, ends=dict(ends))._noted(NONE)

    def reading(self, item: int) -> None:
        """Says which item is read next; nothing is written where no attempt failed before."""
        if self.is_careful:
            self._noted(item)

    def is_given_up(self, item: int) -> bool:
        """Whether attempts ended at that item too often."""
        return self.ends.get(item, 0) >= _ENDS

    def end(self) -> None:
        """Removes the note: the results are written."""
        self.note.remove()

    def _noted(self, item: int) -> Attempt:
        ends = {str(one): times for one, times in self.ends.items()}
        self.note.write(json.dumps({"item": item, "ends": ends}).encode())
        return self
