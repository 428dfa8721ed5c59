from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from inkdigit.ink.strokes import Box
from inkdigit.recognition import assemble, reading
from inkdigit.recognition.reading import Digit, Number, Page, Separator, blank_digit, judge

GLYPH = np.zeros((28, 28), np.float32)
BOX = (1.0, 2.0, 3.04, 4.0)


def row(**chances: float) -> np.ndarray:
    """Eleven probabilities: `d7=0.9`, `other=0.05`; what is left is shared by the rest."""
    values = np.full(11, -1.0)
    for name, chance in chances.items():
        values[10 if name == "other" else int(name[1:])] = chance
    left = values < 0
    values[left] = (1 - values[~left].sum()) / max(1, left.sum())
    return values.astype(np.float32)


def read(**chances: float) -> Digit:
    return judge(row(**chances), 0.5, GLYPH, BOX)


@pytest.mark.parametrize(
    ("digit", "words"),
    [
        (read(d7=0.999), "sure"),
        (read(d7=0.85, d1=0.12), "fairly sure: it could be a 1"),
        (read(d3=0.9, d8=0.08), "fairly sure: it could be an 8"),
        (read(d4=0.5, d9=0.45), "not sure: 4 or 9"),
        (read(d7=0.9, other=0.09, d1=0.01), "fairly sure: it could be no digit"),
        (read(d7=0.55, other=0.44), "not sure: 7 or no digit"),
        (read(other=0.9), "this does not look like a digit"),
        (blank_digit(), "draw a digit"),
    ],
)
def test_how_sure_is_said_in_words(digit: Digit, words: str) -> None:
    assert digit.words == words


def test_a_mark_above_the_threshold_is_refused_and_one_at_it_is_not() -> None:
    assert judge(row(other=0.5, d3=0.4), 0.5, GLYPH, BOX).value == 3
    refused = judge(row(other=0.51, d3=0.4), 0.5, GLYPH, BOX)
    assert refused.value is None
    assert refused.confidence == pytest.approx(0.51)
    assert refused.probabilities.argmax() == 3


def test_confidence_counts_the_chance_that_it_is_no_digit() -> None:
    digit = read(d3=0.6, other=0.4)
    assert digit.confidence == pytest.approx(0.6)
    assert digit.probabilities.sum() == pytest.approx(1)
    assert digit.probabilities[3] > 0.99


def test_a_network_without_the_label_other_refuses_nothing() -> None:
    ten = np.full(10, 0.05, np.float32)
    ten[8] = 0.55
    assert judge(ten, 1.0, GLYPH, BOX).value == 8


def test_runners_up_are_likeliest_first() -> None:
    assert read(d4=0.6, d9=0.2, d7=0.1).runners_up[:2] == (9, 7)
    assert read(d4=0.99999).runners_up == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"value": 10},
        {"value": -1},
        {"confidence": 1.1},
        {"confidence": float("nan")},
        {"probabilities": np.full(9, 1 / 9, np.float32)},
        {"probabilities": np.full(10, 0.2, np.float32)},
        {"glyph": np.zeros((20, 20), np.float32)},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_digit_checks_itself(fields: dict[str, object]) -> None:
    good = {"value": 3, "confidence": 0.5, "probabilities": np.full(10, 0.1, np.float32), "glyph": GLYPH, "box": BOX}
    Digit(**good)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"digit|confidence|probabilities|glyph"):
        Digit(**{**good, **fields})  # type: ignore[arg-type]


def test_a_number_has_its_digits_text_confidence_and_box() -> None:
    number = Number((read(d4=0.9), judge(row(other=0.8), 0.5, GLYPH, (5, 0, 9, 9)), read(d1=0.5, d7=0.4)))
    assert number.text == "4?1"
    assert number.confidence == pytest.approx((0.9 * 0.8 * 0.5) ** 0.4)
    assert number.box == (1, 0, 9, 9)


def test_the_box_of_a_number_is_around_its_signs_too() -> None:
    minus, gap = Separator("-", 0, (-9, 2.5, -2, 3.5)), Separator(" ", 1, (50, 0, 90, 9))
    digit = read(d4=0.9)
    assert digit.box is not None
    assert Number((digit,), (minus, gap)).box == (-9, *digit.box[1:]), "a gap is nothing"
    assert Number((), (minus,)).box is None


