"""The path in one place: a picture or strokes in, a reading out."""

from __future__ import annotations

import copy
import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import lattice, picture, segment, sheet
from inkdigit.ink.cluster import Cluster, Parts, clusters, moved, shares
from inkdigit.ink.picture import ImageInput
from inkdigit.ink.strokes import Box, Strokes, along
from inkdigit.models import catalogue
from inkdigit.recognition import ctc, glyph, reading, seen, selection, strip, trajectory
from inkdigit.recognition.glyph import Glyph
from inkdigit.recognition.model import LineModel, Model, StrokeModel, blended, softmax
from inkdigit.recognition.profile import Profile
from inkdigit.recognition.reading import Digit, Number, Page
from inkdigit.recognition.seen import Seen
from inkdigit.settings import Settings

_BATCH = 256
_WORKERS = min(4, os.cpu_count() or 1)  # that share many pictures
_FEW_LETTERS = 1.5  # off the scores of "other": where numbers are looked for, fewer marks are letters than in training
_SIGN = 4  # strokes of one sign that stand above each other, as those of = and : do, at most
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
    ) -> None:
        self.settings = settings or Settings.from_environment()
        self.model = Model(catalogue.find(model, self.settings, script))
        knows_none = len(self.model.card.labels) > self.model.card.digits
        self._grouping = (
            self.model if knows_none else Model(catalogue.shipped(script))
        )  # it must tell two digits from one
        self.line = LineModel(line or catalogue.WEIGHTS / f"{script}{catalogue.LINE}.onnx")
        if strokes is None and self.model.path == catalogue.shipped(script):
            strokes = catalogue.WEIGHTS / f"{script}{catalogue.STROKES}.onnx"
        self.strokes = StrokeModel(strokes) if strokes is not None else None
        self.profile: Profile | None = None

    def personal(self, profile: Profile | None) -> Reader:
        """A reader with the same networks that reads the hand of a profile; this one stays as it is."""
        other = copy.copy(self)
        other.profile = profile
        return other

    def digit(self, image: ImageInput) -> Digit:
        """One digit on one picture: path, bytes, PIL image, or uint8 array (H, W), (H, W, 3) RGB or (H, W, 4) RGBA.

        Raises:
            PictureError: what came cannot be read as a picture.
        """
        return self._judged([seen.of_picture(image, self.settings)])[0]

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
        return self._judged(marks) if marks else []

    def scores(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 1, 28, 28) -> calibrated scores (n, labels), of the hand of the profile where there is one."""
        if self.profile is None:
            return self.model.calibrated(glyphs)
        return self.profile.changed(*self.model.features(glyphs))

    def seen(self, shown: Glyph) -> Digit:
        """What the network reads in a glyph, as it stands; its box is that of the ink, in pixels of the glyph."""
        rows, columns = np.nonzero(shown.pixels)
        if not len(rows):
            return reading.blank_digit()
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        left, top, right, bottom = (float(side) for side in box)
        return self._judged([Seen(shown, (left, top, right, bottom))])[0]

    def ink(self, strokes: Strokes | Iterable[Any], single: bool = False) -> Number:
        """Pen strokes: a list of (k, 2) points, any unit, x right, y down -> the number that they are.

        Args:
            single: True takes all strokes for one digit.

        Raises:
            InkError: not strokes, not finite, or too many points.
        """
        drawn = Strokes.of(strokes, self.settings)
        if single or len(drawn.paths) < 2:
            return self._whole(drawn)
        rows = segment.rows(drawn)
        found = [segment.parted(drawn, row) for row in rows] if len(rows) <= segment.MOST_PIECES else []
        parted = [(segment.pieces(drawn, row), between, height) for row, between, height in found]
        if not 0 < sum(len(pieces) for pieces, _, _ in parted) <= segment.MOST_PIECES:
            whole = self._whole(drawn)
            return replace(whole, dense=whole.digits[0].value is None)
        read = reading.joined([self._row(drawn, *row) for row in parted])
        if len(parted) > 1 and len(drawn.paths) <= _SIGN and ("?" in read.text or _are_dots(drawn, parted)):
            several = self._several(drawn.paths)
            whole = self._whole(drawn)
            return whole if several is not None and several < 0 and whole.digits[0].value is None else read
        return read

    def _whole(self, drawn: Strokes) -> Number:
        """All strokes as one mark."""
        return Number(tuple(self._judged([seen.of_strokes(segment.without_taps(drawn))])))

    def _row(
        self, drawn: Strokes, pieces: list[list[int]], between: Sequence[tuple[str, Box]], height: float
    ) -> Number:
        """One row of pieces of one stroke or several -> the number that they are."""

        def drawn_by(members: Sequence[int]) -> Seen:
            """Some of the pieces."""
            return seen.of_strokes(Strokes(tuple(drawn.paths[at] for place in members for at in pieces[place])))

        if len(pieces) == 1:
            return reading.number(self._judged([drawn_by([0])]), between, height, 1.0)
        points = [
            lattice.thinned(np.concatenate([along(drawn.paths[at], height / 30) for at in piece]), height)
            for piece in pieces
        ]
        paths = [drawn.paths[at] for piece in pieces for at in piece]
        if len(pieces) > lattice.MOST_OF_A_LETTER:
            return self._parted(points, height, drawn_by, between)
        several = self._several(paths)
        return self._parted(points, height, drawn_by, between, lattice.letter(points, several), several is not None)

    def _several(self, paths: Sequence[NDArray[np.float32]]) -> float | None:
        """Log odds that strokes are several digits and not one mark; None where no network knows."""
        if self.strokes is None or not self.strokes.knows_several:
            return None
        return float(self.strokes.several(trajectory.stack([trajectory.from_strokes(Strokes(tuple(paths)))]))[0])

    def _parted(
        self,
        points: Sequence[NDArray[np.float32]],
        height: float,
        mark_of: Callable[[Sequence[int]], Seen],
        between: Sequence[tuple[str, Box]],
        letter: float | None = None,
        whole: bool = False,
    ) -> Number:
        """Pieces of ink -> the number that they are, parted into digits as the network reads best (see lattice.py).

        Args:
            points: where each piece lies.
            height: of the line.
            mark_of: some of the pieces, by their places, as one mark.
            between: what parts digits.
            letter: what speaks against all pieces being one letter; None: as much as among digits.
            whole: True asks about all pieces as one letter, however wide they are.
        """
        found = lattice.groups(points, height)
        if whole:
            found = lattice.with_whole(found, len(points))
        marks = [mark_of(group.members) for group in found]
        own = self._grouping is self.model
        rows = (
            self._chances(marks) if own else self._grouping.probabilities(glyph.stack([mark.glyph for mark in marks]))
        )
        scores = [
            lattice.score(row, group)
            if letter is None or len(group.members) < len(points)
            else lattice.score(row, group, letter)
            for row, group in zip(rows, found, strict=True)
        ]
        order = sorted(range(len(points)), key=lambda place: float(points[place][:, 0].min()))
        chosen, certainty = lattice.best(found, scores, order)
        answers = rows[chosen] if own else self._chances([marks[at] for at in chosen])
        refuse_above = max(self._refuse_above(marks), lattice.SURE_NONE if len(chosen) > 1 else 0)
        digits = [
            reading.judge(answer, refuse_above, marks[at].glyph.pixels, marks[at].box)
            for answer, at in zip(answers, chosen, strict=True)
        ]
        return reading.number(digits, between, height, certainty)

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
        numbers = [reading.scaled(selection.without_dust(one), 1 / paper.scale) for one in found if one is not None]
        if sum(len(one.digits) for one in numbers) <= 1:
            numbers = self._alone(pixels, numbers)
        return Page(tuple(selection.among_words(numbers)), paper.size)

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

        return self._parted(parts.points, cluster.height, cut_out, cluster.between)

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
        sure = reading.number(digits, (), cluster.height, 1.0).confidence
        return reading.number(digits, cluster.between, cluster.height, min(1.0, chance / max(1e-9, sure)))

    def _alone(self, pixels: NDArray[np.uint8], numbers: list[Number]) -> list[Number]:
        """One digit on a picture: as `digit` reads it, unless other ink than that digit's would be read along."""
        digit = self.digit(pixels)
        if digit.is_blank or (numbers and not selection.same_place(digit.box, numbers[0].box)):
            return numbers
        small = max(pixels.shape[:2]) <= _SMALL
        return [Number((digit,))] if numbers or small else []

    def _judged(self, marks: Sequence[Seen]) -> list[Digit]:
        glyphs, boxes = [mark.glyph.pixels for mark in marks], [mark.box for mark in marks]
        read = reading.judged(self._chances(marks), self._refuse_above(marks), glyphs, boxes)
        return [digit if box is not None else reading.blank_digit() for digit, box in zip(read, boxes, strict=True)]

    def _refuse_above(self, marks: Sequence[Seen]) -> float:
        """The threshold of the networks that read such marks."""
        both = self.strokes is not None and marks[0].strokes is not None
        return self.strokes.card.refuse_above if self.strokes and both else self.model.card.refuse_above

    def _chances(self, marks: Sequence[Seen]) -> NDArray[np.float32]:
        """Marks, all drawn or none -> calibrated probabilities, float32 (n, labels), of the profile's hand, if any.

        A mark like one that was corrected is read by the network of pictures alone: that is what the correction taught.
        """
        glyphs = glyph.stack([mark.glyph for mark in marks])
        drawn = [mark.strokes for mark in marks if mark.strokes is not None]
        if self.strokes is None or len(drawn) < len(marks):
            return softmax(self.scores(glyphs))
        path = self.strokes.calibrated(trajectory.stack([trajectory.from_strokes(one) for one in drawn]))
        if self.profile is None:
            return softmax(blended(self.model.calibrated(glyphs), path))
        plain, embeddings = self.model.features(glyphs)
        taught = self.profile.speaks(embeddings)[:, None]
        return softmax(np.where(taught, self.profile.changed(plain, embeddings), blended(plain, path)))


def _are_dots(drawn: Strokes, rows: Sequence[tuple[Any, Any, float]]) -> bool:
    """Whether every row, with its height last, is low beside the whole drawing, as those of : are."""
    box = drawn.box
    return box is not None and all(3 * row[-1] < box[3] - box[1] for row in rows)


def read(image: ImageInput) -> Page:
    """Reads one picture with the shipped network; make a Reader to read many."""
    return Reader().page(image)
