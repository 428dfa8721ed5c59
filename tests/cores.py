"""Cores as the network of pages would find them."""

from __future__ import annotations

import numpy as np

from inkdigit.recognition import layout
from inkdigit.recognition.layout import Core


def core(middle: tuple[float, float], length: float, height: float = 30, angle: float = 0.0) -> Core:
    """Of a row of that length, in radians."""
    long, thick = max(0.35 * height, length - 0.4 * height), 0.5 * height
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.array([[-long, -thick], [long, -thick], [long, thick], [-long, thick]]) / 2 @ turn + middle
    low, far = corners.min(axis=0), corners.max(axis=0)
    return Core(layout.HAND, height, 0.9, (low[0], low[1], far[0], far[1]), corners.astype(np.float32))
