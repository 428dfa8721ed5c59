"""One process of a job: takes a part, reads what it holds, writes results and rejects."""

from __future__ import annotations

import faulthandler
import json
import os
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.batch.attempts import NONE, Attempt
from inkdigit.batch.items import Item, items
from inkdigit.batch.job import JOB, Job, made_with
from inkdigit.batch.parts import DONE, STOP, Part
from inkdigit.batch.results import REJECTS, RESULTS, reject, result, table
from inkdigit.errors import BatchError, InkdigitError, PictureError
from inkdigit.ink import documents, picture
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Digit, Number, Page

_TOGETHER = 256  # digits that are read together,
_PIXELS = 16_000_000  # as long as their pictures are no larger than that


@dataclass(frozen=True)
class Read:
    """What came of a part, or of parts that an earlier run had read.

    Attributes:
        items, rejects: how many there were, and how many of them, or of their pages, could not be read.
        size: bytes of the source.
        before: whether an earlier run had read them.
        stopped: "", or why the job cannot go on: expected, got and remedy, as JSON. An error would come as Ray's words.
    """

    items: int
    rejects: int
    size: int
    before: bool = False
    stopped: str = ""


@dataclass(frozen=True)
class _Rows:
    """What is written of a part."""

    results: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Waiting:
    """A picture of one digit that waits to be read with others."""

    item: Item
    page: int
    pixels: NDArray[np.uint8]


