"""Scores -> Digit, Number, Page: what was read, how sure, what else it could be, where it stands.

`Page.to_json` is the one shape that `--json` and `/api/read` answer with; docs/json.md describes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.strokes import Box
from inkdigit.recognition import written
from inkdigit.recognition.glyph import SIDE
from inkdigit.recognition.signs import KINDS
from inkdigit.recognition.sums import Sum, solved
from inkdigit.recognition.verdict import Verdict
from inkdigit.scripts import SCRIPTS, WESTERN

MOST_SURE = 0.994  # of one mark: a letter can look like any digit, and about one mark of a thousand is mislabelled
SURE = 0.97  # from here on the answer is given without "it could be"
TOGETHER = 0.4  # digits of one hand are right or wrong together: fitted on numbers of a held-back fold
FAIRLY_SURE = 0.75  # below this the two best are named side by side


@dataclass(frozen=True, eq=False)
class Digit:
    """One mark, read.

    Attributes:
        value: 0 to 9, or None: blank, or not a digit.
        confidence: 0 to 1, calibrated: the chance that this answer is right, of a digit at most MOST_SURE. 1 when
            blank; for a mark that is not a digit, the chance that it is none.
        probabilities: float32 (10,), sums to 1: the chance of each digit if it is one.
        glyph: float32 (28, 28), 0 to 1: what the network saw.
        box: (left, top, right, bottom) in pixels of the input, or in the strokes' own unit; None when blank.
        sign: which sign it is, of signs.KINDS, where it is no digit and stands alone or among other signs; else "".
    """

    value: int | None
    confidence: float
    probabilities: NDArray[np.float32]
    glyph: NDArray[np.float32]
    box: Box | None
    sign: str = ""

    def __post_init__(self) -> None:
        if self.value is not None and not 0 <= self.value <= 9:
            raise ValueError(f"a digit's value is 0 to 9 or None, not {self.value}")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence is 0 to 1, not {self.confidence}")
        if self.probabilities.shape != (10,) or abs(float(self.probabilities.sum()) - 1) > 1e-3:
            raise ValueError("probabilities are ten numbers that sum to 1")
        if self.sign and (self.value is not None or self.sign not in KINDS):
            raise ValueError(f"a sign is one of {' '.join(KINDS)} and no digit, not {self.sign}")
        if self.glyph.shape != (SIDE, SIDE):
            raise ValueError(f"a glyph is (28, 28), not {self.glyph.shape}")

    @property
    def is_blank(self) -> bool:
        """True when there was no ink."""
        return self.box is None

    @property
    def runners_up(self) -> tuple[int, ...]:
        """The digits after the best, likeliest first, that have at least one chance in a hundred."""
        order = np.argsort(-self.probabilities, kind="stable")
        return tuple(int(digit) for digit in order[1:] if self.probabilities[digit] >= 0.01)

    @property
    def verdict(self) -> Verdict:
        """How sure the reading is."""
        if self.is_blank:
            return Verdict("blank")
        if self.value is None:
            return Verdict("refused")
        if self.confidence >= SURE:
            return Verdict("sure")
        kind = "fairly" if self.confidence >= FAIRLY_SURE else "unsure"
        if self._second is None:
            return Verdict(f"{kind}-none", str(self.value))
        return Verdict(f"{kind}-digit", str(self.value), str(self._second))

    @property
    def words(self) -> str:
        """How sure the reading is, in plain words."""
        return self.verdict.words

    @property
    def _second(self) -> int | None:
        """The likeliest other answer: a digit, or None when that it is no digit is likelier still."""
        if self.value is None or not self.runners_up:
            return None
        is_digit = self.confidence / float(self.probabilities[self.value])
        best = self.runners_up[0]
        return best if float(self.probabilities[best]) * is_digit >= 1 - is_digit else None

    def to_json(self) -> dict[str, Any]:
        """The digit in the one JSON shape, without its glyph."""
        return {
            "value": self.value,
            "confidence": round(self.confidence, 4),
            "words": self.words,
            "verdict": self.verdict.to_json(),
            "probabilities": [round(float(p), 4) for p in self.probabilities],
            "sign": self.sign,
            "box": _rounded(self.box),
        }


@dataclass(frozen=True)
class Separator:
    """What stands between the digits of a number and is none.

    Attributes:
        kind: one of signs.KINDS, " " for a gap between groups of digits, or a line break between rows.
        place: how many digits stand before it.
        box: (left, top, right, bottom) in the unit of the input.
        confidence: 0 to 1: the chance that it is this sign.
        glyph: float32 (28, 28), ink = 1: of a sign that was drawn; None of others, and of gaps.
    """

    kind: str
    place: int
    box: Box
    confidence: float = 1.0
    glyph: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """The separator in the one JSON shape."""
        confidence = round(self.confidence, 4)
        return {"kind": self.kind, "place": self.place, "confidence": confidence, "box": _rounded(self.box)}


@dataclass(frozen=True, eq=False)
class Number:
    """Digits that belong together, in reading order.

    Attributes:
        digits: the digits.
        separators: signs, gaps and line breaks between them, in reading order.
        certainty: 0 to 1: how sure it is that these marks are its digits, and not others.
        dense: True when there are so many strokes that nobody asked how they part into digits.
        printed: True of a number on a picture that looks printed, and not written by hand.
        script: the writing system that it was read in.
        scripts: where that was found: (name, chance) of the likeliest, this one first; else empty.
    """

    digits: tuple[Digit, ...]
    separators: tuple[Separator, ...] = ()
    certainty: float = 1.0
    dense: bool = False
    printed: bool = False
    script: str = WESTERN
    scripts: tuple[tuple[str, float], ...] = ()

    @property
    def text(self) -> str:
        """The digits as text; "" when blank, "?" where a mark is not a digit."""
        return "".join("?" if digit.value is None else str(digit.value) for digit in self.digits if not digit.is_blank)

    @property
    def written(self) -> str:
        """The digits with signs, gaps and line breaks, as they were written: "-3.14", "12+7=19"."""
        marks = zip(self.text, (digit for digit in self.digits if not digit.is_blank), strict=True)
        return self._with_signs("".join(digit.sign or mark for mark, digit in marks))

    @property
    def native(self) -> str:
        """As it was written, in the script's own digits, which run from left to right in every script."""
        return SCRIPTS[self.script].native(self.written)

    @property
    def parts(self) -> tuple[Number, ...]:
        """The numbers that gaps, rows and signs part, each with its own text, confidence and box: 3.14 is one."""
        if self.box is None:
            return ()
        signs = [(one.kind, one.place) for one in self.separators]
        return tuple(
            Number(
                self.digits[part.first : part.last],
                tuple(replace(self.separators[at], place=signs[at][1] - part.first) for at in part.signs),
                self.certainty,
                self.dense,
                self.printed,
                self.script,
            )
            for part in written.parts(len(self.digits), signs)
        )

    @property
    def sum(self) -> Sum | None:
        """What a written sum comes to, "12+7=": of several rows, the first that is one; None where there is none."""
        return next((found for row in self.written.split(written.ROW) if (found := solved(row))), None)

    def _with_signs(self, text: str) -> str:
        """A text of as many characters as digits, with what stands between them."""
        return written.written(text, [(one.kind, one.place) for one in self.separators])

    @property
    def confidence(self) -> float:
        """0 to 1: the chance that every digit and every sign is right; 1 when blank."""
        chances = float(np.prod([digit.confidence for digit in self.digits]))
        signs = float(np.prod([one.confidence for one in self.separators]))
        return self.certainty * signs * (chances if len(self.digits) < 2 else chances**TOGETHER)

    @property
    def verdict(self) -> Verdict:
        """How sure the reading is."""
        if self.dense:
            return Verdict("dense")
        if not self.digits:
            return Verdict("blank")
        if len(self.digits) < 2 and not self.separators:
            [digit] = self.digits
            if digit.confidence >= SURE > self.confidence >= FAIRLY_SURE:
                return Verdict("fairly")  # its shape is clear; that a number stands there is less so
            return replace(digit, confidence=min(digit.confidence, self.confidence)).verdict
        refused = sum(digit.value is None for digit in self.digits)
        if refused == len(self.digits) and not self.separators:
            return Verdict("refused-number")
        if refused:
            return Verdict("refused-one") if refused == 1 else Verdict("refused-some", other=str(refused))
        if self.confidence >= SURE:
            return Verdict("sure")
        fairly = self.confidence >= FAIRLY_SURE
        if not self.runners_up:
            return Verdict("fairly" if fairly else "unsure-marks")
        return Verdict("fairly-other" if fairly else "unsure-other", other=self._with_signs(self.runners_up[0][0]))

    @property
    def words(self) -> str:
        """How sure the reading is, in plain words."""
        return self.verdict.words

    @property
    def runners_up(self) -> tuple[tuple[str, float], ...]:
        """(text, chance) of the three likeliest other readings, with one digit changed; each at least 0.01."""
        found = []
        for place, digit in enumerate(self.digits):
            for other in digit.runners_up if digit.value is not None else ():
                text = self.text[:place] + str(other) + self.text[place + 1 :]
                ratio = float(digit.probabilities[other] / digit.probabilities[digit.value])
                found.append((text, self.confidence * ratio))
        return tuple(sorted((one for one in found if one[1] >= 0.01), key=lambda one: -one[1])[:3])

    @property
    def box(self) -> Box | None:
        """(left, top, right, bottom) around all digits, and the signs among them; None where no digit stands."""
        digits = [digit.box for digit in self.digits if digit.box is not None]
        if not digits:
            return None
        boxes = np.array(digits + [sign.box for sign in self.separators if not sign.kind.isspace()])
        left, top = boxes[:, :2].min(axis=0)
        right, bottom = boxes[:, 2:].max(axis=0)
        return (float(left), float(top), float(right), float(bottom))

    def to_json(self) -> dict[str, Any]:
        """The number in the one JSON shape."""
        return {
            "text": self.text,
            "written": self.written,
            "native": self.native,
            "script": self.script,
            "scripts": [{"script": name, "confidence": round(chance, 4)} for name, chance in self.scripts],
            "confidence": round(self.confidence, 4),
            "words": self.words,
            "verdict": self.verdict.to_json(),
            "box": _rounded(self.box),
            "printed": self.printed,
            "parts": [
                {"written": part.written, "confidence": round(part.confidence, 4), "box": _rounded(part.box)}
                for part in self.parts
            ],
            "digits": [digit.to_json() for digit in self.digits if not digit.is_blank],
            "separators": [separator.to_json() for separator in self.separators],
            "sum": None if (found := self.sum) is None else {"result": found.result, "right": found.right},
            "runners_up": [{"text": text, "confidence": round(chance, 4)} for text, chance in self.runners_up],
        }


