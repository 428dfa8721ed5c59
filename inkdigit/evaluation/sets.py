"""The labelled sets that a reader can be scored on, by name or by path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets, scans
from inkdigit.data.datasets import FIGURES, LOOK_ALIKES, MNIST_VALIDATION, OTHER, PEN_DIGITS, PEN_OTHERS
from inkdigit.errors import DataError
from inkdigit.evaluation import negatives
from inkdigit.evaluation.corruptions import corrupt
from inkdigit.evaluation.crops import crop
from inkdigit.ink.picture import SUFFIXES, ImageInput
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Digit

SCANNED = "scanned-digits"  # may be followed by : and the name of a crop, see crops.py
NAMES = {
    "mnist-test": "the 10,000 test pictures of MNIST",
    "mnist-validation": "the last 5,000 training pictures of MNIST, which training leaves out",
    "digits": "pen digits of UNIPEN, of the writers that training left out",
    "digits-tablet": "pen digits of UCI Pen-Based, of the writers that training left out",
    "uppercase": "capital letters of such writers, without those that look like digits",
    "lowercase": "small letters of such writers, likewise",
    "symbols": "symbols of such writers, likewise",
    "figures": "letters of four alphabets drawn with a mouse, of those that look like no digit",
    SCANNED: "digits that 16 people wrote on paper, as they were scanned, from the folder hands/",
    "scribbles": "1,000 scribbles that the program makes",
    "doodles": "1,000 hearts, faces, stars, houses and other doodles that the program makes",
    "several": "1,000 numbers of two and three digits, put together from the digits of such writers",
    "halves": "halves of the digits of such writers, of those that look like no digit",
    "noise": "300 pictures of noise",
    "photos": "400 cut-outs of the two photos that scikit-learn brings",
    "digits8x8": "the 1,797 digits of 8x8 pixels that scikit-learn brings",
    "emnist": "the 40,000 test pictures of EMNIST Digits, from the folder emnist/ of the data folder",
    "usps": "the 2,007 test pictures of USPS, from the folder usps/ of the data folder",
}
CORRUPTED = ("mnist-test", "mnist-validation")  # may be followed by : and the name of a corruption of MNIST-C
_SEED = 20_260_101  # of the invented marks; training has other seeds


@dataclass(frozen=True, eq=False)
class Shown:
    """One mark to be read: its label, 0 to 9 or OTHER, its writer ("" where unknown), and a picture or strokes.

    kind is what a mark that is no digit is called in its set, of figures with the alphabet: "Greek/character05".
    """

    label: int
    writer: str
    picture: ImageInput | None = None
    strokes: Any = None
    kind: str = ""


def read(marks: Sequence[Shown], reader: Reader) -> list[Digit]:
    """The reader's answers, by the path that a person's marks take."""
    shown = iter(reader.digits(mark.picture for mark in marks if mark.picture is not None))
    return [
        next(shown) if mark.picture is not None else reader.ink(mark.strokes, single=True).digits[0] for mark in marks
    ]


def load(name: str, reader: Reader, all_writers: bool = False) -> list[Shown]:
    """The marks of a named set, of a folder with folders 0 to 9, or of a CSV, npz or IDX file.

    mnist-test:fog is mnist-test with the corruption fog of `inkdigit.evaluation.corruptions`; so are the other names.
    scanned-digits:frame is scanned-digits with the crop frame of `inkdigit.evaluation.crops`.

    Args:
        all_writers: True takes the pen files whole, writers of the training included.

    Raises:
        DataError: no such set, or its files are missing, damaged or empty.
    """
    if name in PEN_DIGITS + PEN_OTHERS:
        return list(_pen(name, reader, all_writers))
    if name == FIGURES:
        return [
            Shown(OTHER, mark.writer, strokes=mark.strokes, kind=mark.label)
            for mark in datasets.pen(name, reader.settings)
            if all_writers or _held_back(name, mark.label.partition("/")[0], reader)
        ]
    base, _, corruption = name.partition(":")
    if base == SCANNED:
        found = scans.scanned(reader.settings)
        marks = zip(found.labels, found.writers, found.pictures, strict=True)
        ours = [mark for mark in marks if all_writers or _held_back(base, mark[1], reader)]
        cropped = _cropped([scan for _, _, scan in ours], corruption) if corruption else [scan for _, _, scan in ours]
        return [Shown(int(label), writer, picture=scan) for (label, writer, _), scan in zip(ours, cropped, strict=True)]
    if base in CORRUPTED:
        return _mnist(base, corruption, reader)
    if name in ("scribbles", "doodles", "several", "halves", "noise", "photos"):
        return _invented(name, reader, all_writers)
    if name == "digits8x8":
        return _digits8x8()
    if name in ("emnist", "usps"):
        public = datasets.emnist(reader.settings) if name == "emnist" else datasets.usps(reader.settings)
        return _pictures(public.images, public.labels)
    path = Path(name)
    if path.is_dir():
        return folder(path)
    if path.is_file():
        own = datasets.own(path)
        return _pictures(own.images, own.labels)
    known = ", ".join(NAMES)
    raise DataError(f"a set ({known}), a folder with folders 0 to 9, or a CSV, npz or IDX file", repr(name), "Name one")


def _cropped(pictures: Sequence[NDArray[np.uint8]], how: str) -> list[NDArray[np.uint8]]:
    """Each picture cropped anew; its neighbour is one of the others, at random."""
    others = np.random.default_rng(_SEED).permutation(len(pictures))
    return [crop(one, how, pictures[other]) for one, other in zip(pictures, others, strict=True)]


def _held_back(name: str, group: str, reader: Reader) -> bool:
    """Whether the reader's network was trained without this writer or alphabet."""
    about = reader.model.card.provenance
    trained_on: Any = about.get("trained_on", {})
    return name not in trained_on or datasets.fold_of(group) == about.get("writers_of_fold_held_back", 0)


