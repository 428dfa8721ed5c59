"""A file that may hold several pages -> pictures: PDF (extra [pdf]), TIFF of several pages, or one picture."""

from __future__ import annotations

import atexit
import io
import os
import struct
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image, UnidentifiedImageError

from inkdigit.errors import InkdigitError, PictureError, no_memory
from inkdigit.ink import picture
from inkdigit.ink.picture import ImageInput
from inkdigit.settings import Settings

SUFFIXES = (*picture.SUFFIXES, ".pdf")
_DOTS = 200  # an inch, of a PDF page; fewer where the page is so large that it would pass the limit of pixels
_POINTS = 72  # an inch, the unit of PDF
_GIVEN = "the picture given"
_ONE_AT_A_TIME = threading.Lock()  # PDFium serves one thread at a time
_INTERRUPTED = 130  # the exit code after Ctrl+C
_HEARD = 0.2  # seconds after which Ctrl+C is looked for again
_T = TypeVar("_T")
_DAMAGED = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError)


Page = tuple[str, ImageInput | PictureError]
"""Its name behind the file's, "" where there is one page only; and the picture, or why there is none."""


def pages(source: str | os.PathLike[str] | bytes, settings: Settings | None = None) -> Iterator[Page]:
    """Each page, from the first; of a damaged one, the error, and those behind it where they can be read.

    Raises:
        PictureError: the file is missing, too large, damaged, locked, or has more pages than the settings allow.
        InkdigitError: it is a PDF, and the extra [pdf] is not installed; or there is too little memory.
    """
    limits = settings or Settings()
    data = source if isinstance(source, bytes) else picture.contents(Path(source), limits)
    name = _GIVEN if isinstance(source, bytes) else str(source)
    if data[:1024].lstrip()[:5] == b"%PDF-":
        yield from _pdf(data, name, limits)
    elif data[:4] in (b"II*\0", b"MM\0*"):
        yield from _tiff(data, name, limits)
    else:
        yield "", data if isinstance(source, bytes) else source


def page(data: bytes, number: int, settings: Settings | None = None) -> tuple[Image.Image, int]:
    """One page as a picture, upright, and how many pages the file has.

    Args:
        data: a PDF, a TIFF, or a picture, which has one page.
        number: of the page, from 1.

    Raises:
        PictureError: as of `pages`, and where there is no such page or it is damaged.
        InkdigitError: it is a PDF, and the extra [pdf] is not installed.
    """
    limits = settings or Settings()
    image: ImageInput | PictureError
    if data[:1024].lstrip()[:5] == b"%PDF-":
        image, count = _pdf_page(data, number, limits)
    elif data[:4] in (b"II*\0", b"MM\0*"):
        image, count = _tiff_page(data, number, limits)
    else:
        image, count = data, _place(number, 1) + 1
    if isinstance(image, PictureError):
        raise image
    return Image.fromarray(picture.decode(image, limits)), count


def _place(number: int, count: int) -> int:
    """The place of a page, from 0. Raises PictureError."""
    if not 1 <= number <= count:
        raise PictureError(f"a page from 1 to {count:,}", f"{number:,}", "Ask for one of these")
    return number - 1


def _tiff(data: bytes, name: str, limits: Settings) -> Iterator[Page]:
    with _opened_tiff(data, name, limits) as (image, _):
        several = _has_page(image, 1)
        number = 0
        while _has_page(image, number):
            number += 1
            yield f" page {number}" if several else "", _frame(image, name, limits)


def _tiff_page(data: bytes, number: int, limits: Settings) -> tuple[Image.Image | PictureError, int]:
    with _opened_tiff(data, _GIVEN, limits) as (image, count):
        image.seek(_place(number, count))
        return _frame(image, _GIVEN, limits), count


