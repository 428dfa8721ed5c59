from __future__ import annotations

import base64
import json

import pytest
from drawn import BAD_STROKES, DIGITS

import inkdigit
from inkdigit.web.messages import answer, hello


def ask(reader: inkdigit.Reader, message: object) -> dict[str, object]:
    found = json.loads(answer(reader, json.dumps(message), lambda script: reader) or "")
    assert isinstance(found, dict)
    return found


def test_hello_tells_the_limits() -> None:
    assert json.loads(hello(inkdigit.Settings(max_points=5))) == {
        "hello": {"max_points": 5, "max_strokes": 2000, "max_message_bytes": 1_000_000}
    }


def test_a_drawing_is_answered_with_its_id_reading_and_glyph(reader: inkdigit.Reader) -> None:
    found = ask(reader, {"id": 12, "strokes": DIGITS[4]})
    assert found["id"] == 12
    number = found["number"]
    assert isinstance(number, dict)
    assert number["text"] == "4"
    pixels = base64.b64decode(number["digits"][0]["glyph"])
    assert len(pixels) == 784
    assert max(pixels) > 200


def test_a_blank_drawing_has_no_digits(reader: inkdigit.Reader) -> None:
    number = ask(reader, {"id": 1, "strokes": []})["number"]
    assert (number["text"], number["confidence"], number["box"], number["digits"]) == ("", 1.0, None, [])


@pytest.mark.parametrize(("raw", "words"), BAD_STROKES.values(), ids=BAD_STROKES)
def test_a_bad_drawing_is_answered_with_what_is_wrong(reader: inkdigit.Reader, raw: object, words: str) -> None:
    text = json.dumps({"id": 3, "strokes": raw})
    if len(text) > reader.settings.max_message_bytes:
        words = "at most 1,000,000 bytes"
    found = json.loads(answer(reader, text, lambda script: reader))
    assert words in found["error"]["message"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "null", "{}", '{"id": 1}', '{"strokes": []}', '{"id": "1", "strokes": []}',
     '{"id": true, "strokes": []}', "[" * 100_000],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_a_message_of_another_kind_is_answered_with_what_to_send(reader: inkdigit.Reader, text: str) -> None:
    found = json.loads(answer(reader, text, lambda script: reader))
    assert found["id"] is None
    assert found["error"]["kind"] == "request"
    assert '"strokes"' in found["error"]["remedy"]


def test_the_limit_of_a_message_holds_below_at_and_above() -> None:
    text = json.dumps({"id": 1, "strokes": DIGITS[0]})
    two_bytes = json.dumps({"id": 1, "strokes": DIGITS[0], "x": "é" * 100}, ensure_ascii=False)
    for message, size in ((text, len(text)), (two_bytes, len(two_bytes) + 100)):
        for spare, fits in ((1, True), (0, True), (-1, False)):
            small = inkdigit.Reader(settings=inkdigit.Settings(max_message_bytes=size + spare))
            found = json.loads(answer(small, message, lambda script, small=small: small))
            assert ("number" in found) is fits
            assert fits or found["error"]["got"] == f"{size:,}"
