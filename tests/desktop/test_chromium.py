from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from inkdigit.desktop import chromium, screen
from inkdigit.desktop.chromium import Chromium, find
from inkdigit.desktop.geometry import Geometry
from inkdigit.errors import WindowError


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is all of PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def program(path: Path, text: str = "exit 0") -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere browsers stand in folders of the system")
def test_a_browser_is_found_on_the_path_chromium_first(path: Path) -> None:
    assert find() is None
    edge = program(path / "microsoft-edge")
    assert find() == edge
    assert find() != program(path / "something-else")
    assert program(path / "chromium") == find()


def test_programs_have_their_places_on_windows(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / name))
    places = chromium._usual_places()
    assert str(places[0]).endswith("chrome.exe")
    assert str(tmp_path / "PROGRAMFILES(X86)") in str(places)
    assert find() is None


def test_programs_have_their_places_on_a_mac(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("HOME", str(tmp_path))
    chrome = tmp_path / "Applications" / "Google Chrome.app" / "Contents" / "MacOS" / "Google Chrome"
    chrome.parent.mkdir(parents=True)
    program(chrome)
    assert chrome in chromium._usual_places()


def test_it_opens_one_page_in_a_profile_of_its_own(tmp_path: Path) -> None:
    said = tmp_path / "said"
    browser = program(tmp_path / "chromium", f'printf "%s\\n" "$@" > {said}')
    Chromium(browser, "http://127.0.0.1:8377/", tmp_path).show()
    words = said.read_text().splitlines()
    assert words[0] == "--app=http://127.0.0.1:8377/"
    assert words[1].startswith("--user-data-dir=")
    assert "--window-size=1120,760" in words
    assert not any(word.startswith("--window-position") for word in words)
    assert ("--no-sandbox" in words) == (os.geteuid() == 0)


def test_a_browser_that_fails_is_quoted(tmp_path: Path) -> None:
    browser = program(tmp_path / "chromium", "echo no room >&2; exit 3")
    with pytest.raises(WindowError, match=r"exit code 3 and 'no room'.*inkdigit app"):
        Chromium(browser, "http://127.0.0.1:8377/", tmp_path).show()


def test_a_browser_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    (tmp_path / "chromium").write_text("not a program")
    with pytest.raises(WindowError, match=r"Permission denied"):
        Chromium(tmp_path / "chromium", "http://127.0.0.1:8377/", tmp_path).show()


def test_a_window_closed_before_it_opened_stays_closed(tmp_path: Path) -> None:
    window = Chromium(program(tmp_path / "chromium", "exit 3"), "http://127.0.0.1:8377/", tmp_path)
    window.close()
    window.show()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Geometry()),
        ("{", Geometry()),
        ("{}", Geometry()),
        ('{"browser": {"app_window_placement": {}}}', Geometry()),
        ('{"browser": {"app_window_placement": {"a": {"bottom": 1, "left": 0}}}}', Geometry()),
        ('{"browser": {"app_window_placement": {"a": {"bottom": "1", "left": 0, "right": 9, "top": 2}}}}', Geometry()),
        ('{"browser": {"app_window_placement": {"a": {"bottom": 9, "left": 0, "right": 9, "top": 2}}}}', Geometry()),
    ],
)
def test_a_profile_without_a_sound_place_gives_the_default(tmp_path: Path, text: str, expected: Geometry) -> None:
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(text)
    assert chromium._left(tmp_path) == expected


def test_the_place_is_read_from_the_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "areas", lambda: [(0, 0, 1280, 900)])
    place = {"left": 101, "top": 57, "right": 1101, "bottom": 757, "maximized": True}
    tree = {"browser": {"app_window_placement": {"127": {"0": {"0": {"1_/": place}}}}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(tree))
    assert chromium._left(tmp_path) == Geometry(1000, 700, 101, 57, True)
    flags = chromium._flags("http://127.0.0.1:8377/", tmp_path)
    assert {"--window-size=1000,700", "--window-position=101,57", "--start-maximized"} <= set(flags)
    monkeypatch.setattr(screen, "areas", lambda: [(0, 0, 100, 50)])
    assert chromium._left(tmp_path) == Geometry(1000, 700, maximized=True)
