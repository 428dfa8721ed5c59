from __future__ import annotations

import pytest

from inkdigit import errors


def test_a_message_says_expected_got_and_what_to_do() -> None:
    error = errors.PictureError("a picture", "a song", "Show me a picture")
    assert str(error) == "Expected a picture, got a song. Show me a picture."
    assert error.to_json() == {
        "error": {
            "kind": "picture",
            "message": "Expected a picture, got a song. Show me a picture.",
            "expected": "a picture",
            "got": "a song",
            "remedy": "Show me a picture",
        }
    }


@pytest.mark.parametrize("kind", errors.InkdigitError.__subclasses__())
def test_every_error_has_a_kind_of_its_own(kind: type[errors.InkdigitError]) -> None:
    assert kind.kind != errors.InkdigitError.kind
    assert isinstance(kind("a", "b", "c"), errors.InkdigitError)


def test_what_a_library_quotes_stays_one_printable_line() -> None:
    error = errors.PictureError("a picture", "a name\nof \x02 marks " + "x" * 5_000, "Save it")
    assert str(error).startswith("Expected a picture, got a name of ? marks xxx")
    assert str(error).endswith("x.... Save it.")
    assert len(str(error)) < 400
    assert "\n" not in str(error)
    ours = "Run this " * 100
    assert errors.PictureError("a", "b", ours).remedy == ours
    for name in ("naïve 手書き", "two  spaces.png", "نیم\u200cفاصله"):
        assert errors.PictureError("a", name, "c").got == name
    assert errors.PictureError("a", "half\udcff.png", "c").got == "half?.png"
