"""Training recipes: only what differs, with the reason and the running time on 2 CPU cores beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from inkdigit.errors import TrainingError
from inkdigit.training.augment import Distortion


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a run learns. The defaults are the recipe that made the shipped network."""

    name: str
    epochs: int = 45
    width: int = 32
    batch: int = 256
    rate: float = 0.2  # peak of the one-cycle schedule (Smith, arXiv:1708.07120), SGD with Nesterov momentum 0.9
    decay: float = 4e-4
    dropout: float = 0.1  # part of the last features that is left out, each time others
    smoothing: float = 0.05  # of the labels: keeps scores honest
    average: float = 0.998  # of the weights, per step: the averaged network is the one that is kept
    most: int = 60_000  # pictures of MNIST: the first so many of the training file
    variants: int = 6  # ways in which each pen mark is drawn
    pen_repeat: int = 2  # how often a pen digit comes up for each time that an MNIST digit does
    spoilt: float = 0.4  # chance that a digit comes up once more, with something done to it (see corruption.py)
    corruptions: int = 3  # ways in which each digit is spoilt
    others: float = 0.3  # marks that are no digit, as a part of the digits in an epoch
    with_pen: bool = True
    teaching: float = 0.0  # share of the loss that follows the teachers' probabilities and not the labels
    distortion: Distortion = field(default_factory=Distortion)


RECIPES = {
    # 99.1 % on MNIST in 25 seconds: for trying things out. A part of MNIST only, a narrow network, mild distortion.
    "fast": Recipe(
        "fast",
        epochs=2,
        width=16,
        batch=64,
        rate=0.1,
        average=0.99,
        most=20_000,
        variants=1,
        spoilt=0,
        with_pen=False,
        distortion=Distortion(6, 0.06, 0.1, 1.0, 0.6),
    ),
    # The shipped western.onnx: MNIST, pen strokes, scans, spoilt digits and marks that are no digit. Hours on
    # 2 cores, six minutes on a GPU.
    "default": Recipe("default"),
    # For the record (docs/lab-log.md), on a GPU: a teacher three times as wide; a pupil that learns what it says of
    # each distorted glyph (Hinton, Vinyals, Dean, arXiv:1503.02531; that both see the same distortion: Beyer et al.,
    # arXiv:2106.05237); and a wide network for MNIST and nothing else.
    "wide": Recipe("wide", epochs=24, width=96, rate=0.15, dropout=0.3),
    "distilled": Recipe("distilled", epochs=38, teaching=0.7),
    "mnist-wide": Recipe("mnist-wide", epochs=100, width=96, rate=0.15, dropout=0.3, spoilt=0, with_pen=False),
    # The shipped western-strokes.onnx, which reads the pen's path beside the picture: every digit once an epoch, and as
    # many marks that are none. AdamW. 7 minutes on one core.
    "strokes": Recipe("strokes", epochs=16, width=48, rate=0.003, decay=0.01, dropout=0.3, average=0.995, others=1.0),
    # The shipped western-signs.onnx, which tells signs by the pen's path and their place in the line: marks of composed
    # numbers, dates and sums. AdamW. 10 minutes on one core.
    "signs": Recipe(
        "signs", epochs=6, width=32, rate=0.003, decay=0.01, dropout=0.3, average=0.998, smoothing=0.02, most=40_000
    ),  # numbers
    # The shipped western-page.onnx, which finds numbers on paper: crops of drawn pages, all new in every epoch. AdamW.
    # It went on from a run of nine such epochs (docs/training.md). An hour on two cores, one of which draws.
    "page": Recipe(
        "page", epochs=18, width=12, batch=8, rate=0.002, decay=0.01, average=0.995, most=3_000, dropout=0
    ),  # crops
    # For the record (docs/lab-log.md): the same, wider. It goes on from that, and its new channels begin as copies. An
    # hour on two cores that know bf16.
    "page-wide": Recipe(
        "page-wide", epochs=16, width=18, batch=8, rate=0.002, decay=0.01, average=0.995, most=3_000, dropout=0
    ),  # crops
    # Reads what is written on paper, grey, with all that is on it: places on drawn pages, all new in every epoch.
    # AdamW. 70 minutes on two cores, one of which draws.
    "row": Recipe(
        "row", epochs=6, width=16, batch=64, rate=0.003, decay=0.01, dropout=0.1, average=0.998, most=32_000
    ),  # places
    # The shipped western-row.onnx, which goes on from that and is wider: its new channels begin as copies. It had
    # 36 epochs in six runs (docs/training.md). 45 minutes on two cores that know bf16.
    "row-wide": Recipe(
        "row-wide", epochs=9, width=24, batch=64, rate=0.002, decay=0.01, dropout=0.1, average=0.998, most=32_000
    ),  # places
    # The shipped western-print.onnx, which tells printed digits from written ones: digits read on drawn pages. AdamW;
    # the last weights are kept. A quarter of an hour, nearly all of it to read the pages.
    "prints": Recipe(
        "prints", epochs=6, width=8, batch=128, rate=0.004, decay=0.05, dropout=0.3, smoothing=0.02, average=0, most=15
    ),  # pages of each kind of table
    # The shipped network of every other script (--script), which goes on from western.onnx: strokes and curves are the
    # same everywhere. Scans, the same drawn anew by a pen, templates, and what is none. 20 minutes, one core.
    "script": Recipe("script", epochs=20, batch=128, rate=0.1, pen_repeat=1, spoilt=1.0, others=0.4, average=0.995),
    # The shipped which-script.onnx, which tells scripts for `auto` and `mixed`: all scripts' digits as labels. AdamW.
    # 15 minutes on two cores.
    "scripts": Recipe(
        "scripts", epochs=24, width=16, batch=128, rate=0.003, decay=0.01, dropout=0.2, average=0.995, most=40_000
    ),  # glyphs
    # The shipped western-line.onnx, which reads whole numbers on pictures: strips put together from pen strokes and
    # MNIST. AdamW: with CTC, plain SGD stays at blanks for long. 20 minutes.
    "line": Recipe(
        "line",
        epochs=5,
        width=24,
        batch=64,
        rate=0.002,
        decay=0.01,
        dropout=0.2,
        most=120_000,  # strips
        distortion=Distortion(slant=0.2, grow=0.07, move=0.6, bend=1.1, thicken=0.35, fade=0.2),
    ),
}


def named(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        TrainingError: there is none.
    """
    if name not in RECIPES:
        raise TrainingError("a recipe: " + ", ".join(RECIPES), repr(name), "Name one of these")
    return RECIPES[name]
