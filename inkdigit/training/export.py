"""A trained network -> one .onnx file that says what it is: calibrated, with a threshold, checked against torch."""

from __future__ import annotations

import datetime
import json
import logging
import os
import subprocess
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import Tensor
from torch.nn import functional

from inkdigit import scripts
from inkdigit.data.datasets import OTHER as OTHER_LABEL
from inkdigit.errors import TrainingError
from inkdigit.recognition import glyph
from inkdigit.recognition.card import OTHER, Card
from inkdigit.recognition.model import METADATA
from inkdigit.training import embedding, loop, metadata
from inkdigit.training.pools import Pool
from inkdigit.training.recipes import Recipe
from inkdigit.training.samples import Samples

LABELS = (*"0123456789", OTHER)
KEPT = 0.995  # part of the digits of each validation pool that the refusal threshold keeps
_KEPT = 0.985  # the same of other scripts: scans that are drawn anew hold more marks that nobody reads
_SAME = 1e-3  # largest difference between the scores of torch and of ONNX Runtime, of about 10
_RANGED = 400  # glyphs of each pool
_FEW_OTHERS = 150  # of other people's marks, of each kind, in the file of a further script: fourteen files ship
_LICENCES = {  # by the pool of it
    "mnist": "MNIST, LeCun, Cortes, Burges: CC BY-SA 3.0",
    "digits": "UNIPEN train_r01_v07 (Zenodo 10.5281/zenodo.1195803): CC BY 4.0 as stated there; "
    "UCI Pen-Based Recognition of Handwritten Digits, original strokes: no licence stated in the copy used",
    "scanned-digits": "digits scanned from forms, the collection kensanata/numbers: CC0",
    "figures": "letters of four alphabets from Omniglot, Lake, Salakhutdinov, Tenenbaum: MIT",
}


def export(
    network: torch.nn.Module,
    samples: Samples,
    recipe: Recipe,
    seed: int,
    fold: int,
    path: Path,
    commit: str = "unknown",
    taught_by: Sequence[dict[str, Any]] = (),
    script: str = scripts.WESTERN,
) -> Card:
    """Calibrates on the validation pools, writes the file, reads it back and compares it with torch.

    Args:
        commit: of the code that trained the network, as `training_commit` gave it when the run began.
        taught_by: provenance of each teacher.
        script: whose digits it reads.

    Returns:
        The card that the file carries.

    Raises:
        TrainingError: the file's scores differ from torch's, or the disk is full.
    """
    with whole(path) as part:
        write(network, part, {"glyphs": (2, 1, glyph.SIDE, glyph.SIDE)}, {0: "n"})
        check_same(network, part, samples.validation[0].glyphs[:500, 0])
        quantise(part, "glyphs", (shown(pool.glyphs[:: _some(pool), 0]) for pool in samples.training))
        found = {pool.name: file_scores(part, pool.glyphs[:, 0]) for pool in samples.validation}
        made = provenance(_counts(samples.training), _counts(samples.validation), recipe, seed, fold, commit, taught_by)
        made["non_commercial"] = scripts.named(script).non_commercial
        card = _made_card(found, samples, made, script)
        sign(part, card)
        embedding.add_embedding(part)
        embedding.add_others(part, samples.training, embedding.KEPT if script == scripts.WESTERN else _FEW_OTHERS)
    return card


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to; it takes the place of `path` in one step, or is gone when something fails.

    Raises:
        TrainingError: the disk is full, or may not be written to.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        os.replace(part, path)
    except OSError as error:
        raise TrainingError(f"room to write {path}", str(error), "Make room and export again") from None
    finally:
        part.unlink(missing_ok=True)


