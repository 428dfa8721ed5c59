"""Pen strokes <-> SVG. Lines and paths are taken; what else a file may hold (script, pictures, text) is never run or
fetched, only named.

Source of the grammar: https://www.w3.org/TR/SVG2/paths.html#PathDataBNF
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import ExchangeError, InkError
from inkdigit.ink.strokes import THICKEST, THINNEST
from inkdigit.settings import Settings

Point = tuple[float, float]
Matrix = NDArray[np.float64]

_OF_A_CURVE = 12  # points that a curve becomes: a digit of one curve is still round
_HOLDS_NO_INK = {"defs", "clipPath", "mask", "pattern", "marker", "symbol", "script", "foreignObject", "style"}
_TAKEN = {"svg", "g", "a", "path", "polyline", "polygon", "line", "title", "desc", "metadata"}
_MOST_DEEP = 200
_MOST_CHARACTERS = 10_000  # of a style or transform
_MOST_ELEMENTS = 10  # times as many as strokes
_LARGEST = 1e12
_A_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
_NUMBER = re.compile(r"[\s,]*" + _A_NUMBER)
_NUMBERS = re.compile(_A_NUMBER)  # wherever they are: what is between them is passed over once
_ENCODING = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s{0,20}=\s{0,20}["']([^"'>]{0,40})""")
_TEXT = re.compile(rb"(?i)utf-?8|utf-?16(le|be)?|(us-)?ascii|latin-?1|iso-8859-\d{1,2}|(windows-|cp)125\d")
_TRANSFORM = re.compile(r"\b(\w+)\s*\(([^()]*)\)")  # begins where a word does, so that none is looked at twice
_FLAG = re.compile(r"[\s,]*([01])")
_COMMAND = re.compile(r"[\s,]*([MmZzLlHhVvCcSsQqTtAa])")
_MOVE_OR_CLOSE = re.compile(r"[\s,]*([MmZz]|\Z)")
_END = re.compile(r"[\s,]*\Z")
_NEEDS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
METADATA = "inkdigit"  # the id of the element that holds the whole drawing as JSON


def write(strokes: Sequence[dict[str, Any]], title: str, record: str) -> str:
    """Strokes as an SVG file, with the drawing's JSON in it, so that it comes back whole."""
    paths = [np.array([point[:2] for point in stroke["points"]], float) for stroke in strokes]
    reach = max(float(stroke["width"]) for stroke in strokes)
    low = np.min([path.min(axis=0) for path in paths], axis=0) - reach
    wide, high = np.max([path.max(axis=0) for path in paths], axis=0) + reach - low
    lines = [f'<path stroke-width="{stroke["width"]}" d="{_path_of(stroke["points"])}"/>' for stroke in strokes]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{low[0]:.7g} {low[1]:.7g} {wide:.7g} {high:.7g}">\n'
        f'<title>{escape(title)}</title>\n<metadata id="{METADATA}">{escape(record)}</metadata>\n'
        '<g fill="none" stroke="#000" stroke-linecap="round" stroke-linejoin="round">\n'
        + "\n".join(lines)
        + "\n</g>\n</svg>\n"
    )


def _path_of(points: Sequence[Sequence[float]]) -> str:
    """A path; one of a single point has no length, and is drawn as a dot."""
    first, *others = (f"{point[0]} {point[1]}" for point in points)
    return f"M{first}" + "".join(f"L{one}" for one in others or [first])


def read(content: bytes, settings: Settings) -> tuple[list[dict[str, Any]], str, list[str]]:
    """The strokes of an SVG file; the JSON of the drawing that it holds, or ""; and what was left out.

    Raises:
        ExchangeError: not XML, not SVG, or it declares entities.
        InkError: more strokes or points than the settings allow.
    """
    named = _ENCODING.match(content)
    if named and not _TEXT.fullmatch(named[1]):  # Python knows encodings that are none of text, and expat asks it
        got = f"one in {named[1][:20].decode('ascii', 'replace')}"
        raise ExchangeError("an SVG file in UTF-8", got, "Save it again as plain SVG")
    found = _Shapes(settings)
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler, parser.EndElementHandler = found.start, found.end
    parser.CharacterDataHandler = found.text
    parser.EntityDeclHandler = _refuse
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused where it is taken
            parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ExchangeError("an SVG file", f"broken XML ({error})", "Save it again as plain SVG") from None
    return found.strokes, "".join(found.record), sorted(found.left_out)


def _refuse(*declared: Any) -> None:
    raise ExchangeError("an SVG file without entities", "one that declares some", "Save it again as plain SVG")


