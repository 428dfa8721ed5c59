from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from drawn import encoded, pdf_of_lines, picture
from here import ROOT, pdf_needed
from PIL import GifImagePlugin, Image, TiffImagePlugin

import inkdigit
from inkdigit.errors import InkdigitError, PictureError
from inkdigit.ink import documents
from inkdigit.ink import picture as pictures


def sheets(kind: str, **options: object) -> bytes:
    """Three pages, with a 1, a 2 and a 3."""
    images = [Image.fromarray(255 - picture(digit)) for digit in (1, 2, 3)]
    return encoded(images[0], kind, save_all=True, append_images=images[1:], **options)


@pytest.fixture
def pdf() -> bytes:
    pdf_needed()
    return sheets("PDF", resolution=72)


def test_pages_of_a_pdf_come_one_by_one(pdf: bytes, reader: inkdigit.Reader) -> None:
    found = list(documents.pages(pdf))
    assert [name for name, _ in found] == [" page 1", " page 2", " page 3"]
    assert [reader.page(image).numbers[0].text for _, image in found] == ["1", "2", "3"]


def test_pages_of_a_tiff_come_one_by_one(tmp_path: Path, reader: inkdigit.Reader) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(sheets("TIFF"))
    found = list(documents.pages(path))
    assert [name for name, _ in found] == [" page 1", " page 2", " page 3"]
    assert [reader.page(image).numbers[0].text for _, image in found] == ["1", "2", "3"]


def test_one_picture_is_one_page_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    path.write_bytes(encoded(picture(7)))
    assert list(documents.pages(path)) == [("", path)]


@pytest.mark.parametrize("cut", [200, 600])
def test_a_damaged_pdf_is_a_clear_error(pdf: bytes, cut: int) -> None:
    with pytest.raises(PictureError, match="damaged or locked"):
        list(documents.pages(pdf[:cut]))


def test_a_damaged_page_of_a_pdf_says_so_and_the_others_are_read(pdf: bytes, reader: inkdigit.Reader) -> None:
    kids = pdf.index(b"/Kids [")
    damaged = pdf[:kids] + pdf[kids:].replace(b" 3 0 R", b" 0 0 R", 1)  # the second page is none
    first, second, third = documents.pages(damaged)
    assert isinstance(second[1], PictureError)
    assert "page 2 of the picture given, which is damaged" in str(second[1])
    texts = [reader.page(image).numbers[0].text for _, image in (first, third) if not isinstance(image, PictureError)]
    assert texts == ["1", "3"]


def test_a_damaged_page_of_a_tiff_says_so_and_the_others_are_read() -> None:
    found = [image for _, image in documents.pages(thin_tiff(3))]
    assert [isinstance(one, PictureError) for one in found] == [False, True, True]
    assert "damaged" in str(found[1])


def test_a_damaged_tiff_is_a_clear_error() -> None:
    with pytest.raises(PictureError, match="damaged"):
        list(documents.pages(sheets("TIFF")[:300]))


def test_a_poster_is_read_with_fewer_dots_an_inch(pdf: bytes) -> None:
    limits = inkdigit.Settings(max_pixels=10_000)
    for _, image in documents.pages(pdf, limits):
        assert isinstance(image, Image.Image)
        assert 5_000 < image.width * image.height <= 10_000


def test_without_the_extra_a_pdf_says_what_to_install(pdf: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(InkdigitError, match=r"\[pdf\]"):
        list(documents.pages(pdf))


def test_no_file_and_a_large_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no file"):
        list(documents.pages(tmp_path / "none.pdf"))
    path = tmp_path / "large.pdf"
    path.write_bytes(np.zeros(2_000, np.uint8).tobytes())
    with pytest.raises(PictureError, match="at most 1,000 bytes"):
        list(documents.pages(path, inkdigit.Settings(max_file_bytes=1_000)))


def thin_tiff(count: int, wide: int = 1) -> bytes:
    """A TIFF of so many pages of one row of grey pixels; of the second and those behind it no pixel is there."""
    made = b"II*\0" + struct.pack("<I", 8)
    for number in range(count):
        fields = {256: wide, 257: 1, 258: 8, 259: 1, 262: 1, 273: 0 if number == 0 else 2**31, 278: 1, 279: wide}
        rows = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in fields.items())
        behind = len(made) + 2 + len(rows) + 4
        made += struct.pack("<H", len(fields)) + rows + struct.pack("<I", behind if number + 1 < count else 0)
    return made


def thin_pdf(count: int) -> bytes:
    """A PDF of so many blank pages."""
    pdf_needed()
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    for _ in range(count):
        document.new_page(9, 9)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def test_the_limit_of_pages_holds_below_at_and_above(pdf: bytes) -> None:
    for count in (1_999, 2_000):
        assert next(documents.pages(thin_pdf(count)))[0] == " page 1"
    with pytest.raises(PictureError, match=r"at most 2,000 pages, got 2,001 in"):
        next(documents.pages(thin_pdf(2_001)))


