"""The outline of a sheet of paper on a table, and pictures that show none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn import BLANK_PICTURES
from numpy.typing import NDArray

from inkdigit.ink import sheet


def on_table(angle: float, table: float = 60, paper: float = 220) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A written sheet that lies askew on grain, and its corners."""
    random = np.random.default_rng(1)
    grain = np.clip(random.normal(table, 14, (700, 900)), 0, 255)
    corners = cv2.boxPoints(((450, 350), (420, 500), angle))
    mask = cv2.fillConvexPoly(np.zeros((700, 900), np.uint8), np.rint(corners).astype(np.int32), 1)
    page = np.where(mask > 0, paper, grain).astype(np.uint8)
    for y in range(200, 520, 40):
        cv2.line(page, (350, y), (560, y), 30, 3)
    cv2.rectangle(page, (330, 180), (580, 540), 20, 5)
    return page, np.asarray(corners, np.float32)


@pytest.mark.parametrize("angle", [0.0, 12.0, -33.0])
@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
def test_a_sheet_is_found_where_it_lies(angle: float, scale: float) -> None:
    page, corners = on_table(angle)
    found = sheet.outline(cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8))
    assert found is not None
    for corner in corners * scale:
        assert np.hypot(*(found - corner).T).min() < 14 * scale
    middle = (450 * scale, 350 * scale)
    assert sheet.is_on(found, middle)
    assert not sheet.is_on(found, (20 * scale, 20 * scale))


@pytest.mark.parametrize("pixels", BLANK_PICTURES.values(), ids=BLANK_PICTURES)
def test_a_blank_picture_has_none(pixels: NDArray[np.uint8]) -> None:
    grey = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., 0])
    assert sheet.outline(grey.astype(np.uint8)) is None


def test_paper_to_the_edge_a_board_and_a_shadow_are_none() -> None:
    page, _ = on_table(0.0)
    full = cv2.resize(page[120:580, 260:640], (800, 900))
    assert sheet.outline(full) is None
    assert sheet.outline(255 - full) is None
    shadow = full.astype(np.float32)
    shadow[:, 400:] *= 0.65
    assert sheet.outline(shadow.astype(np.uint8)) is None
    gutter = full.copy()
    gutter[:, :90] = 5
    assert sheet.outline(gutter) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 90_000), (90_000, 3), (9, 9)])
def test_pictures_of_any_shape_are_looked_at(shape: tuple[int, int]) -> None:
    assert sheet.outline(np.full(shape, 200, np.uint8)) is None
