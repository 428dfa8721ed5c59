"""The networks that read one mark, and the hand that they read it for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.strokes import Strokes
from inkdigit.recognition import glyph, reading, signs, trajectory
from inkdigit.recognition.model import Model, PrintModel, SignModel, StrokeModel, blended, softmax
from inkdigit.recognition.profile import Profile
from inkdigit.recognition.reading import Digit
from inkdigit.recognition.seen import Seen
from inkdigit.scripts import SCRIPTS, WESTERN


@dataclass(frozen=True, eq=False)
class Networks:
    """What reads single marks.

    Attributes:
        model: of pictures.
        grouping: of pictures, which tells one digit from two and from none; `model`, where that does.
        strokes: of the pen's path, beside that of pictures; or None.
        signs: of signs; or None.
        profile: of the hand that is read; or None.
        prints: tells printed digits from written ones; or None.
    """

    model: Model
    grouping: Model
    strokes: StrokeModel | None = None
    signs: SignModel | None = None
    profile: Profile | None = None
    prints: PrintModel | None = None

    @property
    def knows_touching(self) -> bool:
        """Whether digits that touch can be told from one digit of several strokes: for western ones it was learned."""
        return self.model.card.script == WESTERN

    @property
    def is_stacked(self) -> bool:
        """Whether they read a script whose digits are of several marks above each other."""
        return SCRIPTS[self.model.card.script].is_stacked

    @property
    def zero_is_dot(self) -> bool:
        """Whether they read a script whose zero is a dot: beside other digits, its size and place tell it."""
        return SCRIPTS[self.model.card.script].zero_is_dot

    def scores(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 1, 28, 28) -> calibrated scores (n, labels), of the hand of the profile where there is one."""
        if self.profile is None:
            return self.model.calibrated(glyphs)
        return self.profile.changed(*self.model.features(glyphs))

    def judged(self, marks: Sequence[Seen]) -> list[Digit]:
        """Marks, all drawn or none, as one digit each."""
        glyphs, boxes = [mark.glyph.pixels for mark in marks], [mark.box for mark in marks]
        read = reading.judged(self.chances(marks), self.refuse_above(marks), glyphs, boxes)
        return [digit if box is not None else reading.blank_digit() for digit, box in zip(read, boxes, strict=True)]

    def refuse_above(self, marks: Sequence[Seen]) -> float:
        """The threshold of the networks that read such marks."""
        both = self.strokes is not None and marks[0].strokes is not None
        return self.strokes.card.refuse_above if self.strokes and both else self.model.card.refuse_above

    def chances(self, marks: Sequence[Seen]) -> NDArray[np.float32]:
        """Marks, all drawn or none -> calibrated probabilities, float32 (n, labels), of the profile's hand, if any.

        A mark like one that was corrected is read by the network of pictures alone: that is what the correction taught.
        """
        glyphs = glyph.stack([mark.glyph for mark in marks])
        drawn = [mark.trajectory for mark in marks if mark.trajectory is not None]
        if self.strokes is None or len(drawn) < len(marks):
            return softmax(self.scores(glyphs))
        path = self.strokes.calibrated(trajectory.stack(drawn))
        if self.profile is None:
            return softmax(blended(self.model.calibrated(glyphs), path))
        plain, embeddings = self.model.features(glyphs)
        taught = self.profile.speaks(embeddings)[:, None]
        return softmax(np.where(taught, self.profile.changed(plain, embeddings), blended(plain, path)))

    def taught(self, marks: Sequence[Seen]) -> NDArray[np.bool_]:
        """bool (n,): which marks of a picture look like one that was corrected in the hand of the profile."""
        if self.profile is None:
            return np.zeros(len(marks), bool)
        _, embeddings = self.model.features(glyph.stack([mark.glyph for mark in marks]))
        return self.profile.speaks(embeddings)

    def grouped(self, marks: Sequence[Seen]) -> NDArray[np.float32]:
        """The same by the network that tells one digit from two, float32 (n, 11)."""
        if self.grouping is self.model:
            return self.chances(marks)
        return self.grouping.probabilities(glyph.stack([mark.glyph for mark in marks]))

    def several(self, drawn: Strokes) -> float | None:
        """Log odds that strokes are several digits and not one mark; None where no network knows."""
        if self.strokes is None or not self.strokes.knows_several:
            return None
        return float(self.strokes.several(trajectory.stack([trajectory.from_strokes(drawn)]))[0])

    def are_signs(
        self,
        marks: Sequence[Seen],
        members: Sequence[Sequence[int]],
        points: Sequence[NDArray[np.float32]],
        height: float,
    ) -> NDArray[np.float32]:
        """Marks -> the chances that each is no sign, each sign, or several marks, float32 (n, 18).

        Where no network knows, none is a sign; nor is a mark like one that was corrected.

        Args:
            members: the places of the pieces of each mark in its line.
            points: places on the ink of each piece, (k, 2).
            height: of the line.
        """
        drawn = [mark.trajectory for mark in marks if mark.trajectory is not None]
        if self.signs is None or len(drawn) < len(marks):
            return np.eye(1, 2 + len(signs.KINDS), dtype=np.float32).repeat(len(marks), axis=0)
        found = self.signs.probabilities(trajectory.stack(drawn), signs.places(members, points, height))
        if self.profile is not None:
            _, embeddings = self.model.features(glyph.stack([mark.glyph for mark in marks]))
            found[self.profile.speaks(embeddings)] = np.eye(1, found.shape[1], dtype=np.float32)
        return found