def test_a_blank_number_is_empty_text() -> None:
    number = Number((blank_digit(),))
    assert (number.text, number.confidence, number.box) == ("", 1.0, None)
    assert number.to_json() == {
        "text": "",
        "written": "",
        "native": "",
        "script": "western",
        "scripts": [],
        "confidence": 1.0,
        "words": "draw a digit",
        "verdict": {"kind": "blank", "value": "", "other": ""},
        "box": None,
        "printed": False,
        "parts": [],
        "digits": [],
        "separators": [],
        "sum": None,
        "runners_up": [],
    }


def test_the_json_of_a_page_is_this() -> None:
    shape = json.loads(json.dumps(Page((Number((read(d7=0.9, d1=0.1),)),), (280, 140)).to_json()))
    assert shape == {
        "size": [280, 140],
        "dense": False,
        "numbers": [
            {
                "text": "7",
                "written": "7",
                "native": "7",
                "script": "western",
                "scripts": [],
                "confidence": 0.9,
                "words": "fairly sure: it could be a 1",
                "verdict": {"kind": "fairly-digit", "value": "7", "other": "1"},
                "box": [1.0, 2.0, 3.0, 4.0],
                "printed": False,
                "parts": [{"written": "7", "confidence": 0.9, "box": [1.0, 2.0, 3.0, 4.0]}],
                "digits": [
                    {
                        "value": 7,
                        "confidence": 0.9,
                        "words": "fairly sure: it could be a 1",
                        "verdict": {"kind": "fairly-digit", "value": "7", "other": "1"},
                        "probabilities": [0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9, 0.0, 0.0],
                        "sign": "",
                        "box": [1.0, 2.0, 3.0, 4.0],
                    }
                ],
                "separators": [],
                "sum": None,
                "runners_up": [{"text": "1", "confidence": 0.1}],
            }
        ],
    }


def digit_at(value: int, left: float, confidence: float = 0.99) -> Digit:
    return replace(
        read(**{f"d{value}": confidence, f"d{(value + 1) % 10}": 1 - confidence}), box=(left, 0, left + 50, 100)
    )


def test_digits_are_put_in_order_and_gaps_told() -> None:
    found = assemble.number([digit_at(7, 200), digit_at(4, 0), digit_at(0, 60)], [], 100, 1.0)
    assert found.text == "407"
    assert [(one.kind, one.place, one.box) for one in found.separators] == [(" ", 2, (110, 0, 200, 100))]


def test_a_separator_says_how_many_digits_stand_before_it() -> None:
    between = [("-", (-40.0, 45.0, -10.0, 55.0)), (".", (52.0, 95.0, 58.0, 100.0))]
    found = assemble.number([digit_at(3, 0), digit_at(1, 60)], between, 100, 1.0)
    assert [(one.kind, one.place) for one in found.separators] == [("-", 0), (".", 1)]


def test_a_number_is_as_sure_as_its_digits_and_its_parting() -> None:
    found = assemble.number([digit_at(3, 0, 0.9), digit_at(1, 60, 0.8)], [], 100, 0.5)
    assert found.confidence == pytest.approx(0.5 * 0.72**0.4)
    assert found.runners_up[0] == ("32", pytest.approx(0.5 * 0.72**0.4 / 4))
    assert found.words == "not sure: it could be 32"


def test_a_gap_is_told_where_it_is_wider_than_seven_tenths_of_a_digit_and_nothing_else_stands() -> None:
    def parted(right: float, *between: tuple[str, Box]) -> list[tuple[str, int]]:
        found = assemble.number([digit_at(4, 0), digit_at(2, right), digit_at(9, right + 60)], between, 100, 1.0)
        return [(one.kind, one.place) for one in found.separators]

    assert parted(120) == []  # 70 wide
    assert parted(120.5) == [(" ", 1)]
    comma = (",", (80.0, 90.0, 90.0, 110.0))
    assert parted(130, comma) == [(",", 1)]
    assert parted(130, ("-", (-40.0, 45.0, -10.0, 55.0))) == [("-", 0), (" ", 1)]
    assert parted(130, (".", (240.0, 95.0, 246.0, 100.0)), comma) == [(",", 1), (".", 3)]


