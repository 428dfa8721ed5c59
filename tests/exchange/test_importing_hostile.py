"""Files to import that are hostile, broken or too large: refused whole, in our words and in little memory."""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import tracemalloc
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn import BAD_STROKES, encoded, frames, picture

import inkdigit
from inkdigit.errors import ExchangeError, InkdigitError
from inkdigit.exchange.importing import take
from inkdigit.store.store import Store

SETTINGS = inkdigit.Settings()


def zipped(*files: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", kind) as file:
        for name, content in files:
            file.writestr(name, content)
    return sink.getvalue()


def moved(content: bytes, entry: str = "a.csv") -> bytes:
    """A zip whose list says that a file begins before the first byte: five bytes of it are missing."""
    assert entry.encode() in content
    return content[:4] + content[9:]


def misnamed(content: bytes, name: bytes = b"\x84.csv") -> bytes:
    """A zip that calls the name of a file UTF-8 which is none."""
    at = content.index(b"PK\x01\x02")
    flags = struct.unpack("<H", content[at + 8 : at + 10])[0] | 0x800
    return (
        content[: at + 8]
        + struct.pack("<H", flags)
        + content[at + 10 : at + 46]
        + name
        + content[at + 46 + len(name) :]
    )


def npz(**arrays: Any) -> bytes:
    sink = io.BytesIO()
    np.savez_compressed(sink, **arrays)
    return sink.getvalue()


def headed(head: str) -> bytes:
    """An npz whose images have any text as their head."""
    labels = io.BytesIO()
    np.save(labels, np.zeros(3, np.int64))
    start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode()
    return zipped(("images.npy", start + bytes(100)), ("labels.npy", labels.getvalue()))


def claiming(shape: tuple[int, ...]) -> bytes:
    """An npz whose images claim a shape that they do not have."""
    return headed(f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}\n")


def of_strokes(raw: Any) -> bytes:
    return json.dumps({"drawings": [{"strokes": raw}]}).encode()


GOOD = {
    "kind": "ink", "text": "1", "confidence": 0.9, "strokes": [{"width": 1, "points": [[0, 0], [1, 1]]}],
    "digits": [{"value": 1, "confidence": 0.9, "box": [0, 0, 1, 1], "glyph": "A" * 1044 + "AA==", "correct": None}],
}  # fmt: skip


def spoilt(**changes: Any) -> bytes:
    return json.dumps([GOOD | changes]).encode()


def spoilt_digit(**changes: Any) -> bytes:
    return spoilt(digits=[GOOD["digits"][0] | changes])  # type: ignore[index]


def of_limits(reader: inkdigit.Reader, **limits: int) -> inkdigit.Reader:
    """The same reader with other settings; its model is not loaded again."""
    limited = inkdigit.Reader.__new__(inkdigit.Reader)
    limited.__dict__ = reader.__dict__ | {"settings": replace(SETTINGS, **limits)}  # type: ignore[arg-type]
    return limited


GLYPHS = np.zeros((2, 28, 28), np.uint8)
HOSTILE: dict[str, tuple[Any, str]] = {
    "nothing": (b"", "a picture"),
    "a text": (b"seven", "PNG, JPEG"),
    "half a PNG": (lambda: encoded(picture(5))[:200], "a whole picture, got .* cut off or damaged"),
    "an animation": (lambda: frames("GIF"), "one still picture, got 3 frames"),
    "a zip bomb": (lambda: zipped(("a.csv", bytes(60_000_000))), "unpacked"),
    "a gzip bomb": (lambda: gzip.compress(bytes(60_000_000)), "unpacked"),
    "gzip bombs in a zip": (
        lambda: zipped(*((f"{n}.gz", gzip.compress(spoilt() + b" " * 9_000_000)) for n in range(6))), "unpacked"),
    "a zip in a zip": (lambda: zipped(("a.zip", zipped(("b.png", encoded(picture(1)))))), "no zip within a zip"),
    "half a zip": (lambda: zipped(("a.png", encoded(picture(1))))[:300], "a whole zip"),
    "a zip whose files begin before it": (lambda: moved(zipped(("a.csv", b"1,2,3,4,5"))), "a whole zip .* in a.csv"),
    "an npz whose files begin before it": (lambda: moved(npz(images=GLYPHS, labels=np.zeros(2, int)), "images"), "npz"),
    "a zip with a name that is no UTF-8": (lambda: misnamed(zipped(("a.csv", b"1"))), "a whole zip"),
    "a zip with a file without a name": (lambda: misnamed(zipped(("a.csv", b"1")), b"\0.csv"), "none in|a whole zip"),
    "an empty zip": (lambda: zipped(), "none in"),
    "a zip with a bad file": (lambda: zipped(("1.png", encoded(picture(1))), ("2.png", b"x")), "in 2.png"),
    "half a gzip": (lambda: gzip.compress(bytes(9_000))[:30], "a whole gzip"),
    "an npz of objects": (lambda: npz(images=np.array([{}], object), labels=np.zeros(1, int)), "numbers"),
    "an npz that claims a terabyte": (lambda: claiming((10**6, 10**3, 10**3)), "numbers of at most"),
    "an npz that claims a little more": (lambda: claiming((3, 28, 28)), "2,352 bytes"),
    "an npz that claims a negative size": (lambda: claiming((-3, 28, 28)), r"0 or more, got \(-3, 28, 28\)"),
    "an npz that claims two negative sides": (lambda: claiming((-3, -28, 28)), r"0 or more, got \(-3, -28, 28\)"),
    "an npz that claims 200 digits a side": (lambda: claiming((10**200, 10**200)), "numbers of at most"),
    "an npz that claims 400 digits a side": (lambda: claiming((10**400, 10, 2)), "numbers of at most"),
    "an npz with half a head": (lambda: headed("{'descr': ("), "head cannot be read"),
    "an npz with a head that is no key": (lambda: headed("{[]: 1}"), "head cannot be read"),
    "an npz with a deep head": (lambda: headed("-" * 9_000 + "1"), "head cannot be read"),
    "an npz of floats": (lambda: npz(images=GLYPHS.astype(float), labels=np.zeros(2, int)), "uint8"),
    "an npz of float labels": (lambda: npz(images=GLYPHS, labels=np.zeros(2)), "whole number"),
    "an npz of few labels": (lambda: npz(images=GLYPHS, labels=np.zeros(1, int)), "label of each"),
    "an npz with label 11": (lambda: npz(images=GLYPHS, labels=np.array([0, 11])), "labels from 0"),
    "an npz with label -1": (lambda: npz(images=GLYPHS, labels=np.array([0, -1])), "labels from 0"),
    "an npz of other arrays": (lambda: npz(a=GLYPHS, b=GLYPHS), "arrays images and labels"),
    "an npz of no size": (lambda: npz(images=GLYPHS[:, :0], labels=np.zeros(2, int)), "uint8"),
    "an IDX file that is cut off": (b"\0\0\x08\x03" + struct.pack(">III", 5, 28, 28) + bytes(99), "after the header"),
    "an IDX file of impossible axes": (b"\0\0\x08\x04" + struct.pack(">IIII", 2**31, 2**31, 4, 0), "impossible axes"),
    "an IDX file of 255 axes": (b"\0\0\x08\xff" + bytes(4 * 255), "impossible axes"),
    "an IDX file of labels": (b"\0\0\x08\x01" + struct.pack(">I", 3) + bytes(3), "uint8"),
    "a CSV of words": (b"label,a,b,c,d\n1,2,3,four,5\n", "whole numbers"),
    "a CSV of a few columns": (b"1,2,3\n", "square picture"),
    "a CSV of letters that C does not know": (b"1,2,3,4,5\n\xf3\xb5\xb5\xb5,2,3,4,5\n", "whole numbers .* letters"),
    "a CSV above 255": (b"1,2,3,4,256\n", "pixels from 0 to 255"),
    "a CSV of different lines": (b"1,2,3,4,5\n1,2\n", "whole numbers"),
    "a CSV with huge numbers": (b"1,2,3,4," + b"9" * 999 + b"\n", "whole numbers"),
    "a CSV with a head only": (b"label,a,b,c,d\n", "none in"),
    "JSON of words": (b"{seven}", "JSON"),
    "deep JSON": (b"[" * 1_500_000, "JSON"),
    "JSON of too many parts": (b"[" + b"[]," * 2_000_000 + b"[]]", "parts"),
    "JSON of other things": (b'{"drawings": {"a": 1}}', "a list"),
    "JSON of no drawing": (b"[5]", "a JSON object"),
    "JSON of an empty drawing": (b"[{}]", "in drawing 1"),
    "our JSON, cut off": (b'{"inkdigit": 1, "drawings": [\n' + spoilt()[1:-1] + b",\n", "cut off"),
    "half a character": (spoilt(text="\ud800"), "a text that fits"),
    "a text that does not fit": (spoilt(text="2"), "fits the digits"),
    "signs that are no list": (spoilt(signs={"sign": "/"}), "a list of objects as signs"),
    "a sign that is none": (spoilt(signs=[{"sign": "&", "place": 0}]), "a sign, and how many digits"),
    "a sign behind more digits": (spoilt(signs=[{"sign": "/", "place": 2}]), "a sign, and how many digits"),
    "a sign with label 11": (spoilt(signs=[{"sign": "/", "place": 1, "correct": 11}]), "null for a sign"),
    "a sign without a glyph": (spoilt(signs=[{"sign": "/", "place": 1}]), "in base64"),
    "a confidence above 1": (spoilt(confidence=1.5), "confidence"),
    "a confidence that is none": (spoilt(confidence=float("nan")), "confidence"),
    "a value of 11": (spoilt_digit(value=11), "value from 0"),
    "a short glyph": (spoilt_digit(glyph="AAAA"), "784 bytes"),
    "a glyph that is none": (spoilt_digit(glyph="-"), "base64"),
    "a box of words": (spoilt_digit(box=["a", 0, 0, 0]), "a box"),
    "a correction of 12": (spoilt_digit(correct=12), "0 to 9"),
    "a key of words": (spoilt(key="x"), "a key"),
    "a name of a thousand characters": (spoilt(model="x" * 1000), "a short name"),
    "a time before time": (spoilt(at="0000-00-00"), "a time"),
    "an SVG with entities": (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg><title>&a;</title></svg>', "without entities"),
    "an SVG with a file in it": (b'<!DOCTYPE svg [<!ENTITY a SYSTEM "/etc/passwd">]><svg>&a;</svg>', "entities"),
    "a page": (b"<html><svg/></html>", "an SVG file"),
    "half an SVG": (b"<svg><path", "broken XML"),
    "an SVG without strokes": (b"<svg><script>alert(1)</script></svg>", "lines or paths"),
    "an SVG of a million strokes": (lambda: b"<svg>" + b'<line x2="1"/>' * 1_000_000 + b"</svg>", "2,000 strokes"),
    "an SVG of a million points": (lambda: b'<svg><path d="M0 0' + b" 1 1" * 1_000_000 + b'"/></svg>', "20,000 points"),
    "an SVG of many elements": (lambda: b"<svg>" + b"<g/>" * 30_000 + b"</svg>", "elements"),
    "a deep SVG": (lambda: b"<svg>" + b"<g>" * 100_000, "deep"),
    "an SVG of huge numbers": (b'<svg><path d="M0 0L1e999 1"/></svg>', "numbers up to"),
    "an SVG of infinite scale": (b"<svg>" + b'<g transform="scale(1e12)">' * 40 + b'<line x2="1"/>', "finite"),
    "an SVG with a broken path": (b'<svg><path d="M0 0Lx"/></svg>', "the data of a path"),
    "an SVG with a broken transform": (b'<svg><g transform="matrix(1)"/></svg>', "a transform"),
    "a long transform": (b'<svg><g transform="' + b"scale(1)" * 2_000 + b'"/></svg>', "short style"),
    "a flat pen": (b'<svg><line x2="1" stroke-width="0"/></svg>', "a pen above 0"),
    "strokes: a million points": (of_strokes(BAD_STROKES["a million points"][0]), "JSON of at most"),
    "strokes: many points": (of_strokes([[[0, 0]] * 20_001]), "20,000 points"),
    **{f"strokes: {name}": (of_strokes(raw), re.escape(said)) for name, (raw, said) in BAD_STROKES.items()
       if name in ("NaN", "infinity", "huge", "thousands of strokes", "ragged", "words")},
}  # fmt: skip


@pytest.mark.parametrize(("content", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_whole_in_little_memory(
    content: Any, said: str, kept_ones: Store, reader: inkdigit.Reader
) -> None:
    limited = of_limits(reader, max_unpacked_bytes=50_000_000)
    content = content() if callable(content) else content
    tracemalloc.start()
    try:
        with pytest.raises(InkdigitError, match=said) as caught:
            take(content, "hostile", limited, kept_ones)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert type(caught.value) is not InkdigitError
    assert "Traceback" not in str(caught.value)
    assert len(str(caught.value)) < 600
    assert most < 250_000_000
    assert kept_ones.find().total == 0


def test_the_limit_of_drawings_holds_below_at_and_above(kept_ones: Store, reader: inkdigit.Reader) -> None:
    content = npz(images=GLYPHS, labels=np.array([0, 1]))
    for most, fits in ((1, False), (2, True), (3, True)):
        limited = of_limits(reader, max_drawings=most)
        if fits:
            done = take(content, "x", limited, kept_ones)
            assert len(done.ids) + done.known == 2
        else:
            with pytest.raises(ExchangeError, match="INKDIGIT_MAX_DRAWINGS"):
                take(content, "x", limited, kept_ones)


def test_the_limit_of_unpacked_bytes_holds_below_at_and_above(kept_ones: Store, reader: inkdigit.Reader) -> None:
    plain = b"1," + b",".join([b"0"] * 784) + b"\n"
    for most, fits in ((len(plain) - 1, False), (len(plain), True), (len(plain) + 1, True)):
        limited = of_limits(reader, max_unpacked_bytes=most)
        for content in (plain, gzip.compress(plain), zipped(("a.csv", plain))):
            if fits:
                done = take(content, "x", limited, kept_ones)
                assert len(done.ids) + done.known == 1
            else:
                with pytest.raises(ExchangeError, match="INKDIGIT_MAX_UNPACKED_BYTES"):
                    take(content, "x", limited, kept_ones)


def rows(text: str) -> bytes:
    """A CSV of blank glyphs with these labels, 1,570 bytes each."""
    return b"".join(one.encode() + b",0" * 784 + b"\n" for one in text)


def idx(values: np.ndarray[Any, Any]) -> bytes:
    return b"\0\0\x08" + bytes([values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


PACKED: dict[str, tuple[bytes, int, int]] = {  # a zip of gzip files, each fine; how many glyphs, and bytes unpacked
    "three tables": (zipped(*((f"{one}.csv.gz", gzip.compress(rows(one))) for one in "012")), 3, 3 * 1_570),
    "images and their labels": (
        zipped(("images-idx3.gz", gzip.compress(idx(GLYPHS))), ("labels-idx1.gz", gzip.compress(idx(GLYPHS[:, 0, 0])))),
        2, 16 + 2 * 784 + 8 + 2),
}  # fmt: skip


@pytest.mark.parametrize(("content", "count", "together"), PACKED.values(), ids=PACKED)
def test_what_a_zip_unpacks_to_is_summed_over_its_files(
    content: bytes, count: int, together: int, kept_ones: Store, reader: inkdigit.Reader
) -> None:
    for most, fits in ((together - 1, False), (together, True), (together + 1, True)):
        limited = of_limits(reader, max_unpacked_bytes=most)
        if fits:
            done = take(content, "x", limited, kept_ones)
            assert len(done.ids) + done.known == count
        else:
            with pytest.raises(ExchangeError, match="INKDIGIT_MAX_UNPACKED_BYTES"):
                take(content, "x", limited, kept_ones)
            assert kept_ones.find().total == 0
