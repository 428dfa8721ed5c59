"""Glyphs -> scores: the ONNX Runtime session, with its labels and settings, read from one .onnx file of ours."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inkdigit.errors import ModelError
from inkdigit.recognition import glyph, layout, onnx_file, row, signs, strip, trajectory
from inkdigit.recognition.card import SEVERAL, Card

EMBEDDING = "embedding"  # name of the output that profile.py compares marks by
OTHERS = "inkdigit.others"  # the key of other people's marks, which keep a profile from spoiling their reading
METADATA = "inkdigit"  # the key under which a model file keeps what it says of itself, as JSON
_ROWS = 16  # that are read together
_DIGITS = 32  # that are told print from writing together: a page has thousands, and more at a time take 10 MB


class _Loaded:
    """A network out of a file, with what the file says of itself; `reads` is the kind that it must be."""

    def __init__(self, path: str | os.PathLike[str], reads: str) -> None:
        self.path = Path(path)
        self._session = _session(self.path)
        self.card = _card(self._session, self.path)
        if self.card.reads != reads:
            wanted = "single digits" if reads == "digits" else reads
            raise ModelError(f"a model of {wanted}", f"{self.path}, which reads {self.card.reads}", "Name another one")
        self._inputs = [one.name for one in self._session.get_inputs()]
        kinds = {one.type for one in (*self._session.get_inputs(), *self._session.get_outputs()[:1])}
        if kinds != {"tensor(float)"}:
            got = f"{', '.join(sorted(kinds))[:80]} in {self.path}"
            raise ModelError("float32 in and out", got, "Export the model again")


class Model(_Loaded):
    """A loaded network. Safe to call from several threads.

    Args:
        path: a .onnx file made by `inkdigit train`.

    Raises:
        ModelError: no such file, damaged, not of ours, or made for another normaliser.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, "digits")
        self._scores = self._session.get_outputs()[0].name
        shape = self._session.get_outputs()[0].shape
        if len(shape) != 2 or shape[1] != len(self.card.labels):
            raise ModelError(
                f"{len(self.card.labels)} scores, one a label", f"{shape} in {self.path}", "Export the model again"
            )

    def scores(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 1, 28, 28), ink = 1, paper = 0 -> logits, float32 (n, labels)."""
        found: NDArray[np.float32] = self._session.run([self._scores], {self._inputs[0]: glyphs})[0]
        return found

    def probabilities(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 1, 28, 28) -> calibrated probabilities, float32 (n, labels), each row summing to 1."""
        return softmax(self.calibrated(glyphs))

    def calibrated(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 1, 28, 28) -> scores that softmax makes calibrated probabilities of, float32 (n, labels)."""
        return self.scores(glyphs) / np.float32(self.card.temperature)

    def features(self, glyphs: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """float32 (n, 1, 28, 28) -> calibrated scores (n, labels) and embeddings (n, k), of a model that has them."""
        scores, embeddings = self._session.run([self._scores, EMBEDDING], {self._inputs[0]: glyphs})
        return scores / np.float32(self.card.temperature), embeddings

    @cached_property
    def others(self) -> NDArray[np.float32] | None:
        """float32 (m, k): embeddings of other people's marks, which profile.py leaves as they are; or None."""
        text = self._session.get_modelmeta().custom_metadata_map.get(OTHERS)
        outputs = {output.name: output.shape for output in self._session.get_outputs()}
        if text is None or EMBEDDING not in outputs:
            return None
        rows = np.frombuffer(base64.b64decode(text), np.uint8).astype(np.float32)
        return rows.reshape(-1, outputs[EMBEDDING][1])


class ScriptModel(_Loaded):
    """A loaded network that tells which script a digit is of. Safe to call from several threads.

    Args:
        path: a .onnx file made by `inkdigit train --recipe scripts`.

    Raises:
        ModelError: no such file, damaged, not of ours, or made for something else or another normaliser.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, "scripts")
        self.scripts = tuple(dict.fromkeys(label.partition("/")[0] for label in self.card.labels[:-1]))

    def probabilities(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 1, 28, 28), ink = 1, paper = 0 -> how likely each of `scripts` is, calibrated, (n, scripts).

        What is missing to 1 is the chance of a mark that is no digit in any of them.
        """
        found: NDArray[np.float32] = self._session.run(None, {self._inputs[0]: glyphs})[0]
        chances = softmax(found / np.float32(self.card.temperature))[:, :-1]
        return np.asarray(chances.reshape(len(glyphs), len(self.scripts), -1).sum(axis=2), np.float32)