def _mnist(name: str, corruption: str, reader: Reader) -> list[Shown]:
    pictures = datasets.mnist("test" if name == "mnist-test" else "train", reader.settings)
    first = 0 if name == "mnist-test" else len(pictures.labels) - MNIST_VALIDATION
    images = pictures.images[first:]
    return _pictures(corrupt(images, corruption) if corruption else images, pictures.labels[first:])


def _pictures(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> list[Shown]:
    return [Shown(int(label), "", picture=image) for image, label in zip(images, labels, strict=True)]


def _pen(name: str, reader: Reader, all_writers: bool) -> Iterator[Shown]:
    fold = reader.model.card.provenance.get("writers_of_fold_held_back", 0)
    for mark in datasets.pen(name, reader.settings):
        seen = not all_writers and datasets.fold_of(mark.writer) != fold
        if seen or (name in PEN_OTHERS and mark.label in LOOK_ALIKES):
            continue
        yield Shown(int(mark.label) if name in PEN_DIGITS else OTHER, mark.writer, strokes=mark.strokes)


def _invented(name: str, reader: Reader, all_writers: bool) -> list[Shown]:
    random = np.random.default_rng(_SEED)
    if name in ("scribbles", "doodles"):
        draw = negatives.scribble if name == "scribbles" else negatives.doodle
        return [Shown(OTHER, "", strokes=draw(random).paths) for _ in range(1_000)]
    if name == "noise":
        return [Shown(OTHER, "", picture=negatives.noise(random)) for _ in range(300)]
    if name == "photos":
        return [Shown(OTHER, "", picture=cut) for cut in _cut_outs(400, random)]
    fold = reader.model.card.provenance.get("writers_of_fold_held_back", 0)
    marks = [mark for mark in datasets.pen("digits", reader.settings)
             if all_writers or datasets.fold_of(mark.writer) == fold]  # fmt: skip
    if name == "halves":
        halves = (negatives.half(mark, random) for mark in marks)
        return [Shown(OTHER, "", picture=half) for half in halves if half is not None]
    hands = negatives.hands(marks)
    made = (negatives.number(hands[random.integers(len(hands))], random) for _ in range(1_000))
    return [Shown(OTHER, "", strokes=one.paths) for one in made]


def _cut_outs(count: int, random: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """Squares of 48 to 320 pixels from the two photos of scikit-learn, a temple and a flower: uint8 (side, side, 3)."""
    try:
        from sklearn.datasets import load_sample_images
    except ImportError:
        raise DataError("scikit-learn", "none", "Run pip install scikit-learn") from None
    photos: list[NDArray[np.uint8]] = load_sample_images().images
    for number in range(count):
        photo, side = photos[number % len(photos)], int(random.integers(48, 321))
        top, left = (int(random.integers(length - side)) for length in photo.shape[:2])
        yield photo[top : top + side, left : left + side]


def _digits8x8() -> list[Shown]:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise DataError("scikit-learn", "none", "Run pip install scikit-learn") from None
    digits: Any = load_digits()
    return _pictures((digits.images * 255 / 16).astype(np.uint8), digits.target.astype(np.int64))


def folder(path: Path) -> list[Shown]:
    """The picture files in the folders 0 to 9 of a folder.

    Raises:
        DataError: none.
    """
    found = [
        Shown(label, "", picture=file)
        for label in range(10)
        for file in sorted((path / str(label)).glob("*"))
        if file.suffix.lower() in SUFFIXES
    ]
    if not found:
        raise DataError("folders 0 to 9 with pictures", f"none in {path}", "Sort the pictures into such folders")
    return found