@contextmanager
def _opened_tiff(data: bytes, name: str, limits: Settings) -> Iterator[tuple[Image.Image, int]]:
    """A TIFF, and how many pages it says that it has."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=["TIFF"]) as image:
            count = _counted(data, limits.max_document_pages)
            if count > limits.max_document_pages:
                raise _too_many(f"more than {limits.max_document_pages:,} in {name}", limits)
            yield image, count
    except PictureError:
        raise
    except MemoryError:
        raise no_memory() from None
    except Image.DecompressionBombError:
        raise picture.too_many_pixels("more than twice as many", limits) from None
    except _DAMAGED as error:
        raise _damaged_tiff(name, error) from None


def _counted(data: bytes, most: int) -> int:
    """How many pages a TIFF has, or one more than so many: by the chain of their places, for Pillow would read all
    that is said of each.
    """
    order, seen = "<" if data[:2] == b"II" else ">", set[int]()
    try:
        (place,) = struct.unpack_from(f"{order}I", data, 4)
        while place and place not in seen and len(seen) <= most:
            seen.add(place)
            (fields,) = struct.unpack_from(f"{order}H", data, place)
            (place,) = struct.unpack_from(f"{order}I", data, place + 2 + 12 * fields)
    except struct.error:  # cut off: Pillow says so
        pass
    return len(seen)


def _has_page(image: Image.Image, number: int) -> bool:
    """Goes to a page, from 0; False where there is none."""
    try:
        image.seek(number)
    except EOFError:
        return False
    return True


def _frame(image: Image.Image, name: str, limits: Settings) -> Image.Image | PictureError:
    """The page of a TIFF that it stands at."""
    try:
        picture.check_size(image.width, image.height, f" in {name}", limits)
        return image.copy()
    except PictureError as error:
        return error
    except _DAMAGED as error:
        return _damaged_tiff(name, error)


def _damaged_tiff(name: str, error: BaseException) -> PictureError:
    return PictureError("a whole TIFF", f"{name}, which is cut off or damaged ({error})", "Save it again")


def _pdf(data: bytes, name: str, limits: Settings) -> Iterator[Page]:
    document = _opened(data, name)
    try:
        if len(document) > limits.max_document_pages:
            raise _too_many(f"{len(document):,} in {name}", limits)
        from pypdfium2 import PdfiumError

        for number in range(len(document)):
            behind = f" page {number + 1}" if len(document) > 1 else ""
            try:
                yield behind, _waited(partial(_sheet, document, number, name, limits))
            except PdfiumError as error:
                got = f"page {number + 1} of {name}, which is damaged ({error})"
                yield behind, PictureError("whole pages", got, "Print it to a new PDF")
            except PictureError as error:
                yield behind, error
    except KeyboardInterrupt:  # a page of it is still at work, and holds it
        raise
    except BaseException:
        document.close()
        raise
    document.close()


def _opened(data: bytes, name: str) -> Any:
    """The pypdfium2 document; who opens it closes it."""
    try:
        import pypdfium2
    except ImportError:
        raise InkdigitError(
            "the extra [pdf]", "no pypdfium2", "Run pip install '.[pdf]', or save the pages as PNG"
        ) from None
    try:
        return _waited(lambda: pypdfium2.PdfDocument(data))
    except pypdfium2.PdfiumError as error:
        got = f"{name}, which is damaged or locked ({error})"
        raise PictureError("a whole PDF without a password", got, "Print it to a new PDF") from None


def _pdf_page(data: bytes, number: int, limits: Settings) -> tuple[Image.Image, int]:
    with _ONE_AT_A_TIME:
        document = _opened(data, _GIVEN)
        from pypdfium2 import PdfiumError

        try:
            if len(document) > limits.max_document_pages:
                raise _too_many(f"{len(document):,} in {_GIVEN}", limits)
            return _sheet(document, _place(number, len(document)), _GIVEN, limits), len(document)
        except PdfiumError as error:
            got = f"page {number}, which is damaged ({error})"
            raise PictureError("whole pages", got, "Print it to a new PDF") from None
        finally:
            document.close()


def _waited(work: Callable[[], _T]) -> _T:
    """What a call of PDFium gives. Ctrl+C is heard meanwhile: PDFium alone would go on to its end first."""
    if threading.current_thread() is not threading.main_thread():
        return work()
    done: Future[_T] = Future()

    def one() -> None:
        """Does the work in a thread of its own."""
        try:
            done.set_result(work())
        except BaseException as error:  # it is raised where it is waited for
            done.set_exception(error)

    thread = threading.Thread(target=one, daemon=True)
    thread.start()
    while True:
        try:
            return done.result(_HEARD)
        except TimeoutError:
            if done.done():
                return done.result()
        except KeyboardInterrupt:
            atexit.register(_leave, thread)
            raise


def _leave(thread: threading.Thread) -> None:
    """Ends the program while PDFium still works: to take its memory away from it first would break it loudly."""
    if thread.is_alive():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_INTERRUPTED)


def _sheet(document: Any, number: int, name: str, limits: Settings) -> Image.Image:
    """A page of a PDF, from 0."""
    sheet = document[number]
    wide, high = (side / _POINTS for side in sheet.get_size())
    if min(wide, high) <= 0:
        raise PictureError("pages with a size", f"page {number + 1} of {name} without", "Print it to a new PDF")
    dots = min(_DOTS, int((0.98 * limits.max_pixels / (wide * high)) ** 0.5))
    if dots < 1:
        raise picture.too_many_pixels(f"{wide:,.0f} x {high:,.0f} inches in {name}", limits)
    seen: Image.Image = sheet.render(scale=dots / _POINTS, grayscale=True).to_pil()
    sheet.close()
    return seen


def _too_many(got: str, limits: Settings) -> PictureError:
    remedy = "Split the file, or raise INKDIGIT_MAX_DOCUMENT_PAGES"
    return PictureError(f"at most {limits.max_document_pages:,} pages", got, remedy)