class Worker:
    """Reads parts. Loads its networks once, when the first part comes."""

    def __init__(self, job: Job) -> None:
        self._job = job

    @cached_property
    def reader(self) -> Reader:
        """Reads.

        Raises:
            BatchError: this machine does not see the source or the results, or has another inkdigit or model.
            ModelError: it has no such model.
        """
        job = self._job
        cv2.setNumThreads(1)  # a process a core
        warnings.filterwarnings("ignore", message="Image size .* exceeds limit")  # ours are checked against our own
        made = made_with(job.asked, job.settings)
        if made != job.made:
            got = f"{made} on {os.uname().nodename}"
            raise BatchError(f"{job.made} on every machine", got, "Install the same version and model there")
        job.source.must_be_there()
        job.out.inside(JOB).must_be_there()
        return Reader(job.asked.script, model=job.asked.model, settings=job.settings)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """A part as JSON, in "part" -> what came of it, the fields of Read."""
        part = Part.from_json(row["part"])
        if part.kind == DONE:
            return asdict(Read(part.items, 0, part.size, before=True))
        if part.kind == STOP:
            return asdict(Read(0, 0, 0, stopped=json.dumps(part.reason)))
        try:
            return asdict(self.read(part))
        except InkdigitError as error:
            return asdict(Read(0, 0, 0, stopped=json.dumps((error.expected, error.got, error.remedy))))

    def read(self, part: Part) -> Read:
        """Reads a part and writes what came of it.

        Raises:
            BatchError: the source is gone, or the results cannot be written, or as `reader`.
            ModelError: as `reader`.
        """
        _ = self.reader
        job, rows = self._job, _Rows()
        try:
            attempt = Attempt.begin(job.note(part.key))
            self._read_all(part, attempt, rows)
            attempt.reading(NONE)
            if rows.rejects:
                job.reject(part.key).write(table(rows.rejects, REJECTS))
            job.result(part.key).write(table(rows.results, RESULTS))
            attempt.end()
        except OSError as error:
            got = f"{job.out.text}: {error.strerror or error}"
            remedy = "Make room, and start the same command again: it goes on"
            raise BatchError("a folder that results can be written to", got, remedy) from None
        finally:
            faulthandler.cancel_dump_traceback_later()
        return Read(part.items, len(rows.rejects), part.size)

    def _read_all(self, part: Part, attempt: Attempt, rows: _Rows) -> None:
        waiting: list[_Waiting] = []
        pixels = 0  # of those that wait
        found = items(self._job.source, part, self._job.asked.columns, self._job.settings.max_file_bytes)
        for place, item in enumerate(found):
            if attempt.is_given_up(place):
                got = "one that ended the process that read it, or took too long, again and again"
                problem: InkdigitError = PictureError("a picture that can be read", got, "Look at it, or report it")
                rows.rejects.append(reject(item, None, problem, self._job.made))
                continue
            attempt.reading(place)
            if not waiting:
                self._watch()
            if isinstance(item.content, InkdigitError):
                rows.rejects.append(reject(item, None, item.content, self._job.made))
            elif self._job.asked.single:
                for one in self._digits_of(item, rows):
                    waiting.append(one)
                    pixels += one.pixels.shape[0] * one.pixels.shape[1]
                    if attempt.is_careful or len(waiting) >= _TOGETHER or pixels >= _PIXELS:
                        self._together(waiting, rows)
                        waiting, pixels = [], 0
            else:
                self._pages_of(item, rows)
        self._together(waiting, rows)

    def _pages_of(self, item: Item, rows: _Rows) -> None:
        """Reads each page of an item."""
        for number, image in self._images(item, rows):
            try:
                rows.results.append(result(item, number, self.reader.page(image), self._job.made))
            except Exception as error:
                rows.rejects.append(reject(item, number, _said(error, item), self._job.made))

    def _digits_of(self, item: Item, rows: _Rows) -> Iterator[_Waiting]:
        """Decodes each picture of an item."""
        for number, image in self._images(item, rows):
            try:
                yield _Waiting(item, number, picture.decode(image, self._job.settings))
            except Exception as error:
                rows.rejects.append(reject(item, number, _said(error, item), self._job.made))

    def _images(self, item: Item, rows: _Rows) -> Iterator[tuple[int, Any]]:
        """The pages of an item, the first is 1; what cannot be opened is a reject."""
        number = 0
        try:
            for number, (_, image) in enumerate(documents.pages(item.content, self._job.settings), 1):  # type: ignore[arg-type]
                if not self._job.asked.single:  # which starts a thread: too dear for each digit
                    self._watch()
                if isinstance(image, PictureError):
                    rows.rejects.append(reject(item, number, image, self._job.made))
                else:
                    yield number, image
        except Exception as error:
            rows.rejects.append(reject(item, number + 1 if number else None, _said(error, item), self._job.made))

    def _together(self, waiting: list[_Waiting], rows: _Rows) -> None:
        """Reads pictures of one digit each; where that fails, one after the other."""
        if not waiting:
            return
        self._watch()
        made = self._job.made
        try:
            digits = self.reader.digits([one.pixels for one in waiting])
        except Exception as error:
            if len(waiting) == 1:
                [one] = waiting
                rows.rejects.append(reject(one.item, one.page, _said(error, one.item), made))
                return
            for one in waiting:
                self._together([one], rows)
            return
        rows.results.extend(
            result(one.item, one.page, _page(digit, one.pixels), made)
            for one, digit in zip(waiting, digits, strict=True)
        )

    def _watch(self) -> None:
        """Ends this process where the next step takes too long: what hangs in a decoder cannot be stopped otherwise."""
        faulthandler.dump_traceback_later(self._job.settings.batch_seconds, exit=True, file=_nowhere())


@cache
def _nowhere() -> int:
    """Where the last words of a process go, for as long as it lives."""
    return os.open(os.devnull, os.O_WRONLY)


def _page(digit: Digit, pixels: NDArray[np.uint8]) -> Page:
    """As Reader.page gives a picture of one digit."""
    return Page(() if digit.is_blank else (Number((digit,)),), (pixels.shape[1], pixels.shape[0]))


def _said(error: Exception, item: Item) -> InkdigitError:
    """An error of ours with the name of the item, any other in our words."""
    if isinstance(error, InkdigitError):
        return type(error)(error.expected, error.got.replace("the picture given", item.id), error.remedy)
    got = f"one at which reading failed ({type(error).__name__}: {str(error)[:200]})"
    return PictureError("a picture that can be read", got, "Look at it, or report it")