def _made_card(found: dict[str, Tensor], samples: Samples, provenance: dict[str, Any], script: str) -> Card:
    """All its figures are of the file's own scores, those of 8-bit integers."""
    temperature = _temperature(samples.validation, found, few=script != scripts.WESTERN)
    return Card(
        script=script,
        labels=LABELS,
        normaliser=glyph.VERSION,
        channels=1,
        temperature=temperature,
        refuse_above=_threshold(samples.validation, found, temperature, KEPT if script == scripts.WESTERN else _KEPT),
        provenance=provenance,
        mistakes={
            f"{pool.name}-validation": [loop.count_wrong(found[pool.name], pool.labels), len(pool.labels)]
            for pool in samples.validation
        },
    )


def sign(path: Path, card: Card) -> None:
    """Writes the card into the file."""
    metadata.put(path, METADATA, json.dumps(asdict(card)))


def _counts(pools: tuple[Pool, ...]) -> dict[str, int]:
    return {pool.name: len(pool.labels) for pool in pools}


def add_mistakes(path: Path, counts: dict[str, list[int]]) -> None:
    """Writes counted mistakes, name of a set -> [wrong, all], into the file's card."""
    card = json.loads(metadata.get(path, METADATA))
    card["mistakes"] |= counts
    metadata.put(path, METADATA, json.dumps(card))


