from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from drawn import BLANK_PICTURES, encoded, frames, picture
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from inkdigit.errors import PictureError
from inkdigit.ink.picture import load, to_grey
from inkdigit.settings import Settings

SEVEN = picture(7)


def same_ink(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Ink in the same pixels, but for soft edges."""
    return one.shape == other.shape and float(np.abs(one.astype(int) - other).mean()) < 3


@pytest.mark.parametrize("pixels", BLANK_PICTURES.values(), ids=BLANK_PICTURES)
def test_a_picture_without_ink_is_blank(pixels: NDArray[np.uint8]) -> None:
    assert not (load(pixels).ink > 128).any()


def test_polarity_is_decided_by_the_picture() -> None:
    assert same_ink(load(SEVEN).ink, load(255 - SEVEN).ink)
    assert load(SEVEN).ink[0, 0] == 0
    assert load(SEVEN).ink.max() == 255


@pytest.mark.parametrize(("paper", "ink"), [(255, 180), (200, 40), (90, 220), (30, 75), (128, 160)])
def test_any_two_tones_are_ink_and_paper(paper: int, ink: int) -> None:
    tones = (paper + SEVEN / 255.0 * (ink - paper)).astype(np.uint8)
    assert same_ink(load(tones).ink, load(SEVEN).ink)


@pytest.mark.parametrize(
    ("paper", "ink"),
    [
        ((255, 255, 255), (255, 235, 0)),
        ((255, 255, 255), (200, 20, 20)),
        ((255, 255, 255), (30, 60, 220)),
        ((20, 120, 20), (230, 90, 40)),
        ((40, 60, 40), (240, 240, 200)),
    ],
    ids=["yellow on white", "red on white", "blue on white", "orange on green", "chalk on a board"],
)
def test_coloured_ink_is_seen(paper: tuple[int, int, int], ink: tuple[int, int, int]) -> None:
    part = SEVEN[:, :, None] / 255.0
    assert same_ink(load((np.array(paper) * (1 - part) + np.array(ink) * part).astype(np.uint8)).ink, load(SEVEN).ink)


@pytest.mark.parametrize("tone", [0, 255], ids=["black ink", "white ink"])
def test_ink_on_nothing_is_seen(tone: int) -> None:
    pixels = np.full((*SEVEN.shape, 4), tone, np.uint8)
    pixels[:, :, 3] = SEVEN
    assert same_ink(load(pixels).ink, load(SEVEN).ink)


def test_a_cut_out_picture_keeps_its_paper() -> None:
    pixels = np.dstack([255 - SEVEN] * 3 + [np.full_like(SEVEN, 255)])
    pixels[:40, :40] = 0
    assert same_ink(load(pixels).ink, load(SEVEN).ink)


def test_uneven_light_is_taken_away() -> None:
    slope = np.linspace(90, 250, 280)[None, :] * np.linspace(1, 0.8, 280)[:, None]
    shaded = (slope * (1 - 0.7 * (SEVEN / 255.0))).astype(np.uint8)
    found, wanted = load(shaded).ink > 100, load(SEVEN).ink > 100
    assert (found & wanted).sum() > 0.9 * wanted.sum()
    assert (found & ~wanted).sum() < 0.1 * wanted.sum()


def ink_left(page: NDArray[np.uint8], clean: NDArray[np.uint8]) -> float:
    """Share of the pixels in which two pictures, ink or no ink, agree."""
    return float(((load(page).ink > 128) == (load(clean).ink > 128)).mean())


@pytest.mark.parametrize("size", [28, 60, 280])
def test_single_wrong_pixels_are_taken_out(size: int) -> None:
    clean = picture(5, size, max(3, size // 14))
    random = np.random.default_rng(0)
    salted = np.where(random.random(clean.shape) < 0.15, random.integers(0, 2, clean.shape) * 255, clean)
    assert ink_left(salted.astype(np.uint8), clean) > 0.97


def test_a_drawing_of_thin_lines_and_dots_is_not_taken_for_noise() -> None:
    page = np.zeros((60, 60), np.uint8)
    page[::6, 5:55] = 255
    page[3::9, 3::9] = 255
    assert (load(page).ink == page).all()


@pytest.mark.parametrize("turned", [False, True], ids=["upright", "lying"])
def test_bands_of_the_other_tone_are_taken_out(turned: bool) -> None:
    """As a scan shows the lid beside the paper, or MNIST-C its stripes."""
    clean = picture(8, 112, 8)
    banded = clean.copy()
    banded[:, :26], banded[:, 90:] = 255 - clean[:, :26], 255 - clean[:, 90:]
    assert ink_left(banded.T.copy() if turned else banded, clean.T.copy() if turned else clean) > 0.99


@pytest.mark.parametrize("width", [4, 8, 20, 40])
def test_a_stem_that_fills_the_picture_is_no_band(width: int) -> None:
    """A 1 that was cut out tight goes from edge to edge as a band does."""
    page = np.full((60, 60), 255, np.uint8)
    page[:, 10 : 10 + width] = 0
    found = load(page).ink > 128
    assert found[:, 12 : 8 + width].all()
    assert not found[:, 12 + width :].any()


def test_faint_ink_in_fog_is_seen() -> None:
    clean = picture(3, 28, 3)
    slope = np.add.outer(np.arange(28), np.arange(28)) * 2.0
    assert ink_left((60 + slope + clean * 0.22).astype(np.uint8), clean) > 0.95


def test_grain_of_the_paper_is_not_ink() -> None:
    noisy = (220 - SEVEN * 0.6 + np.random.default_rng(1).normal(0, 6, SEVEN.shape)).clip(0, 255).astype(np.uint8)
    ink = load(noisy).ink
    assert (ink[SEVEN == 0] > 32).mean() < 0.01


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM"])
def test_every_format_is_decoded(kind: str) -> None:
    assert same_ink(load(encoded(SEVEN, kind)).ink, load(SEVEN).ink)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "I;16"])
def test_every_mode_of_pixels_is_read(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(SEVEN.astype(np.uint16) * 257)
    else:
        image = Image.fromarray(SEVEN).convert("RGB" if mode in ("CMYK", "YCbCr", "HSV") else "L").convert(mode)
    assert same_ink(load(image).ink, load(SEVEN).ink)


@pytest.mark.parametrize(("top", "kind"), [(65535, "PNG"), (4095, "PNG"), (65535, "TIFF")])
def test_deep_grey_is_read(top: int, kind: str) -> None:
    deep = (SEVEN.astype(np.uint32) * top // 255).astype(np.uint16)
    assert same_ink(load(encoded(Image.fromarray(deep), kind)).ink, load(SEVEN).ink)
    assert same_ink(load(deep).ink, load(SEVEN).ink)


def test_a_cmyk_jpeg_is_read() -> None:
    cmyk = Image.fromarray(255 - SEVEN).convert("RGB").convert("CMYK")
    assert same_ink(load(encoded(cmyk, "JPEG", quality=95)).ink, load(SEVEN).ink)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(orientation: int) -> None:
    turns: dict[int, Any] = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = Image.fromarray(SEVEN[:, 20:])
    stored = upright.transpose(turns[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = load(encoded(stored, "JPEG", exif=exif, quality=95))
    assert found.size == (260, 280)
    assert same_ink(found.ink, load(SEVEN[:, 20:]).ink)


def test_a_path_and_a_string_are_read(tmp_path: Path) -> None:
    (tmp_path / "seven.png").write_bytes(encoded(SEVEN))
    assert same_ink(load(tmp_path / "seven.png").ink, load(str(tmp_path / "seven.png")).ink)


def test_a_large_picture_is_shrunk_for_work_and_tells_its_size() -> None:
    found = load(np.repeat(np.repeat(SEVEN, 8, 0), 8, 1))
    assert found.size == (2240, 2240)
    assert found.ink.size <= 1_002_000
    assert found.scale == pytest.approx(1000 / 2240, rel=0.01)


def bad_files() -> dict[str, tuple[bytes, str]]:
    photo = encoded(cv2.resize(SEVEN, (900, 900)), "JPEG")
    return {
        "empty": (b"", "empty"),
        "text": (b"seven", "none of them"),
        "a script in SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "none of them"),
        "truncated JPEG": (photo[: len(photo) // 2], "cut off or damaged"),
        "truncated PNG": (encoded(SEVEN)[:300], "cut off or damaged"),
        "only a header": (encoded(SEVEN)[:20], ""),
        "animated GIF": (frames("GIF"), "3 frames"),
        "animated WebP": (frames("WEBP"), "3 frames"),
        "TIFF of three pages": (frames("TIFF"), "3 frames"),
    }


@pytest.mark.parametrize(("content", "words"), bad_files().values(), ids=bad_files())
def test_a_bad_file_is_refused_in_plain_words(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    for image in (path, content):
        with pytest.raises(PictureError) as caught:
            load(image)
        assert words in str(caught.value)


def never(*_: Any) -> None:
    raise AssertionError("its pixels were decoded")


def bomb(side: int) -> bytes:
    """A PNG that says in its header that it is a square of this side; its pixels are a few bytes."""
    made = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0"))):
        made += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return made


@pytest.mark.parametrize("side", [8_945, 9_450, 13_370, 30_000])
def test_a_decompression_bomb_is_refused_before_it_unpacks(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Just above our limit, just below and above where Pillow warns, and where Pillow itself refuses."""
    assert Settings().max_pixels < 8_945**2 < 9_450**2 < (Image.MAX_IMAGE_PIXELS or 0) < 13_370**2
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", never)
    with warnings.catch_warnings(action="ignore"), pytest.raises(PictureError, match="at most 80,000,000 pixels, got"):
        load(bomb(side))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM"])
def test_no_format_is_decoded_above_the_limit_of_pixels(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(SEVEN, kind)
    opened = Image.open(io.BytesIO(content))
    monkeypatch.setattr(type(opened), "load", never)
    for image in (content, opened):
        with pytest.raises(PictureError, match=r"at most 78,399 pixels, got 280 x 280"):
            load(image, Settings(max_pixels=280 * 280 - 1))
        with pytest.raises(PictureError if image is content else AssertionError, match="decoded"):
            load(image, Settings(max_pixels=280 * 280))


def test_of_a_photo_of_a_phone_the_first_picture_is_read() -> None:
    """MPO: behind the photo lies a preview or a map of depths."""
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright
    photo = Image.fromarray(SEVEN[:, 20:]).transpose(Image.Transpose.ROTATE_90)
    preview = [Image.fromarray(picture(1, 70, 5)), Image.fromarray(picture(2, 140, 9))]
    content = encoded(photo, "MPO", save_all=True, append_images=preview, exif=exif, quality=95)
    with Image.open(io.BytesIO(content)) as opened:
        assert (opened.format, getattr(opened, "n_frames", 1)) == ("MPO", 3)
    found = load(content)
    assert found.size == (260, 280)
    assert same_ink(found.ink, load(SEVEN[:, 20:]).ink)
    with pytest.raises(PictureError, match="at most 1,000 pixels"):
        load(content, Settings(max_pixels=1_000))


def test_the_limit_of_pixels_holds_below_at_and_above() -> None:
    limits = Settings(max_pixels=100)
    for height in (9, 10):
        load(np.zeros((height, 10), np.uint8), limits)
        load(encoded(np.zeros((height, 10), np.uint8)), limits)
    for image in (np.zeros((11, 10), np.uint8), encoded(np.zeros((11, 10), np.uint8)), Image.new("L", (11, 10))):
        with pytest.raises(PictureError, match="at most 100 pixels"):
            load(image, limits)


def test_the_limit_of_bytes_holds_below_at_and_above(tmp_path: Path) -> None:
    content = encoded(SEVEN)
    (tmp_path / "seven.png").write_bytes(content)
    for image in (content, tmp_path / "seven.png"):
        load(image, Settings(max_file_bytes=len(content) + 1))
        load(image, Settings(max_file_bytes=len(content)))
        with pytest.raises(PictureError, match="bytes"):
            load(image, Settings(max_file_bytes=len(content) - 1))


def test_a_missing_path_and_a_folder_say_so(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no file at"):
        load(tmp_path / "none.png")
    with pytest.raises(PictureError, match="the folder"):
        load(tmp_path)
    with pytest.raises(PictureError, match="a readable file"):
        load("\0")


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((28, 28), np.float32),
        np.zeros((28, 28), bool),
        np.zeros((2, 28, 28), np.uint8),
        np.zeros((28,), np.uint8),
        np.zeros((0, 28), np.uint8),
        np.zeros((28, 28, 2), np.uint8),
        np.full((28, 28), -1, np.int32),
        np.full((28, 28), 70_000, np.int32),
    ],
    ids=lambda a: f"{a.dtype} {a.shape}",
)
def test_an_array_of_another_kind_is_refused(array: NDArray[Any]) -> None:
    with pytest.raises(PictureError):
        load(array)


@pytest.mark.parametrize("thing", [None, 7, io.BytesIO(b""), [[1]]], ids=lambda thing: type(thing).__name__)
def test_a_thing_that_is_no_picture_is_refused(thing: Any) -> None:
    with pytest.raises(PictureError, match="a path, bytes, a PIL image or a uint8 array"):
        load(thing)


def test_a_float_picture_of_pillow_is_refused() -> None:
    with pytest.raises(PictureError, match="uint8"):
        load(Image.fromarray(np.full((9, 9), np.nan, np.float32)))


def tinted(paper: tuple[int, int, int], cells: tuple[int, int, int], ink: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Lines of ink on paper of which every other cell has another colour, RGB."""
    sheet = np.full((400, 800, 3), paper, np.uint8)
    for at in range(0, 16, 2):
        top, left = at // 4 * 100, at % 4 * 200 + at // 4 % 2 * 200
        sheet[top : top + 100, left : left + 200] = cells
    for at in range(16):
        top, left = at // 4 * 100, at % 4 * 200
        cv2.line(sheet, (left + 60, top + 30), (left + 120, top + 70), ink, 6)
    return sheet


@pytest.mark.parametrize("cells", [(255, 255, 0), (255, 255, 120), (120, 255, 120), (255, 180, 220), (130, 230, 255)])
def test_dark_ink_shows_in_each_cell_whatever_its_tint(cells: tuple[int, int, int]) -> None:
    sheet = tinted((255, 255, 255), cells, (30, 30, 40))
    grey = to_grey(sheet).astype(int)
    for at in range(16):
        cell = grey[at // 4 * 100 :, at % 4 * 200 :][10:90, 10:190]
        assert np.percentile(cell, 80) - cell.min() > 80, at


@pytest.mark.parametrize("ink", [(255, 240, 0), (255, 200, 60), (150, 255, 255)])
def test_pale_ink_on_white_shows_in_its_best_colour(ink: tuple[int, int, int]) -> None:
    grey = to_grey(tinted((255, 255, 255), (255, 255, 255), ink)).astype(int)
    assert grey.max() - grey.min() >= 100
