"""A file, bytes, an array or a PIL image -> a grey ink picture: ink bright, paper dark, whatever came in.

Only still pictures of known formats are decoded, and only after their size in the header was found within the limit:
decoders are where hostile files bite.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin

from inkdigit.errors import PictureError, no_memory
from inkdigit.ink import plain_png
from inkdigit.ink.grey import inks
from inkdigit.ink.tones import COUNTED_PIXELS
from inkdigit.settings import Settings

# The decoders that may run. Pillow loads the common ones by itself; these two are loaded by their import.
_LOADED = (TiffImagePlugin, WebPImagePlugin)
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")

ImageInput = str | os.PathLike[str] | bytes | bytearray | memoryview | Image.Image | NDArray[Any]

_COUNTED = 10  # pages of a TIFF, or frames of a GIF
_BETTER = 1.3  # times the spread, and the contrast, of luma: a colour in which ink shows so much better
_BESIDE = 61  # pixels of a row, over which paper is averaged
_FEW, _FEWEST = 20, 0.0005  # pixels, and part of all, that ink has at least
_DRAWN = 20_000_000  # pixels of a GIF's frames that are drawn to count them: there, the next one needs the one before
_WORKING_PIXELS = 1_000_000  # one digit needs no more; a 12-megapixel photo is shrunk to this first


@dataclass(frozen=True, eq=False)
class InkPicture:
    """Ink on paper.

    Attributes:
        ink: uint8 (height, width), paper = 0, the darkest ink = 255.
        scale: working pixels per pixel of the input, 0 < scale <= 1.
        size: (width, height) of the input in pixels, upright.
    """

    ink: NDArray[np.uint8]
    scale: float
    size: tuple[int, int]


def load(image: ImageInput, settings: Settings | None = None) -> InkPicture:
    """Anything that shows a mark -> its ink.

    Args:
        image: path, encoded bytes, PIL image, or uint8 array (H, W), (H, W, 1), (H, W, 3) RGB, (H, W, 4) RGBA.
        settings: limits; the defaults when None.

    Raises:
        PictureError: missing, empty, broken, too large, animated, or of a kind that is not read.
    """
    pixels = decode(image, settings)
    height, width = pixels.shape[:2]
    scale = min(1.0, (_WORKING_PIXELS / (height * width)) ** 0.5)
    if scale < 1:
        smaller = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA), np.uint8)
    return InkPicture(inks(to_grey(pixels)[None])[0], scale, (width, height))


def decode(image: ImageInput, settings: Settings | None = None) -> NDArray[np.uint8]:
    """uint8 (H, W), (H, W, 3) RGB or (H, W, 4) RGBA, upright, not empty, within the limits. Raises as `load`."""
    limits = settings or Settings()
    if isinstance(image, np.ndarray):
        return _checked_array(image, limits)
    if isinstance(image, Image.Image):
        return _checked_array(_pixels_of(image, "this PIL image", limits), limits)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _decode(bytes(image), "the picture given", limits)
    if isinstance(image, (str, os.PathLike)):
        return _decode(contents(Path(image), limits), str(image), limits)
    raise PictureError(
        "a path, bytes, a PIL image or a uint8 array", type(image).__name__, "Convert it to one of these first"
    )


def contents(path: Path, limits: Settings) -> bytes:
    """The bytes of a file within the limit. Raises PictureError where there is none."""
    try:
        if path.is_dir():
            raise PictureError("a picture file", f"the folder {path}", "Name a file in it")
        size = path.stat().st_size
        if size > limits.max_file_bytes:
            raise _too_many_bytes(f"{size:,}", limits)
        with path.open("rb") as file:  # of a device, nobody knows the size
            found = file.read(limits.max_file_bytes + 1)
        if len(found) > limits.max_file_bytes:
            raise _too_many_bytes(f"more than {limits.max_file_bytes:,}", limits)
        return found
    except FileNotFoundError:
        raise PictureError("a picture file", f"no file at {path}", "Check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PictureError("a readable file", f"{path}: {reason}", "Check the file and its permissions") from None


def _too_many_bytes(size: str, limits: Settings) -> PictureError:
    return PictureError(
        f"a file of at most {limits.max_file_bytes:,} bytes",
        f"{size} bytes",
        "Save it smaller, or raise INKDIGIT_MAX_FILE_BYTES",
    )


def _decode(data: bytes, name: str, limits: Settings) -> NDArray[np.uint8]:
    if not data:
        raise PictureError("a picture", f"nothing: {name} is empty", "Save the picture again")
    if len(data) > limits.max_file_bytes:
        raise _too_many_bytes(f"{len(data):,}", limits)
    plain = plain_png.pixels(data, limits.max_pixels)
    if plain is not None:
        check_size(plain.shape[1], plain.shape[0], f" in {name}", limits)
        return plain
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _checked_array(_pixels_of(image, name, limits), limits)
    except UnidentifiedImageError:
        raise PictureError(
            "a PNG, JPEG, WebP, BMP, GIF, TIFF or PPM picture",
            f"{name}, which is none of them or is damaged at its start",
            "Open it in a picture viewer and save it as PNG",
        ) from None
    except Image.DecompressionBombError:
        raise too_many_pixels("more than twice as many", limits) from None
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders raise of every kind on damaged data; none may reach a person
        if isinstance(error, MemoryError) or "out of memory" in str(error):
            raise no_memory() from None
        raise PictureError(
            "a whole picture", f"{name}, which is cut off or damaged ({error})", "Save or copy it again"
        ) from None


def too_many_pixels(got: str, limits: Settings) -> PictureError:
    """The error to raise for a picture above the limit."""
    return PictureError(
        f"a picture of at most {limits.max_pixels:,} pixels", got, "Make it smaller, or raise INKDIGIT_MAX_PIXELS"
    )


def _pixels_of(image: Image.Image, name: str, limits: Settings) -> NDArray[Any]:
    check_size(image.width, image.height, f" in {name}", limits)
    # Behind a phone's photo (MPO) lies a depth map or a preview.
    frames, all_counted = (1, True) if image.format == "MPO" else _frames(image)
    if frames > 1:
        got = f"{frames}{'' if all_counted else ' or more'} frames or pages in {name}"
        raise PictureError("one still picture", got, "Save the one that you mean as PNG")
    image.load()
    upright = _upright(image)
    if upright.mode == "1":
        upright = upright.convert("L")
    if upright.mode in ("L", "RGB", "RGBA", "F") or upright.mode.startswith("I"):
        return np.asarray(upright)
    transparent = "A" in upright.getbands() or "transparency" in upright.info or upright.mode in ("La", "RGBa")
    return np.asarray(upright.convert("RGBA" if transparent else "RGB"))


def check_size(width: int, height: int, where: str, limits: Settings) -> None:
    """Raises PictureError where a picture has too many pixels, or is too long."""
    if width * height > limits.max_pixels:
        raise too_many_pixels(f"{width:,} x {height:,}{where}", limits)
    if max(width, height) > limits.max_side:
        limit = f"a picture at most {limits.max_side:,} pixels wide and high"
        remedy = "Cut it into several, or raise INKDIGIT_MAX_SIDE"
        raise PictureError(limit, f"{width:,} x {height:,}{where}", remedy)


def _frames(image: Image.Image) -> tuple[int, bool]:
    """How many pictures a file holds, and whether that is all: in a TIFF or GIF each takes its time, and few tell."""
    if image.format not in ("TIFF", "GIF"):
        return getattr(image, "n_frames", 1), True
    most = _COUNTED
    if image.format == "GIF":
        most = max(2, min(_COUNTED, _DRAWN // max(1, image.width * image.height)))
    count = 1
    while count < most:
        try:
            image.seek(count)
        except EOFError:
            image.seek(0)
            return count, True
        count += 1
    return count, False


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF data says; as it is where these are broken."""
    try:
        return ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    except Exception:
        return image


