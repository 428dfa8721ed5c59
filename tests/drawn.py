"""Ink that the tests draw themselves, and the awkward inputs, named once for Python and browser tests."""

from __future__ import annotations

import io
import math
import zlib
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Points = list[list[float]]


def curve(*points: tuple[float, float], steps: int = 12) -> Points:
    """A Catmull-Rom curve through the points, as a hand moves."""
    path = [points[0], *points, points[-1]]
    drawn: Points = []
    for a, b, c, d in zip(path, path[1:], path[2:], path[3:], strict=False):
        for step in range(steps):
            t = step / steps
            drawn.append(
                [
                    0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t**2 + (3 * q - p - 3 * r + s) * t**3)
                    for p, q, r, s in zip(a, b, c, d, strict=True)
                ]
            )
    return [*drawn, list(points[-1])]


def ring(x: float, y: float, wide: float, high: float, steps: int = 40) -> Points:
    """A closed oval, begun at the top and drawn to the left."""
    turns = (2 * math.pi * step / steps for step in range(steps + 1))
    return [[x - wide * math.sin(turn), y - high * math.cos(turn)] for turn in turns]


# One plain drawing of each digit in a square of 100, x right, y down.
DIGITS: dict[int, list[Points]] = {
    0: [ring(50, 50, 28, 45)],
    1: [curve((35, 25), (52, 5), (52, 50), (52, 95))],
    2: [curve((25, 25), (45, 6), (70, 20), (60, 50), (22, 92), (50, 90), (80, 92))],
    3: [curve((25, 15), (50, 5), (70, 22), (45, 46), (72, 65), (55, 92), (22, 84))],
    4: [curve((50, 5), (35, 35), (22, 60), (50, 60), (82, 58)), curve((64, 30), (62, 60), (60, 95))],
    5: [curve((35, 8), (30, 30), (28, 48), (55, 42), (72, 65), (55, 92), (24, 86)), curve((35, 8), (55, 8), (74, 6))],
    6: [curve((62, 5), (38, 30), (27, 65), (45, 93), (70, 75), (58, 54), (32, 66))],
    7: [[[22, 10], [48, 9], [76, 8], [62, 40], [50, 68], [42, 95]]],
    8: [curve((66, 18), (45, 5), (30, 22), (50, 46), (70, 70), (50, 95), (28, 74), (50, 46), (70, 24), (62, 12))],
    9: [[*ring(50, 28, 22, 22)[:38], *curve((62, 12), (72, 30), (68, 60), (60, 95))]],
}

# Ways of writing digits that the shipped network does not know: an 8 lying on its side, and a 4 like a loop.
ODD_HAND: dict[int, list[Points]] = {
    8: [curve((50, 50), (30, 30), (10, 50), (30, 70), (50, 50), (70, 30), (90, 50), (70, 70), (50, 50))],
    4: [curve((20, 10), (45, 60), (50, 92), (42, 60), (78, 8))],
}


def wobbled(strokes: list[Points], seed: int) -> list[Points]:
    """The strokes as the same hand would draw them another time: a little slanted, stretched and shaken."""
    random = np.random.default_rng(seed)
    slant, wide, high = random.uniform(-0.15, 0.15), *random.uniform(0.85, 1.15, 2)
    return [[[x * wide + slant * (50 - y) + random.normal(0, 0.4), y * high + random.normal(0, 0.4)] for x, y in stroke]
            for stroke in strokes]  # fmt: skip


def picture(digit: int, size: int = 280, pen: int = 18) -> NDArray[np.uint8]:
    """uint8 (size, size): the digit in white on black, drawn as a canvas would show it."""
    page = np.zeros((size, size), np.uint8)
    for stroke in DIGITS[digit]:
        points = np.rint((np.array(stroke) * 0.6 + 20) * size / 100 * 16).astype(np.int32)
        cv2.polylines(page, [points], False, 255, pen, cv2.LINE_AA, 4)
    return page


