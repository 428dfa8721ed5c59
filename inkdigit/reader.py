"""The path in one place: a picture or strokes in, a reading out."""

from __future__ import annotations

import copy
import os
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import picture, sheet
from inkdigit.ink.cluster import Cluster, Parts, clusters, moved, shares
from inkdigit.ink.picture import ImageInput
from inkdigit.ink.stopping import Stopping, never
from inkdigit.ink.strokes import Strokes
from inkdigit.models import catalogue
from inkdigit.recognition import assemble, ctc, drawn, finding, glyph, parting, reading, seen, selection, strip
from inkdigit.recognition.glyph import Glyph
from inkdigit.recognition.model import LineModel, Model, PageModel, SignModel, StrokeModel
from inkdigit.recognition.networks import Networks
from inkdigit.recognition.profile import Profile
from inkdigit.recognition.reading import Digit, Number, Page
from inkdigit.recognition.seen import Seen
from inkdigit.settings import Settings

_BATCH = 256
_WORKERS = min(4, os.cpu_count() or 1)  # that share many pictures
_FEW_LETTERS = 1.5  # off the scores of "other": where numbers are looked for, fewer marks are letters than in training
_MOST_PARTS = 40  # of a cluster; more are a line of text
_TINY = 48  # pixels: a picture no larger shows one digit
_SMALL = 100  # pixels: on a picture no larger, a mark that the sheet shows nothing of may still be a digit


