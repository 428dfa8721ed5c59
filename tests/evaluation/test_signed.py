"""Numbers with signs, put together from pen strokes."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import DIGITS, signed

from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.signed import FORMS, compose

HAND = [PenSample(str(digit), "a", [list(stroke) for stroke in strokes]) for digit, strokes in DIGITS.items()]
SIGNS = {kind: [PenSample(kind, "b", signed(kind))] for kind in ".,-"}


@pytest.mark.parametrize("form", [form for forms in FORMS.values() for form in forms])
def test_a_number_has_its_form_and_every_sign_its_place(form: str) -> None:
    random = np.random.default_rng(0)
    for _ in range(5):
        made = compose(HAND, SIGNS, form, random)
        assert "".join("d" if mark.isdigit() else mark for mark in made.text) == form
        lefts = []
        at = 0
        for mark in made.text:
            if mark == " ":
                continue
            count = len(DIGITS[int(mark)]) if mark.isdigit() else 1
            points = np.concatenate(made.strokes[at : at + count])
            at += count
            lefts.append(points[:, 0].min())
            if mark == "-":
                assert -650 < points[:, 1].mean() < -350
            elif mark in ".,":
                assert points[:, 1].max() > -100
            else:
                assert 600 < np.ptp(points[:, 1]) < 1300
        assert at == len(made.strokes)
        assert lefts == sorted(lefts)
