"""Places of drawn pages that the network of rows learns from: strips of a picture, and the marks that they show."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation.paper import canvas, kinds, material, shot
from inkdigit.evaluation.paper.canvas import Item
from inkdigit.recognition import row, slant
from inkdigit.recognition.row import Place
from inkdigit.settings import Settings
from inkdigit.training.strips import Strips

Mark = tuple[int, float]  # a label, and the column of its middle; NaN for a gap, and for what is no digit and no sign
Shown = tuple[NDArray[np.uint8], list[Mark]]  # a place, uint8 (32, w), and what it shows
_PAGE = (640, 640)  # pixels
_HEIGHTS = (14.0, 44.0)  # pixels of a digit on it
_EACH = 48  # places of a page, at most: more would be too much of one hand
_WORDS = 0.3  # of the words on a page are shown
_CHEQUES = 0.2  # of the pages: amounts with what stands around them are rare on others
_JOINED = 0.45  # of the places go on over what stands next in the same row
_NOTHING = 2  # places of a page where nothing is written
_CUT_OUT = 0.15  # of the places are cut tightly, as programs cut a field from a form
_NEXT = 2.0  # heights of a digit: what stands further away is not next
_LEVEL = (7.0, 10.5)  # rows off the middle: a mark up to the first is read, one beyond the second is not
_HALF = 1.5  # columns: a mark so near to where reading begins may be read or not
_WORD_SEEN = 0.3  # of the height of a digit: so much of a word is seen as one
_SIZES = (0.45, 2.0)  # of the digits of a place: a number of another size is not asked for
_TRIES = 4  # to lay a place so that all its marks are seen wholly, or not
_AS_IT_LIES = 0.15  # of the places are not laid upright
_UPRIGHT = (0.6, 1.1)  # times as far as the page leans,
_SLANT = 0.08  # and so much off: reading finds it only roughly
_VALIDATION = 60  # pages
_RANGED = 40  # pages, for the ranges of the file
_TWICE = (row.OTHER, row.GAP)  # two of these, one behind the other, are one
_SIGNS = {sign: row.OTHER + 1 + at for at, sign in enumerate(row.SIGNS)} | {" ": row.GAP}


def validation(
    settings: Settings, seed: int, fold: int, shown: tuple[str, ...] = tuple(kinds.KINDS), held: bool = True
) -> Strips:
    """The places of some pages of the writers of a fold, which no training shows; or of all others, as training does.

    Raises:
        DataError: a data set is missing or damaged.
    """
    found = Strips("places", [], [])
    for page in range(_VALIDATION if held else _RANGED):
        for pixels, marks in of_page(settings, fold, held, shown, (seed, 7, page)):
            found.pixels.append(pixels)
            found.labels.append([label for label, _ in marks])
    return found


@lru_cache(maxsize=2)
def _material(settings: Settings, fold: int, held: bool) -> material.Material:
    return material.collect(settings, fold, held)


def of_page(settings: Settings, fold: int, held: bool, shown: tuple[str, ...], seed: tuple[int, ...]) -> list[Shown]:
    """Places of one page, and what is written on each."""
    cv2.setNumThreads(1)
    random = np.random.default_rng((*seed, 3))
    if "cheque" in shown and random.random() < _CHEQUES:
        shown = ("cheque",)
    height = float(np.exp(random.uniform(*np.log(_HEIGHTS))))
    return cut_from(shot.draw(_material(settings, fold, held), random, _PAGE, shown, height), random)


def cut_from(made: shot.Shot, random: np.random.Generator) -> list[Shown]:
    """Places of a page, uint8 (32, w) each, and the marks that are written there."""
    chosen = [one for one in made.items if one.kind != canvas.WORD or random.random() < _WORDS]
    groups = []
    for at in random.permutation(len(chosen))[:_EACH]:
        groups.append([chosen[at]])
        while random.random() < _JOINED and (after := _next(groups[-1][-1], made.items)) is not None:
            groups[-1].append(after)
    leans = slant.of_rows(made.picture, [_around(group) for group in groups])
    found = []
    for group in groups:
        picture, items = made.picture, made.items
        if random.random() < _CUT_OUT:
            picture, items = _cut_out(picture, group, random), tuple(group)
        exact = _around(group)
        for _ in range(_TRIES):
            where = replace(_loosely(exact, random), slant=_leaning(leans, random))
            marks = marks_in(where, items)
            if marks is not None and where.columns < row.WIDEST:
                found.append((row.cut(picture, where), marks))
                break
    for _ in range(_NOTHING):
        empty = _empty(made, random)
        if empty is not None:
            found.append((row.cut(made.picture, empty), []))
    return found


def marks_in(where: Place, items: Sequence[Item]) -> list[Mark] | None:
    """What a place shows: the marks whose middle lies in it, level with its writing, and words, a gap between two.

    Returns:
        None where a mark lies so that it might be read or not.
    """
    to_row = cv2.invertAffineTransform(where.warp())
    first, last = row.EDGE, where.columns - 1 - row.EDGE
    found: list[tuple[float, list[Mark]]] = []
    for one in items:
        points = (one.middles if one.kind != canvas.WORD else one.quad) @ to_row[:, :2].T + to_row[:, 2]
        columns, off = points[:, 0], np.abs(points[:, 1] - (row.HIGH - 1) / 2)
        if one.kind == canvas.WORD:
            left, right = max(first, float(columns.min())), min(last, float(columns.max()))
            level = abs(float(points[:, 1].mean()) - (row.HIGH - 1) / 2)
            if level <= sum(_LEVEL) / 2 and right - left > _WORD_SEEN * row.DIGIT:
                found.append((left, [(row.OTHER, np.nan)]))
            continue
        seen = (columns >= first) & (columns <= last) & (off <= _LEVEL[0])
        may = (columns >= first - _HALF) & (columns <= last + _HALF) & (off <= _LEVEL[1])
        clear = seen & (columns >= first + _HALF) & (columns <= last - _HALF)
        solid = np.array([mark != " " for mark in one.written])
        if (may & ~clear & solid).any():
            return None
        if (seen & solid).any():
            if not _SIZES[0] < one.height / where.height < _SIZES[1]:
                return None
            marks = [_mark(mark, at) for mark, at in zip(one.written, columns.tolist(), strict=True)]
            found.append((float(columns[seen].min()), list(itertools.compress(marks, seen))))
    in_order = sorted(found, key=lambda one: (one[0], [label for label, _ in one[1]]))
    return _once([mark for _, some in in_order for mark in ((row.GAP, np.nan), *some)])


def labelled(mark: str) -> int:
    """The label of a character: what is no digit and no sign is other."""
    return int(mark) if mark.isdigit() else _SIGNS.get(mark, row.OTHER)


def _mark(written: str, column: float) -> Mark:
    """A character in the middle of a column."""
    label = labelled(written)
    return label, np.nan if label in _TWICE else column


def _once(marks: Sequence[Mark]) -> list[Mark]:
    """Without a mark that is none, or a gap, right behind another one, and without gaps at the ends."""
    kept = [one for at, one in enumerate(marks) if not (at and one[0] in _TWICE and marks[at - 1][0] == one[0])]
    while kept and kept[0][0] == row.GAP:
        kept.pop(0)
    while kept and kept[-1][0] == row.GAP:
        kept.pop()
    return kept


def _around(group: Sequence[Item]) -> Place:
    """The place of what stands in a row."""
    corners = np.concatenate([one.quad for one in group])
    first, last = group[0].quad, group[-1].quad
    along = (last[1] + last[2] - first[0] - first[3]) / 2
    angle = float(np.arctan2(along[1], along[0]))
    turned = corners @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    low, far = turned.min(axis=0), turned.max(axis=0)
    middle = (low + far) / 2 @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    height = float(np.median([one.height for one in group]))
    return Place((float(middle[0]), float(middle[1])), float(far[0] - low[0]), height, angle)


def _next(one: Item, items: Sequence[Item]) -> Item | None:
    """What stands next to the right in the same row."""
    across = one.quad[1] - one.quad[0]
    across = across / max(1e-3, float(np.hypot(*across)))
    down = np.array([-across[1], across[0]])
    end, middle = float((one.quad[1:3] @ across).mean()), float((one.quad @ down).mean())
    best, nearest = None, _NEXT * one.height
    for other in items:
        if other is one or not 0.6 < other.height / max(1.0, one.height) < 1.7:
            continue
        gap = float((other.quad[[0, 3]] @ across).mean()) - end
        if -0.2 * one.height < gap < nearest and abs(float((other.quad @ down).mean()) - middle) < 0.4 * one.height:
            best, nearest = other, gap
    return best


def _loosely(where: Place, random: np.random.Generator) -> Place:
    """The place as the network of pages might find it: a little off, and now and then longer or shorter at one end."""
    rough = 2.0 if random.random() < 0.2 else 1.0
    off = random.normal(0, 0.07 * rough, 2) * where.height
    more = float(random.normal(0, 0.15 * rough)) * where.height
    ends = random.uniform(-0.6, 0.8, 2) * where.height * (random.random(2) < 0.15)
    along = np.array([np.cos(where.angle), np.sin(where.angle)]) * (ends[1] - ends[0]) / 2
    return Place(
        (where.middle[0] + float(off[0] + along[0]), where.middle[1] + float(off[1] + along[1])),
        max(1.0, where.length + more + float(ends.sum())),
        where.height * float(np.exp(random.normal(0, 0.13 * rough))),
        where.angle + float(random.normal(0, 0.03 * rough)),
    )


def _leaning(leans: float, random: np.random.Generator) -> float:
    """How far a place is laid upright, where its page leans so far: a part of it, about right, or now and then not."""
    if random.random() < _AS_IT_LIES:
        return 0.0
    return leans * float(random.uniform(*_UPRIGHT)) + float(random.normal(0, _SLANT))


def _cut_out(picture: NDArray[np.uint8], group: Sequence[Item], random: np.random.Generator) -> NDArray[np.uint8]:
    """The same picture, with the edge of a field around what is written repeated to all sides."""
    corners = np.concatenate([one.quad for one in group])
    margin = group[0].height * random.uniform(0, 0.3, 4)
    left, top = np.maximum(0, corners.min(axis=0) - margin[:2]).astype(int)
    right, bottom = np.minimum(picture.shape[::-1], np.ceil(corners.max(axis=0) + margin[2:])).astype(int)
    if right - left < 4 or bottom - top < 4:
        return picture
    sides = (int(top), picture.shape[0] - int(bottom), int(left), picture.shape[1] - int(right))
    return np.asarray(cv2.copyMakeBorder(picture[top:bottom, left:right], *sides, cv2.BORDER_REPLICATE), np.uint8)


def _empty(made: shot.Shot, random: np.random.Generator) -> Place | None:
    """A place where nothing is written; None where none was found."""
    high, wide = made.picture.shape
    for _ in range(8):
        middle, height = random.uniform(0, 1, 2) * (wide, high), float(np.exp(random.uniform(*np.log(_HEIGHTS))))
        length = height * float(random.uniform(0.3, 4))
        reach = np.array([length / 2 + height, 1.2 * height])
        low, far = middle - reach, middle + reach
        if not any((one.quad.min(axis=0) < far).all() and (one.quad.max(axis=0) > low).all() for one in made.items):
            return Place((float(middle[0]), float(middle[1])), length, height, float(random.normal(0, 0.05)))
    return None