def test_digits_that_all_stand_far_apart_are_one_number() -> None:
    def written(*lefts: float) -> str:
        return assemble.number([digit_at(1, left) for left in lefts], [], 100, 1.0).written

    assert written(0, 140, 290) == "111"
    assert written(0, 140, 290, 560) == "111 1"
    assert written(0, 70, 260, 330) == "11 11"
    assert written(0, 199) == "11"
    assert written(0, 201) == "1 1"


def test_a_number_made_larger_takes_all_its_boxes_along() -> None:
    blank = replace(digit_at(3, 0), box=None)
    one = assemble.number([blank, digit_at(1, 60)], [(".", (52.0, 95.0, 58.0, 100.0))], 100, 0.5)
    found = assemble.scaled(one, 2)
    assert [digit.box for digit in found.digits] == [None, (120, 0, 220, 200)]
    assert [(mark.kind, mark.place, mark.box) for mark in found.separators] == [(".", 1, (104, 190, 116, 200))]
    assert found.certainty == 0.5


def test_rows_are_joined_with_a_line_break() -> None:
    rows = [
        assemble.number([digit_at(3, 0), digit_at(1, 60)], [], 100, 0.9),
        assemble.number([digit_at(5, 0)], [], 100, 0.8),
    ]
    found = assemble.joined(rows)
    assert found.text == "315"
    assert [(one.kind, one.place, one.box) for one in found.separators] == [("\n", 2, (0, 0, 50, 100))]
    assert found.certainty == pytest.approx(0.72)


def test_what_parts_digits_keeps_its_digits_when_rows_are_joined() -> None:
    minus, point, comma = (-40.0, 45.0, -10.0, 55.0), (52.0, 95.0, 58.0, 100.0), (112.0, 90.0, 118.0, 112.0)
    rows = [
        assemble.number([digit_at(3, 0), digit_at(1, 60)], [(".", point)], 100, 1.0),
        assemble.number([digit_at(5, 0), digit_at(6, 60), digit_at(7, 120)], [("-", minus), (",", comma)], 100, 1.0),
        assemble.number([digit_at(8, 0), digit_at(9, 60)], [(".", point)], 100, 1.0),
    ]
    found = assemble.joined(rows)
    assert found.text == "3156789"
    assert found.written == "3.1\n-56,7\n8.9"
    assert [part.written for part in found.parts] == ["3.1", "-56,7", "8.9"]
    assert [part.text for part in found.parts] == ["31", "567", "89"]
    assert [part.box for part in found.parts] == [row.box for row in rows]
    assert json.loads(json.dumps(found.to_json()))["parts"][1]["written"] == "-56,7"
    assert [(one.kind, one.place) for one in found.separators] == [
        (".", 1), ("\n", 2), ("-", 2), (",", 4), ("\n", 5), (".", 6),
    ]  # fmt: skip
    assert [one.box for one in found.separators if one.kind in ".-"] == [point, minus, point]
    assert assemble.joined([]).text == ""
    assert assemble.joined(rows[:1]).separators == rows[0].separators


def test_words_of_several_marks_name_those_that_are_none() -> None:
    refused = replace(digit_at(3, 0), value=None)
    assert Number((digit_at(1, 0), refused)).words == "one mark does not look like a digit"
    assert Number((refused, refused)).words == "this does not look like a number"


def test_no_digit_is_certain() -> None:
    row = np.zeros((1, 11), np.float32)
    row[0, 7] = 1
    digit = reading.judge(row[0], 0.5, np.zeros((28, 28), np.float32), (0.0, 0.0, 1.0, 1.0))
    assert digit.confidence == reading.MOST_SURE < 0.995, "so that it is never rounded to 1.00"
    assert digit.verdict.kind == "sure"
    eight = assemble.number([digit] * 8, (), 1.0, 1.0)
    assert eight.verdict.kind == "sure", "nor does it make a plain number doubtful"


def test_one_digit_is_no_surer_in_words_than_as_a_number() -> None:
    """On a page that does not bear it out, a 7 that looks like nothing else is not sure."""
    seven = read(d7=0.999)
    assert Number((seven,)).words == "sure"
    assert Number((seven,), certainty=0.4).words == "not sure: 7 or no digit"
    assert Number((seven,), certainty=0.85).words == "fairly sure"
    assert Number((read(other=0.9),), certainty=0.4).words == "this does not look like a digit"
