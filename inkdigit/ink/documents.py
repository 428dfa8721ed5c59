"""A file that may hold several pages -> pictures: PDF (extra [pdf]), TIFF of several pages, or one picture."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from inkdigit.errors import InkdigitError, PictureError
from inkdigit.ink import picture
from inkdigit.ink.picture import ImageInput
from inkdigit.settings import Settings

SUFFIXES = (*picture.SUFFIXES, ".pdf")
_DOTS = 200  # an inch, of a PDF page; fewer where the page is so large that it would pass the limit of pixels
_POINTS = 72  # an inch, the unit of PDF
_MOST_PAGES = 2_000


def pages(source: str | os.PathLike[str] | bytes, settings: Settings | None = None) -> Iterator[tuple[str, ImageInput]]:
    """(name behind the file's, "" where there is one page only, picture) of each page, from the first.

    Raises:
        PictureError: the file is missing, too large, damaged, locked, or has more than 2,000 pages.
        InkdigitError: it is a PDF, and the extra [pdf] is not installed.
    """
    limits = settings or Settings()
    data = source if isinstance(source, bytes) else picture.contents(Path(source), limits)
    name = "the picture given" if isinstance(source, bytes) else str(source)
    if data[:1024].lstrip()[:5] == b"%PDF-":
        yield from _pdf(data, name, limits)
    elif data[:4] in (b"II*\0", b"MM\0*"):
        yield from _tiff(data, name, limits)
    else:
        yield "", data if isinstance(source, bytes) else source


def _tiff(data: bytes, name: str, limits: Settings) -> Iterator[tuple[str, ImageInput]]:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=["TIFF"]) as image:
            count = int(getattr(image, "n_frames", 1))
            _check_count(count, name)
            for number in range(count):
                image.seek(number)
                if image.width * image.height > limits.max_pixels:
                    raise picture.too_many_pixels(f"{image.width:,} x {image.height:,} in {name}", limits)
                yield f" page {number + 1}" if count > 1 else "", image.copy()
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise picture.too_many_pixels("more than twice as many", limits) from None
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        TypeError,
        KeyError,
        MemoryError,
    ) as error:
        raise PictureError("a whole TIFF", f"{name}, which is cut off or damaged ({error})", "Save it again") from None


def _pdf(data: bytes, name: str, limits: Settings) -> Iterator[tuple[str, ImageInput]]:
    try:
        import pypdfium2
    except ImportError:
        raise InkdigitError(
            "the extra [pdf]", "no pypdfium2", "Run pip install '.[pdf]', or save the pages as PNG"
        ) from None
    try:
        document: Any = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        got = f"{name}, which is damaged or locked ({error})"
        raise PictureError("a whole PDF without a password", got, "Print it to a new PDF") from None
    try:
        _check_count(len(document), name)
        for number in range(len(document)):
            sheet = document[number]
            wide, high = (side / _POINTS for side in sheet.get_size())
            if min(wide, high) <= 0:
                raise PictureError("pages with a size", f"page {number + 1} of {name} without", "Print it to a new PDF")
            dots = min(_DOTS, int((0.98 * limits.max_pixels / (wide * high)) ** 0.5))
            if dots < 1:
                raise picture.too_many_pixels(f"{wide:,.0f} x {high:,.0f} inches in {name}", limits)
            seen = sheet.render(scale=dots / _POINTS, grayscale=True).to_pil()
            sheet.close()
            yield f" page {number + 1}" if len(document) > 1 else "", seen
    finally:
        document.close()


def _check_count(count: int, name: str) -> None:
    if count > _MOST_PAGES:
        raise PictureError(f"at most {_MOST_PAGES:,} pages", f"{count:,} in {name}", "Split the file")
