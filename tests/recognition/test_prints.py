"""Printed or written by hand: numbers and log odds made by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from unittest.mock import Mock

import numpy as np
import pytest
from cores import core
from readings import number
from stand_ins import Alone, Says, found

from inkdigit.errors import ModelError
from inkdigit.models import catalogue, trial
from inkdigit.recognition import prints
from inkdigit.recognition.model import PrintModel

Placed = tuple[str, float, float, float]  # text, left and middle on the page, height


def told(some: Sequence[Placed], odds: Sequence[float], pages: float = 0.001, askew: float = 0.0) -> list[bool]:
    """Which numbers are printed; `odds` are of each of their digits, `pages` what the network of pages says of all."""
    turn = np.array([[math.cos(askew), -math.sin(askew)], [math.sin(askew), math.cos(askew)]])
    numbers, cores = [], []
    for text, left, down, high in some:
        wide = 0.7 * high * len(text)
        x, y = (turn @ [left + wide / 2, down]).tolist()
        numbers.append(number(text, (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)))
        cores.append(replace(core((x, y), wide, high), printed=pages))
    digits = np.repeat(np.array(odds, np.float32), [len(text) for text, *_ in some])
    return prints.are_printed(numbers, cores, digits, askew)


def column(count: int, high: float = 30.0) -> list[Placed]:
    return [(str(at + 1), 100.0, 100.0 + 2 * high * at, high) for at in range(count)]


@pytest.mark.parametrize("askew", [0.0, 0.2])
def test_what_is_hardly_told_of_one_number_is_told_by_its_column(askew: float) -> None:
    unsure = [2.0] * 12
    assert told(column(12), unsure, askew=askew) == [True] * 12
    assert told([*column(1), ("7", 500.0, 640.0, 30.0)], unsure[:2], askew=askew) == [False] * 2, "alone"
    larger = [(text, left, down, 30.0 if at % 2 else 60.0) for at, (text, left, down, _) in enumerate(column(2))]
    assert told(larger, unsure[:2], askew=askew) == [False] * 2, "of another size"


def test_a_number_like_print_in_a_column_written_by_hand_is_written_by_hand() -> None:
    assert told(column(12), [2.5, *[-4.0] * 11]) == [False] * 12


def test_a_number_that_is_surely_printed_needs_no_column() -> None:
    assert told(column(1), [6.0], pages=0.5) == [True]
    assert told(column(1), [-6.0], pages=0.5) == [False]


def test_no_number_is_none() -> None:
    assert told([], []) == []


def test_the_network_that_ships_answers_marks_and_no_other_network_takes_its_place() -> None:
    path = catalogue.beside(catalogue.PRINT)
    trial.try_out(str(path), "print")
    marks = np.random.default_rng(0).random((300, 1, 28, 28), np.float32)
    model = PrintModel(path)
    assert np.allclose(model.odds(marks)[[0, 299]], [model.odds(marks[at : at + 1])[0] for at in (0, 299)], atol=1e-4)
    assert model.odds(marks[:0]).shape == (0,)
    with pytest.raises(ModelError, match="a model of print"):
        PrintModel(catalogue.beside(catalogue.ROW))
    with pytest.raises(ModelError, match="a model of single digits"):
        trial.try_out(str(path), "digits")


@pytest.mark.parametrize("odds", [-9.0, 9.0])
def test_its_digits_say_whether_a_number_is_printed(odds: float) -> None:
    alone = Alone()
    alone.prints = Mock(odds=lambda glyphs: np.full(len(glyphs), odds, np.float32))
    one = replace(core((400, 300), 200), printed=0.3)
    assert found(Says("407"), one, alone=alone)[0].printed == (odds > 0)
    assert found(Says("?"), one, alone=alone) == []
