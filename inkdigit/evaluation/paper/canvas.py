"""A page that is being drawn: its tones, and the numbers and words on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation import signed
from inkdigit.evaluation.composed import HEIGHT, Written, clear, compose, drawn, labelled, one_of
from inkdigit.evaluation.paper.material import Material, pasted, print_across, printed, tight

WORD, NUMBER, PRINTED = 1, 2, 3  # kinds of what is written: numbers are written by hand or printed
PATTERNS = ("", "", "", "broken", "dotted")  # of rules
_GAPS = ("spaced", "spaced", "spaced", "touching", "overlapping")
_CLOSE = ("spaced", "touching", "touching", "touching", "overlapping")  # as some people write all their numbers
_LINKED = 0.12  # of the numbers are written without lifting the pen between some of their digits
_ROUND = 0.25  # of the numbers of three digits and more end in zeros, as amounts do,
_ZEROS = (0.55, 1.1)  # times as high as the other digits,
_LINKED_ZEROS = 0.35  # and often written in one go
_OVER = 0.1  # heights of a digit by which a number may lie beyond the paper
_PENCIL = ((0.035, 0.07), (0.45, 0.68))  # width of its line in heights of a digit, and its tone
_NEAR = 0.7 * HEIGHT  # to the next digit, at most, where the pen is not lifted
_WORD_GAPS: tuple[str | float, ...] = ("spaced", "spaced", 0.02, 0.1, "touching")
_FORMS = (
    "d.d",
    "dd.d",
    "ddd.dd",
    "d,dd",
    "-d",
    "-dd",
    *("dd/dd/dddd",) * 4,
    *("d/d/dddd",) * 2,
    "dd/dd/dd",
    "dd.dd.dddd",
    "dd-dd",
    "d/d",
    "dd:dd",
    "d+d",
    "dd%",
    "(d)",
    "#ddd",
    "d=d",
    "d+d=dd",
    "dd-d=dd",
    "dxd",
    "ddxdd",
    "dd*d=",
    "dd÷d",
    "ddd.-",
    "d,ddd.dd",
)
_PRINT_WORDS = ("Total", "Name", "No.", "Date", "Amount", "Signature", "Marks", "Roll", "Subject", "Sum of Rupees",
                "Pay to", "Score", "Points", "Team", "Round", "Item", "Price", "Qty", "Remarks", "Class", "Address",
                "Betrag", "Datum", "Nombre", "Fecha", "Ville", "Maths", "Physics", "Grand total", "Bank", "Page",
                "Weight", "Height (cm)", "Phone", "Sheet", "Household", "Age", "Sex", "Born", "Street", "km/h",
                "Mon", "Tue", "Wed", "Twos", "Threes", "Full house", "Bonus", "Chance")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Item:
    """A number or a word on a page.

    Attributes:
        kind: NUMBER, PRINTED or WORD.
        written: what it is, with its signs; "" for a word.
        quad: float32 (4, 2), its corners from the top left one, clockwise as it is read, in pixels.
        height: of its digits in pixels.
        across: where the middle of each character of `written` is, 0 = its left side, 1 = its right side; () where
            nobody knows: then they are taken to stand evenly.
    """

    kind: int
    written: str
    quad: NDArray[np.float32]
    height: float
    across: tuple[float, ...] = ()

    @property
    def middles(self) -> NDArray[np.float32]:
        """float32 (n, 2): the middle of each character of `written`, in pixels."""
        count = len(self.written)
        across = np.array(self.across or [(at + 0.5) / count for at in range(count)], np.float32).reshape(-1, 1)
        left, right = (self.quad[0] + self.quad[3]) / 2, (self.quad[1] + self.quad[2]) / 2
        return np.asarray(left + across * (right - left), np.float32)

    @property
    def text(self) -> str:
        """Its digits alone."""
        return "".join(mark for mark in self.written if mark.isdigit())


class Canvas:
    """A page while it is drawn.

    Attributes:
        tones: float32 (h, w): 1 = white, 0 = black.
        items: what is written on it.
        material: digits, letters, signs and fonts.
        random: draws everything.
        hand: pen digits of whoever fills the page in.
        alphabet: pen letters of somebody.
        scan: scanned digits of somebody, by digit, with which some pages are filled in; or None.
        font: of print.
        pen: width of the line in heights of a digit.
        dark: tone of the ink.
        slant: how far what is written leans to the right, in heights.
        gaps: between the digits of a number, how often each.
    """

    def __init__(self, material: Material, wide: int, high: int, random: np.random.Generator) -> None:
        """An empty white page and somebody with a pen."""
        self.material, self.random = material, random
        self.tones = np.ones((high, wide), np.float32)
        self.items: list[Item] = []
        self.scan = one_of(material.scanned, random) if material.scanned and random.random() < 0.35 else None
        self.font = one_of(material.fonts, random) if material.fonts else None
        dark = random.uniform(0.0, 0.35) if random.random() < 0.75 else random.uniform(0.35, 0.68)
        self.dark = float(dark)
        self.slant = float(random.normal(0.05, 0.27)) if random.random() < 0.6 else 0.0
        self.pen = float(np.exp(random.uniform(np.log(0.04), np.log(0.17))))
        self.gaps: Sequence[str | float] = _CLOSE if random.random() < 0.35 else _GAPS
        self.alphabet = one_of(material.letters, random)
        self.hand = one_of(material.hands, random)

    def take_pencil(self) -> None:
        """Somebody with a hard pencil, whose line is thin and pale."""
        self.pen, self.dark = float(self.random.uniform(*_PENCIL[0])), float(self.random.uniform(*_PENCIL[1]))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.tones.shape[1], self.tones.shape[0]

    def chance(self, part: float) -> bool:
        """True in that part of all cases."""
        return bool(self.random.random() < part)

    def paint(self, ink: NDArray[Any], left: float, top: float, dark: float) -> None:
        """Ink, float32 (h, w), over what is there, which it darkens: pencil is seen on a dark field too."""
        x, y = round(left), round(top)
        rows = slice(max(0, y), min(self.tones.shape[0], y + ink.shape[0]))
        columns = slice(max(0, x), min(self.tones.shape[1], x + ink.shape[1]))
        part = ink[
            rows.start - y : max(rows.start, rows.stop) - y, columns.start - x : max(columns.start, columns.stop) - x
        ]
        if not part.size:
            return
        self.tones[rows, columns] *= 1 - part * (1 - dark)

    def line(self, one: Sequence[float], other: Sequence[float], thick: float, dark: float, pattern: str = "") -> None:
        """A rule from one place to another; pattern: "" whole, "dotted", "broken"."""
        low = np.floor(np.minimum(one, other)).astype(int) - 4
        wide, high = (np.ceil(np.maximum(one, other)).astype(int) + 5 - low).tolist()
        mask: Any = np.zeros((high, wide), np.uint8)
        ends = [np.array(one, float) - low, np.array(other, float) - low]
        length = float(np.hypot(*(ends[1] - ends[0])))
        pieces = [(0.0, 1.0)]
        if pattern and length > 8:
            step = (3.0 if pattern == "dotted" else self.random.uniform(15, 60)) / length
            filled = 0.4 if pattern == "dotted" else self.random.uniform(0.6, 0.92)
            pieces = [(at, min(1.0, at + step * filled)) for at in np.arange(0, 1, step)]
        for first, last in pieces:
            points = [np.rint(16 * (ends[0] + at * (ends[1] - ends[0]))).astype(int).tolist() for at in (first, last)]
            cv2.line(mask, points[0], points[1], 255, max(1, round(thick)), cv2.LINE_AA, 4)
        self.paint(mask.astype(np.float32) / 255 * min(1.0, thick), float(low[0]), float(low[1]), dark)

    def box(
        self, left: float, top: float, right: float, bottom: float, thick: float, dark: float, pattern: str = ""
    ) -> None:
        """A frame of four rules."""
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        for at, corner in enumerate(corners):
            self.line(corner, corners[(at + 1) % 4], thick, dark, pattern)

    def fill(self, left: float, top: float, right: float, bottom: float, tone: float) -> None:
        """A tinted field under what will be written."""
        self.tones[max(0, round(top)) : max(0, round(bottom)), max(0, round(left)) : max(0, round(right))] *= (
            np.float32(tone)
        )

    def made(self, form: str, height: float) -> tuple[str, NDArray[Any], tuple[float, ...]]:
        """A number of a form (see signed.compose) in this page's hand: what it is, its ink, and Item.across."""
        form = rounded(form, self.random) if self.chance(_ROUND) else form
        form = "".join("d" if mark.isdigit() and not labelled(self.hand, mark) else mark for mark in form)
        plain, times = set(form) <= set("d0123456789"), float(self.random.uniform(*_ZEROS))
        if self.scan is not None and plain:
            text, ink, across = pasted(self.scan, form, max(8, round(height)), self.random, times)
            return text, self.leaning(ink), across
        fine = (max(1.0 / height, self.pen), 1.0 / height)
        if plain:
            number = compose(self.hand, one_of(self.gaps, self.random), self.random, form=form, times=times)
            text, strokes, owners = number.text, clear(number.strokes, number.owners, *fine), number.owners
            if self.chance(_LINKED_ZEROS if form.endswith("0") else _LINKED):
                strokes, owners = linked(strokes, owners, self.random)
        else:
            made = signed.compose(self.hand, self.material.signs, form, self.random, times=times)
            text, strokes, owners = made.text, clear(made.strokes, made.owners, *fine), made.owners
        ink, _ = drawn(Written("", strokes, (0,) * len(strokes)), max(6, round(height)), max(1.0, self.pen * height))
        return text, self.leaning(tight(ink)), across_of(strokes, owners, len(text))

    def leaning(self, ink: NDArray[Any]) -> NDArray[Any]:
        """Ink, float32 (h, w), as this page's hand slants it."""
        if not self.slant:
            return ink
        high, wide = ink.shape
        more = int(np.ceil(abs(self.slant) * high))
        moved = np.array([[1, -self.slant, max(0.0, self.slant) * high], [0, 1, 0]], np.float32)
        return tight(np.asarray(cv2.warpAffine(ink, moved, (wide + more, high), flags=cv2.INTER_LINEAR)))

    def number(self, form: str, left: float, base: float, height: float, most: float = np.inf) -> float:
        """Writes a number; returns where it ends. One wider than `most` is written smaller, if it can be read then."""
        if most < 0.5 * height:
            return left
        text, ink, across = self.made(form, height)
        if ink.shape[1] > most:
            height *= max(0.3, most / ink.shape[1])
            ink = cv2.resize(ink, None, fx=most / ink.shape[1], fy=most / ink.shape[1], interpolation=cv2.INTER_AREA)
        self.put(NUMBER, text, ink, left, base - ink.shape[0], height, across=across)
        return left + float(ink.shape[1])

    def put(
        self,
        kind: int,
        written: str,
        ink: NDArray[Any],
        left: float,
        top: float,
        height: float,
        dark: float | None = None,
        across: tuple[float, ...] = (),
    ) -> None:
        """Paints what is written and notes it down; a number that goes on beyond the paper is not written."""
        high, wide = ink.shape
        x, y = round(left), round(top)
        quad = np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]], np.float32)
        over = max(float(-quad.min()), float((quad.max(axis=0) - self.size).max()))
        if kind != WORD and over > _OVER * height:
            return
        tone = self.dark if dark is None else dark
        self.paint(ink, x, y, tone)
        self.items.append(Item(kind, written, quad, float(height), across))

    def word(self, left: float, base: float, height: float, length: int | None = None) -> float:
        """A handwritten word; returns where it ends."""
        count = length or int(self.random.integers(2, 8))
        one = compose(self.alphabet, _WORD_GAPS[int(self.random.integers(len(_WORD_GAPS)))], self.random, count)
        ink, _ = drawn(
            Written("", one.strokes, (0,) * len(one.strokes)), max(6, round(height)), max(1.0, self.pen * height)
        )
        ink = tight(ink)
        self.put(WORD, "", ink, left, base - ink.shape[0], height)
        return left + float(ink.shape[1])

    def print(
        self, text: str | None, left: float, base: float, height: float, dark: float = 0.15, most: float = np.inf
    ) -> float:
        """Printed text, digits alone as a number; returns where it ends. None: some words.

        What is wider than `most` is printed smaller, or cut short.
        """
        is_number = text is not None and any(mark.isdigit() for mark in text)
        if text is None:
            text = " ".join(one_of(_PRINT_WORDS, self.random) for _ in range(int(self.random.integers(1, 4))))
            text = text.upper() if self.chance(0.2) else text
        ink = printed(text, height, self.font)
        while ink.shape[1] > most and len(text) > 2 and not is_number:
            text = text[: max(2, int(len(text) * most / ink.shape[1]))].strip()
            ink = printed(text, height, self.font) if len(text) > 2 else ink[:, : max(1, int(most))]
        kind, written = (PRINTED, text) if is_number else (WORD, "")
        across = print_across(text, height, self.font) if is_number else ()
        self.put(kind, written, ink, left, base - ink.shape[0], height, dark, across)
        return left + float(ink.shape[1])

    def rules(self) -> tuple[float, float, str]:
        """Thickness, tone and pattern of the rules of a page."""
        draw = self.random
        return float(draw.uniform(0.5, 3)), float(draw.uniform(0, 0.85)), one_of(PATTERNS, draw)

    def sign(self, mark: str, left: float, base: float, height: float) -> float:
        """A sign that belongs to no number; returns where it ends."""
        paths = signed.sign(self.material.signs, mark, self.random)
        box = np.concatenate(paths)
        first, last = float(box[:, 0].min()), float(box[:, 0].max())
        scale = height / HEIGHT
        ink: Any = np.zeros((int(2 * height) + 2, int((last - first) * scale) + 6), np.uint8)
        thick = max(1, round(self.pen * height))
        for path in paths:
            points = np.rint(16 * ((path - np.array([first, 0])) * scale + np.array([3, 1.6 * height])))
            cv2.polylines(ink, [points.astype(np.int32)], False, 255, thick, cv2.LINE_AA, 4)
        self.paint(ink.astype(np.float32) / 255, left, base - 1.6 * height, self.dark)
        return left + float(ink.shape[1])

    def form(self, longest: int = 6) -> str:
        """What might be written in a field: digits mostly."""
        kind = self.random.random()
        if kind < 0.78:
            return "d" * int(self.random.integers(1, longest + 1))
        return one_of(_FORMS, self.random)


