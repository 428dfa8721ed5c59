"""The path in one place: a picture or strokes in, a reading out."""

from __future__ import annotations

import copy
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit import scripts
from inkdigit.errors import PictureError
from inkdigit.ink import picture
from inkdigit.ink.picture import ImageInput
from inkdigit.ink.stopping import Stopping, never
from inkdigit.ink.strokes import Strokes
from inkdigit.models import catalogue, trial
from inkdigit.recognition import (
    alone,
    assemble,
    by_marks,
    certainty,
    drawn,
    field,
    finding,
    glyph,
    lying,
    mixed,
    paper,
    reading,
    script_finding,
    seen,
    texture,
)
from inkdigit.recognition.model import LineModel, Model, PageModel, RowModel, SignModel, StrokeModel, softmax
from inkdigit.recognition.networks import Networks
from inkdigit.recognition.paper import Found
from inkdigit.recognition.profile import Profile
from inkdigit.recognition.reading import Digit, Number, Page
from inkdigit.recognition.seen import Seen
from inkdigit.scripts import FOUND, MIXED, WESTERN
from inkdigit.settings import Settings

_BATCH = 256
_WORKERS = min(4, os.cpu_count() or 1)  # that share many pictures
_ONE_DIGIT = 400  # pixels: a picture no larger may show one large digit,
_TRIED = 30  # rows, that tell which script a page is in
_MANY = 150  # places on a page: more may be a texture
_LARGEST = 20_000_000  # pixels: a larger picture is not looked at as one digit


