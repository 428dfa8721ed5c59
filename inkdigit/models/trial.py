"""A model file of ours, tried before it is read with: one that came from elsewhere may be made to harm."""

from __future__ import annotations

import os
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import ModelError, ScriptError
from inkdigit.models.catalogue import NON_COMMERCIAL, PRINT, WEIGHTS, beside, find, folder, shipped
from inkdigit.recognition import glyph, row, signs, strip, trajectory
from inkdigit.recognition.model import (
    LineModel,
    Model,
    PageModel,
    PrintModel,
    RowModel,
    ScriptModel,
    SignModel,
    StrokeModel,
)
from inkdigit.settings import Settings

_REMEDY = "Export the model again"


def tried(path: str | os.PathLike[str], settings: Settings, reads: str = "digits") -> Path:
    """The same path, of a file that loads and answers in a process of its own; at once, where it ships or was added.

    Args:
        reads: the kind that it must be, as `Card.reads`.

    Raises:
        ModelError: no such file, too large, none of ours or of another kind, or its answers are not finite numbers.
    """
    place = Path(path)
    ours = (WEIGHTS, WEIGHTS / NON_COMMERCIAL, folder(settings))
    if place.resolve().parent not in [one.resolve() for one in ours]:
        sized(place, settings)
        _once(sha256(place.read_bytes()).hexdigest(), place, settings, reads)
    return place


def model_of(model: str | os.PathLike[str] | None, settings: Settings, script: str) -> Model:
    """The network of pictures that is asked for, tried.

    Raises:
        ModelError: as `tried`, and `catalogue.find`.
        ScriptError: it reads another script.
    """
    own = Model(tried(find(model, settings, script), settings))
    if own.card.script != script:
        got = f"{own.path}, which reads {own.card.script}"
        raise ScriptError(f"a model of the script {script}", got, "Name another model, or its script")
    return own


def grouping(own: Model) -> Model:
    """A network of the same script that tells two digits from one; itself, where it does."""
    return own if len(own.card.labels) > own.card.digits else Model(shipped(own.card.script))


def telling_print() -> PrintModel:
    """The network that tells printed digits from written ones, which ships."""
    return PrintModel(beside(PRINT))


def sized(path: Path, settings: Settings) -> Path:
    """The same path, of a file that is there and not too large. Raises ModelError."""
    if not path.is_file():
        raise ModelError("a model file", f"no file at {path}", "Check the path")
    if path.stat().st_size > settings.max_model_bytes:
        remedy = "Bring a smaller model, or raise INKDIGIT_MAX_MODEL_BYTES"
        raise ModelError(f"at most {settings.max_model_bytes:,} bytes", f"{path.stat().st_size:,} in {path}", remedy)
    return path


@lru_cache(maxsize=256)
def _once(_: str, path: Path, settings: Settings, reads: str) -> None:
    from inkdigit.models import sandbox  # starts processes, which what ships does not need

    sandbox.call(try_out, str(path.resolve()), reads, settings=settings, about=str(path))


def try_out(path: str, reads: str) -> None:
    """Loads a model file of ours and has it read random ink twice.

    Raises:
        ModelError: it does not load, or what it answers is not what its kind answers, in finite numbers.
    """
    ways = {
        "digits": _digits,
        "strokes": _strokes,
        "signs": _signs,
        "lines": _lines,
        "rows": _rows,
        "pages": _pages,
        "scripts": _scripts,
        "print": _prints,
    }
    try:
        answers = ways[reads](path)
    except ModelError:
        raise
    except Exception as error:  # ONNX Runtime raises its own kinds
        raise ModelError("a model that runs", f"{path} ({str(error)[:200]})", _REMEDY) from None
    for found, labels in answers:
        if labels and (found.ndim != 2 or found.shape[1] != labels):
            raise ModelError(f"{labels} scores, one a label", f"{found.shape} from {path}", _REMEDY)
        if not np.isfinite(found).all():
            raise ModelError("finite numbers as scores", f"others from {path}", _REMEDY)


_Answers = list[tuple[NDArray[np.float32], int]]  # and how many scores there must be; 0: a map


def _ink(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).random(shape).astype(np.float32)


def _digits(path: str) -> _Answers:
    model = Model(path)
    return [(model.scores(_ink(n, 1, glyph.SIDE, glyph.SIDE)), len(model.card.labels)) for n in (1, 3)]


def _scripts(path: str) -> _Answers:
    model = ScriptModel(path)
    return [(model.probabilities(_ink(n, 1, glyph.SIDE, glyph.SIDE)), len(model.scripts)) for n in (1, 3)]


def _prints(path: str) -> _Answers:
    model = PrintModel(path)
    return [(model.odds(_ink(n, 1, glyph.SIDE, glyph.SIDE)), 0) for n in (1, 3)]


def _strokes(path: str) -> _Answers:
    model = StrokeModel(path)
    wide = len(model.card.labels) - model.knows_several
    return [(model.calibrated(_ink(n, trajectory.CHANNELS, trajectory.POINTS)), wide) for n in (1, 3)]


def _signs(path: str) -> _Answers:
    model = SignModel(path)
    marks = [(_ink(n, trajectory.CHANNELS, trajectory.POINTS), _ink(n, signs.PLACES)) for n in (1, 3)]
    return [(model.probabilities(*one), len(model.card.labels)) for one in marks]


def _lines(path: str) -> _Answers:
    model = LineModel(path)
    seen = [(_ink(strip.HIGH, wide) * 255).astype(np.uint8) for wide in (32, 75)]
    return [(model.scores(one), len(model.card.labels)) for one in seen]


def _rows(path: str) -> _Answers:
    model = RowModel(path)
    return [(model.scores([_ink(row.HIGH, wide)])[0], len(model.card.labels)) for wide in (32, 75)]


def _pages(path: str) -> _Answers:
    model = PageModel(path)
    return [(model.cores(_ink(1, 2, 64, wide)), 0) for wide in (64, 96)]