def write(
    network: torch.nn.Module,
    path: Path,
    inputs: dict[str, tuple[int, ...]],
    free: dict[int, str],
    outputs: Sequence[str] = ("scores",),
    multiple: int = 1,
) -> None:
    """A network -> a float32 .onnx file.

    Args:
        inputs: name of each input, and the shape of an example of it.
        free: axes of every input of any length, with a name for each.
        outputs: name of each output.
        multiple: of which the lengths of all free axes but the first are.

    Raises:
        TrainingError: torch.onnx.export makes nothing of it.
    """
    axes: dict[int, Any] = {
        axis: multiple * torch.export.Dim(name) if axis and multiple > 1 else torch.export.Dim(name)
        for axis, name in free.items()
    }
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of packages that we do not use
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own use of torch
        program = torch.onnx.export(
            network.to(memory_format=torch.contiguous_format).eval(),  # type: ignore[call-overload]
            tuple(torch.zeros(*shape) for shape in inputs.values()),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=(axes,) * len(inputs),
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise TrainingError("an ONNX program", "nothing from torch.onnx.export", "Report this with the versions")
    proto = program.model_proto
    proto.doc_string = ""
    for node in proto.graph.node:
        del node.metadata_props[:]  # the exporter notes source paths of this machine there
        node.doc_string = ""
    onnx.save(proto, path)


def check_same(network: torch.nn.Module, path: Path, pixels: NDArray[np.uint8]) -> None:
    """Whether the file scores glyphs, uint8 (n, 28, 28), as the network does. Raises TrainingError."""
    difference = float((file_scores(path, pixels) - loop.scores(network, pixels)).abs().max())
    if difference > _SAME:
        raise TrainingError(
            f"scores within {_SAME} of torch's", f"{difference:.2g}", "Check the versions and export again"
        )


class _Calibration(CalibrationDataReader):  # type: ignore[misc]
    """What the ranges of the activations are taken from."""

    def __init__(self, inputs: str, batches: Iterable[NDArray[np.float32]]) -> None:
        self._inputs = inputs
        self._batches = iter(batches)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next batch; None at the end."""
        batch = next(self._batches, None)
        return None if batch is None else {self._inputs: batch}


def quantise(path: Path, inputs: str, batches: Iterable[NDArray[np.float32]], kept: Sequence[str] = ()) -> None:
    """float32 -> 8-bit integers in place: twice as fast, a third of the size, and the same answers (docs/lab-log.md).

    Weights take 7 bits, since processors without VNNI instructions add pairs of 8-bit products in 16 bits, which
    overflow in silence (onnxruntime.ai/docs/performance/model-optimizations/quantization.html).

    Args:
        inputs: name of the input.
        batches: of it, from which the ranges of the activations are taken.
        kept: names of nodes that stay float32.
    """
    logging.getLogger().addFilter(_no_advice)
    try:
        quantize_static(
            path,
            path,
            _Calibration(inputs, batches),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=list(kept),
            extra_options={"OpTypesToExcludeOutputQuantization": ["Gemm"]},  # confidence in steps would help nobody
        )
    finally:
        logging.getLogger().removeFilter(_no_advice)


def _no_advice(record: logging.LogRecord) -> bool:
    return "pre-process" not in record.getMessage()  # which changes nothing here


def _some(pool: Pool) -> int:
    """Step through the marks of a pool that leaves about _RANGED of them."""
    return max(1, len(pool.labels) // _RANGED)


def shown(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (n, 28, 28) -> what a network of glyphs is given, float32 (n, 1, 28, 28)."""
    return pixels[:, None].astype(np.float32) / np.float32(255)


def file_scores(path: Path, pixels: NDArray[np.uint8]) -> Tensor:
    """uint8 (n, 28, 28) -> float32 logits (n, labels), by the file."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    parts = [session.run(None, {"glyphs": shown(part)})[0] for part in np.array_split(pixels, len(pixels) // 500 + 1)]
    return torch.from_numpy(np.concatenate(parts))


def _temperature(pools: tuple[Pool, ...], found: dict[str, Tensor], few: bool = False) -> float:
    """The temperature with the least cross-entropy on validation; every pool of digits counts the same.

    Args:
        few: the pools are small: n digits without a mistake tell no more than that about one of n + 1 is misread
            (Laplace's rule).
    """
    digits = [(found[pool.name], torch.from_numpy(pool.labels)) for pool in pools if (pool.labels != OTHER_LABEL).all()]

    def loss(temperature: float) -> float:
        """Of all pools."""
        return sum(
            float(functional.cross_entropy(scores / temperature, labels, label_smoothing=few / (len(labels) + 1)))
            for scores, labels in digits
        )

    best = min(np.geomspace(0.2, 3.0, 136), key=lambda temperature: loss(float(temperature)))
    return round(float(best), 4)


def _threshold(pools: tuple[Pool, ...], found: dict[str, Tensor], temperature: float, kept: float = KEPT) -> float:
    """The lowest probability of "other" above which no more of the digits of each pool than said would be refused."""
    if not any((pool.labels == OTHER_LABEL).any() for pool in pools):
        return 1.0  # a network that never saw a mark that is no digit cannot refuse one
    tops = []
    for pool in pools:
        if (pool.labels != OTHER_LABEL).all():
            other = (found[pool.name] / temperature).softmax(1)[:, OTHER_LABEL].numpy()
            tops.append(float(np.quantile(other, kept)))
    return round(max(tops), 6)


def provenance(
    trained_on: dict[str, int],
    validated_on: dict[str, int],
    recipe: Recipe,
    seed: int,
    fold: int,
    commit: str,
    taught_by: Sequence[dict[str, Any]] = (),
    sources: Iterable[str] | None = None,
) -> dict[str, Any]:
    """What a card says of where its model comes from; the first two count the marks of each pool.

    Args:
        sources: pools whose licences are named; None: those trained on.
    """
    return {
        "trained_on": trained_on,
        "validated_on": validated_on,
        "writers_of_fold_held_back": fold,
        "recipe": asdict(recipe),
        "seed": seed,
        "commit": commit,
        "teachers": [{key: made.get(key) for key in ("commit", "seed", "date")} for made in taught_by],
        "torch": torch.__version__,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "data_licences": [_licence(pool) for pool in sources or trained_on if _licence(pool)],
        "weights_licence": "MIT",
    }


def _licence(pool: str) -> str:
    """Source and licence of a pool; "" where it is ours or named with another."""
    return _LICENCES.get(pool, "") or (scripts.SCRIPTS[pool].source if pool in scripts.SCRIPTS else "")


def training_commit() -> str:
    """The commit of the training code, with "+changes" when files differ from it; "unknown" outside a checkout."""
    folder = Path(__file__).parent
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()
        changes = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit + ("+changes" if changes else "")
