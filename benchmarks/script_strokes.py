"""The stroke templates of every script's digits, inkdigit/evaluation/script_strokes.json, made from fonts, and a chart.

    python -m benchmarks.script_strokes       needs Debian's fonts-noto-core

Each digit is the middle line of the letter in a Noto font (SIL Open Font License 1.1), simplified; a dot where the
digit is one; by hand Chinese, which no such font has, and two of the western ones.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigit.evaluation.script_strokes import FILE, templates
from inkdigit.scripts import SCRIPTS
from inkdigit.training import skeleton

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "scripts-chart.png"
FONTS = Path("/usr/share/fonts/truetype/noto")
_BY_SCRIPT = {
    "western": "NotoSans",
    "arabic-indic": "NotoNaskhArabic",
    "persian": "NotoSansArabic",
    "devanagari": "NotoSansDevanagari",
    "bengali": "NotoSansBengali",
    "gujarati": "NotoSansGujarati",
    "gurmukhi": "NotoSansGurmukhi",
    "odia": "NotoSansOriya",
    "telugu": "NotoSansTelugu",
    "kannada": "NotoSansKannada",
    "tibetan": "NotoSerifTibetan",
    "thai": "NotoSansThai",
    "burmese": "NotoSansMyanmar",
}
# With one notch, as printed, it is how writers of the data write a 3; their 2 is a hook without one, as in this font.
_OF_ITS_OWN = {("arabic-indic", 2): "NotoKufiArabic"}
_TILE, _LARGE = 56, 0.36  # pixels of a digit on the chart, and its units in pixels
_SIZE = 200  # pixels of a letter
_EPSILON = 0.9  # of 100: how far a simplified line may lie beside the line
_Stroke = list[list[int]]
_CHINESE: list[list[_Stroke]] = [
    [
        [[22, 4], [78, 3]], [[10, 16], [8, 30]], [[10, 16], [90, 15], [84, 28]], [[50, 4], [50, 40]],
        [[26, 24], [38, 26]], [[26, 34], [38, 36]], [[60, 24], [74, 26]], [[60, 34], [74, 36]],
        [[50, 44], [30, 60], [8, 70]], [[50, 44], [72, 60], [94, 68]], [[44, 62], [54, 68]],
        [[28, 76], [72, 75], [56, 90]], [[44, 84], [58, 98]],
    ],
    [[[5, 50], [95, 46]]],
    [[[20, 20], [80, 18]], [[4, 84], [96, 82]]],
    [[[16, 10], [84, 8]], [[22, 48], [78, 46]], [[4, 90], [96, 88]]],
    [
        [[10, 12], [12, 92]], [[10, 12], [90, 10], [88, 92]], [[38, 14], [34, 42], [22, 62]],
        [[60, 14], [62, 48], [80, 52]], [[12, 82], [88, 82]],
    ],
    [[[14, 12], [86, 10]], [[46, 12], [34, 90]], [[20, 48], [72, 46], [70, 90]], [[4, 92], [96, 90]]],
    [[[46, 2], [56, 18]], [[6, 32], [94, 30]], [[36, 50], [10, 96]], [[62, 50], [90, 94]]],
    [[[6, 46], [94, 36]], [[42, 6], [42, 78], [52, 90], [90, 86], [92, 72]]],
    [[[38, 14], [30, 52], [4, 90]], [[58, 8], [68, 50], [96, 88]]],
    [[[42, 4], [38, 50], [8, 96]], [[14, 36], [66, 32], [64, 84], [74, 94], [94, 88], [94, 74]]],
]  # fmt: skip
_WESTERN: dict[int, list[_Stroke]] = {  # the font's 1 has a flat flag, and its 7, once thinned, a hook at its foot
    1: [[[0, 30], [30, 0], [30, 100]]],
    7: [[[0, 0], [60, 0], [22, 100]]],
}


def main() -> int:
    """Writes the file."""
    made = {name: [template(name, digit) for digit in range(10)] for name in SCRIPTS}
    rows = ",\n".join(f'"{name}": {json.dumps(digits, separators=(",", ":"))}' for name, digits in made.items())
    FILE.write_text("{\n" + rows + "\n}\n", encoding="utf-8")
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")
    cv2.imwrite(str(PICTURE), chart())
    return 0


def chart() -> NDArray[np.uint8]:
    """The ten digits of every script, in two columns: uint8 (h, w), dark on light."""
    templates.cache_clear()
    rows = [
        np.hstack([_titled(one.title), *(_tile(stroke) for stroke in templates(name))]) for name, one in SCRIPTS.items()
    ]
    half = (len(rows) + 1) // 2
    return np.hstack(
        [np.vstack(rows[:half]), np.full((half * _TILE, _TILE // 2), 255, np.uint8), np.vstack(rows[half:])]
    )


def _tile(strokes: tuple[NDArray[np.float32], ...]) -> NDArray[np.uint8]:
    sheet = np.full((_TILE, _TILE), 255, np.uint8)
    points = np.concatenate(strokes)
    off = _TILE / 2 - (points.min(axis=0) + points.max(axis=0)) / 2 * _LARGE
    for path in strokes:
        line = np.rint((path * _LARGE + off) * 16).astype(np.int32)
        thick = 3 if len(path) > 1 else 9
        cv2.polylines(sheet, [line if len(path) > 1 else line.repeat(2, 0)], False, 40, thick, cv2.LINE_AA, 4)
    return sheet


def _titled(title: str) -> NDArray[np.uint8]:
    sheet = np.full((_TILE, 2 * _TILE), 255, np.uint8)
    cv2.putText(sheet, title, (8, _TILE // 2 + 5), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 90, 1, cv2.LINE_AA)
    return sheet


def template(script: str, digit: int) -> list[_Stroke]:
    """The strokes of a digit, x right, y down, 100 units the longer side."""
    if script == "chinese":
        return _CHINESE[digit]
    if script == "western" and digit in _WESTERN:
        return _WESTERN[digit]
    strokes = skeleton.traced(_letter(script, digit))
    if strokes is None or strokes.box is None:
        return [[[50, 50]]]  # a dot
    left, top, right, bottom = strokes.box
    scale = 100 / max(right - left, bottom - top)
    return [_simple((path - np.array([left, top], np.float32)) * scale) for path in strokes.paths]


def _letter(script: str, digit: int) -> NDArray[np.uint8]:
    name = _OF_ITS_OWN.get((script, digit), _BY_SCRIPT[script])
    font = ImageFont.truetype(str(FONTS / f"{name}-Regular.ttf"), _SIZE)
    sheet = Image.new("L", (2 * _SIZE, 2 * _SIZE))
    ImageDraw.Draw(sheet).text((_SIZE, _SIZE), SCRIPTS[script].digits[digit], font=font, fill=255, anchor="mm")
    pixels = np.asarray(sheet)
    left, top, wide, high = cv2.boundingRect((pixels > 100).astype(np.uint8))
    return np.ascontiguousarray(pixels[top : top + high, left : left + wide])


def _simple(path: NDArray[np.float32]) -> _Stroke:
    closed = bool(np.allclose(path[0], path[-1]))
    kept = cv2.approxPolyDP(path[:-1] if closed else path, _EPSILON, closed)[:, 0]
    points = np.rint(np.concatenate([kept, kept[:1]]) if closed else kept).astype(int)
    return [[int(x), int(y)] for x, y in points]


if __name__ == "__main__":
    raise SystemExit(main())
