"""How every script is read: its own test part, templates, what is no digit, numbers, pages, and which script it is.

    python -m benchmarks.scripts [PART ...]     needs INKDIGIT_DATA; ten minutes on two cores, all parts

Writes benchmarks/results/scripts.json, where parts that are not measured stay as they are, each with the commit that it
was measured at; digits write docs/pictures/scripts-confusion.png and scripts-mistakes.png, too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets
from inkdigit.data.datasets import PEN_OTHERS
from inkdigit.data.script_digits import ScriptDigits, script_digits
from inkdigit.evaluation import composed, negatives, script_numbers, script_strokes
from inkdigit.evaluation.report import context, write
from inkdigit.evaluation.script_score import ScriptScore, script_score
from inkdigit.ink import picture, segment
from inkdigit.ink.strokes import Strokes
from inkdigit.models import catalogue
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Number
from inkdigit.scripts import AUTO, MIXED, SCRIPTS, WESTERN, look_alikes
from inkdigit.settings import Settings
from inkdigit.training import skeleton

from benchmarks import RESULTS, script_pages, script_pictures  # isort: skip

PARTS = ("digits", "templates", "refusals", "numbers", "found", "mixed", "pages")
_EACH = 100  # drawings of each template
_NUMBERS = 60  # composed in each script
_FOUND = 40  # of four digits, whose script is to be found
_MIXED, _OF_EACH = 40, 3  # pages of two scripts, and numbers of four digits in each of them
_SHEETS = 20  # of four digits on pictures, whose script is to be found
_OTHERS = 600  # letters; and as many digits of other scripts
_FOLD = 0  # of the writers that validated
_LEVEL = 1.96  # of a 95 % interval
_TONE = 235  # of the paper of a page in two scripts


def main() -> int:
    """Measures, and writes the file and the pictures."""
    parts = sys.argv[1:] or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"Parts are {', '.join(PARTS)}, not {', '.join(sorted(unknown))}")
    settings = Settings.from_environment(script=WESTERN)
    reader = Reader(settings=settings)
    names = [name for name in catalogue.ship() if name != WESTERN]
    path = RESULTS / "scripts.json"
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["figures"] if path.is_file() else {}
    rows: dict[str, Any] = figures.setdefault("scripts", {})
    scores = {name: script_score(reader.of_script(name).model, settings) for name in names if "digits" in parts}
    for name in names:
        row = rows.setdefault(name, {})
        if name in scores:
            row |= _digits(scores[name])
        if "refusals" in parts:
            row |= _refusals(reader.of_script(name), settings)
        if "numbers" in parts:
            row |= _numbers(reader.of_script(name), settings)
    if "templates" in parts:
        figures["templates"] = {name: _templates(reader.of_script(name)) for name in (WESTERN, *names)}
    if "found" in parts:
        figures["found"] = {name: _script_found(reader.of_script(AUTO), name, settings) for name in (WESTERN, *names)}
    if "mixed" in parts:
        figures["mixed"] = mixed(reader.of_script(MIXED), settings)
    if "pages" in parts:
        figures["pages"] = script_pages.pages(reader, settings)
    figures["bytes"] = sum(catalogue.shipped(name).stat().st_size for name in names)
    figures.setdefault("commits", {}).update(dict.fromkeys(parts, context()["commit"]))
    write(path, "python -m benchmarks.scripts", figures)
    if scores:
        script_pictures.draw(scores)
    return 0


def _digits(score: ScriptScore) -> dict[str, Any]:
    """Of the digits of the test part: [misread, all, refused], and what follows from that."""
    right = score.total - score.wrong
    return {
        "test": [score.wrong, score.total, score.refused],
        "interval": interval(right, score.total),
        "right": round(right / score.total, 5),
        "calibration_error": round(score.calibration_error, 5),
        "confusion": score.confusion,
    }


def _refusals(own: Reader, settings: Settings) -> dict[str, list[int]]:
    """[refused, all] of what is no digit of a script."""
    random = np.random.default_rng(7)
    return {
        "letters": _letters(own, settings, random),
        "others": _other_scripts(own, settings, random),
        "scribbles": _refused(own, [negatives.scribble(random) for _ in range(_OTHERS)]),
    }


def _numbers(own: Reader, settings: Settings) -> dict[str, list[int]]:
    """[wholly right, all] of numbers of two to six test digits."""
    random = np.random.default_rng(19)
    data = script_digits(own.script, "test", settings)
    return {
        "ink": _composed(own, data, random, drawn=True),
        "pictures": _composed(own, data, random, drawn=False),
    }


def interval(right: int, total: int) -> list[float]:
    """Wilson's 95 % interval of a share (Journal of the American Statistical Association 22, 1927)."""
    share, spread = right / total, _LEVEL**2 / total
    middle = (share + spread / 2) / (1 + spread)
    off = _LEVEL * ((share * (1 - share) + spread / 4) / total) ** 0.5 / (1 + spread)
    return [round(middle - off, 4), round(middle + off, 4)]


