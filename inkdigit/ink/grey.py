"""Grey pictures of one shape -> their ink: polarity decided, paper even, grain, salt and bands gone.

One picture is a stack of one. Small ones are best looked at together: on them, what a call costs is more than what it
does.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.tones import LEVELS, Tones, by_distance, is_uneven, paper_is_bright, quantile

_LEAST_CONTRAST = 24  # grey levels between ink and paper; a faint pencil has 30, the grain of a blank photo 16
_LOOKED_AT = 96  # pixels: the middle of the picture of this side tells whether there are many of them
_SALTED = 0.02  # part of the pixels that stand alone in their tone: at most 0.01 in MNIST
_CLEANED_SIDE = 20  # pixels: in a smaller picture, single pixels are strokes
_MOST_STEPS = 4  # between bands, along an edge of the picture
_BAND_STEP = 64  # levels between bands: light that fades is no band
_THROUGH = (0.5, 0.8)  # of the pixels between the ends are as these are, in both tones and in one: between ends of the
# strokes of a tight cut fewer are. So 29 of 317 such digits are still taken for bands, and 1 of 2,966 bands for a digit
_INK_BESIDE = 0.01  # part of the picture that is ink, not counting what lies along the steps
_FRAME = 0.08  # of a side: a frame at the edge of the picture is no thicker
_FRAMED = 0.9  # of a side is of the frame's tone, and of the paper's behind it
_MOSTLY = 0.5  # of the picture is of the paper's tone, where there is a frame
_SMALL_SIDE = 64  # paper is estimated on a picture of this size
_PAPER_WINDOW = 31  # median window on the small picture: wider than a stroke, narrower than a shadow
_OFF = np.array([[0.5], [0.9]])  # of the distances from the paper: of paper's own, and of the ink's
_LEAST_STRENGTH = 1e-9  # of a level: 0 on a blank picture only
_PAPER_PART = 0.75  # of the longer side, at most: on 28x28, light changes slowly and a digit fills the middle


def inks(greys: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey (n, H, W) -> ink (n, H, W), each picture for itself.

    Its polarity is decided; paper and its grain are 0, full ink is 255, and all is 0 when it is blank.
    """
    tones = Tones.of(greys)
    if min(greys.shape[1:]) >= _CLEANED_SIDE:
        greys = _mended(greys, tones, _is_framed(greys, tones), lambda at: _unframed(greys[at], tones.at([at])))
        salted = _is_salted(greys, tones)
        spoilt = (tones.contrast >= _LEAST_CONTRAST) & (salted | _is_banded(greys, tones))
        greys = _mended(greys, tones, spoilt, lambda at: _cleaned(greys[at], tones.at([at]), bool(salted[at])))
    uneven = (tones.contrast >= _LEAST_CONTRAST) & is_uneven(tones)
    greys = _mended(greys, tones, uneven, lambda at: _flattened(greys[at], float(tones.contrast[at])))
    made = np.empty_like(greys)
    for grey, table, ink in zip(greys, _tables(tones), made, strict=True):
        cv2.LUT(grey, table, ink)
    return made


