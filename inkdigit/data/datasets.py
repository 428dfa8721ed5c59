"""Data sets to train and test on: MNIST from the data folder, the cache or the mirrors; pen strokes from the folder.

The data folder is INKDIGIT_DATA. It holds `mnist/*-ubyte.gz` and `pen/*.jsonl.gz`; docs/data.md describes both formats.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.file_faults import DAMAGED, table_of
from inkdigit.errors import DataError, InkdigitError
from inkdigit.settings import Settings

# SHA-256 of the unpacked files: packing differs between mirrors, content may not.
MNIST_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
PEN_DIGITS = ("digits", "digits-tablet")
PEN_OTHERS = ("uppercase", "lowercase", "symbols")
FIGURES = "figures"  # letters of other alphabets, drawn with a mouse; label "Alphabet/characterNN"
# Letters and symbols that many hands write exactly as a digit: nobody can tell them from it, so nobody is asked to.
# A ">" is two strokes of a 7 whose stem leans: 44 of 102 were read so by a network that had learned the difference.
# A "?" is a 7 with a curl, or a 2, once its point is dropped as a touch of the screen: 72 of 197.
# A "^" that is drawn tall is the 1 with a long upstroke of Central Europe: of the marks that taught a network to refuse
# such a 1, two of three.
LOOK_ALIKES = frozenset("OoQDIil|!/\\'`,.()ZzSsBbGgqyY&>?^")
# Of these, the letters that most hands write unlike a digit: a few of them are trained on, so that no D is surely a 0.
HALF_ALIKES = frozenset("DQyYBGbgq&")
FOLDS = 5
MNIST_VALIDATION = 5_000  # the last pictures of the training file validate; MNIST names no writers
OTHER = 10  # the label, after the ten digits, of a mark that is no digit


@dataclass(frozen=True, eq=False)
class Pictures:
    """Labelled pictures.

    Attributes:
        images: uint8 (n, height, width), ink = 255, paper = 0.
        labels: int64 (n,), 0 to 9.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.images.ndim != 3 or self.labels.ndim != 1 or len(self.images) != len(self.labels):
            raise DataError(
                "images (n, h, w) with n labels", f"{self.images.shape} and {self.labels.shape}", "Check the files"
            )
        if len(self.labels) and (self.labels.min() < 0 or self.labels.max() > 9):
            raise DataError("labels from 0 to 9", f"{self.labels.min()} to {self.labels.max()}", "Check the labels")


@dataclass(frozen=True, eq=False)
class PenSample:
    """One mark that a person wrote with a pen: its label, a name for the hand, and the raw strokes."""

    label: str
    writer: str
    strokes: list[list[list[float]]]


def fold_of(writer: str) -> int:
    """0 to FOLDS - 1, from the writer's name alone: the same person falls into the same fold in every file."""
    return hashlib.sha256(writer.encode()).digest()[0] % FOLDS


def mnist(part: str, settings: Settings | None = None, download: bool = True) -> Pictures:
    """MNIST, "train" (60,000) or "test" (10,000), 28x28.

    Raises:
        DataError: the files are neither in the data folder nor in the cache, and cannot be downloaded; or are damaged.
    """
    prefixes = {"train": "train", "test": "t10k"}
    if part not in prefixes:
        raise DataError('"train" or "test"', repr(part), "Name one of the two")
    where = settings or Settings.from_environment()
    images = read_idx(_mnist_content(f"{prefixes[part]}-images-idx3-ubyte", where, download))
    labels = read_idx(_mnist_content(f"{prefixes[part]}-labels-idx1-ubyte", where, download))
    return Pictures(images, labels.astype(np.int64))


def pen(name: str, settings: Settings | None = None) -> list[PenSample]:
    """The samples of pen/NAME.jsonl.gz: "digits", "digits-tablet", "uppercase", "lowercase", "symbols" or "figures".

    Raises:
        DataError: no data folder is set, the file is not in it, or a line of it is not a sample.
    """
    known = (*PEN_DIGITS, *PEN_OTHERS, FIGURES)
    if name not in known:
        raise DataError("one of " + ", ".join(known), repr(name), "Name one of these")
    folder = (settings or Settings.from_environment()).data
    path = Path(folder or ".") / "pen" / f"{name}.jsonl.gz"
    if not folder or not path.is_file():
        where = f"no file at {path}" if folder else "no data folder"
        raise DataError(f"the pen strokes {name}", where, "Set INKDIGIT_DATA to the folder that holds pen/")
    return list(_pen_lines(path))