class Reader:
    """Reads handwritten digits. Loads its network once; safe to call from several threads.

    Args:
        script: the writing system.
        model: path to a .onnx of ours, or the name of an added one; None: INKDIGIT_MODEL, or the one that ships.
        settings: limits and paths; from INKDIGIT_* variables when None.
        line: path to a .onnx of ours that reads whole numbers on pictures; None: the one that ships.
        strokes: path to a .onnx of ours that reads the pen's path beside the picture of it; None: the one that ships,
            beside the model that ships, and none beside another one.
        signs: path to a .onnx of ours that tells signs among strokes; None: the one that ships.
        pages: path to a .onnx of ours that finds numbers on paper; None: the one that ships.

    Raises:
        ModelError: a model file is missing, damaged, foreign, or for another normaliser.
    """

    def __init__(
        self,
        script: str = "western",
        model: str | os.PathLike[str] | None = None,
        settings: Settings | None = None,
        line: str | os.PathLike[str] | None = None,
        strokes: str | os.PathLike[str] | None = None,
        signs: str | os.PathLike[str] | None = None,
        pages: str | os.PathLike[str] | None = None,
    ) -> None:
        self.settings = settings or Settings.from_environment()
        own = Model(catalogue.find(model, self.settings, script))
        knows_none = len(own.card.labels) > own.card.digits  # it must tell two digits from one
        if strokes is None and own.path == catalogue.shipped(script):
            strokes = catalogue.WEIGHTS / f"{script}{catalogue.STROKES}.onnx"
        self.networks = Networks(
            own,
            own if knows_none else Model(catalogue.shipped(script)),
            StrokeModel(strokes) if strokes is not None else None,
            SignModel(signs or catalogue.WEIGHTS / f"{script}{catalogue.SIGNS}.onnx"),
        )
        self.line = LineModel(line or catalogue.WEIGHTS / f"{script}{catalogue.LINE}.onnx")
        self.pages = PageModel(pages or catalogue.WEIGHTS / f"{script}{catalogue.PAGE}.onnx")

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

    def digit(self, image: ImageInput) -> Digit:
        """One digit on one picture: path, bytes, PIL image, or uint8 array (H, W), (H, W, 3) RGB or (H, W, 4) RGBA.

        Raises:
            PictureError: what came cannot be read as a picture.
        """
        return self.networks.judged([seen.of_picture(image, self.settings)])[0]

    def digits(self, images: Iterable[ImageInput]) -> list[Digit]:
        """One digit on each of many pictures, in the same order.

        Raises:
            PictureError: one of them cannot be read; the error says at which place, from 0.
        """
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

    def _batch(self, images: Sequence[ImageInput], first: int) -> list[Digit]:
        """One digit on each picture; the first stands at place `first` of those given."""
        marks = seen.of_each(images, self.settings, first)
        return self.networks.judged(marks) if marks else []

    def scores(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 1, 28, 28) -> calibrated scores (n, labels), of the hand of the profile where there is one."""
        return self.networks.scores(glyphs)

    def seen(self, shown: Glyph) -> Digit:
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
        return drawn.number(self.networks, Strokes.of(strokes, self.settings), single, stopped)

    def page(self, image: ImageInput, single: bool = False) -> Page:
        """Everything written on one picture, in reading order; what is no number is left out.

        Args:
            single: True takes all ink for one digit, and keeps it when it is refused.

        Raises:
            PictureError: what came cannot be read as a picture.
        """
        pixels = picture.decode(image, self.settings)
        if single or max(pixels.shape[:2]) <= _TINY:
            digit = self.digit(pixels)
            kept = () if digit.is_blank or (digit.value is None and not single) else (Number((digit,)),)
            return Page(kept, (pixels.shape[1], pixels.shape[0]))
        paper = sheet.load(pixels)
        found = [self._number(one) for one in clusters(paper.ink)]
        numbers = [assemble.scaled(selection.without_dust(one), 1 / paper.scale) for one in found if one is not None]
        if sum(len(one.digits) for one in numbers) <= 1:
            numbers = self._alone(pixels, numbers)
        looked = finding.found(self.pages, picture.to_grey(pixels))
        return Page(tuple(finding.borne_out(selection.among_words(numbers), looked)), paper.size)

    def _number(self, cluster: Cluster) -> Number | None:
        """What stands together on a sheet -> the marks that it consists of, as a number; None when it is too long.

        The network of lines reads it along its strip, that of digits by its parts: the surer of the two is right.
        """
        line, digits = self._along(cluster), self._by_parts(cluster)
        if line is None or digits is None or any(digit.value is None for digit in digits.digits):
            return line  # what touches is no digit as a whole
        return digits if digits.confidence >= line.confidence else line

    def _by_parts(self, cluster: Cluster) -> Number | None:
        """The number that the network of digits reads in what hangs together; None when there is too much of it."""
        parts = Parts.of(cluster.ink, cluster.height)
        if not 0 < len(parts.points) <= _MOST_PARTS:
            return None

        def cut_out(members: Sequence[int]) -> Seen:
            """Some of the parts; the box is on the sheet."""
            mark = parts.mark(members)
            return seen.of_mark(mark, moved(mark.box, cluster.place))

        return parting.parted(self.networks, parts.points, cluster.height, cut_out, cluster.between)

    def _along(self, cluster: Cluster) -> Number | None:
        """The number that the network of lines reads along the strip; None when it is too long, or nothing is read."""
        made = strip.from_ink(cluster.ink)
        if made is None:
            return None
        scores = self.line.scores(made.pixels)
        scores[:, ctc.OTHER] -= _FEW_LETTERS
        path = ctc.best_path(scores)
        if not path:
            return None
        chance = float(np.exp(ctc.log_probability(scores, [label for label, _ in path])))
        marks = shares(cluster.ink, [made.place(2 * step + 0.5) for _, step in path])
        rows = ctc.probabilities(scores, [step for _, step in path])
        glyphs = [glyph.from_mark(mark) for mark in marks]
        digits = [
            reading.judge(row, 0.5, one.pixels, moved(mark.box, cluster.place))
            for row, one, mark in zip(rows, glyphs, marks, strict=True)
        ]
        sure = assemble.number(digits, (), cluster.height, 1.0).confidence
        return assemble.number(digits, cluster.between, cluster.height, min(1.0, chance / max(1e-9, sure)))

    def _alone(self, pixels: NDArray[np.uint8], numbers: list[Number]) -> list[Number]:
        """One digit on a picture: as `digit` reads it, unless other ink than that digit's would be read along."""
        digit = self.digit(pixels)
        if digit.is_blank or (numbers and not selection.same_place(digit.box, numbers[0].box)):
            return numbers
        small = max(pixels.shape[:2]) <= _SMALL
        return [Number((digit,))] if numbers or small else []


def read(image: ImageInput) -> Page:
    """Reads one picture with the shipped network; make a Reader to read many."""
    return Reader().page(image)