def _mended(
    greys: NDArray[np.uint8], tones: Tones, where: NDArray[np.bool_], mend: Callable[[int], NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """The pictures with some of them mended, whose tones are counted again; given is the place of each."""
    if not where.any():
        return greys
    mended = greys.copy()
    for at in np.nonzero(where)[0]:
        mended[at] = mend(int(at))
    tones.set(where, Tones.of(mended[where]))
    return mended


def _tables(tones: Tones) -> NDArray[np.uint8]:
    """(n, 256): how much ink each level is; none where the contrast is too low."""
    on_bright = paper_is_bright(tones)[:, None]
    in_paper = (tones.threshold[:, None] < LEVELS) == on_bright
    paper = quantile(tones.counts * in_paper, 0.5)
    distance = np.abs(LEVELS - paper)
    off = quantile(by_distance(tones.counts, distance, ~in_paper), _OFF)
    grain, full = 3 * 1.4826 * off[:, 0], off[:, 1]  # 3 sigmas, from the median
    floor = np.minimum(grain, 0.4 * full)
    strength = (distance - floor) / np.maximum(full - floor, _LEAST_STRENGTH)
    table = ((paper > LEVELS) == on_bright) * np.minimum(np.maximum(strength, 0), 1)
    table *= (tones.contrast >= _LEAST_CONTRAST)[:, None]
    return np.asarray(np.rint(255 * table), np.uint8)


def _is_framed(greys: NDArray[np.uint8], tones: Tones) -> NDArray[np.bool_]:
    """(n,): whether three edges or all are of one tone, and what lies behind them of the other, as in a printed box."""
    high, wide = greys.shape[1:]
    bright = np.add.reduceat(tones.bright_edges, [0, wide, 2 * wide, 2 * wide + high], axis=1, dtype=np.intp)
    bright = bright / [wide, wide, high, high]
    dark_frame = ((bright <= 1 - _FRAMED).sum(axis=1) >= 3) & (tones.bright >= _MOSTLY)
    bright_frame = ((bright >= _FRAMED).sum(axis=1) >= 3) & (tones.bright <= 1 - _MOSTLY)
    found = (tones.contrast >= _LEAST_CONTRAST) & (dark_frame | bright_frame)
    if found.any():
        down, across = (max(1, math.ceil(_FRAME * side)) for side in (high, wide))
        lines = (
            greys[:, down, across:-across],
            greys[:, -1 - down, across:-across],
            greys[:, down:-down, across],
            greys[:, down:-down, -1 - across],
        )
        behind = np.stack([(line > tones.threshold[:, None]).mean(axis=1) for line in lines], axis=1).mean(axis=1)
        found &= (dark_frame & (behind >= _FRAMED)) | (bright_frame & (behind <= 1 - _FRAMED))
    return np.asarray(found)


def _unframed(grey: NDArray[np.uint8], tones: Tones) -> NDArray[np.uint8]:
    """Paper in the place of the frame; as it was, when nothing is written inside."""
    down, across = (max(1, math.ceil(_FRAME * side)) for side in grey.shape)
    inside = grey[down:-down, across:-across]
    if Tones.of(inside[None]).contrast[0] < _LEAST_CONTRAST:
        return grey
    on_bright = np.median(grey[0]) <= tones.threshold[0] or np.median(grey[-1]) <= tones.threshold[0]
    made, paper = grey.copy(), int(np.median(inside))
    for edge, thick in ((made, down), (made[::-1], down), (made.T, across), (made.T[::-1], across)):
        for line in edge[: thick + 1]:
            if ((line <= tones.threshold[0]) == on_bright).mean() < 0.5:
                break
            line[:] = paper
    return made


def _flattened(grey: NDArray[np.uint8], contrast: float) -> NDArray[np.uint8]:
    """The difference to the paper around it, plus 128: slopes of light are gone, ink of either tone stays."""
    height, width = grey.shape
    shrink = min(1.0, _SMALL_SIDE / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    window = _PAPER_WINDOW
    if max(size) >= _CLEANED_SIDE:
        window = min(window, round(_PAPER_PART * max(size)) // 2 * 2 + 1)
    paper = cv2.medianBlur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), window)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    gain = float(np.clip(64 / contrast, 0.5, 1))  # faint ink keeps all of its contrast, strong ink half
    return np.asarray(cv2.addWeighted(grey, gain, paper, -gain, 128), np.uint8)


def _cleaned(grey: NDArray[np.uint8], tones: Tones, salted: bool) -> NDArray[np.uint8]:
    """Single pixels of the wrong tone take the middle tone of those around; then bands are taken off."""
    if salted:
        around = cv2.medianBlur(grey, 3)
        grey = np.where(cv2.absdiff(grey, around) > _wrong(tones)[0], around, grey)
    return _without_bands(grey, tones)


def _is_salted(greys: NDArray[np.uint8], tones: Tones) -> NDArray[np.bool_]:
    """(n,): whether many single pixels in the middle of the picture have the wrong tone."""
    top, left = (max(0, side // 2 - _LOOKED_AT // 2) for side in greys.shape[1:])
    looked_at = greys[:, top : top + _LOOKED_AT, left : left + _LOOKED_AT]
    count, high, wide = looked_at.shape
    # Side by side, so that a filter is called once: with a column on both sides of what each filter sees outside.
    beside = np.empty((high, count, wide + 2), np.uint8)
    beside[:, :, 1:-1] = looked_at.transpose(1, 0, 2)
    beside[:, :, 0], beside[:, :, -1] = beside[:, :, 1], beside[:, :, -2]
    around = cv2.medianBlur(beside.reshape(high, -1), 3).reshape(beside.shape)
    wrong = (cv2.absdiff(beside, around) > _wrong(tones)[:, None]).astype(np.uint8)
    wrong[:, :, 0] = wrong[:, :, -1] = 0
    least = _SALTED * high * wide
    if np.count_nonzero(wrong) < least:  # as on most pictures: together there are not so many
        return np.zeros(count, bool)
    neighbours = cv2.boxFilter(
        wrong.reshape(high, -1), cv2.CV_8U, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT
    ).reshape(wrong.shape)
    alone = np.count_nonzero((wrong == 1) & (neighbours == 1), axis=(0, 2))
    return np.asarray(alone >= least)


def _wrong(tones: Tones) -> NDArray[np.uint8]:
    """(n,): a pixel that differs by more levels from the middle of those around has the wrong tone."""
    return np.maximum(_LEAST_CONTRAST, 0.5 * tones.contrast).astype(np.uint8)  # levels are whole: a part counts not


def _is_banded(greys: NDArray[np.uint8], tones: Tones) -> NDArray[np.bool_]:
    """(n,): whether bands may cross the picture in one direction or the other."""
    across, along = (
        _bands(first, last, tones) for first, last in ((greys[:, 0], greys[:, -1]), (greys[:, :, 0], greys[:, :, -1]))
    )
    return np.asarray(across | along)


def _bands(first: NDArray[np.uint8], last: NDArray[np.uint8], tones: Tones) -> NDArray[np.bool_]:
    """(n,): whether both edges, (n, k), step together, and seldom."""
    bright = first > tones.threshold[:, None]
    steps = (bright[:, 1:] != bright[:, :-1]).sum(axis=1)
    found = (steps >= 1) & (steps <= _MOST_STEPS)
    if found.any():
        alike = (bright == (last > tones.threshold[:, None])).mean(axis=1) > 0.95
        found &= alike & (np.minimum(np.ptp(first, axis=1), np.ptp(last, axis=1)) >= _BAND_STEP)
    return np.asarray(found)


def _without_bands(grey: NDArray[np.uint8], tones: Tones) -> NDArray[np.uint8]:
    """Where bands of the other tone cross the picture (the edge of a scan, a shadow), the distance to each band's tone.

    A band shows at both ends: the first and the last row, or the first and the last column, step together, and most of
    what lies between is of the same tones. The stem of a 1 that fills the picture does so too; but then no ink is left
    away from the steps.
    """
    for axis in (0, 1):
        ends = np.stack([np.take(grey, 0, axis), np.take(grey, -1, axis)])
        if not _bands(ends[:1], ends[1:], tones)[0]:
            continue
        ends = ends.astype(np.int16)
        if not _go_through(grey if axis == 0 else grey.T, ends[0] > tones.threshold[0], int(tones.threshold[0])):
            continue
        steps = np.nonzero(np.diff(ends[0] > tones.threshold[0]))[0]
        ink = np.abs(grey - np.expand_dims(ends.mean(axis=0), axis))
        away = np.abs(np.arange(ends.shape[1])[:, None] - steps).min(axis=1) > 0.08 * ends.shape[1] + 1
        if (np.compress(away, ink, axis=1 - axis) > 0.5 * tones.contrast[0]).mean() > _INK_BESIDE:
            return np.asarray(255 - ink, np.uint8)
    return grey


def _go_through(grey: NDArray[np.uint8], bright: NDArray[np.bool_], threshold: int) -> bool:
    """Whether what lies between the ends of the columns, bright or dark, (w,), is mostly of the same tone."""
    alike = ((grey > threshold) == bright).mean(axis=0)
    less, more = sorted((float(alike[bright].mean()), float(alike[~bright].mean())))
    return less >= _THROUGH[0] and more >= _THROUGH[1]