def emnist(settings: Settings | None = None) -> Pictures:
    """The test part of EMNIST Digits (Cohen et al., arXiv:1702.05373), 40,000 pictures of 28x28, upright.

    Raises:
        DataError: emnist/emnist-digits-test-images-idx3-ubyte.gz and its labels are not in the data folder.
    """
    path = _beside(settings, "emnist/emnist-digits-test-images-idx3-ubyte.gz", "nist.gov, EMNIST, gzip.zip")
    found = own(path)
    return Pictures(np.ascontiguousarray(found.images.transpose(0, 2, 1)), found.labels)  # NIST stores columns first


def usps(settings: Settings | None = None) -> Pictures:
    """The test part of USPS (J. J. Hull, 1994), 2,007 pictures of 16x16, from the text file usps/usps.t of LIBSVM.

    Raises:
        DataError: the file is not in the data folder, or a line of it is no picture.
    """
    path = _beside(settings, "usps/usps.t", "csie.ntu.edu.tw, LIBSVM Data, usps.t.bz2, and unpack it")
    images, labels = [], []
    for number, line in enumerate(path.read_text(encoding="ascii", errors="replace").splitlines(), 1):
        try:
            label, *pairs = line.split()
            pixels = np.full(256, -1.0)
            for pair in pairs:
                place, value = pair.split(":")
                pixels[int(place) - 1] = float(value)
        except (ValueError, IndexError):
            raise DataError("a label and index:value pairs", f"{path} line {number}", "Fetch the file again") from None
        images.append(np.rint((np.clip(pixels, -1, 1) + 1) * 127.5).astype(np.uint8).reshape(16, 16))
        labels.append(int(label) - 1)
    return Pictures(np.stack(images), np.array(labels, np.int64))


def _beside(settings: Settings | None, name: str, source: str) -> Path:
    folder = (settings or Settings.from_environment()).data
    path = Path(folder or ".") / name
    if not folder or not path.is_file():
        where = f"no file at {path}" if folder else "no data folder"
        raise DataError(name, where, f"Fetch it ({source}), put it there and set INKDIGIT_DATA")
    return path


def has_pen(settings: Settings | None = None) -> bool:
    """True when the data folder holds the pen digits."""
    folder = (settings or Settings.from_environment()).data
    return bool(folder) and all((Path(folder) / "pen" / f"{name}.jsonl.gz").is_file() for name in PEN_DIGITS)