def _checked_array(array: NDArray[Any], limits: Settings) -> NDArray[np.uint8]:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise PictureError(
            "an array (H, W), (H, W, 3) or (H, W, 4)", f"shape {array.shape}", "Pass one picture, channels last"
        )
    check_size(array.shape[1], array.shape[0], "", limits)
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype in (np.uint16, np.int32) and array.ndim == 2:
        return _from_deep(array)
    raise PictureError("an array of uint8", f"{array.dtype}", "Scale it to 0-255 and call .astype(numpy.uint8)")


def _from_deep(array: NDArray[Any]) -> NDArray[np.uint8]:
    """12 and 16 bits a pixel -> 8, by the depth that the brightest pixel shows."""
    brightest = int(array.max())
    if array.min() < 0 or brightest > 65535:
        raise PictureError("pixels from 0 to 65535", f"{array.min()} to {brightest}", "Save it with 8 or 16 bits")
    depth = next(top for top in (255, 4095, 65535) if brightest <= top)
    return (array.astype(np.float32) * (255 / depth)).astype(np.uint8)


def to_grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 (H, W): luma, or the colour channel that shows the ink much better (yellow ink on white: blue)."""
    if pixels.ndim == 2:
        return pixels
    colour = _opaque(pixels) if pixels.shape[2] == 4 else pixels
    luma = cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)
    step = 1 + 4 * luma.size // COUNTED_PIXELS  # the spread of a colour needs fewer pixels than its histogram
    spread = cv2.meanStdDev(colour[::step])[1].ravel()
    best = int(spread.argmax())
    if spread[best] > _BETTER * float(cv2.meanStdDev(luma[::step])[1][0, 0]):
        channel = np.asarray(cv2.extractChannel(colour, best), np.uint8)
        if _contrast(channel[::step]) > _BETTER * _contrast(luma[::step]):  # and not only tinted paper
            return channel
    return np.asarray(luma, np.uint8)


def _contrast(tones: NDArray[Any]) -> int:
    """How far ink is from what lies beside it in its row, 0 to 255: of the pixels that differ most, the least."""
    off = cv2.absdiff(tones, cv2.blur(tones, (_BESIDE, 1)))
    counts = np.bincount(off.ravel(), minlength=256)[::-1].cumsum()
    return 255 - int(np.searchsorted(counts, max(_FEW, _FEWEST * tones.size)))


def _opaque(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGBA -> RGB. Behind drawn-only ink comes the opposite tone; behind a cut-out picture, its own paper."""
    colour, alpha = np.ascontiguousarray(pixels[:, :, :3]), pixels[:, :, 3]
    if alpha.min() == 255:
        return colour
    seen = colour[alpha > 127]
    if len(seen) == 0:
        return np.zeros_like(colour)
    tones = seen.mean(axis=1)
    cut_out = 2 * len(seen) > alpha.size and np.ptp(np.percentile(tones, (1, 99))) > 64
    behind = float(np.median(tones)) if cut_out else (255.0 if tones.mean() < 128 else 0.0)
    weight = alpha[:, :, None].astype(np.float32) / 255
    return np.asarray(np.rint(colour * weight + behind * (1 - weight)), np.uint8)
