"""What the network of pages found -> the numbers that stand there, as the network of rows reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import (
    brackets,
    ctc,
    dates,
    gaps,
    grouping,
    inked,
    joined,
    layout,
    prints,
    reading,
    row,
    single_mark,
    voted,
)
from inkdigit.recognition.glyph import Glyph
from inkdigit.recognition.layout import Core, Layout
from inkdigit.recognition.model import LineModel, RowModel
from inkdigit.recognition.networks import Networks
from inkdigit.recognition.reading import Digit, Number, Separator
from inkdigit.recognition.row import Place
from inkdigit.recognition.seen import Seen
from inkdigit.recognition.voted import STEP, Mark

_STRAY = 9.0  # columns: a digit that stands so far beside every core of its row is one of them still
_SEEN_OF_INK = 0.5  # heights before and behind a place, of which ink is read once more,
_BEYOND = 1.3 * row.DIGIT  # columns, at most, from the middle of the first or last digit
_EDGE = 2.0  # steps that a digit reaches beyond its own, at the ends of a number
# A number that the network of lines reads otherwise is believed above 0. Where one of both is right, that of rows is
# (253 times of 290 on drawn pages of left-out writers), but where digits touch on clean paper.
_BASE, _LINE, _ROW = -1.8, 0.6, -1.1
_HARDLY = 0.04  # confidence of a number, less of which is a texture, in which the network of lines sees digits
_ASKED = 200  # rows: of a page with more, none is read again
_PRINT = 0.003  # of the chance of a number: a place that may be print, where brackets are common
_CONFIRMS = 0.3  # of the log probabilities of the network of digits, beside those of rows


@dataclass(frozen=True, eq=False)
class Found:
    """A number on a picture.

    Attributes:
        core: in which it was found.
        number: what was read there, boxes in pixels of the picture.
        same: 1 where the network of lines reads the same, -1 where it reads another number, 0 where nobody asked it.
    """

    core: Core
    number: Number
    same: int = 0


def read(
    model: RowModel,
    lines: LineModel,
    networks: Networks,
    grey: NDArray[np.uint8],
    seen: Layout,
    most: int | None = None,
) -> list[Found]:
    """The numbers of a picture, uint8 (h, w), in reading order.

    Args:
        model: reads rows.
        lines: reads the ink of those rows that are read unsurely.
        networks: read each digit once more.
        seen: what the network of pages says of this picture.
        most: rows that are read, those in which a number is likeliest, each but once; None: all.
    """
    askew = layout.lie(seen)
    rows = joined.rows(seen.cores, askew)
    if most is not None:
        rows = sorted(rows, key=lambda some: -max(seen.cores[at].certainty for at in some))[:most]
    again = most is None and len(rows) <= _ASKED
    cores: list[Core] = []
    numbers: list[Number] = []
    same: list[int] = []
    boxes = np.array([core.box for core in seen.cores]).reshape(-1, 4)
    read = voted.rows(model, grey, [[seen.cores[at] for at in some] for some in rows], askew, again)
    read = gaps.settled(read, askew) if most is None else read
    for some, one in zip(rows, read, strict=True):
        own = [(core, joined.columns(core, one.place)) for core in one.cores]
        for marks, ends in grouping.numbers(_own(one.path, one.place, some, boxes), one.core_at):
            core = _core(marks, own)
            if core is None:
                continue
            number = _number(marks, core.printed >= _PRINT, one.logits, ends, one.pixels, one.place)
            sure = one.share * one.sure_between(marks[0][1], marks[-1][1])
            number, agree = replace(number, certainty=number.certainty * sure), 0
            if again and not _has_strokes(number) and number.confidence < voted.NEEDS_NOBODY:
                number, agree = _asked(number, marks, ends, lines, grey, one.pixels, one.place)
            numbers.append(replace(number, printed=core.kind == layout.PRINT))
            cores.append(core)
            same.append(agree)
    checked = confirmed(numbers, networks)
    checked = checked if most is not None else _told(checked, cores, networks, askew)
    found = [Found(core, one, agree) for core, one, agree in zip(cores, checked, same, strict=True)]
    return in_order(found, askew)


def _core(marks: Sequence[Mark], own: Sequence[tuple[Core, tuple[float, float]]]) -> Core | None:
    """The core in which most digits of a number stand; None where all of them stand beside those of the row."""
    found: list[Core] = []
    for label, step in marks:
        if label < row.OTHER:
            core, off = min(
                ((core, max(left - STEP * step, STEP * step - right)) for core, (left, right) in own),
                key=lambda one: one[1],
            )
            found += [core] if off <= _STRAY else []
    return max(found, key=lambda one: sum(one is other for other in found), default=None)


def _has_strokes(number: Number) -> bool:
    """Whether it has slashes or brackets: these are ones to the network of lines, which knows no signs."""
    return any(sign.kind in ("/", "(", ")") for sign in number.separators)


def _asked(
    number: Number,
    marks: Sequence[Mark],
    ends: tuple[float, float],
    lines: LineModel,
    grey: NDArray[np.uint8],
    pixels: NDArray[np.float32],
    where: Place,
) -> tuple[Number, int]:
    """What was read along a row or, where that is believed more, in its ink; and whether both are the same digits."""
    inset = (row.MARGIN - _SEEN_OF_INK) * row.DIGIT
    steps = [step for _, step in marks]
    left = max(inset, STEP * ends[0], STEP * steps[0] - _BEYOND)
    right = min(pixels.shape[1] - inset, STEP * ends[1], STEP * steps[-1] + _BEYOND)
    part = where.part(left, right)
    line = inked.read(lines, grey, part, _is_bright(pixels, steps))
    if not line.is_number:
        return number, 0
    if line.text == number.text:
        return number, 1
    odds = _BASE + _LINE * log_odds(line.chance) + _ROW * log_odds(number.confidence)
    if odds <= 0 or number.confidence < _HARDLY:
        return number, -1
    begins = (left + right - part.columns) / 2
    steps = [(begins + middle) / STEP for middle in line.middles]
    labels = [int(mark) for mark in line.text]
    return _made(labels, steps, line.chances, (left / STEP, right / STEP), line.chance, pixels, where), -1


def _told(numbers: Sequence[Number], cores: Sequence[Core], networks: Networks, askew: float) -> list[Number]:
    """The numbers of a page, each printed or written by hand, as its own digits and those of its column say."""
    marks = [digit.glyph for one in numbers for digit in one.digits]
    if networks.prints is None or not marks:
        return list(numbers)
    odds = networks.prints.odds(np.stack(marks)[:, None])
    printed = prints.are_printed(numbers, cores, odds, askew)
    return [replace(one, printed=is_print) for one, is_print in zip(numbers, printed, strict=True)]


def log_odds(chance: float) -> float:
    """Of a chance, which is kept between 0.001 and 0.999."""
    kept = min(max(chance, 1e-3), 1 - 1e-3)
    return float(np.log(kept / (1 - kept)))


def confirmed(numbers: Sequence[Number], networks: Networks) -> list[Number]:
    """The numbers with each digit read once more, alone; no number becomes surer by that.

    What a mark like a corrected one is, the hand that was learned says.
    """
    marks = [Seen(Glyph(one.glyph), one.box) for number in numbers for one in number.digits]
    if not marks:
        return []
    pairs = iter(zip(networks.chances(marks), networks.taught(marks), strict=True))
    found = []
    for number in numbers:
        digits = tuple(_together(digit, *next(pairs)) for digit in number.digits)
        sure = Number(number.digits).confidence / max(1e-9, Number(digits).confidence)
        found.append(replace(number, digits=digits, certainty=number.certainty * min(1.0, sure)))
    return found


def _together(digit: Digit, alone: NDArray[np.float32], taught: bool) -> Digit:
    """A digit as the network of rows and that of digits read it together."""
    if digit.value is None or not digit.glyph.any():
        return digit
    if taught:
        return reading.judge(alone, 0.5, digit.glyph, digit.box)
    chances = digit.probabilities.astype(np.float64) * np.maximum(alone[:10], 1e-4) ** _CONFIRMS
    chances /= chances.sum()
    best = int(chances.argmax())
    sure = min(reading.MOST_SURE, digit.confidence * float(chances[best]) / float(digit.probabilities[digit.value]))
    return replace(digit, value=best, confidence=sure, probabilities=chances.astype(np.float32))


def in_order(found: Sequence[Found], askew: float) -> list[Found]:
    """Row by row, and from left to right in each, on a page that is askew by that angle."""
    turn = np.array([[np.cos(askew), np.sin(askew)], [-np.sin(askew), np.cos(askew)]])
    middles = [turn @ np.array(one.core.middle) for one in found]
    left = sorted(range(len(found)), key=lambda at: float(middles[at][1]))
    ordered: list[int] = []
    while left:
        first = left[0]
        line = middles[first][1] + 0.6 * found[first].core.height
        same = [at for at in left if middles[at][1] <= line]
        ordered += sorted(same, key=lambda at: float(middles[at][0]))
        left = left[len(same) :]
    return [found[at] for at in ordered]


def _own(path: Sequence[Mark], where: Place, own: Sequence[int], boxes: NDArray[np.float64]) -> list[Mark]:
    """The marks of a row, with a gap instead of those that stand in a core of another row, and are read there.

    Args:
        own: the places of the row's own cores.
        boxes: (n, 4), of all cores, in pixels of the picture.
    """
    kept: list[Mark] = []
    for label, step in path:
        if label != row.GAP:
            x, y = where.warp() @ np.array([STEP * step + 0.5, (row.HIGH - 1) / 2, 1])
            inside = (boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])
            if inside.any() and not inside[list(own)].any():
                kept.append((row.GAP, step))
                continue
        kept.append((label, step))
    return kept


def _number(
    marks: Sequence[Mark],
    may_be_print: bool,
    scores: NDArray[np.float32],
    ends: tuple[float, float],
    pixels: NDArray[np.float32],
    where: Place,
) -> Number:
    """Marks between two gaps -> their number."""
    ends = (ends[0], min(ends[1], float(len(scores))))
    first, last = int(np.ceil(ends[0])), int(np.ceil(ends[1]))
    labels, steps = [label for label, _ in marks], [step for _, step in marks]
    chance = float(np.exp(ctc.log_probability(scores[first:last], labels))) if last > first else 0.0
    part = scores[first:last]
    told = (dates.as_date(labels, part) or brackets.as_bracketed(labels, part, may_be_print)) if last > first else None
    if told is not None:
        labels, chance = told
    return _made(labels, steps, ctc.probabilities(scores, steps), ends, chance, pixels, where)


def _made(
    labels: Sequence[int],
    steps: Sequence[float],
    rows: NDArray[np.float32],
    ends: tuple[float, float],
    chance: float,
    pixels: NDArray[np.float32],
    where: Place,
) -> Number:
    """The number of marks, with their steps and chances."""
    edges = [max(ends[0], steps[0] - _reach(steps)), *[(a + b) / 2 for a, b in pairwise(steps)]]
    edges.append(min(ends[1], steps[-1] + _reach(steps)))
    bright = _is_bright(pixels, steps)
    digits: list[Digit] = []
    signs: list[Separator] = []
    for label, step, chances, (left, right) in zip(labels, steps, rows, pairwise(edges), strict=True):
        first, middle, last = (STEP * one + 0.5 for one in (left, step, right))
        shown, box = single_mark.cut(pixels, bright, first, middle, last, where)
        if label <= row.OTHER:
            digits.append(reading.judge(chances, 0.5, shown, box))
        else:
            signs.append(Separator(row.LABELS[label], len(digits), box))
    sure = Number(tuple(digits)).confidence
    return Number(tuple(digits), tuple(signs), min(1.0, chance / max(1e-9, sure)))


def _reach(steps: Sequence[float]) -> float:
    """How far the first and the last mark reach beyond their steps."""
    gaps = [b - a for a, b in pairwise(steps)]
    return max(_EDGE, 0.5 * float(np.median(gaps))) if gaps else row.DIGIT / 2 / STEP


def _is_bright(pixels: NDArray[np.float32], steps: Sequence[float]) -> bool:
    """Whether the ink of a row is brighter than its paper, where its marks are."""
    wide = pixels.shape[1]
    columns = sorted({int(np.clip(STEP * step + off, 0, wide - 1)) for step in steps for off in (-2, 0, 2)})
    some = pixels[6:-6, columns]
    return bool(some.max() > -some.min())