def _templates(own: Reader) -> list[int]:
    """Of each digit, how many of 100 drawings of its template are misread or refused."""
    random = np.random.default_rng(7)
    return [
        sum(
            own.ink(script_strokes.written(own.script, digit, random), single=True).text != str(digit)
            for _ in range(_EACH)
        )
        for digit in range(10)
    ]


def _letters(own: Reader, settings: Settings, random: np.random.Generator) -> list[int]:
    """[refused, all] of letters and symbols of writers who validated, without those that look like a digit."""
    alike = look_alikes(own.script)
    marks = [
        mark
        for name in PEN_OTHERS
        for mark in datasets.pen(name, settings)
        if datasets.fold_of(mark.writer) == _FOLD and f"letter/{mark.label}" not in alike
    ]
    some = [marks[at] for at in random.permutation(len(marks))[:_OTHERS]]
    return _refused(own, [Strokes.of(mark.strokes) for mark in some])


def _other_scripts(own: Reader, settings: Settings, random: np.random.Generator) -> list[int]:
    """[refused, all] of the test digits of other scripts, without those that look alike."""
    alike = look_alikes(own.script)
    shown: list[Any] = []
    for name in SCRIPTS:
        if name not in (own.script, WESTERN):
            found = script_digits(name, "test", settings)
            rows = [at for at, label in enumerate(found.labels.tolist()) if f"{name}/{label}" not in alike]
            shown += [found.images[rows[at]] for at in random.permutation(len(rows))[: _OTHERS // (len(SCRIPTS) - 2)]]
    read = own.digits(shown)
    return [sum(one.value is None for one in read), len(read)]


def _refused(own: Reader, drawings: list[Strokes]) -> list[int]:
    read = [own.ink(one, single=True).digits[0] for one in drawings]
    return [sum(one.value is None for one in read), len(read)]


def _composed(own: Reader, data: ScriptDigits, random: np.random.Generator, drawn: bool) -> list[int]:
    """[wholly right, all] of such numbers, drawn by a pen or as pictures."""
    right = 0
    for _ in range(_NUMBERS):
        length = int(random.integers(2, 7))
        if drawn:
            number, paths = _traced(data, own.script, length, random)
            read: Number | None = own.ink(paths)
        else:
            number = script_numbers.chosen(data, length, random)
            read = _only(own, data, own.script, number, random)
        right += read is not None and read.text == number.text
    return [right, _NUMBERS]


def _traced(
    data: ScriptDigits, script: str, length: int, random: np.random.Generator
) -> tuple[script_numbers.Composed, Strokes]:
    """A number of scans that can be traced, and how a pen would draw it; blobs are zeros where zero is a dot."""
    while True:
        number = script_numbers.chosen(data, length, random)
        marks = [segment.one_mark(picture.load(data.images[at])) for at in number.places]
        digits = [None if one is None else skeleton.traced(one.ink) for one in marks]
        dots = [digit == "0" and SCRIPTS[script].zero_is_dot for digit in number.text]
        if all(one is not None or dot for one, dot in zip(digits, dots, strict=True)):
            return number, script_numbers.as_strokes(digits, random)


def _only(
    reader: Reader, data: ScriptDigits, script: str, number: script_numbers.Composed, random: np.random.Generator
) -> Number | None:
    """The number that is read on a picture of one; None where none or several are."""
    found = reader.page(_sheet(data, script, number, random)).numbers
    return found[0] if len(found) == 1 else None


def _sheet(
    data: ScriptDigits, script: str, number: script_numbers.Composed, random: np.random.Generator
) -> NDArray[np.uint8]:
    """The number as a picture."""
    dots = [digit == "0" and SCRIPTS[script].zero_is_dot for digit in number.text]
    return script_numbers.as_picture([data.images[at] for at in number.places], dots, random)


def _script_found(finder: Reader, script: str, settings: Settings) -> dict[str, Any]:
    """Of drawn numbers of four digits: how often the script was found, and for which others it was taken."""
    random = np.random.default_rng(11)
    drawn = _pen_numbers(settings, random) if script == WESTERN else _traced_numbers(script, settings, random)
    taken: dict[str, int] = {}
    alike = 0
    for text, paths in drawn:
        read = finder.ink(paths)
        taken[read.script] = taken.get(read.script, 0) + 1
        alike += read.script != script and _is_shared(script, read.script, text)
    return {
        "right": taken.get(script, 0),
        "all": _FOUND,
        "taken_for": taken,
        "wrong_of_shared_signs": alike,
        "on_pictures": None if script == WESTERN else _found_on_pictures(finder, script, settings),
    }


def _found_on_pictures(finder: Reader, script: str, settings: Settings) -> list[int]:
    """[script found and number read, script found, all] of numbers of four test digits on a sheet."""
    random = np.random.default_rng(13)
    data = script_digits(script, "test", settings)
    found = right = 0
    for _ in range(_SHEETS):
        number = script_numbers.chosen(data, 4, random)
        shown = _sheet(data, script, number, random)
        paper = np.pad(shown, ((200, 300), (150, 250)), constant_values=int(np.median(shown)))
        read = finder.page(paper).numbers
        is_found = bool(read) and read[0].script == script
        found += is_found
        right += is_found and [one.text for one in read] == [number.text]
    return [right, found, _SHEETS]


def mixed(finder: Reader, settings: Settings) -> dict[str, list[int]]:
    """Of pages with numbers in two scripts, below each other in any order: for each script [script found and number
    read, script found, all], of numbers of four test digits, western ones by writers who validated.
    """
    random = np.random.default_rng(17)
    hands = composed.hands(settings, _FOLD, held=True)
    counts = {name: [0, 0, 0] for name in SCRIPTS}
    for _ in range(_MIXED):
        both = [list(counts)[at] for at in random.choice(len(counts), 2, replace=False)]
        written, bands = [], []
        for name in random.permutation(both * _OF_EACH).tolist():
            if name == WESTERN:
                one = composed.compose(composed.one_of(hands, random), "spaced", random, 4)
                written.append((name, one.text))
                bands.append(_band(255 - 190 * composed.drawn(one, 60, 5)[0]))
            else:
                data = script_digits(name, "test", settings)
                number = script_numbers.chosen(data, 4, random)
                written.append((name, number.text))
                bands.append(_band(_sheet(data, name, number, random).astype(np.float32)))
        wide = max(band.shape[1] for band in bands)
        page = np.vstack([np.pad(band, ((0, 0), (0, wide - band.shape[1])), constant_values=_TONE) for band in bands])
        ends = np.cumsum([band.shape[0] for band in bands])
        read: list[list[Number]] = [[] for _ in bands]
        for number_read in finder.page(page).numbers:
            if number_read.box is not None:
                read[int(np.searchsorted(ends, (number_read.box[1] + number_read.box[3]) / 2))].append(number_read)
        for (name, text), there in zip(written, read, strict=True):
            is_found = bool(there) and all(one.script == name for one in there)
            is_right = is_found and [one.text for one in there] == [text]
            counts[name] = [now + more for now, more in zip(counts[name], (is_right, is_found, 1), strict=True)]
    return counts


def _band(shown: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A number on paper of one tone, as wide as it is with a margin."""
    level = np.clip(shown - np.median(shown) + _TONE, 0, 255)
    return np.pad(level.astype(np.uint8), ((30, 30), (60, 60)), constant_values=_TONE)


def _is_shared(script: str, other: str, text: str) -> bool:
    """Whether every digit of a number looks like some digit of another script."""
    theirs = look_alikes(other)
    return all(f"{script}/{digit}" in theirs for digit in text)


def _pen_numbers(settings: Settings, random: np.random.Generator) -> Iterator[tuple[str, Strokes]]:
    """Western numbers of writers who validated, as they wrote their digits."""
    hands = composed.hands(settings, _FOLD, held=True)
    for _ in range(_FOUND):
        one = composed.compose(composed.one_of(hands, random), "spaced", random, 4)
        yield one.text, Strokes.of(list(one.strokes))


def _traced_numbers(script: str, settings: Settings, random: np.random.Generator) -> Iterator[tuple[str, Strokes]]:
    """Numbers of test digits, which are scans, traced."""
    data = script_digits(script, "test", settings)
    for _ in range(_FOUND):
        one, paths = _traced(data, script, 4, random)
        yield one.text, paths


if __name__ == "__main__":
    raise SystemExit(main())
