"""What is told of numbers on pages beside their digits: counted on numbers that were made by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from readings import number

from benchmarks.paper_signs import FORMS, HAND, TEXT, count
from inkdigit.evaluation.paper.canvas import NUMBER, PRINTED, Item
from inkdigit.recognition.reading import Number, Separator

BOXES = {place: (100.0 * place, 10.0, 100.0 * place + 80, 50.0) for place in range(4)}


def item(kind: int, written: str, place: int) -> Item:
    left, top, right, bottom = BOXES[place]
    return Item(kind, written, np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32), 40)


def signed(place: int, sign: str) -> Number:
    """12 with a sign between its digits."""
    found = number("12", BOXES[place])
    return replace(found, separators=(Separator(sign, 1, BOXES[place], 0.9),))


def test_signs_count_where_the_digits_are_right_and_print_is_told_from_writing() -> None:
    items = [item(NUMBER, "1.2", 0), item(NUMBER, "1,2", 1), item(PRINTED, "34", 2), item(NUMBER, "5", 3)]
    read = [signed(0, "."), signed(1, "."), replace(number("34", BOXES[2]), printed=True), number("7", BOXES[3])]
    found: dict[str, Counter[str]] = {name: Counter() for name in (HAND, FORMS, TEXT)}
    signs: dict[str, Counter[str]] = {}
    count(items, read, found, signs)
    assert found[HAND] == {"all": 3, "digits": 2, "told": 2}
    assert found[FORMS] == {"all": 1, "digits": 1, "told": 1}
    assert not found[TEXT]
    assert signs["."] == {"all": 1, "digits": 1, "written": 1}
    assert signs[","] == {"all": 1, "digits": 1, "written": 0}
    assert signs["none"] == {"all": 1, "digits": 0}
    count(items[2:3], [number("34", BOXES[2])], found, signs, in_text=True)
    assert found[TEXT] == {"all": 1, "digits": 1, "told": 0}
