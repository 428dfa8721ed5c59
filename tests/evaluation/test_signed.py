"""Numbers with signs, put together from pen strokes."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import DIGITS, signed

from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.signed import FORMS, compose, sign
from inkdigit.recognition import signs

HAND = [PenSample(str(digit), "a", [list(stroke) for stroke in strokes]) for digit, strokes in DIGITS.items()]
SIGNS = {kind: [PenSample(kind, "b", signed(kind))] for kind in signs.KINDS}
SIGNS["÷"] = SIGNS["-"]  # its points are put above and below


@pytest.mark.parametrize("form", [form for forms in FORMS.values() for form in forms])
def test_a_number_has_its_form_and_every_sign_its_place(form: str) -> None:
    random = np.random.default_rng(0)
    for _ in range(5):
        made = compose(HAND, SIGNS, form, random)
        assert "".join("d" if mark.isdigit() else mark for mark in made.text) == form
        lefts = []
        for place, mark in enumerate(made.text):
            paths = [path for path, owner in zip(made.strokes, made.owners, strict=True) if owner == place]
            if mark == " ":
                assert paths == []
                continue
            points = np.concatenate(paths)
            lefts.append(points[:, 0].min())
            if mark in "-+=·÷":
                assert -650 < (points[:, 1].min() + points[:, 1].max()) / 2 < -350
            elif mark in ".,":
                assert points[:, 1].max() > -100
            elif mark in "/()$" or mark.isdigit():
                assert 600 < np.ptp(points[:, 1]) < 1600
        assert lefts == sorted(lefts)
        assert list(made.owners) == sorted(made.owners)


def test_marks_that_are_neither_stand_where_they_are_asked_for() -> None:
    other = PenSample("A", "c", [[[0, 100], [50, 0]], [[50, 0], [100, 100]]])
    made = compose(HAND, SIGNS, "d?d", np.random.default_rng(1), [other])
    assert made.text[1] == "?"
    assert made.owners.count(1) == 2


def test_the_sign_with_two_dots_has_one_above_and_one_below_its_dash() -> None:
    random = np.random.default_rng(2)
    for _ in range(20):
        dash, *dots = sign(SIGNS, "÷", random)
        above, below = (dot[:, 1].mean() for dot in dots)
        assert above < dash[:, 1].min() < dash[:, 1].max() < below
