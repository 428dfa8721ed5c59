"""What `inkdigit store` does: show the store, wipe it, export it to a file, import files into it."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from inkdigit.errors import ExchangeError, InkdigitError
from inkdigit.exchange import exporting, importing
from inkdigit.reader import Reader
from inkdigit.settings import Settings
from inkdigit.store import store


def show(settings: Settings) -> None:
    """Prints where the store is and how much it holds."""
    kept = store.open(settings)
    found = kept.stats()
    kept.close()
    newest = (found["newest"] or "none yet")[:16].replace("T", " ")
    rows = {
        "place": found["where"], "drawings": f"{found['drawings']:,}", "digits": f"{found['digits']:,}",
        "labelled by you": f"{found['labelled']:,}", "read wrong": f"{found['wrong']:,}",
        "deleted, can be brought back": f"{found['deleted']:,}", "bytes": f"{found['bytes']:,}", "newest": newest,
    }  # fmt: skip
    for name, value in rows.items():
        print(f"{name:30}{value}")


def wipe(settings: Settings) -> None:
    """Removes everything that was kept."""
    kept = store.open(settings)
    kept.wipe()
    kept.close()
    print(f"Wiped {kept.place}")


def export(settings: Settings, path: Path, form: str) -> None:
    """Writes all kept drawings to a file, whole or not at all.

    Args:
        form: one of exporting.FORMS; "" for what the name of the file ends with, and PNG in a zip.
    """
    form = form or path.suffix.lower().removeprefix(".").replace("zip", "png")
    kept = store.open(settings)
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".inkdigit-", delete=False) as sink:
            try:
                done = exporting.write(kept.each(), form, sink, settings)
                _check_suffix(path, done)
                os.replace(sink.name, path)
            except BaseException:
                os.unlink(sink.name)
                raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExchangeError("a file that can be written", f"{path}: {reason}", "Name another one") from None
    finally:
        kept.close()
    print(f"Wrote {path}, {path.stat().st_size:,} bytes")


def take(settings: Settings, paths: Sequence[Path]) -> int:
    """Imports files, each whole or not at all, and says of each what came of it; returns how many failed."""
    reader = Reader(settings=settings)
    kept = store.open(settings)
    failed = 0
    for path in paths:
        if (images := _beside(path, "labels", "images")) != path and images in paths:
            continue
        try:
            done = importing.take(_content(path, settings), path.name, reader, kept)
            print(f"{path}: {len(done.ids):,} kept, {done.known:,} already there" + _left_out(done.left_out))
        except InkdigitError as error:
            failed += 1
            print(f"{path}: {error}", file=sys.stderr)
    kept.close()
    return failed


def _check_suffix(path: Path, done: exporting.Exported) -> None:
    wanted = Path(done.name).suffix
    if path.suffix.lower() != wanted:
        raise ExchangeError(f"a file that ends with {wanted}", path.name, f"Several drawings become one {wanted}")


def _left_out(names: set[str]) -> str:
    return f"; left out: {', '.join(sorted(names))}" if names else ""


def _content(path: Path, settings: Settings) -> bytes:
    """The bytes of a file; of the images of an IDX set, a zip of them and their labels."""
    labels = _beside(path, "images", "labels")
    if labels != path and labels.is_file():
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as file:
            for one in (path, labels):
                file.writestr(one.name, _bytes(one, settings))
        return sink.getvalue()
    return _bytes(path, settings)


def _bytes(path: Path, settings: Settings) -> bytes:
    try:
        with path.open("rb") as file:  # one byte above the limit is enough to be refused
            return file.read(settings.max_unpacked_bytes + 1)
    except OSError as error:
        raise ExchangeError("a readable file", f"{path}: {error.strerror or error}", "Check the path") from None


def _beside(path: Path, one: str, other: str) -> Path:
    """ "...images-idx3..." -> "...labels-idx1...", or the other way round; the same for any other name."""
    kinds = {"images": "idx3", "labels": "idx1"}
    if one in path.name and kinds[one] in path.name:
        return path.with_name(path.name.replace(one, other).replace(kinds[one], kinds[other]))
    return path.with_name(path.name)
