"""Learning a hand for good: the network goes on from where it is, on corrected drawings and a replay of what it knew.

The new network is kept only when it reads more of the corrections that it was not shown, and no set of other people's
marks worse by more than 0.1 % or a mark. Against forgetting it rehearses what it knew (Robins, "Catastrophic
forgetting, rehearsal and pseudorehearsal", Connection Science 7, 1995); and where going all the way to the new weights
forgets too much, it goes a part of it (Wortsman et al., "Robust fine-tuning of zero-shot models", arXiv:2109.01903).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inkdigit.data import datasets
from inkdigit.data.datasets import MNIST_VALIDATION, OTHER, PEN_DIGITS
from inkdigit.errors import TrainingError
from inkdigit.evaluation import negatives
from inkdigit.models import versions
from inkdigit.models.catalogue import find
from inkdigit.recognition import profile
from inkdigit.recognition.model import METADATA, Model, softmax
from inkdigit.recognition.profile import Profile
from inkdigit.settings import Settings
from inkdigit.store.store import Store
from inkdigit.training import initial_weights, metadata, pools
from inkdigit.training.augment import Distortion
from inkdigit.training.export import export, training_commit
from inkdigit.training.loop import train
from inkdigit.training.network import BatchNorm, Network
from inkdigit.training.pools import Pool
from inkdigit.training.recipes import Recipe
from inkdigit.training.samples import Samples

LEAST = 20  # corrected marks: with fewer, nothing can be said of those held back
HELD = 3  # every third corrected mark is held back
SPOILT = 0.001  # the most by which any other set may be read worse, and at least a mark
OWN = "corrections"
_SHARES = (
    1.0,
    0.6,
    0.35,
    0.2,
)  # of the way from the old weights to the new ones: the first that is good enough is taken
_REPLAY = 16_000  # marks of each pen set, three times as many of MNIST, and half as many of what is no digit
_SHARE = 0.1  # of what is seen in an epoch are the person's marks, each at most _TIMES
_TIMES = 60
# Short and gentle: it goes on from a finished network. On 2 cores a minute, after two in which the replay is drawn.
_RECIPE = Recipe(
    "hand", epochs=1, batch=128, rate=0.002, average=0.995, others=0.12, distortion=Distortion(8, 0.06, 0.1, 1.0, 0.8)
)


@dataclass(frozen=True)
class Learned:
    """What came of learning.

    Attributes:
        before: name of a set -> (wrong or refused, all), by the network as it was; OWN are the corrections held back.
        after: the same by the new network.
        with_profile: mistakes of the network as it was on the corrections held back, with a profile of the others.
        path: of the new model file; None when it was not kept.
        why: in words, why it was not kept; "" when it was.
    """

    before: dict[str, tuple[int, int]]
    after: dict[str, tuple[int, int]]
    with_profile: int
    path: Path | None
    why: str

    def to_json(self) -> dict[str, Any]:
        """The same as JSON; the path as text."""
        return asdict(self) | {"path": str(self.path) if self.path else None}


def learn(
    settings: Settings, store: Store, seed: int = 0, on_stage: Callable[[str], None] = lambda stage: None
) -> Learned:
    """Goes on from the network in use, and keeps the new one if it is better.

    Args:
        on_stage: told, in words, what is being done.

    Raises:
        TrainingError: fewer than LEAST corrected marks, or a network that is not ours.
        DataError: MNIST is neither here nor can it be fetched.
        StoreError: the store cannot be read.
    """
    start = Model(find(None, settings))
    own, held = corrections(store)
    on_stage("Drawing the replay")
    fold = int(start.card.provenance.get("writers_of_fold_held_back", 0))
    replay = rehearsal(settings, fold, seed)
    width = int(start.card.provenance.get("recipe", {}).get("width", 32))
    digits = sum(len(pool.labels) for pool in replay.training if pool.labels.max() < OTHER)
    times = min(_TIMES, max(1, round(_SHARE * digits / len(own.labels))))
    recipe = replace(_RECIPE, width=width, pen_repeat=times)
    on_stage("Learning")
    with TemporaryDirectory() as folder:
        everything = Samples((own, *replay.training), replay.validation)
        network = train(recipe, everything, Path(folder), seed, start.path, build=lambda: Settled(width=width))
        if network is None:
            raise TrainingError("one process", "several", "Run `inkdigit learn` without torchrun")
        old = initial_weights.state(start.path, width)
        tried = []
        for share in _SHARES:
            on_stage(f"Checking {share:.0%} of the way")
            path = Path(folder) / "new.onnx"
            export(_between(old, network, share, width), replay, recipe, seed, fold, path, training_commit())
            _say(path, start, share, len(own.labels))
            found = _judged(start, path, own, held, replay, settings)
            if found.path:
                return found
            tried.append(found)
        return tried[0]


def corrections(store: Store) -> tuple[Pool, Pool]:
    """The corrected marks: those to learn from, and those held back to judge by, every third of each label.

    Raises:
        TrainingError: fewer than LEAST.
    """
    glyphs, labels, _ = store.labelled()
    if len(labels) < LEAST:
        remedy = "Correct more drawings, or choose “Learn my hand” in the app"
        raise TrainingError(f"{LEAST} corrected marks or more", str(len(labels)), remedy)
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        held[np.nonzero(labels == label)[0][HELD - 1 :: HELD]] = True
    return _own(glyphs[~held], labels[~held]), _own(glyphs[held], labels[held])


def rehearsal(settings: Settings, fold: int, seed: int) -> Samples:
    """What the network knew: MNIST, the pen files where they are, and marks that are no digit; the fold validates."""
    random = np.random.default_rng(seed)
    images = datasets.mnist("train", settings)
    cut = len(images.labels) - MNIST_VALIDATION
    some = np.sort(random.choice(cut, min(cut, 3 * _REPLAY), replace=False))
    training = [pools.from_pictures("mnist", images.images[some], images.labels[some])]
    validation = [pools.from_pictures("mnist", images.images[cut:], images.labels[cut:])]
    if datasets.has_pen(settings):
        for name in (*PEN_DIGITS, *datasets.PEN_OTHERS):
            marks = [
                mark for mark in datasets.pen(name, settings)
                if name in PEN_DIGITS or mark.label not in datasets.LOOK_ALIKES
            ]  # fmt: skip
            most = _REPLAY if name in PEN_DIGITS else _REPLAY // 2
            ours = [mark for mark in marks if datasets.fold_of(mark.writer) != fold]
            chosen = [ours[at] for at in np.sort(random.choice(len(ours), min(most, len(ours)), replace=False))]
            others = [mark for mark in marks if datasets.fold_of(mark.writer) == fold]
            training.append(replace(pools.from_pen(name, chosen), writers=()))  # writers mark the person's pool
            validation.append(pools.from_pen(name, others))
    made = [
        pools.nothing("scribbles", (negatives.scribble(random) for _ in range(_REPLAY // 4)), random),
        pools.nothing("scenes", (negatives.scene(random) for _ in range(_REPLAY // 4)), random),
    ]
    training += [Pool(pool.name, pool.glyphs[200:], pool.labels[200:]) for pool in made]
    validation += [Pool(pool.name, pool.glyphs[:200], pool.labels[:200]) for pool in made]
    return Samples(tuple(training), tuple(validation))


class Settled(Network):
    """A network whose normalisations stay as they are: its file has them folded into the convolutions before them."""

    def train(self, mode: bool = True) -> Self:
        """Everything but the normalisations trains."""
        super().train(mode)
        for part in self.modules():
            if isinstance(part, BatchNorm):
                part.eval()
        return self


def _between(old: dict[str, Tensor], network: torch.nn.Module, share: float, width: int) -> torch.nn.Module:
    """The network a part of the way from the old weights to the new ones."""
    new = network.state_dict()
    mixed = {
        name: old[name] + share * (value - old[name]) if value.is_floating_point() else value
        for name, value in new.items()
    }
    found = Network(width=width)
    found.load_state_dict(mixed)
    return found.eval()


def _say(path: Path, start: Model, share: float, count: int) -> None:
    """Writes into the card where the model comes from."""
    card = json.loads(metadata.get(path, METADATA))
    card["provenance"]["went_on_from"] = {
        "file": start.path.name,
        "commit": start.card.provenance.get("commit"),
        "share": share,
        "corrections": count,
    }
    metadata.put(path, METADATA, json.dumps(card))


def _judged(start: Model, path: Path, own: Pool, held: Pool, replay: Samples, settings: Settings) -> Learned:
    """Keeps the new file as a version of its own, or says why not."""
    new = Model(path)
    pools = (held, *replay.validation)
    before, after = ({pool.name: (wrong(one, pool), len(pool.labels)) for pool in pools} for one in (start, new))
    taught = profile.learn(start, own.glyphs[:, 0], own.labels) if start.others is not None else None
    with_profile = wrong(start, held, taught)
    why = _why_not(before, after)
    if why:
        return Learned(before, after, with_profile, None, why)
    card = json.loads(metadata.get(path, METADATA))
    card["mistakes"] |= {f"{name}-validation": list(counts) for name, counts in after.items()}
    metadata.put(path, METADATA, json.dumps(card))
    return Learned(before, after, with_profile, versions.take_in(path, settings), "")


def _why_not(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> str:
    if after[OWN][0] >= before[OWN][0]:
        return f"it reads no more of the corrections held back: {after[OWN][0]} of {after[OWN][1]} wrong"
    for name, (count, total) in after.items():
        if name != OWN and count > before[name][0] + max(1, SPOILT * total):
            return f"it reads {name} worse: {count} of {total:,} wrong, before {before[name][0]}"
    return ""


def wrong(model: Model, pool: Pool, taught: Profile | None = None) -> int:
    """Marks that are read wrong: digits that are misread or refused, and others that are not refused."""
    count = 0
    for part, labels in zip(*(np.array_split(one, len(pool.labels) // 500 + 1) for one in (pool.glyphs, pool.labels)),
                            strict=True):  # fmt: skip
        stack = part[:, :1].astype(np.float32) / np.float32(255)
        chances = model.probabilities(stack) if taught is None else softmax(taught.changed(*model.features(stack)))
        answers = chances[:, :OTHER].argmax(axis=1)
        answers[chances[:, OTHER] > model.card.refuse_above] = OTHER
        count += int((answers != labels).sum())
    return count


def _own(glyphs: NDArray[np.uint8], labels: NDArray[np.int64]) -> Pool:
    return Pool(OWN, glyphs[:, None], labels, ("",) * len(labels))