def rounded(form: str, random: np.random.Generator) -> str:
    """A form (see signed.compose) of three digits or more, without operators, whose last digits are zeros now."""
    digits = [at for at, mark in enumerate(form) if mark == "d"]
    if len(digits) < 3 or not set(form) <= set("d.,-=#* "):
        return form
    zeros = digits[-int(random.integers(1, len(digits))) :]
    return "".join("0" if at in zeros else mark for at, mark in enumerate(form))


def linked(
    strokes: Sequence[NDArray[Any]], owners: Sequence[int], random: np.random.Generator
) -> tuple[tuple[NDArray[Any], ...], tuple[int, ...]]:
    """The strokes of a number, float32 (k, 2) each, and others where the pen was not lifted before the next digit."""
    found, of = list(strokes), list(owners)
    for place in range(max(owners)):
        before = [path for path, owner in zip(strokes, owners, strict=True) if owner == place][-1]
        after = next(path for path, owner in zip(strokes, owners, strict=True) if owner == place + 1)
        if random.random() < 0.5 and np.hypot(*(after[0] - before[-1])) < _NEAR:
            sag = np.array([0, random.uniform(-0.1, 0.15) * HEIGHT])
            found.append(np.array([before[-1], (before[-1] + after[0]) / 2 + sag, after[0]], np.float32))
            of.append(place)
    return tuple(found), tuple(of)


def across_of(strokes: Sequence[NDArray[Any]], owners: Sequence[int], count: int) -> tuple[float, ...]:
    """Item.across of `count` characters, whose strokes are float32 (k, 2) each; a space is between those beside it."""
    left, right = (float(some([some(path[:, 0]) for path in strokes])) for some in (np.min, np.max))
    middles = np.full(count, np.nan)
    for place in set(owners):
        own = np.concatenate([path[:, 0] for path, owner in zip(strokes, owners, strict=True) if owner == place])
        middles[place] = (own.min() + own.max()) / 2
    known = np.flatnonzero(np.isfinite(middles))
    middles = np.interp(np.arange(count), known, middles[known])
    return tuple(float((one - left) / max(1e-6, right - left)) for one in middles)