# One plain drawing of each sign, where it stands beside digits from 0 to 100; and of a space.
SIGNS: dict[str, list[Points]] = {
    ".": [[[0, 95], [3, 98], [1, 99]]],
    ",": [[[5, 88], [6, 98], [0, 114]]],
    "-": [[[0, 51], [20, 49], [38, 50]]],
    "/": [[[48, -8], [24, 52], [0, 110]]],
    ":": [[[0, 40], [3, 43], [1, 45]], [[0, 86], [3, 89], [1, 91]]],
    "+": [[[28, 28], [29, 54], [28, 80]], [[2, 54], [29, 53], [56, 54]]],
    "=": [[[0, 42], [25, 41], [50, 42]], [[1, 64], [26, 63], [51, 64]]],
    "(": [curve((30, -8), (8, 22), (2, 52), (10, 84), (32, 112))],
    ")": [curve((0, -8), (22, 22), (28, 52), (20, 84), (-2, 112))],
    "%": [ring(16, 26, 14, 17), [[72, 6], [40, 52], [10, 98]], ring(68, 78, 14, 17)],
    "#": [
        [[30, 6], [26, 52], [22, 98]], [[62, 6], [58, 52], [54, 98]],
        [[4, 34], [42, 33], [80, 34]], [[2, 68], [40, 67], [78, 68]],
    ],
    "$": [curve((56, 22), (30, 10), (8, 28), (30, 50), (56, 72), (32, 92), (4, 80)), [[31, -10], [31, 52], [30, 112]]],
    "x": [[[4, 40], [26, 64], [48, 90]], [[47, 40], [26, 65], [3, 90]]],
    "*": [[[20, 18], [20, 40], [20, 60]], [[2, 28], [20, 39], [38, 50]], [[38, 28], [20, 39], [2, 50]]],
    "·": [[[0, 50], [3, 53], [1, 54]]],
    "÷": [[[0, 52], [25, 51], [50, 52]], [[23, 26], [26, 29], [24, 30]], [[24, 76], [27, 79], [25, 80]]],
    " ": [[[0, 50], [70, 50]]],
}  # fmt: skip


def signed(text: str, gap: float = 24) -> list[Points]:
    """The strokes of a number with its signs and spaces, digits 100 high."""
    made: list[Points] = []
    left = 0.0
    for mark in text:
        strokes = SIGNS[mark] if mark in SIGNS else DIGITS[int(mark)]
        points = [point for stroke in strokes for point in stroke]
        low = min(x for x, _ in points)
        if mark != " ":
            made += [[[x - low + left, y] for x, y in stroke] for stroke in strokes]
        left += max(x for x, _ in points) - low + gap
    return made


def number(text: str, gap: float = 30, late: bool = False) -> list[Points]:
    """The strokes of a number, digits 100 high and `gap` apart; `late`: second strokes of digits come at the end."""
    first: list[Points] = []
    second: list[Points] = []
    left = 0.0
    for digit in text:
        strokes = DIGITS[int(digit)]
        low = min(x for stroke in strokes for x, _ in stroke)
        for place, stroke in enumerate(strokes):
            (second if late and place else first).append([[x - low + left, y] for x, y in stroke])
        left += max(x for stroke in strokes for x, _ in stroke) - low + gap
    return first + second


def written(*numbers: str, wide: int = 900, pen: int = 9) -> NDArray[np.uint8]:
    """uint8 (h, wide): a light sheet with one number under the other, digits about 110 pixels high."""
    page = np.full((200 * len(numbers) + 60, wide), 245, np.uint8)
    for row, text in enumerate(numbers):
        for stroke in number(text):
            points = (np.array(stroke) * 1.1 + [60, 60 + 200 * row]) * 16
            cv2.polylines(page, [np.rint(points).astype(np.int32)], False, 20, pen, cv2.LINE_AA, 4)
    return page


