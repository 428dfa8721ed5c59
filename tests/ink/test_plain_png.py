"""Plain PNG files are decoded as Pillow decodes them, and refused as Pillow refuses them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from drawn import encoded, picture
from numpy.typing import NDArray
from PIL import Image

from inkdigit.errors import PictureError
from inkdigit.ink import picture as pictures
from inkdigit.ink import plain_png
from inkdigit.settings import Settings

MANY = 10_000_000


def canvas(pixels: NDArray[np.uint8], *options: int) -> bytes:
    """A PNG of differences to the left; colours are given as RGB."""
    turned = pixels if pixels.ndim == 2 else pixels[:, :, [2, 1, 0, *range(3, pixels.shape[2])]]
    return bytes(cv2.imencode(".png", turned, options)[1])


def coloured(random: np.random.Generator) -> NDArray[np.uint8]:
    """A picture of any small size, grey, RGB or RGBA."""
    channels = int(random.choice([1, 3, 4]))
    made = random.integers(0, 256, (*random.integers(1, 60, 2), channels)).astype(np.uint8)
    return made[:, :, 0] if channels == 1 else made


def outcome(data: bytes, monkeypatch: pytest.MonkeyPatch, plainly: bool) -> Any:
    """Pixels, or what the refusal says; with Pillow alone where not plainly."""
    with monkeypatch.context() as patched:
        if not plainly:
            patched.setattr(plain_png, "pixels", lambda *_: None)
        try:
            return pictures.decode(data)
        except PictureError as error:
            return str(error)


def damaged(random: np.random.Generator, whole: list[bytes], count: int) -> Iterator[bytes]:
    """Files cut short, too long, with another byte, with bytes left out, or with another head and its right sum."""
    for at in range(count):
        file = bytearray(whole[at % len(whole)])
        place = int(random.integers(len(file)))
        if at % 5 == 0:
            del file[place:]
        elif at % 5 == 1:
            file += random.bytes(int(random.integers(1, 9)))
        elif at % 5 == 2:
            file[place] ^= int(random.integers(1, 256))
        elif at % 5 == 3:
            del file[place : place + int(random.integers(1, 5))]
        else:
            file[16 + place % 13] = int(random.integers(8))
            file[16:20] = bytes(3) + file[19:20]  # or it would be refused for its size
            file[29:33] = zlib.crc32(bytes(file[12:29])).to_bytes(4, "big")
        yield bytes(file)


def test_files_of_all_kinds_and_damaged_ones_are_taken_as_pillow_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    greys = [coloured(random) for _ in range(60)]
    filters = [(), (cv2.IMWRITE_PNG_COMPRESSION, 0), (cv2.IMWRITE_PNG_COMPRESSION, 9), (cv2.IMWRITE_PNG_FILTER, 248)]
    whole = [canvas(one, *filters[at % 4]) for at, one in enumerate(greys)] + [encoded(one) for one in greys]
    assert 10 < sum(plain_png.pixels(one, MANY) is not None for one in whole) < 100
    for file in (*whole, *damaged(random, whole, 3000)):
        plain, other = (outcome(file, monkeypatch, plainly) for plainly in (True, False))
        if isinstance(other, str):
            assert plain == other
        else:
            assert np.array_equal(plain, other)
            assert plain.flags.c_contiguous


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_what_a_canvas_saves_needs_no_other_decoder(channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(channels)
    shown = random.integers(0, 256, (280, 280, channels)).astype(np.uint8)
    shown = shown[:, :, 0] if channels == 1 else shown
    monkeypatch.setattr(Image, "open", None)
    assert np.array_equal(pictures.decode(canvas(shown)), shown)


def test_the_pixels_are_counted_before_any_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    file = canvas(picture(7, 100))
    assert plain_png.pixels(file, 10_000) is not None
    with pytest.raises(PictureError, match="at most 9,999 pixels"):
        pictures.decode(file, Settings(max_pixels=9_999))
    with pytest.raises(PictureError, match="at most 99 pixels wide"):
        pictures.decode(file, Settings(max_side=99))
    monkeypatch.setattr(plain_png, "_inflated", None)
    assert plain_png.pixels(file, 9_999) is None


def test_a_stream_that_holds_more_than_it_says_is_left_to_pillow() -> None:
    file = canvas(picture(7, 100))
    at = file.index(b"IDAT")
    rows = zlib.decompress(file[at + 4 : -16])
    for held, taken in ((rows, True), (rows + bytes(50_000_000), False), (rows[:-1], False)):
        stream = zlib.compress(held)
        again = file[: at - 4] + len(stream).to_bytes(4, "big") + b"IDAT" + stream + file[-16:]
        assert (plain_png.pixels(again, MANY) is not None) == taken