class Reader:
    """Reads handwritten digits. Loads its network once; safe to call from several threads.

    Args:
        script: the writing system, see scripts.py; "auto" finds it, for every drawing or page as a whole; "mixed" finds
            that of each number of a page; None: INKDIGIT_SCRIPT, or western.
        model: path to a .onnx of ours, or the name of an added one; None: INKDIGIT_MODEL, or the one that ships.
        settings: limits and paths; from INKDIGIT_* variables when None.
        rows: path to a .onnx of ours that reads what was found on paper; None: the one that ships.
        line: path to a .onnx of ours that reads its ink once more; None: the one that ships.
        strokes: path to a .onnx of ours that reads the pen's path beside the picture of it; None: the one that ships,
            beside the model that ships, and none beside another one.
        signs: path to a .onnx of ours that tells signs among strokes; None: the one that ships.
        pages: path to a .onnx of ours that finds numbers on paper; None: the one that ships.

    Raises:
        ModelError: a model file is missing, damaged, foreign, or for another normaliser.
        ScriptError: no such script, no network of it in this build, or the model reads another one.
    """

    def __init__(
        self,
        script: str | None = None,
        model: str | os.PathLike[str] | None = None,
        settings: Settings | None = None,
        rows: str | os.PathLike[str] | None = None,
        line: str | os.PathLike[str] | None = None,
        strokes: str | os.PathLike[str] | None = None,
        signs: str | os.PathLike[str] | None = None,
        pages: str | os.PathLike[str] | None = None,
    ) -> None:
        self.settings = settings or Settings.from_environment()
        self.asked = script or self.settings.script  # the script that it was made for, "auto" or "mixed"
        self.script = WESTERN if self.finds_script else scripts.named(self.asked).name
        self._others: dict[str, Reader] = {}

        def place(given: str | os.PathLike[str] | None, ending: str, reads: str) -> Path:
            """The file of a network beside that of pictures, tried."""
            return trial.tried(given or catalogue.beside(ending), self.settings, reads)

        self.pages = PageModel(place(pages, catalogue.PAGE, "pages"))
        self.line: LineModel | None = None
        self.rows: RowModel | None = None
        own = trial.model_of(model, self.settings, self.script)
        if self.script != WESTERN:
            self.networks = Networks(own, trial.grouping(own))
            return
        if strokes is None and own.path == catalogue.shipped():
            strokes = catalogue.beside(catalogue.STROKES)
        path = StrokeModel(trial.tried(strokes, self.settings, "strokes")) if strokes is not None else None
        told = SignModel(place(signs, catalogue.SIGNS, "signs"))
        self.networks = Networks(own, trial.grouping(own), path, told, prints=trial.telling_print())
        self.line = LineModel(place(line, catalogue.LINE, "lines"))
        self.rows = RowModel(place(rows, catalogue.ROW, "rows"))

    @property
    def model(self) -> Model:
        """The network of pictures."""
        return self.networks.model

    @property
    def strokes(self) -> StrokeModel | None:
        """The network of the pen's path, where one is beside it."""
        return self.networks.strokes

    @property
    def profile(self) -> Profile | None:
        """The hand that is read, where one was learned."""
        return self.networks.profile

    def personal(self, profile: Profile | None) -> Reader:
        """A reader with the same networks that reads the hand of a profile; this one stays as it is."""
        other = copy.copy(self)
        other.networks = replace(self.networks, profile=profile)
        return other

    def taught(self, profiles: Mapping[str, Profile]) -> Reader:
        """A reader of the hands of profiles, each in its script; this one stays as it is."""
        mine = self.personal(None if self.finds_script else profiles.get(self.script))
        if self.finds_script:
            mine._others = {one.script: one.personal(profiles.get(one.script)) for one in self._each()}
        return mine

    @property
    def profiles(self) -> dict[str, Profile]:
        """The hands that are read, by script, where any was learned."""
        return {one.script: one.profile for one in (self, *self._others.values()) if one.profile}

    @property
    def finds_script(self) -> bool:
        """Whether the script is found, and not named."""
        return self.asked in FOUND

    def of_script(self, script: str) -> Reader:
        """A reader of another script, which is loaded when it is first asked for; "auto" and "mixed" find the script.

        Raises:
            ScriptError: no such script, or no network of it in this build.
        """
        if script != self.asked and script not in self._others:
            self._others[script] = self._made_for(script)
        return self if script == self.asked else self._others[script]

    def _made_for(self, script: str) -> Reader:
        if script == WESTERN and self.script != WESTERN:
            return Reader(script, settings=self.settings)
        other = self.personal(None)
        other.asked = script
        if script not in (*FOUND, self.script):
            own = Model(catalogue.shipped(script))
            other.script, other.networks = script, Networks(own, own)
            other.line = other.rows = None
        return other

    def _each(self) -> list[Reader]:
        """A reader of every script whose network is here."""
        return [self.of_script(name) for name in catalogue.ship()]

    def digit(self, image: ImageInput) -> Digit:
        """One digit on one picture: path, bytes, PIL image, or uint8 array (H, W), (H, W, 3) RGB or (H, W, 4) RGBA.

        Raises:
            PictureError: what came cannot be read as a picture.
        """
        mark = seen.of_picture(image, self.settings)
        if self.finds_script:
            return self._found(lambda reader: [Number((reader.networks.judged([mark])[0],))])[0].digits[0]
        return self.networks.judged([mark])[0]

    def digits(self, images: Iterable[ImageInput]) -> list[Digit]:
        """One digit on each of many pictures, in the same order: to the last bit what `digit` says of each alone.

        That holds for networks of eight bits, as those that ship: they sum whole numbers, in whatever order.

        Raises:
            PictureError: one of them cannot be read; the error says at which place, from 0.
        """
        if self.finds_script:
            return [self.digit(image) for image in images]
        batches = seen.parts(images, _BATCH)
        answers = self._batch(next(batches, []), 0)
        if len(answers) < _BATCH:
            return answers
        first = len(answers)
        with ThreadPoolExecutor(_WORKERS) as pool:  # numpy, OpenCV and ONNX Runtime let another thread work meanwhile
            underway: deque[Future[list[Digit]]] = deque()
            for batch in batches:
                underway.append(pool.submit(self._batch, batch, first))
                first += len(batch)
                if len(underway) > _WORKERS:  # no more pictures in memory than are worked on
                    answers += underway.popleft().result()
            for found in underway:
                answers += found.result()
        return answers

    def glyphs(self, pixels: NDArray[np.uint8]) -> list[Digit]:
        """Digits that are cut out already: uint8 (n, 28, 28), ink = 255, as MNIST has them -> what each is.

        Raises:
            PictureError: another type or shape.
        """
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[1:] != (glyph.SIDE, glyph.SIDE):
            wanted, got = f"uint8 (n, {glyph.SIDE}, {glyph.SIDE})", f"{pixels.dtype} {pixels.shape}"
            raise PictureError(wanted, got, "Call digits for pictures of any size")
        found: list[Digit] = []
        for first in range(0, len(pixels), _BATCH):
            some = pixels[first : first + _BATCH]
            inks = some.astype(np.float32) / np.float32(255)
            boxes = seen.boxes(some)
            chances = softmax(self.scores(inks[:, None]))
            read = reading.judged(chances, self.model.card.refuse_above, list(inks), boxes)
            found += [one if box else reading.blank_digit() for one, box in zip(read, boxes, strict=True)]
        return found

    def _batch(self, images: Sequence[ImageInput], first: int) -> list[Digit]:
        """One digit on each picture; the first stands at place `first` of those given."""
        marks = seen.of_each(images, self.settings, first)
        return self.networks.judged(marks) if marks else []

    def scores(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 1, 28, 28) -> calibrated scores (n, labels), of the hand of the profile where there is one."""
        return self.networks.scores(glyphs)

    def seen(self, shown: glyph.Glyph) -> Digit:
        """What the network reads in a glyph, as it stands; its box is that of the ink, in pixels of the glyph."""
        rows, columns = np.nonzero(shown.pixels)
        if not len(rows):
            return reading.blank_digit()
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        left, top, right, bottom = (float(side) for side in box)
        return self.networks.judged([Seen(shown, (left, top, right, bottom))])[0]

    def ink(self, strokes: Strokes | Iterable[Any], single: bool = False, *, stopped: Stopping = never) -> Number:
        """Pen strokes: a list of (k, 2) points, any unit, x right, y down -> the number that they are.

        Args:
            single: True takes all strokes for one digit.
            stopped: asked on the way whether the number is no longer wanted; then the reading ends early.

        Raises:
            InkError: not strokes, not finite, or too many points.
            Stopped: it was no longer wanted.
        """
        paths = Strokes.of(strokes, self.settings)
        if self.finds_script:
            return self._found(lambda reader: [reader.ink(paths, single, stopped=stopped)])[0]
        return replace(drawn.number(self.networks, paths, single, stopped), script=self.script)

    def page(self, image: ImageInput, single: bool = False) -> Page:
        """Everything written on one picture, in reading order; what is no number is left out.

        Args:
            single: True takes all ink for one digit, and keeps it when it is refused.

        Raises:
            PictureError: what came cannot be read as a picture.
        """
        pixels = picture.decode(image, self.settings)
        size = (pixels.shape[1], pixels.shape[0])
        if self.finds_script:
            return self._page_found(pixels, size, single)
        page = self._page(pixels, size, single)
        return replace(page, numbers=tuple(replace(one, script=self.script) for one in page.numbers))

    def _page(self, pixels: NDArray[np.uint8], size: tuple[int, int], single: bool) -> Page:
        digit = self.digit(pixels) if single or max(size) <= _ONE_DIGIT else None
        if digit is not None and (
            single or alone.is_clear(digit, size) or (digit.is_blank and max(size) <= alone.TINY)
        ):
            return Page(() if digit.is_blank else (Number((digit,)),), size)
        words = self.script != WESTERN
        looked = finding.found(self.pages, picture.to_grey(pixels), words)
        ways = finding.ways(self.pages, looked, words)
        if len(looked.seen.cores) > _MANY and texture.is_one(ways, self.on_paper):
            return Page((), size, is_dense=True)
        ways = finding.ways(self.pages, looked, words)
        found = lying.upright(looked, ways, self.on_paper)
        numbers = certainty.weighed(found, looked.grey, alone=self.rows is None)
        numbers = [assemble.scaled(one, 1 / looked.scale) for one in field.joined(numbers, looked.grey)]
        few = sum(len(one.digits) for one in numbers) <= 1 and not looked.seen.is_dense
        if few and size[0] * size[1] <= _LARGEST:
            numbers = alone.judged(digit or self.digit(pixels), numbers, size)
        return Page(tuple(numbers), size, looked.seen.is_dense)

    def on_paper(self, looked: finding.Look, most: int | None = None) -> list[Found]:
        """What the network of rows reads where that of pages found something, as sure as the reading alone.

        Args:
            most: rows that are read; None: all.
        """
        if self.rows is None or self.line is None:
            return by_marks.read(self.networks, looked.grey, looked.seen, most)
        return paper.read(self.rows, self.line, self.networks, looked.grey, looked.seen, most)

    def _found(self, read: Callable[[Reader], list[Number]]) -> list[Number]:
        """What the reader of the likeliest script reads, with the scripts that were likely."""
        readings = {one.script: read(one) for one in self._each()}
        likely = self._likely(readings)
        return [replace(one, script=likely[0][0], scripts=likely) for one in readings[likely[0][0]]]

    def _likely(self, readings: Mapping[str, Sequence[Number]]) -> tuple[tuple[str, float], ...]:
        return script_finding.chances(readings, script_finding.shapes_of(catalogue.telling_scripts()))

    def _page_found(self, pixels: NDArray[np.uint8], size: tuple[int, int], single: bool) -> Page:
        """A page by the reader of its likeliest script: of one digit, or of some of its likelier rows."""
        looked = None if single else finding.found(self.pages, picture.to_grey(pixels), words=True)
        if looked is None or (max(size) <= _ONE_DIGIT and len(looked.seen.cores) <= _MANY):
            readings = {one.script: list(one.page(pixels, single).numbers) for one in self._each()}
        else:
            seen = looked.grey, looked.seen, _TRIED, True
            tried = {one.script: by_marks.read(one.networks, *seen) for one in self._each()}
            readings = {name: [one.number for one in some] for name, some in tried.items()}
            if self.asked == MIXED:
                return self._mixed(looked, tried, self._likely(readings)[0][0], size)
        likely = self._likely(readings)
        page = self.of_script(likely[0][0]).page(pixels, single)
        return replace(page, numbers=tuple(replace(one, scripts=likely) for one in page.numbers))

    def _mixed(self, looked: finding.Look, tried: Mapping[str, list[Found]], best: str, size: tuple[int, int]) -> Page:
        """A page of which each number is read in its own script; of some rows, what each reads, and the best."""
        ways = finding.ways(self.pages, looked, words=True)
        if len(looked.seen.cores) > _MANY and texture.is_one(ways, self.of_script(best).on_paper):
            return Page((), size, is_dense=True)
        own = {one.script: one.networks for one in self._each()}
        shapes = script_finding.shapes_of(catalogue.telling_scripts())
        numbers = mixed.numbers(looked, tried, own, self.of_script(WESTERN).on_paper, _TRIED, shapes)
        return Page(tuple(assemble.scaled(one, 1 / looked.scale) for one in numbers), size, looked.seen.is_dense)


def read(image: ImageInput) -> Page:
    """Reads one picture with the shipped network; make a Reader to read many."""
    return Reader().page(image)
