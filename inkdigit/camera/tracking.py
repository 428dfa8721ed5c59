"""Readings of frame after frame -> the numbers that are settled: read the same in several frames, at about one place.

Tracking by detection: each frame is read for itself, and readings are joined to tracks by place and votes.

A hand shakes, light flickers, the camera refocuses: now and then a frame of a film is misread. What is shown to people
must not jump about with it. AGREE, WINDOW and PATIENCE were chosen on composed films (benchmarks/camera.py): without
them a wrong number stands on the picture much more often; docs/camera.md has the figures.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.strokes import Box
from inkdigit.recognition.reading import Number, Page

AGREE = 6  # frames that must have read the same
WINDOW = 8  # among so many of the newest frames
PATIENCE = 8  # frames without that reading after which a settled number goes
_PAUSE = 2.0  # seconds without a frame after which all is forgotten
_NEAR = 0.9  # of the height: a number moves no farther from where it is expected in one frame
_ALIKE = 0.3  # of the area of both: or its place overlaps by that
_OTHER_TEXT = 0.4  # of the height: another text counts like being that much farther away
_MOST_TALLER = 2.0
_AT_ONCE = 0.1  # of the height: a box shown that far off goes where the number was read at once
_LEAST_STEP = 0.25  # of the way; what is nearer is rather a shaking hand
_ROW = 0.55  # of the height: a number with its middle no lower stands in the same row
_EDGE = 0.005  # of the longer side of the picture
_COVERED = 0.5  # of its box: where something else is read now, an older number is not shown


@dataclass(frozen=True, eq=False)
class Settled:
    """A number that may be shown.

    Attributes:
        id: the same from frame to frame, from 1.
        number: the reading of middle confidence among those that agree, its boxes where it stands now.
        since: when this text settled, in the time of the frames.
        seen: whether the newest frame was read so too.
    """

    id: int
    number: Number
    since: float
    seen: bool

    def to_json(self) -> dict[str, Any]:
        """The number in the one JSON shape, with "id", "since" and "seen"."""
        return {"id": self.id, "since": round(self.since, 3), "seen": self.seen, **self.number.to_json()}


class Tracker:
    """Follows numbers over the frames of one camera. Give it each frame's reading; it answers what is settled.

    Args:
        agree: frames that must have read the same, from 1.
        window: among so many of the newest frames, at least `agree`.
        patience: frames without that reading after which a settled number goes, from 1.
    """

    def __init__(self, agree: int = AGREE, window: int = WINDOW, patience: int = PATIENCE) -> None:
        if not 1 <= agree <= window or patience < 1:
            raise ValueError(f"1 <= agree <= window and 1 <= patience, not {agree}, {window}, {patience}")
        self._agree, self._window, self._patience = agree, window, patience
        self._count = 0
        self._forget()

    def _forget(self) -> None:
        self._tracks: list[_Track] = []
        self._drift = np.zeros(2)
        self._time: float | None = None
        self._size = (0, 0)

    def add(self, page: Page, time: float) -> tuple[Settled, ...]:
        """The reading of the next frame, at a time in seconds -> what is settled now, in reading order."""
        paused = self._time is not None and abs(time - self._time) > _PAUSE
        if paused or page.size != self._size:  # another camera, or the phone was turned
            self._forget()
        self._time, self._size = time, page.size
        numbers = [number for number in page.numbers if _is_whole(number, page.size)]
        boxes = np.array([number.box for number in numbers]).reshape(-1, 4)
        matched = self._matched(numbers, boxes)
        same = [(one, at) for one, at in matched.items() if numbers[at].text == self._tracks[one].likely]
        moves = [boxes[at] - self._tracks[one].place for one, at in same]
        self._drift = np.median([(move[:2] + move[2:]) / 2 for move in moves], axis=0) if moves else np.zeros(2)
        for place, track in enumerate(self._tracks):
            track.follow(numbers[matched[place]] if place in matched else None, self._drift)
        known = set(matched.values())
        self._tracks += [_Track(number, self._window) for at, number in enumerate(numbers) if at not in known]
        for track in self._tracks:
            self._settle(track, time)
        self._tracks = [track for track in self._tracks if track.text is not None or track.missed < self._window]
        return self._shown()

    def _matched(self, numbers: Sequence[Number], boxes: NDArray[Any]) -> dict[int, int]:
        """Place of a track -> place of the number that it is now: the nearest first."""
        if not numbers or not self._tracks:
            return {}
        expected = np.array([track.place for track in self._tracks]) + np.tile(self._drift, 2)
        others = [[track.likely != number.text for number in numbers] for track in self._tracks]
        apart = _apart(expected, boxes) + _OTHER_TEXT * np.array(others)
        matched: dict[int, int] = {}
        for flat in np.argsort(apart, axis=None, kind="stable")[: np.isfinite(apart).sum()]:
            one, at = divmod(int(flat), len(numbers))
            if one not in matched and at not in matched.values():
                matched[one] = at
        return matched

    def _settle(self, track: _Track, time: float) -> None:
        """Lets a text settle that enough frames have read, and go when none of the newest has."""
        votes = track.votes()
        if track.text is not None and (track.unread >= self._patience or 2 * votes[track.text] < votes.total()):
            track.text = None
        best = max(votes, key=lambda text: (votes[text], track.chance(text)), default="")
        if track.text is None and votes[best] >= self._agree and 2 * votes[best] > votes.total():
            track.settle(best, time)
            if not track.id:
                self._count += 1
                track.id = self._count

    def _shown(self) -> tuple[Settled, ...]:
        settled = [track for track in self._tracks if track.text is not None]
        now = [track for track in settled if track.unread == 0]
        shown = [track for track in settled if track in now or not any(_covers(one.box, track.box) for one in now)]
        return tuple(
            Settled(track.id, track.number(), track.since, track.unread == 0) for track in _in_reading_order(shown)
        )


class _Track:
    """One number over the frames."""

    def __init__(self, number: Number, window: int) -> None:
        self.id = 0  # until it settles
        self.text: str | None = None  # settled
        self.since = 0.0
        self.place = np.array(number.box)  # box where it was read last, moved with the others since
        self.box = self.place  # the same, smoothed
        self.readings: deque[Number | None] = deque([number], window)
        self.missed = 0  # frames without any number at its place
        self.unread = 0  # frames without the settled text
        self._kept = number

    @property
    def likely(self) -> str:
        """The text to look for: the settled one, else the newest."""
        if self.text is not None:
            return self.text
        return next((one.text for one in reversed(self.readings) if one is not None), "")

    def follow(self, number: Number | None, drift: NDArray[Any]) -> None:
        """The next frame: what was read at its place, and how far the numbers of the picture moved."""
        agrees = number is not None and self.text in (None, number.text)
        if number is not None and agrees:
            self.place = np.array(number.box)
            self._approach()
        else:  # half of a number has another box, so only the others tell where this one went
            self.place = self.place + np.tile(drift, 2)
            self.box = self.box + np.tile(drift, 2)
        self.readings.append(number)
        self.missed = 0 if number is not None else self.missed + 1
        self.unread = 0 if agrees else self.unread + 1

    def _approach(self) -> None:
        """Brings the smoothed box near to where the number was read: the farther off, the faster."""
        off = float(np.abs(self.place - self.box).max())
        height = float(self.place[3] - self.place[1])
        self.box = self.box + np.clip(off / max(1e-6, _AT_ONCE * height), _LEAST_STEP, 1) * (self.place - self.box)

    def settle(self, text: str, time: float) -> None:
        """The text that is shown from now on."""
        self.text, self.since = text, time
        same = [one.text == text for one in reversed(self.readings) if one is not None]
        newest = next(one for one in reversed(self.readings) if one is not None and one.text == text)
        self.unread = same.index(True)
        if self.unread == 0 or not self.id:
            self.place = self.box = np.array(newest.box)

    def votes(self) -> Counter[str]:
        """How many of the newest frames read each text."""
        return Counter(one.text for one in self.readings if one is not None)

    def chance(self, text: str) -> float:
        """The confidences of the readings with that text, summed."""
        return sum(one.confidence for one in self.readings if one is not None and one.text == text)

    def number(self) -> Number:
        """The settled reading of middle confidence, where the number stands now."""
        same = [one for one in self.readings if one is not None and one.text == self.text]
        if same:
            self._kept = sorted(same, key=lambda one: one.confidence)[len(same) // 2]
        return _placed(self._kept, self.box)


def _in_reading_order(tracks: Sequence[_Track]) -> list[_Track]:
    """Rows from top to bottom, each from left to right."""
    rows: list[list[_Track]] = []
    for track in sorted(tracks, key=lambda one: float(one.box[1] + one.box[3])):
        last = rows[-1] if rows else []
        level = float(np.mean([one.box[1] + one.box[3] for one in last]) / 2) if last else 0.0
        if last and (track.box[1] + track.box[3]) / 2 - level < _ROW * (track.box[3] - track.box[1]):
            last.append(track)
        else:
            rows.append([track])
    return [track for row in rows for track in sorted(row, key=lambda one: float(one.box[0]))]


def _is_whole(number: Number, size: tuple[int, int]) -> bool:
    """Whether it stands clear of the edge of the picture, where more of it may be hidden."""
    if number.box is None:
        return False
    left, top, right, bottom = number.box
    edge = _EDGE * max(size)
    return left > edge and top > edge and right < size[0] - edge and bottom < size[1] - edge


def _apart(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Distances of the middles of boxes, (n, 4) and (m, 4), in heights: (n, m); infinite where it is another number."""
    first, second = one[:, None], other[None]
    high = np.maximum(np.stack(np.broadcast_arrays(*(box[..., 3] - box[..., 1] for box in (first, second)))), 1e-6)
    off = (first[..., :2] + first[..., 2:] - second[..., :2] - second[..., 2:]) / 2
    apart = np.linalg.norm(off, axis=2) / high.max(axis=0)
    shared = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    both = np.prod(np.maximum(shared, 0), axis=2)
    areas = [np.prod(box[..., 2:] - box[..., :2], axis=2) for box in (first, second)]
    alike = both > _ALIKE * (areas[0] + areas[1] - both)
    size = high.max(axis=0) <= _MOST_TALLER * high.min(axis=0)
    return np.asarray(np.where(size & (alike | (apart < _NEAR)), apart, np.inf))


def _covers(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether a box covers a good part of another."""
    shared = np.maximum(0, np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]))
    return bool(np.prod(shared) > _COVERED * np.prod(other[2:] - other[:2]))


def _placed(number: Number, box: NDArray[Any]) -> Number:
    """The same number moved and stretched into a box."""
    old = np.array(number.box)
    scale = (box[2:] - box[:2]) / np.maximum(1e-6, old[2:] - old[:2])

    def moved(part: Box | None) -> Any:
        """A box of a digit or a separator, moved along."""
        if part is None:
            return None
        return tuple(float(side) for side in ((np.reshape(part, (2, 2)) - old[:2]) * scale + box[:2]).ravel())

    digits = tuple(replace(digit, box=moved(digit.box)) for digit in number.digits)
    return replace(
        number, digits=digits, separators=tuple(replace(mark, box=moved(mark.box)) for mark in number.separators)
    )
