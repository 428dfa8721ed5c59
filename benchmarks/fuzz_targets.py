"""What is fuzzed, and the inputs that each search begins with.

python -m benchmarks.fuzz_targets KIND FOLDER [libFuzzer's options]   one search, guided by what of inkdigit was run

The promise of each: whatever the bytes, a result or an InkdigitError of one short line, soon and in little memory.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

try:
    import atheris
except ImportError:  # no wheel for this Python: seeds and targets can be called all the same
    atheris = None
else:
    if __name__ == "__main__":
        atheris.instrument_imports(include=["inkdigit"]).__enter__()

from inkdigit.data import glyph_files
from inkdigit.errors import InkdigitError, PictureError
from inkdigit.exchange import importing, svg
from inkdigit.explain import onnx_graph
from inkdigit.ink import documents, picture
from inkdigit.ink.strokes import Strokes
from inkdigit.reader import Reader
from inkdigit.recognition import onnx_file
from inkdigit.recognition.card import Card
from inkdigit.settings import Settings
from inkdigit.web import messages
from inkdigit.web import tensors as wire

# Small, so that each execution is short; what is within the limits is read whole.
LIMITS = Settings(
    max_pixels=20_000,
    max_points=200,
    max_strokes=50,
    max_unpacked_bytes=200_000,
    max_drawings=10,
    max_message_bytes=9_000,
)
_LONGEST = 1_000  # characters of an error
_READ_ONE_IN = 500  # drawings and pictures: a reading takes as long as some hundred decodings
_MOST_PAGES = 5
_SOME_TEXT = np.array([b"a"], np.object_)
_HERE = Path("somewhere.onnx")


def pictures(data: bytes) -> None:
    """A picture file, decoded; some are read."""
    pixels = picture.decode(data, LIMITS)
    if _chosen(data):
        _reader().page(pixels)


def strokes(data: bytes) -> None:
    """A message of the page: strokes as JSON, checked; some are read."""
    raw = messages._parsed(data.decode("utf-8", "replace"), LIMITS)[1]
    drawn = Strokes.of(raw, LIMITS)
    if _chosen(data):
        _reader().ink(drawn)


def drawings_in_svg(data: bytes) -> None:
    """An SVG file."""
    svg.read(data, LIMITS)


def tables(data: bytes) -> None:
    """A CSV of labels and pixels, or an npz."""
    read = glyph_files.read_npz if data.startswith(b"PK") else glyph_files.read_csv
    for _ in read(data, LIMITS):
        pass


def imports(data: bytes) -> None:
    """A file of any kind that is imported, as drawings; they are read as they come."""
    for count, _ in enumerate(importing._File(_reader(), set()).drawings(data, "a file")):
        if count >= LIMITS.max_drawings:
            return


def models(data: bytes) -> None:
    """What is looked at of a model file before it is tried: its graph, and what it says of itself."""
    if data.startswith(b"{"):
        try:
            Card.from_json(data.decode("utf-8", "replace"))
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
            return  # what model.py makes one sentence of
    onnx_file.checked(data, _HERE)
    onnx_graph.maps(data)


def tensors(data: bytes) -> None:
    """A request of the Open Inference Protocol: a line that is the header with the length of its JSON, and the body."""
    length, _, body = data.partition(b"\n")
    asked = wire.asked(body, length.decode("latin-1") or None)
    wire.answer("digits", "1", asked, {"digit": ("INT64", np.zeros(1, np.int64)), "text": ("BYTES", _SOME_TEXT)})


def pages(data: bytes) -> None:
    """A PDF, or a TIFF of several pages: each of the first pages, decoded."""
    for _, image in islice(documents.pages(data, LIMITS), _MOST_PAGES):
        if isinstance(image, PictureError):
            raise image
        picture.decode(image, LIMITS)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "picture": pictures,
    "strokes": strokes,
    "SVG": drawings_in_svg,
    "CSV": tables,
    "import": imports,
    "model": models,
    "tensors": tensors,
    "pages": pages,
}


def promised(name: str) -> Callable[[bytes], None]:
    """A target that raises only where the promise is broken."""
    target = TARGETS[name]

    def one(data: bytes) -> None:
        try:
            target(data)
        except InkdigitError as error:
            said = str(error)
            if len(said) > _LONGEST or "\n" in said:
                raise AssertionError(f"an error of {len(said)} characters: {said[:200]!r}") from error

    return one


def seeds(name: str) -> list[bytes]:
    """Inputs that are right, to begin with."""
    image = Image.fromarray((np.add.outer(np.arange(24), np.arange(30)) * 4).astype(np.uint8))
    files = [_saved(image, kind) for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")]
    sheets = io.BytesIO()
    image.save(sheets, "TIFF", save_all=True, append_images=[image.rotate(90), image.convert("1")])
    message = json.dumps({"id": 1, "strokes": [[[1, 2], [3, 4.5]], [[5, 6]]], "personal": False}).encode()
    shapes = (
        b'<svg xmlns="http://www.w3.org/2000/svg"><g transform="rotate(9 1 1) scale(2)"><path stroke-width="2" '
        b'd="M1 2L3 4h5v-6C1 2 3 4 5 6S1 2 3 4Q1 2 3 4T5 6A1 2 30 0 1 5 5Z"/></g><polyline points="1,2 3,4"/>'
        b'<line x1="1" y1="2" x2="3" y2="4"/><polygon points="0 0 5 5 0 5" style="stroke-width:3"/></svg>'
    )
    table = b"label,p1,p2,p3,p4\n7,0,255,3,4\n2,1,2,3,4\n"
    record = json.dumps(
        {"drawings": [{"strokes": [{"points": [[1, 2, 0], [3, 4, 9]], "width": 2}], "title": "a"}]}
    ).encode()
    idx = b"\0\0\x08\3\0\0\0\1\0\0\0\2\0\0\0\2\1\2\3\4"
    found = {
        "picture": files,
        "strokes": [message],
        "SVG": [shapes],
        "CSV": [table, _arrays()],
        "import": [*files, shapes, table, record, idx, _arrays(), _packed({"a.csv": table, "b.svg": shapes})],
        "model": [_network(), _card()],
        "tensors": _requests(),
        "pages": [_saved(image, "PDF"), _saved(image.convert("1"), "PDF"), _saved(image, "TIFF"), sheets.getvalue()],
    }
    return found[name]


def _requests() -> list[bytes]:
    glyph = {"name": "glyphs", "datatype": "UINT8", "shape": [1, 2, 2]}
    plain = {"id": "1", "inputs": [glyph | {"data": [[[0, 255], [3, 4]]]}], "outputs": [{"name": "digit"}]}
    head = {"inputs": [glyph | {"parameters": {"binary_data_size": 4}}], "parameters": {"binary_data_output": True}}
    texts = {"name": "pictures", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": 11}}
    more = {"inputs": [texts, glyph | {"datatype": "FP32", "data": [1, 2.5, -3, 4e9]}]}
    found = [b"\n" + json.dumps(plain).encode()]
    for said, behind in ((head, b"\0\xff\3\4"), (more, b"\2\0\0\0ab\1\0\0\0c")):
        text = json.dumps(said).encode()
        found.append(b"%d\n" % len(text) + text + behind)
    return found


def _saved(image: Image.Image, kind: str) -> bytes:
    with io.BytesIO() as file:
        image.save(file, kind)
        return file.getvalue()


def _arrays() -> bytes:
    with io.BytesIO() as file:
        np.savez(file, images=np.zeros((1, 2, 2), np.uint8), labels=np.array([3]))
        return file.getvalue()


def _packed(files: dict[str, bytes]) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return file.getvalue()


def _network() -> bytes:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("Flatten", ["x"], ["f"], axis=1), helper.make_node("MatMul", ["f", "w"], ["scores"])]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 10]) for name in ("x", "scores")]
    weights = numpy_helper.from_array(np.ones((4, 1), np.float32), "w")
    model = helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:], [weights]))
    onnx.helper.set_model_props(model, {"inkdigit": "{}"})
    return bytes(model.SerializeToString())


def _card() -> bytes:
    shape = {"script": "western", "labels": list("0123456789"), "normaliser": 1, "channels": 1, "temperature": 1.5}
    return json.dumps(shape | {"refuse_above": 0.5, "provenance": {}, "mistakes": {"set": [1, 2]}}).encode()


def _chosen(data: bytes) -> bool:
    return sum(data[-64:]) % _READ_ONE_IN == 0


_readers: list[Reader] = []


def _reader() -> Reader:
    if not _readers:
        _readers.append(Reader(settings=LIMITS))
    return _readers[0]


def words(name: str) -> list[bytes]:
    """Words of the formats, of which the search may make use."""
    found = {
        "SVG": rb"""<path d=" <svg <g transform=" matrix( translate( skewX( points=" style=" stroke-width: <!ENTITY
            <?xml encoding=" xmlns= <metadata id="inkdigit" <defs> M0 0 a1 1 0 0 1 1e-300 1e300 </""",
        "strokes": b'{"id": "strokes": [[[ ]]] NaN Infinity -1e999 null true "personal" 1e-320 \\ud800',
        "CSV": b"label, pixel0 ,255 ,256 ,-1 1e3 nan .npy \x93NUMPY",
        "import": b'PK\x03\x04 \x1f\x8b\x08 {"drawings": "strokes" "points" "width" "tags" inkdigit/1',
        "picture": b"IHDR IDAT PLTE tRNS eXIf Exif\0\0 acTL RIFF WEBP GIF89a II*\0 \xff\xd8\xff P6 P5",
        "tensors": b'"inputs" "outputs" "datatype" "BYTES" "FP16" "shape" "binary_data_size" "parameters" "data" -1',
        "pages": b"%PDF-1.7 /Page /MediaBox /Filter /FlateDecode /DCTDecode obj endobj stream xref II*\0 MM\0*",
        "model": b'Loop If Scan ai.onnx com.microsoft "labels" "temperature" 1e999 NaN',
    }
    return re.findall(rb"\S+", found[name])


def main() -> None:
    """One search."""
    name = sys.argv[1]
    _reader()
    atheris.Setup([sys.argv[0], *sys.argv[2:]], promised(name))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
