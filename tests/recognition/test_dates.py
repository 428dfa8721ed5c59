"""Ones that are slashes: of dates, and of nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from paper_pages import Pen, paper
from readings import row_logits

import inkdigit
from inkdigit.recognition import dates, row


def read(text: str, slash: float = -2) -> str | None:
    found = dates.as_date([row.LABELS.index(mark) for mark in text], row_logits(text, "/", slash))
    return None if found is None else "".join(row.LABELS[label] for label in found[0])


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2410511952", "24/05/1952"),
        ("0512411952", "05/24/1952"),
        ("31112199", "31/12/99"),
        ("3111212099", "31/12/2099"),
        ("51712024", "5/7/2024"),
        ("24105152", "24/05/52"),
        ("27/0511954", "27/05/1954"),
        ("27105/1954", "27/05/1954"),
        ("1111112011", "11/11/2011"),
    ],
)
def test_ones_where_a_date_has_slashes_are_slashes(text: str, date: str | None) -> None:
    assert read(text) == date


@pytest.mark.parametrize(
    "text",
    [
        "3210511952",
        "2411311952",
        "0010511952",
        "2410511852",
        "2420521952",
        "24105",
        "24/05/1952",
        "241.511952",
        "7",
        "",
    ],
)
def test_what_is_no_date_stays(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("text", ["2410511952", "24105152", "51712024"])
def test_ones_that_the_network_is_sure_of_stay(text: str) -> None:
    assert read(text, slash=-9) is None


def test_how_sure_a_date_is_comes_of_both_readings() -> None:
    labels = [row.LABELS.index(mark) for mark in "2410511952"]
    chances = []
    for slash in (-3.0, -4.0, -5.4):
        found = dates.as_date(labels, row_logits("2410511952", "/", slash))
        assert found is not None
        chances.append(found[1])
    assert chances[0] > 0.8
    assert chances[1] > 0.85
    assert 0.5 <= chances[2] < 0.7


@pytest.mark.parametrize(("between", "is_date"), [("/", True), ("1", False)])
def test_drawn_dates_and_drawn_numbers_are_told_apart(reader: inkdigit.Reader, between: str, is_date: bool) -> None:
    random = np.random.default_rng(21)
    found = []
    for _ in range(10):
        parts = [f"{random.integers(1, 32):02}", f"{random.integers(1, 13):02}", f"{random.integers(1950, 2030)}"]
        page = paper(200, 900, 245)
        Pen(random, 5).write(page, between.join(parts), 60, 60, 70)
        found.append(("/".join(parts), [one.written for one in reader.page(page).numbers]))
    if is_date:
        assert sum(read == [text] for text, read in found) >= 6, found
    else:
        assert not any("/" in one for _, read in found for one in read), found