@pytest.mark.parametrize(("made", "told"), [(thin_pdf, "6"), (thin_tiff, "more than 5")])
def test_the_limit_of_pages_is_a_setting(made: Callable[[int], bytes], told: str) -> None:
    limits = inkdigit.Settings(max_document_pages=5)
    for count in (4, 5):
        assert next(documents.pages(made(count), limits))[0] == " page 1"
        assert documents.page(made(count), 1, limits)[1] == count
    for looked in (lambda: next(documents.pages(made(6), limits)), lambda: documents.page(made(6), 1, limits)):
        with pytest.raises(PictureError, match=rf"at most 5 pages, got {told} in .* INKDIGIT_MAX_DOCUMENT_PAGES"):
            looked()


def test_one_page_of_a_tiff_is_shown_without_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of 40 pages was unpacked to show one of them: an 86 kB file took a gigabyte."""
    content, unpacked, load = sheets("TIFF"), [], TiffImagePlugin.TiffImageFile.load

    def watched(self: TiffImagePlugin.TiffImageFile) -> object:
        unpacked.append(self.tell())
        return load(self)

    monkeypatch.setattr(TiffImagePlugin.TiffImageFile, "load", watched)
    for number, digit in ((3, 3), (1, 1)):
        image, count = documents.page(content, number)
        assert (count, set(unpacked)) == (3, {number - 1})
        assert (np.asarray(image) == 255 - picture(digit)).all()
        unpacked.clear()
    for number in (0, 4):
        with pytest.raises(PictureError, match="a page from 1 to 3"):
            documents.page(content, number)
    assert not unpacked


@pytest.mark.parametrize("at", [4, 300])
def test_one_page_of_a_damaged_tiff_is_a_clear_error(at: int) -> None:
    with pytest.raises(PictureError, match="cut off or damaged"):
        documents.page(sheets("TIFF")[:at], 1)
    with pytest.raises(PictureError, match="cut off or damaged"):
        documents.page(thin_tiff(3), 2)
    assert documents.page(thin_tiff(3), 1)[0].size == (1, 1)


def test_a_large_page_of_a_tiff_is_not_decoded() -> None:
    limits = inkdigit.Settings(max_pixels=99)
    large = [image for _, image in documents.pages(thin_tiff(2, 100), limits)]
    assert [type(one) for one in large] == [PictureError, PictureError]
    assert "at most 99 pixels, got 100 x 1" in str(large[0])
    first, second = documents.pages(thin_tiff(2, 99), limits)
    assert first[0] == " page 1"
    assert isinstance(first[1], Image.Image)
    assert "cut off or damaged" in str(second[1])


def test_pages_of_a_tiff_are_not_all_counted_where_one_picture_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 40,000 of them, counting took ten seconds."""
    looked: list[int] = []
    seek = TiffImagePlugin.TiffImageFile.seek

    def counted(self: TiffImagePlugin.TiffImageFile, frame: int) -> None:
        looked.append(frame)
        seek(self, frame)

    monkeypatch.setattr(TiffImagePlugin.TiffImageFile, "seek", counted)
    with pytest.raises(PictureError, match="one still picture, got 10 or more frames or pages in the picture given"):
        pictures.decode(thin_tiff(400))
    assert max(looked) < 10


@pytest.mark.parametrize(("side", "told"), [(8, "10 or more"), (3_000, "2 or more")])
def test_frames_of_a_gif_are_not_all_counted(monkeypatch: pytest.MonkeyPatch, side: int, told: str) -> None:
    """A million small ones took nine seconds, and each large one takes one."""
    looked: list[int] = []
    seek = GifImagePlugin.GifImageFile.seek

    def counted(self: GifImagePlugin.GifImageFile, frame: int) -> None:
        looked.append(frame)
        seek(self, frame)

    one, other = (Image.new("L", (side, side), tone) for tone in (0, 255))
    two = io.BytesIO()
    one.save(two, "GIF", save_all=True, append_images=[other])
    start = two.getvalue().rfind(b"\x21\xf9")  # where what is said of the last frame begins
    many = two.getvalue()[:-1] + two.getvalue()[start:-1] * 50 + b";"
    monkeypatch.setattr(GifImagePlugin.GifImageFile, "seek", counted)
    with pytest.raises(PictureError, match=f"one still picture, got {told} frames or pages in the picture given"):
        pictures.decode(many)
    assert max(looked) < 10


def cpu_seconds(process: int) -> float:
    said = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(sys.platform != "linux", reason="reads how long a process ran from /proc")
def test_ctrl_c_ends_a_long_page_of_a_pdf(pdf: bytes, tmp_path: Path) -> None:
    """Its lines take PDFium many seconds, in which Python is not asked."""
    path = tmp_path / "lines.pdf"
    path.write_bytes(pdf_of_lines(6_000_000))
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background does not hear it
    command = [sys.executable, "-m", "inkdigit", "read", str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, preexec_fn=heard)
    try:
        until = time.monotonic() + 300
        while cpu_seconds(process.pid) < 1.5:  # it is long past its start, within the page
            assert process.poll() is None
            assert time.monotonic() < until
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=120)[1].strip() in (b"", b"Aborted!", b"Aborted.")
        assert process.returncode > 0, "it ended by itself, and was not torn down"
    finally:
        process.kill()
        process.wait()