class _Shapes:
    """Takes the lines and paths of a file, as the parser meets them."""

    def __init__(self, settings: Settings) -> None:
        self.strokes: list[dict[str, Any]] = []
        self.left_out: set[str] = set()
        self.record: list[str] = []
        self._settings = settings
        self._points = 0
        self._elements = 0
        self._in_record = False
        self._hidden = 0  # how deep within an element that holds no ink
        self._stack: list[tuple[Matrix, float]] = [(np.eye(3), 1.0)]

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element begins."""
        name = name.rpartition(":")[2]
        self._elements += 1
        self._check(name, given)
        style = dict(part.split(":", 1) for part in given.get("style", "").replace(" ", "").split(";") if ":" in part)
        matrix, width = self._stack[-1]
        matrix = matrix @ _matrix(given.get("transform", ""))
        width = _number(style.get("stroke-width") or given.get("stroke-width"), width)
        self._stack.append((matrix, width))
        if self._hidden or name in _HOLDS_NO_INK or "none" in (style.get("display"), given.get("display")):
            self._hidden += 1
        if name not in _TAKEN:
            self.left_out.add(name[:40])
        if name == "metadata" and given.get("id") == METADATA:
            self._in_record = True
        if not self._hidden:
            self._shape(name, given)

    def _check(self, name: str, given: dict[str, str]) -> None:
        remedy = "Save it again as plain SVG"
        if len(self._stack) == 1 and name != "svg":
            raise ExchangeError("an SVG file", f"XML that begins with {name[:40]}", "Save it as SVG")
        if len(self._stack) > _MOST_DEEP:
            raise ExchangeError(f"elements at most {_MOST_DEEP} deep", "deeper ones", remedy)
        if self._elements > _MOST_ELEMENTS * self._settings.max_strokes:
            raise ExchangeError("a drawing", "far more elements than one has", "Save the strokes alone")
        if max(len(given.get(one, "")) for one in ("style", "transform")) > _MOST_CHARACTERS:
            raise ExchangeError("a short style and transform", "a very long one", remedy)

    def end(self, name: str) -> None:
        """An element ends."""
        self._stack.pop()
        self._hidden = max(0, self._hidden - 1)
        self._in_record = False

    def text(self, content: str) -> None:
        """Text within an element."""
        if self._in_record:
            self.record.append(content)

    def _shape(self, name: str, given: dict[str, str]) -> None:
        if name == "path":
            for line in paths(given.get("d", ""), self._settings.max_points - self._points):
                self._add(line)
        elif name in ("polyline", "polygon"):
            most = 2 * self._settings.max_points + 2
            numbers = [_finite(one[1]) for one in islice(_NUMBERS.finditer(given.get("points", "")), most)]
            line = list(zip(numbers[::2], numbers[1::2], strict=False))
            self._add(line + line[:1] if name == "polygon" else line)
        elif name == "line":
            x1, y1, x2, y2 = (_number(given.get(side), 0.0) for side in ("x1", "y1", "x2", "y2"))
            self._add([(x1, y1), (x2, y2)])

    def _add(self, line: Sequence[Point]) -> None:
        matrix, width = self._stack[-1]
        if not line:
            return
        self._points += len(line)
        if self._points > self._settings.max_points or len(self.strokes) >= self._settings.max_strokes:
            limits = f"at most {self._settings.max_strokes:,} strokes of {self._settings.max_points:,} points in all"
            raise InkError(limits, "more", "Leave out some of the drawing")
        points = np.column_stack([np.array(line, float), np.ones(len(line))]) @ matrix[:2].T
        scale = math.sqrt(abs(float(np.linalg.det(matrix[:2, :2]))))
        if not np.isfinite(points).all() or not THINNEST <= width * scale <= THICKEST:
            raise InkError(
                f"finite numbers, and a pen above 0, from {THINNEST:g} to {THICKEST:g}", "others", "Save it again"
            )
        self.strokes.append({"width": width * scale, "points": points.tolist()})


def _number(text: str | None, default: float) -> float:
    """ "2.5px" -> 2.5; the default where there is none, or a share or a name."""
    match = _NUMBER.match(text or "")
    return _finite(match[1]) if match and not (text or "").rstrip().endswith("%") else default


def _finite(text: str) -> float:
    number = float(text)
    if abs(number) > _LARGEST:
        raise ExchangeError(f"numbers up to {_LARGEST:g}", text[:40], "Scale the drawing down")
    return number


def _matrix(text: str) -> Matrix:
    """ "translate(1 2) scale(3)" -> float64 (3, 3)."""
    found = np.eye(3)
    for name, inside in _TRANSFORM.findall(text):
        numbers = [_finite(one) for one in _NUMBERS.findall(inside)]
        if name in _MATRICES:
            try:
                found = found @ _MATRICES[name](*numbers)
            except TypeError:
                raise ExchangeError("a transform of SVG", f"{name}({inside[:40]})", "Save it again") from None
    return found


def _rotation(angle: float, x: float = 0, y: float = 0) -> Matrix:
    turn = math.radians(angle)
    spin = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    return np.asarray(_translation(x, y) @ spin @ _translation(-x, -y))


def _translation(x: float, y: float = 0) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float)


_MATRICES: dict[str, Callable[..., Matrix]] = {
    "translate": _translation,
    "rotate": _rotation,
    "scale": lambda x, y=None: np.diag([x, x if y is None else y, 1.0]),
    "matrix": lambda a, b, c, d, e, f: np.array([[a, c, e], [b, d, f], [0, 0, 1]], float),
    "skewX": lambda angle: np.array([[1, math.tan(math.radians(angle)), 0], [0, 1, 0], [0, 0, 1]]),
    "skewY": lambda angle: np.array([[1, 0, 0], [math.tan(math.radians(angle)), 1, 0], [0, 0, 1]]),
}


def paths(text: str, most: int) -> list[list[Point]]:
    """The data of a path -> its lines, curves as points.

    Args:
        most: points; reading stops soon after so many.

    Raises:
        ExchangeError: it breaks the grammar.
    """
    lines: list[list[Point]] = []
    command, place, count = "", 0, 0
    pen: Point = (0.0, 0.0)
    bend: Point | None = None  # the last control point, which S and T mirror
    while count <= most:
        match = _COMMAND.match(text, place)
        if match:
            command, place = match[1], match.end()
        elif _END.match(text, place):
            return lines
        elif command in "Zz" or (not lines and command not in "Mm"):
            raise _broken(text, place)
        numbers, place = _numbers(text, place, command)
        if command in "Mm":
            pen = _moved(pen, numbers, command == "m")
            lines.append([pen])
            count += 1
            command = "l" if command == "m" else "L"
            continue
        if not lines:
            raise _broken(text, place)
        if command in "Zz":
            made, pen, bend = [lines[-1][0]], lines[-1][0], None
        else:
            made, pen, bend = _drawn(command, numbers, pen, bend)
        lines[-1] += made
        count += len(made)
        if command in "Zz" and not _MOVE_OR_CLOSE.match(text, place):
            lines.append([pen])
            count += 1
    return lines


def _numbers(text: str, place: int, command: str) -> tuple[list[float], int]:
    """The numbers that a command needs, and the place behind them."""
    found = []
    for at in range(_NEEDS[command.upper()]):
        match = (_FLAG if command in "Aa" and at in (3, 4) else _NUMBER).match(text, place)
        if match is None:
            raise _broken(text, place)
        found.append(_finite(match[1]))
        place = match.end()
    return found, place


def _drawn(
    command: str, numbers: Sequence[float], pen: Point, bend: Point | None
) -> tuple[list[Point], Point, Point | None]:
    """Points that a command adds, where the pen is then, and its last control point."""
    own = command.islower()
    kind = command.upper()
    if kind in "HV":
        step = numbers[0] - (0 if own else pen[kind == "V"])
        pen = (pen[0] + step, pen[1]) if kind == "H" else (pen[0], pen[1] + step)
        return [pen], pen, None
    if kind == "A":
        end = _moved(pen, numbers[5:], own)
        return _arc(pen, end, numbers), end, None
    places = [_moved(pen, numbers[at : at + 2], own) for at in range(0, len(numbers), 2)]
    if kind in "ST":
        places.insert(0, (2 * pen[0] - bend[0], 2 * pen[1] - bend[1]) if bend else pen)
    if kind == "L":
        return places, places[-1], None
    along = np.linspace(0, 1, _OF_A_CURVE + 1)[1:, None]
    curve = np.array([pen, *places])[:, None]
    while len(curve) > 1:  # de Casteljau: between the places, again and again
        curve = curve[:-1] * (1 - along) + curve[1:] * along
    return [(float(x), float(y)) for x, y in curve[0]], places[-1], places[-2]


def _arc(start: Point, end: Point, numbers: Sequence[float]) -> list[Point]:
    """Points along an arc. https://www.w3.org/TR/SVG2/implnote.html#ArcConversionEndpointToCenter"""
    rx, ry, turn, large, sweep = abs(numbers[0]), abs(numbers[1]), math.radians(numbers[2]), *numbers[3:5]
    if start == end or rx == 0 or ry == 0:
        return [end]
    spin = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    half = spin @ (np.subtract(start, end) / 2) / (rx, ry)
    length = float(half @ half)
    if not 1e-18 <= length <= 1e18:  # of a circle so large that it is a line, or of one too small to tell its turn
        return [end]
    grow = max(1.0, math.sqrt(length))
    half = half / grow
    away = math.sqrt(max(0.0, 1 / float(half @ half) - 1)) * (-1 if large == sweep else 1)
    centre = away * np.array([half[1], -half[0]])
    first, last = (math.atan2(*(one - centre)[::-1]) for one in (half, -half))
    if sweep and last < first:
        last += 2 * math.pi
    if not sweep and last > first:
        last -= 2 * math.pi
    angles = np.linspace(first, last, 2 * _OF_A_CURVE + 1)[1:]
    around = (np.stack([np.cos(angles), np.sin(angles)], axis=1) + centre) * (rx * grow, ry * grow)
    middle = np.add(start, end) / 2
    return [*((float(x), float(y)) for x, y in (around @ spin + middle)[:-1]), end]


def _moved(pen: Point, to: Sequence[float], own: bool) -> Point:
    """A place, given from the pen's or from the origin."""
    return (to[0] + pen[0], to[1] + pen[1]) if own else (to[0], to[1])


def _broken(text: str, place: int) -> ExchangeError:
    return ExchangeError("the data of a path", repr(text[place : place + 20]), "Save it again as plain SVG")