def read_idx(content: bytes) -> NDArray[np.uint8]:
    """The IDX format of MNIST (unsigned bytes, any number of axes) -> uint8 array.

    Raises:
        DataError: not IDX, not bytes, or shorter or longer than its header says.
    """
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise DataError("an IDX file of unsigned bytes", "another beginning", "Check that the file is unpacked IDX")
    axes = content[3]
    shape = tuple(int.from_bytes(content[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes))
    body = np.frombuffer(content, np.uint8, offset=min(len(content), 4 + 4 * axes))
    if axes == 0 or body.size != int(np.prod(shape, dtype=np.int64)):
        raise DataError(f"{shape} bytes after the header", f"{body.size:,} bytes", "Fetch the file again")
    return body.reshape(shape)


def own(path: Path) -> Pictures:
    """Your own labelled pictures, square or not, either polarity.

    Args:
        path: a .npz with `images` and `labels` (or `x` and `y`, `x_test` and `y_test`), a .csv with the label and then
            the pixels of a square picture on each line, or an IDX file of images beside its file of labels
            (…images-idx3… and …labels-idx1…), packed or not.

    Raises:
        DataError: not such a file, damaged, empty, or labels and pictures do not fit.
    """
    try:
        if path.suffix == ".npz":
            images, labels = _from_npz(path)
        elif path.suffix == ".csv":
            images, labels = _from_csv(path)
        else:
            images, labels = read_idx(_unpacked(path)), read_idx(_unpacked(_labels_beside(path)))
    except (*DAMAGED, MemoryError) as error:
        raise DataError("labelled pictures", f"{path}: {error}", "See docs/data.md for the formats") from None
    if images.ndim != 3 or not len(images) or images.dtype != np.uint8:
        got = f"{images.dtype} {images.shape} in {path}"
        raise DataError("images as uint8 (n, height, width), n > 0", got, "Scale them to 0-255")
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError("labels as whole numbers", f"{labels.dtype} in {path}", "Store 0 to 9")
    return Pictures(images, labels.astype(np.int64))


def _from_npz(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    with zipfile.ZipFile(path) as archive:
        _check_size(sum(one.file_size for one in archive.infolist()), path)
    with path.open("rb") as content, np.load(content, allow_pickle=False) as file:
        for images, labels in (("images", "labels"), ("x", "y"), ("x_test", "y_test")):
            if images in file and labels in file:
                return file[images], file[labels].reshape(-1)
        raise DataError("arrays images and labels", ", ".join(file) or "nothing", "Save them with np.savez_compressed")


def _from_csv(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if lines and not lines[0].split(",")[0].strip().isdecimal():
        lines = lines[1:]
    if not lines:
        raise DataError("a line a picture", f"nothing in {path}", "Check the file")
    table = table_of(lines)
    side = round((table.shape[1] - 1) ** 0.5)
    if side * side != table.shape[1] - 1 or side == 0:
        raise DataError("a label and the pixels of a square picture a line", f"{table.shape[1]} columns", "Check them")
    if table[:, 1:].min() < 0 or table[:, 1:].max() > 255:
        raise DataError("pixels from 0 to 255", f"others in {path}", "Scale them to 0-255")
    return table[:, 1:].astype(np.uint8).reshape(-1, side, side), table[:, 0]


def _labels_beside(path: Path) -> Path:
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    if name == path.name:
        raise DataError("a .npz, .csv or IDX file of images", path.name, "See docs/data.md for the formats")
    return path.with_name(name)


def _unpacked(path: Path) -> bytes:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        content = file.read(Settings.from_environment().max_unpacked_bytes + 1)
    _check_size(len(content), path)
    return content


def _check_size(size: int, path: Path) -> None:
    if size > (most := Settings.from_environment().max_unpacked_bytes):
        remedy = "Split it, or raise INKDIGIT_MAX_UNPACKED_BYTES"
        raise DataError(f"a file of at most {most:,} bytes unpacked", f"a larger one, {path}", remedy)


def cache_folder() -> Path:
    """Where downloads are kept, as the operating system likes it."""
    import pooch

    return Path(pooch.os_cache("inkdigit"))


def _mnist_content(name: str, settings: Settings, download: bool) -> bytes:
    folders = [Path(settings.data) / "mnist"] if settings.data else []
    for folder in [*folders, cache_folder() / "mnist"]:
        for path in (folder / f"{name}.gz", folder / name):
            if path.is_file():
                return _checked_content(path, name)
    if not download:
        raise DataError("the MNIST files", "none here", "Run `inkdigit data fetch`")
    return _checked_content(_downloaded(name), name)


def _checked_content(path: Path, name: str) -> bytes:
    again = "Delete it and fetch it again"
    try:
        content = _unpacked(path)
    except DAMAGED as error:
        raise DataError(f"the MNIST file {name}", f"{path}, damaged ({error})", again) from None
    if hashlib.sha256(content).hexdigest() != MNIST_SHA256[name]:
        raise DataError(f"the MNIST file {name}", f"{path} with other content", again)
    return content


def _downloaded(name: str) -> Path:
    """Fetches one file from the first mirror that has it, with a progress bar, and returns its path in the cache."""
    folder = cache_folder() / "mnist"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.gz"
    failures = []
    for number, mirror in enumerate(MNIST_MIRRORS):
        try:
            _fetch(f"{mirror}{name}.gz", target, target.with_name(f"{target.name}.{number}.part"))
            _checked_content(target, name)
            return target
        except InkdigitError as error:
            target.unlink(missing_ok=True)
            failures.append(f"{mirror} ({error.got})")
        except (OSError, ValueError) as error:  # what requests and pooch raise
            failures.append(f"{mirror} ({type(error).__name__})")
    raise DataError(
        f"{name}.gz from one of {len(MNIST_MIRRORS)} mirrors",
        "; ".join(failures),
        "Check the connection, or put the four MNIST files into a folder mnist/ and set INKDIGIT_DATA to its parent",
    )


def _fetch(url: str, target: Path, part: Path) -> None:
    """Downloads into part, going on where a broken download stopped, then renames it to target."""
    import pooch

    have = part.stat().st_size if part.exists() else 0
    rest = part.with_name(part.name + ".rest")
    headers = {"Range": f"bytes={have}-"} if have else {}
    downloader = pooch.HTTPDownloader(progressbar=True, timeout=30, headers=headers)
    try:
        downloader(url, str(rest), None)
    finally:
        _append(rest, part, have)
    part.replace(target)


def _append(rest: Path, part: Path, have: int) -> None:
    """Joins what came to what was there; a server that ignored the Range header sent everything from the start."""
    if not rest.exists():
        return
    with rest.open("rb") as source:
        whole = source.read(2) == b"\x1f\x8b"
    if have and not whole:
        with part.open("ab") as sink:
            sink.write(rest.read_bytes())
        rest.unlink()
    else:
        rest.replace(part)


def _pen_lines(path: Path) -> Iterator[PenSample]:
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                number += 1
                record: dict[str, Any] = json.loads(line)
                yield PenSample(str(record["label"]), str(record["writer"]), record["strokes"])
    except (*DAMAGED, TypeError) as error:
        raise DataError(
            "a JSON object with label, writer and strokes on each line",
            f"{path} line {number}: {type(error).__name__}",
            "Fetch the file again",
        ) from None
