"""The words of the page: one file a language, each key used, and the page's own English the same as en.json's."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from here import STATIC
from sheet import ENGLISH, WORDS

from inkdigit.recognition.verdict import KINDS, Verdict


class _Page(HTMLParser):
    """Collects (key, English text) of everything on the page that has a key."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        names = {"data-t-title": "title", "data-t-label": "aria-label", "data-t-alt": "alt"}
        self.found += [(given[key], given.get(name, "")) for key, name in names.items() if key in given]
        self._open = given.get("data-t")
        if self._open is not None:
            self.found.append((self._open, ""))

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.found[-1] = (self._open, self.found[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        self._open = None


PAGES = sorted(STATIC.rglob("*.html"))  # the first screen, and what comes later


def on_page() -> list[tuple[str, str]]:
    parser = _Page()
    for path in PAGES:
        parser.feed(path.read_text(encoding="utf-8"))
    return parser.found


def test_the_page_says_in_english_what_the_english_words_say() -> None:
    assert len(on_page()) > 150
    assert [(key, text) for key, text in on_page() if ENGLISH.get(key) != text] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_word_of_the_page_has_a_key(path: Path) -> None:
    html = re.sub(r"<title>.*?</title>|<span>inkdigit</span>", "", path.read_text(encoding="utf-8"))
    bare = [
        tag
        for tag in re.findall(r"<[a-z][^>]*(?:title|aria-label|alt)=[^>]*>", html)
        if "data-t-" not in tag and 'alt=""' not in tag
    ]
    assert bare == []
    assert (
        re.findall(r"<(?!title)[a-z][^>]*(?<!data-t)>\s*[A-Za-z][^<]*<", re.sub(r"<[^>]*data-t=[^>]*>[^<]*", "", html))
        == []
    )


def test_every_key_in_a_script_has_words() -> None:
    for script in STATIC.rglob("*.js"):
        for key in re.findall(r'\bt\("([^"$]+)"', script.read_text()):
            assert key in ENGLISH, f"{script.name}: {key}"


@pytest.mark.parametrize("language", WORDS)
def test_a_language_has_every_word_with_the_same_places(language: str) -> None:
    own = {key for key in ENGLISH if not re.fullmatch(r"verdict\..*-\d", key)}  # "an 8" is English
    assert own - WORDS[language].keys() == set()
    for key in own:
        assert set(re.findall(r"{\w+}", WORDS[language][key])) == set(re.findall(r"{\w+}", ENGLISH[key])), key


def terms() -> list[tuple[str, str, list[str]]]:
    """(language, word, what is never said for it) of docs/terms.md."""
    text = (STATIC.parents[2] / "docs" / "terms.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    return [(row[0], row[2].casefold(), [one.strip().casefold() for one in row[3].split(",")]) for row in rows[2:]]


def test_one_thing_has_one_word_in_every_language() -> None:
    assert {language for language, _, _ in terms()} == set(WORDS)
    for language, word, never in terms():
        texts = {key: text.casefold() for key, text in WORDS[language].items()}
        assert [key for key, text in texts.items() if word in text], (language, word)
        for other in never:
            assert [key for key, text in texts.items() if other in text] == [], (language, other)


def test_the_page_and_python_say_the_same_of_a_reading() -> None:
    for kind in KINDS:
        assert ENGLISH[f"verdict.{kind}"].lower() == Verdict(kind, "{value}", "{other}").words.lower()
    assert ENGLISH["verdict.fairly-digit-8"].lower() == Verdict("fairly-digit", "3", "8").words


@pytest.mark.parametrize("language", sorted(WORDS))
def test_what_is_heard_of_a_wrong_sum_begins_with_what_is_seen(language: str) -> None:
    """What follows is heard alone: the result stands on the sheet."""
    seen, heard = WORDS[language]["sum.wrong.seen"], WORDS[language]["sum.wrong"]
    assert heard.startswith(seen)
    assert "{result}" in heard[len(seen) :]
