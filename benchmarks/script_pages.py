"""Pages of other scripts: how many of their marks are read right, and each in its row and column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.reader import Reader
from inkdigit.settings import Settings

KANNADA = ("kannada-p01", "kannada-p10", "kannada-p25", "kannada-p37")
BURMESE = {"burmese-0-9-photo": 10, "burmese-sample-grid-1": 14}  # and how many rows of ten are on it
_ROWS, _COLUMNS = 40, 32  # of a page of Kannada digits, all of one digit in a row
_LEANS = np.arange(-0.02, 0.021, 0.004)  # of its columns
_STEEP = 0.6  # times as far down, or up, as to the right: what is farther off is in another row
_DOWN = 3.0  # times as far off as to the right


def pages(reader: Reader, settings: Settings) -> dict[str, dict[str, int]]:
    """Each page: the marks that are on it, are found, are read right, and these in their place."""
    folder = Path(settings.data) / "pages"
    found: dict[str, dict[str, int]] = {}
    for name in KANNADA:
        found[name] = of_table(*_marks(reader.of_script("kannada"), folder / f"{name}.png"))
    for name, rows in BURMESE.items():
        found[name] = _of_rows(*_marks(reader.of_script("burmese"), folder / f"{name}.png"), rows)
    return found


def _marks(own: Reader, path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Where each mark of a page lies, (n, 2), and what it is, -1 where that is no digit."""
    marks = [one for number in own.page(path).numbers for one in number.digits if one.box is not None]
    boxes = np.array([one.box for one in marks], np.float64).reshape(-1, 4)
    values = np.array([-1 if one.value is None else one.value for one in marks], np.int64)
    return (boxes[:, :2] + boxes[:, 2:]) / 2, values


def of_table(middles: NDArray[np.float64], values: NDArray[np.int64]) -> dict[str, int]:
    """A scanned page of 40 printed rows and 32 columns, whose row r holds the digit r mod 10. Nobody says where they
    lie: rows are laid where most marks are right, columns where most of these stand alone in their cells.
    """
    rows = max(_laid(middles[:, 1], _ROWS), key=lambda some: int(_are_right(some, values).sum()))
    right = _are_right(rows, values)
    leans = [middles[:, 0] + lean * middles[:, 1] for lean in _LEANS]
    in_place = max(int((_are_alone(rows, columns) & right).sum()) for one in leans for columns in _laid(one, _COLUMNS))
    return {"marks": _ROWS * _COLUMNS, "found": len(values), "right": int(right.sum()), "in_place": in_place}


def _laid(places: NDArray[np.float64], count: int) -> list[NDArray[np.float64]]:
    """Which of so many rows each mark lies in, by its place, for many ways in which the rows may lie."""
    pitch = np.ptp(places) / (count - 1)
    return [
        np.round((places - first) / wide)
        for wide in np.arange(0.9, 1.1, 0.005) * pitch
        for first in places.min() + np.arange(-1, 1, 0.08) * wide
    ]


def _are_right(rows: NDArray[np.float64], values: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray((rows % 10 == values) & (rows >= 0) & (rows < _ROWS))


def _are_alone(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which marks stand in a cell of the table where no other does."""
    inside = (columns >= 0) & (columns < _COLUMNS)
    _, cells, counts = np.unique(rows * _COLUMNS + columns, return_inverse=True, return_counts=True)
    return np.asarray(inside & (counts[cells] == 1))


def _of_rows(middles: NDArray[np.float64], values: NDArray[np.int64], rows: int) -> dict[str, int]:
    """A page with rows of the digits 0 to 9, which nobody ruled: what stands beside each other is in one."""
    right = in_place = 0
    for row in beside(middles):
        read = values[row].tolist()
        right += rising(read)
        in_place += sum(value == column for column, value in enumerate(read))
    return {"marks": 10 * rows, "found": len(values), "right": right, "in_place": in_place}


def beside(middles: NDArray[np.float64]) -> list[list[int]]:
    """Marks, by their middles (n, 2), in rows from left to right: each is followed by the nearest on its right."""
    if not len(middles):
        return []
    off = middles[None] - middles[:, None]  # (n, n, 2), from each to each
    is_right = (off[..., 0] > 0) & (np.abs(off[..., 1]) < _STEEP * off[..., 0])
    far = np.where(is_right, off[..., 0] + _DOWN * np.abs(off[..., 1]), np.inf)
    after = {
        at: nearest
        for at, nearest in enumerate(far.argmin(axis=1).tolist())
        if is_right[at, nearest] and far[:, nearest].argmin() == at
    }
    rows = []
    for at in sorted(set(range(len(middles))) - set(after.values())):
        row = [at]
        while row[-1] in after:
            row.append(after[row[-1]])
        rows.append(row)
    return rows


def rising(values: list[int]) -> int:
    """How many of them are digits in rising order, if as few as can be are left out."""
    best = [0] * 10  # by the last digit
    for value in values:
        if value >= 0:
            best[value] = 1 + max(best[:value], default=0)
    return max(best)
