"""What a network of another script is trained and validated on: its scans, the same redrawn by a pen, and what is none.

What is no digit there: letters and figures of the pen files, western digits, the digits of other scripts, scribbles and
things, and two or three of its own digits side by side. Marks that look like one of its digits are left out
(`scripts.look_alikes`). A network whose data may be used commercially is trained on nothing that may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit import scripts
from inkdigit.data import datasets
from inkdigit.data.datasets import FIGURES, PEN_DIGITS, PEN_OTHERS, PenSample
from inkdigit.data.script_digits import ScriptDigits, script_digits
from inkdigit.evaluation import negatives, script_strokes
from inkdigit.ink import picture, segment
from inkdigit.ink.strokes import Strokes
from inkdigit.settings import Settings
from inkdigit.training import pools, skeleton
from inkdigit.training.pools import Pool
from inkdigit.training.samples import Samples

EPOCH = 16_000  # digits of an epoch, however many pictures a script has
_TRACED = 8_000  # scans that are drawn anew,
_PENS = 4  # in so many ways
_SHARES = {"": 0.5, pools.SPOILT: 0.15, "-pen": 0.25, "-templates": 0.1}  # of an epoch's digits, by the pool's name
_WIDE = 0.2  # of an epoch's digits are scans in other widths, and so many fewer as they are, where widths are not known
_EACH = 200  # drawings of each template
_OTHERS = 4_000  # marks of the pen files, and of all other scripts together, that are no digit
_INVENTED = 1_500  # of each other kind
_Marks = Sequence[Strokes | NDArray[np.uint8]]


def collect(script: str, settings: Settings, seed: int, fold: int = 0) -> Samples:
    """The marks of a script; writers, sheets or pages of one fold validate.

    Raises:
        ScriptError: no such script.
        DataError: a data set is missing or damaged.
    """
    found = script_digits(script, "train", settings)
    random = np.random.default_rng([seed, len(found.labels)])
    held = found.folds == fold
    ours, theirs = _part(found, ~held), _part(found, held)
    paths = traced(ours, script, random)
    scans = pools.from_pictures(script, ours.images, ours.labels)
    drawn = pools.from_pen(script + "-pen", as_samples(paths, ours), _PENS, random)
    training = [scans, pools.spoilt(scans, random), drawn, templates(script, random)]
    shares = dict(_SHARES)
    if scripts.named(script).are_squeezed:
        training.append(wide(ours, script, random))
        shares |= {"": _SHARES[""] - _WIDE, "-wide": _WIDE}
    sizes = {one.name.removeprefix(script): len(one.labels) for one in training}
    training = [
        replace(one, times=EPOCH * shares[end] / max(1, sizes[end])) for one, end in zip(training, sizes, strict=True)
    ]
    there = traced(theirs, script, random)
    validation = [
        pools.from_pictures(script, theirs.images, theirs.labels),
        pools.from_pen(script + "-pen", as_samples(there, theirs), 0, random),
    ]
    if scripts.named(script).are_squeezed:
        validation.append(wide(theirs, script, random))
    for pool, own_fold in _others(script, settings, random, fold, list(paths.values())):
        (validation if own_fold else training).append(pool)
    return Samples(*(tuple(one for one in some if len(one.labels)) for some in (training, validation)))


def _part(found: ScriptDigits, rows: NDArray[np.bool_]) -> ScriptDigits:
    return ScriptDigits(found.images[rows], found.labels[rows], found.groups[rows])


def wide(found: ScriptDigits, script: str, random: np.random.Generator) -> Pool:
    """Some of the scans, as wide as the digits may have been, in a pool named SCRIPT-wide."""
    rows = random.permutation(len(found.labels))[:_TRACED]
    widths = random.uniform(*scripts.named(script).widths, size=len(rows))
    images = [
        cv2.resize(found.images[row], None, fx=wide, fy=1, interpolation=cv2.INTER_LINEAR)
        for row, wide in zip(rows, widths, strict=True)
    ]
    return pools.from_pictures(script + "-wide", [np.asarray(one, np.uint8) for one in images], found.labels[rows])


def traced(found: ScriptDigits, script: str, random: np.random.Generator) -> dict[int, Strokes]:
    """Row -> the paths of a pen, of some of the scans, as wide as the digits may have been."""
    widths = scripts.named(script).widths
    paths = {}
    for row in random.permutation(len(found.labels))[:_TRACED].tolist():
        mark = segment.one_mark(picture.load(found.images[row]))
        strokes = None if mark is None else skeleton.traced(mark.ink)
        if strokes is not None:
            wide = np.array([random.uniform(*widths), 1.0], np.float32)
            paths[row] = Strokes(tuple(path * wide for path in strokes.paths))
    return paths


def as_samples(paths: dict[int, Strokes], found: ScriptDigits) -> list[PenSample]:
    """Paths as samples of a pen file; the groups of their scans are their writers."""
    return [
        PenSample(str(found.labels[row]), str(found.groups[row]), [path.tolist() for path in strokes.paths])
        for row, strokes in paths.items()
    ]


def templates(script: str, random: np.random.Generator) -> Pool:
    """Drawings of the templates of a script, in a pool named SCRIPT-templates."""
    drawn = [
        PenSample(str(digit), "", [path.tolist() for path in script_strokes.written(script, digit, random).paths])
        for digit in range(10)
        for _ in range(_EACH)
    ]
    return replace(pools.from_pen(script + "-templates", drawn, 2, random), writers=())


def _others(
    script: str, settings: Settings, random: np.random.Generator, fold: int, own: Sequence[Strokes]
) -> Iterable[tuple[Pool, bool]]:
    """Marks that are no digit of the script, each pool with whether it validates."""
    alike = scripts.look_alikes(script)
    for name in (*PEN_DIGITS, *PEN_OTHERS, FIGURES):
        marks = datasets.pen(name, settings)
        kept = [one for one in marks if _class(name, one.label) not in alike]
        some = [kept[at] for at in random.permutation(len(kept))[: _OTHERS // 4]]
        for held in (False, True):
            chosen = [Strokes.of(one.strokes) for one in some if (datasets.fold_of(one.writer) == fold) is held]
            yield pools.nothing(name, chosen, random), held
    free = not scripts.named(script).non_commercial
    others = [one for one in scripts.SCRIPTS.values() if one.name not in (script, scripts.WESTERN)]
    others = [one for one in others if not (free and one.non_commercial)]
    for other in others:
        found = script_digits(other.name, "train", settings)
        rows = np.array([f"{other.name}/{label}" not in alike for label in found.labels.tolist()])
        places = random.permutation(np.nonzero(rows)[0])[: _OTHERS // len(others)]
        for held in (False, True):
            chosen_images = [found.images[at] for at in places[(found.folds[places] == fold) == held]]
            yield pools.nothing(other.name, _as_drawn(chosen_images), random), held
    invented: dict[str, _Marks] = {
        "several": [several(own, random) for _ in range(_INVENTED if len(own) > 1 else 0)],
        "scribbles": [negatives.scribble(random) for _ in range(_INVENTED)],
        "doodles": [negatives.doodle(random) for _ in range(_INVENTED // 2)],
        "noise": [negatives.noise(random) for _ in range(_INVENTED // 2)],
        "things": [negatives.thing(random) for _ in range(_INVENTED // 2)],
        "scenes": [negatives.scene(random) for _ in range(_INVENTED // 2)],
    }
    for name, made in invented.items():
        cut = len(made) * 4 // 5
        yield pools.nothing(name, made[:cut], random), False
        yield pools.nothing(name, made[cut:], random), True


def _as_drawn(images: Sequence[NDArray[np.uint8]]) -> Iterable[Strokes | NDArray[np.uint8] | None]:
    """Scans, every other one drawn by a pen: a network shall know other scripts by shape, not by their scanner."""
    for at, image in enumerate(images):
        mark = segment.one_mark(picture.load(image)) if at % 2 else None
        yield image if mark is None else skeleton.traced(mark.ink)


def _class(name: str, label: str) -> str:
    """What a mark of a pen file is called among look-alikes: "western/4", "letter/A"."""
    return f"{scripts.WESTERN}/{label}" if name in PEN_DIGITS else f"letter/{label}"


def several(own: Sequence[Strokes], random: np.random.Generator) -> Strokes:
    """Two or three digits side by side, alike in height."""
    left, paths = 0.0, []
    for place in random.integers(len(own), size=random.integers(2, 4)):
        box = own[place].box or (0.0, 0.0, 1.0, 1.0)
        scale = 100 / max(1e-6, box[3] - box[1], (box[2] - box[0]) / 2)
        off = np.array([left - box[0] * scale, -box[1] * scale])
        paths += [(path * scale + off).astype(np.float32) for path in own[place].paths]
        left += (box[2] - box[0]) * scale + random.uniform(4, 50)
    return Strokes(tuple(paths))