class LineModel(_Loaded):
    """A loaded network that reads whole numbers. Safe to call from several threads.

    Args:
        path: a .onnx file made by `inkdigit train --recipe line`.

    Raises:
        ModelError: no such file, damaged, not of ours, or made for single digits or another normaliser.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, "lines")

    def scores(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """A strip, uint8 (32, w) -> calibrated logits of its steps, float32 (w / 2 rounded up, 12)."""
        line = pixels[None, None].astype(np.float32) / np.float32(255)
        found: NDArray[np.float32] = self._session.run(None, {self._inputs[0]: line})[0][0]
        return found / np.float32(self.card.temperature)


class StrokeModel(_Loaded):
    """A loaded network that reads the pen's path. Safe to call from several threads.

    Args:
        path: a .onnx file made by `inkdigit train --recipe strokes`.

    Raises:
        ModelError: no such file, damaged, not of ours, or made for pictures or another normaliser.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, "strokes")

    def calibrated(self, trajectories: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 5, 64) -> scores that softmax makes calibrated probabilities of, float32 (n, 11)."""
        found = self._calibrated(trajectories)
        return one_other(found) if self.knows_several else found

    @property
    def knows_several(self) -> bool:
        """Whether it tells several digits side by side from one mark that is no digit."""
        return self.card.labels[-1] == SEVERAL

    def several(self, trajectories: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 5, 64) -> log odds of several digits side by side against one mark that is none, (n,)."""
        found = self._calibrated(trajectories)
        return np.asarray(found[:, 11] - found[:, 10], np.float32)

    def _calibrated(self, trajectories: NDArray[np.float32]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self._session.run(None, {self._inputs[0]: trajectories})[0]
        return found / np.float32(self.card.temperature)


class SignModel(_Loaded):
    """A loaded network that tells signs by the pen's path and where they stand. Safe to call from several threads.

    Args:
        path: a .onnx file made by `inkdigit train --recipe signs`.

    Raises:
        ModelError: no such file, damaged, not of ours, or made for digits or other places.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, "signs")

    def probabilities(self, trajectories: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 5, 64), and (n, 14) as `signs.places` -> calibrated probabilities of the labels, (n, 18)."""
        marks = dict(zip(self._inputs, (trajectories, places), strict=True))
        found: NDArray[np.float32] = self._session.run(None, marks)[0]
        return softmax(found / np.float32(self.card.temperature))


class PrintModel(_Loaded):
    """A loaded network that tells printed digits from written ones. Safe to call from several threads.

    Args:
        path: a .onnx file made by `inkdigit train --recipe prints`.

    Raises:
        ModelError: no such file, damaged, not of ours, or made for something else or another normaliser.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, "print")

    def odds(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 1, 28, 28), ink = 1, paper = 0 -> log odds that each is printed, float32 (n,)."""
        parts = [glyphs[first : first + _DIGITS] for first in range(0, len(glyphs), _DIGITS)]
        found = [self._session.run(None, {self._inputs[0]: part})[0][:, 0] for part in parts]
        return np.concatenate(found) if found else np.empty(0, np.float32)


class RowModel(_Loaded):
    """A loaded network that reads rows of grey paper. Safe to call from several threads.

    Args:
        path: a .onnx file made by `inkdigit train --recipe row`.

    Raises:
        ModelError: no such file, damaged, not of ours, or made for something else or another normaliser.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, "rows")

    def scores(self, prepared: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Rows, float32 (32, w) as `row.prepared` -> calibrated logits of their steps, (w / 2 rounded up, 24) each."""
        found: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(prepared)
        order = sorted(range(len(prepared)), key=lambda at: prepared[at].shape[1])
        for first in range(0, len(order), _ROWS):
            some = order[first : first + _ROWS]
            seen = row.together([prepared[at] for at in some])
            made: NDArray[np.float32] = self._session.run(None, {self._inputs[0]: seen})[0]
            for one, at in zip(made, some, strict=True):
                found[at] = one[: (prepared[at].shape[1] + 1) // 2] / np.float32(self.card.temperature)
        return found


class PageModel(_Loaded):
    """A loaded network that finds numbers on a page. Safe to call from several threads.

    Args:
        path: a .onnx file made by `inkdigit train --recipe page`.

    Raises:
        ModelError: no such file, damaged, not of ours, or made for single digits or another normaliser.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, "pages")

    def cores(self, seen: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (1, 2, h, w) as `layout.prepared` -> logits of cores, float32 (9, h / 4, w / 4)."""
        found: NDArray[np.float32] = self._session.run(None, {self._inputs[0]: seen})[0][0]
        return found


def one_other(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores of strokes, (n, 12) -> (n, 11): several digits are no digit, as is any other mark."""
    both = np.logaddexp(scores[:, 10], scores[:, 11])
    return np.asarray(np.concatenate([scores[:, :10], both[:, None]], axis=1), np.float32)


def blended(pictures: NDArray[np.float32], strokes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Calibrated scores of both networks for the same marks, (n, 11) -> those of both together: their mean.

    Of sharper and softer ways to put them together, the plain mean had the least cross-entropy on left-out writers.
    """
    return (pictures + strokes) / np.float32(2)


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Calibrated scores, float32 (n, labels) -> probabilities, each row summing to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def session(content: bytes, path: Path) -> onnxruntime.InferenceSession:
    """A session of the bytes of a model; the path is named in errors.

    Raises:
        ModelError: they are no ONNX model.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one digit is too little work to share; many digits share by batch
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises its own kinds, none of them public
        first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ModelError("an ONNX model", f"{path}, which does not load ({first})", "Copy or export it again") from None


def _session(path: Path) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise ModelError("a model file", f"no file at {path}", "Check the path")
    return session(onnx_file.checked(path.read_bytes(), path), path)


def _card(session: onnxruntime.InferenceSession, path: Path) -> Card:
    text = session.get_modelmeta().custom_metadata_map.get(METADATA)
    if text is None:
        raise ModelError(
            "a model made by inkdigit", f"{path}, a foreign .onnx without our metadata", "Train one: `inkdigit train`"
        )
    try:
        card = Card.from_json(text)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        got = f"{path} with broken metadata ({repr(error)[:200]})"
        raise ModelError("a model made by inkdigit", got, "Export it again") from None
    made_for = {"lines": strip, "strokes": trajectory, "signs": signs, "pages": layout, "rows": row}
    version = made_for.get(card.reads, glyph).VERSION
    if card.normaliser != version:
        raise ModelError(
            f"a model for normaliser version {version}",
            f"version {card.normaliser} in {path}",
            "Train or fetch a model for this version of inkdigit",
        )
    return card
