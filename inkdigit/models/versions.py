"""Which model is in use, and the versions that `inkdigit learn` made: each can be taken back."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from inkdigit.errors import ModelError
from inkdigit.models.catalogue import CHOSEN, added, chosen, folder
from inkdigit.settings import Settings

SHIPPED = "western"  # the name of the model that ships
_LEARNED = "learned"  # before the number of a version


def use(name: str, settings: Settings) -> None:
    """Reads with this model from now on, wherever none is named.

    Args:
        name: of an added or learned model, or SHIPPED.

    Raises:
        ModelError: none of that name, or the folder of models cannot be written to.
    """
    known = [SHIPPED, *added(settings)]
    if name not in known:
        raise ModelError("one of " + ", ".join(known), repr(name), "Name one of them")
    place = folder(settings) / CHOSEN
    try:
        if name == SHIPPED:
            place.unlink(missing_ok=True)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f"{CHOSEN}.part")
        part.write_text(name, encoding="utf-8")
        os.replace(part, place)
    except OSError as error:
        raise ModelError(f"to write {place}", str(error), "Make room, or allow writing there") from None


def take_in(path: Path, settings: Settings) -> Path:
    """Keeps a new model file as the next version, and reads with it from now on; returns its path.

    Raises:
        ModelError: the folder of models cannot be written to.
    """
    numbers = [int(found[1]) for name in added(settings) if (found := re.fullmatch(rf"{_LEARNED}-(\d+)", name))]
    target = folder(settings) / f"{_LEARNED}-{max(numbers, default=0) + 1}.onnx"
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, part)
        os.replace(part, target)
    except OSError as error:
        raise ModelError(f"to write {target}", str(error), "Make room, or allow writing there") from None
    use(target.stem, settings)
    return target


def back(settings: Settings) -> str:
    """Goes back to the version before the one in use, in the end to the one that ships; returns its name.

    Raises:
        ModelError: the one that ships is in use already.
    """
    now = chosen(settings)
    if not now:
        raise ModelError("a learned model in use", "the one that ships", "There is nothing to take back")
    found = re.fullmatch(rf"{_LEARNED}-(\d+)", now)
    earlier = [f"{_LEARNED}-{number}" for number in range(int(found[1]) - 1, 0, -1)] if found else []
    name = next((one for one in earlier if one in added(settings)), SHIPPED)
    use(name, settings)
    return name