@dataclass(frozen=True, eq=False)
class Page:
    """Everything written on one picture: its numbers in reading order; none when it is blank.

    Attributes:
        numbers: the numbers.
        size: (width, height) of the picture in pixels.
        is_dense: True when there is so much on it that nobody asked what each thing is.
    """

    numbers: tuple[Number, ...]
    size: tuple[int, int]
    is_dense: bool = False

    def to_json(self) -> dict[str, Any]:
        """The one JSON shape of a page."""
        numbers = [number.to_json() for number in self.numbers]
        return {"size": list(self.size), "dense": self.is_dense, "numbers": numbers}


def blank_digit() -> Digit:
    """What an empty picture reads as."""
    return Digit(None, 1.0, np.full(10, 0.1, np.float32), np.zeros((SIDE, SIDE), np.float32), None)


def judge(
    probabilities: NDArray[np.float32], refuse_above: float, glyph: NDArray[np.float32], box: Box | None
) -> Digit:
    """One row of calibrated probabilities, (10,) or (11,) with "other" last -> Digit."""
    return judged(probabilities[None], refuse_above, [glyph], [box])[0]


def judged(
    probabilities: NDArray[np.float32],
    refuse_above: float,
    glyphs: Sequence[NDArray[np.float32]],
    boxes: Sequence[Box | None],
) -> list[Digit]:
    """Rows of calibrated probabilities, (n, 10) or (n, 11) with "other" last -> Digits."""
    digits = probabilities[:, :10].astype(np.float64)
    others = probabilities[:, 10].tolist() if probabilities.shape[1] > 10 else [0.0] * len(digits)
    total = digits.sum(axis=1, keepdims=True)
    chances = np.divide(digits, total, out=np.full_like(digits, 0.1), where=total > 0)
    likeliest = chances.argmax(axis=1)
    sure = np.clip(digits[np.arange(len(digits)), likeliest], 0, MOST_SURE).tolist()
    rows = chances.astype(np.float32)
    return [
        Digit(None, min(1.0, max(0.0, other)), row, glyph, box)
        if other > refuse_above
        else Digit(value, confidence, row, glyph, box)
        for other, value, confidence, row, glyph, box in zip(
            others, likeliest.tolist(), sure, rows, glyphs, boxes, strict=True
        )
    ]


def _rounded(box: Box | None) -> list[float] | None:
    return None if box is None else [round(side, 1) for side in box]