def encoded(pixels: NDArray[Any] | Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture file."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def frames(kind: str) -> bytes:
    """An animation of three pictures."""
    images = [Image.fromarray(picture(digit)) for digit in (1, 2, 3)]
    return encoded(images[0], kind, save_all=True, append_images=images[1:])


# What no drawing should be, with a part of the message that must come.
BAD_STROKES: dict[str, tuple[Any, str]] = {
    "NaN": ([[[0, 0], [float("nan"), 1]]], "finite numbers"),
    "infinity": ([[[0, 0], [float("inf"), 1]]], "finite numbers"),
    "huge": ([[[0, 0], [1e30, 1]]], "coordinates within"),
    "a million points": ([[[0.0, 0.0]] * 1_000_000], "at most 20,000 points"),
    "thousands of strokes": ([[[0, 0]]] * 3_000, "at most 2,000 strokes"),
    "three numbers a point": ([[[0, 0, 0]]], "(k, 2) numbers"),
    "ragged": ([[[0, 0], [1]]], "(k, 2) numbers"),
    "words": ([[["a", "b"]]], "(k, 2) numbers"),
    "a string": ("7", "a list of strokes"),
    "a number": (7, "a list of strokes"),
    "an object": ({"x": 1}, "a list of strokes"),
    "strings for strokes": (["77"], "a list of points"),
    "null": ([None], "(k, 2) numbers"),
}
# What is unusual but fine.
ODD_STROKES: dict[str, Any] = {
    "one point": [[[5, 5]]],
    "a dot": [[[5, 5], [5, 5], [5, 5]]],
    "tiny": [[[0, 0], [1e-6, 1e-6]]],
    "large": [[[0, 0], [9e8, 9e8]]],
    "negative": [[[-50, -50], [-10, -10]]],
    "a level line": [[[0, 0], [100, 0]]],
    "an empty stroke among others": [[], [[0, 0], [10, 10]], []],
}
# Pictures on which nothing is written.
BLANK_PICTURES: dict[str, NDArray[np.uint8]] = {
    "white": np.full((64, 64), 255, np.uint8),
    "black": np.zeros((64, 64), np.uint8),
    "grey": np.full((64, 64), 128, np.uint8),
    "1x1": np.full((1, 1), 7, np.uint8),
    "one pixel wide": np.full((500, 1), 200, np.uint8),
    "transparent": np.zeros((64, 64, 4), np.uint8),
    "a gradient": np.tile(np.linspace(0, 255, 256).astype(np.uint8), (256, 1)),
    "grain": np.random.default_rng(0).normal(200, 8, (200, 200)).clip(0, 255).astype(np.uint8),
    "20,000 px wide": np.full((40, 20_000), 255, np.uint8),
}


def spoilt(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """A digit on paper as bad as it comes: of either tone, faint, salted, unevenly lit, with a band, or none at all."""
    size = max(shape)
    grey = cv2.resize(picture(int(random.integers(10)), size, pen=max(1, size // 12)), shape[::-1]).astype(np.float32)
    if random.random() < 0.2:
        grey *= random.uniform(0, 0.4)
    if random.random() < 0.3:
        grey = 0.6 * grey + np.linspace(0, random.uniform(0, 100), shape[1])
    if random.random() < 0.3:
        salt = random.random(shape) < random.uniform(0, 0.1)
        grey[salt] = random.integers(0, 256, int(salt.sum()))
    if random.random() < 0.2:
        grey[:, : int(random.integers(1, shape[1]))] = random.integers(0, 256)
    if random.random() < 0.2:
        grey[: shape[0] // 3] = 255 - grey[: shape[0] // 3]
    if random.random() < 0.05:
        grey[:] = random.integers(0, 256)
    made = np.clip(grey, 0, 255).astype(np.uint8)
    return made if random.random() < 0.5 else 255 - made


def pdf_of_lines(count: int) -> bytes:
    """A PDF of one page with about so many lines across it: PDFium draws some 900,000 a second."""
    some = b"".join(b"%d %d l\n" % (at * 7 % 500, at * 13 % 499) for at in range(500))
    content = zlib.compress(b"0 0 m\n" + some * (count // 500) + b"S\n")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 500] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(content), content),
    )
    made, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, table)
    return made + head + b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(made))
