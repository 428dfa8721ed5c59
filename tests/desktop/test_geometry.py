from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from screen import free_port

from inkdigit.desktop import geometry
from inkdigit.desktop.geometry import Geometry, claim, load, save
from inkdigit.errors import WindowError
from inkdigit.settings import Settings

WALL = [(0, 0, 1280, 900), (1280, 0, 1920, 1080)]


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    for one in (Geometry(), Geometry(1000, 700, -8, 57, True)):
        save(tmp_path, one)
        assert load(tmp_path) == one
    assert os.listdir(tmp_path) == ["frame.json"]


def test_a_window_that_was_never_open_has_the_default() -> None:
    assert load(Path("nowhere")) == Geometry(1120, 760, None, None, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"width": 1000',
        '{"wide": 1000}',
        '{"width": "1000"}',
        '{"width": 1e400}',
        '{"width": NaN}',
        '{"width": true}',
        '{"width": 359}',
        '{"height": 479}',
        '{"width": 20001}',
        '{"left": 20001, "top": 0}',
        '{"left": 1.5}',
        '{"maximized": "yes"}',
        "[" * 100_000,
    ],
)
def test_a_broken_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "frame.json").write_text(text)
    assert load(tmp_path) == Geometry()


def test_bytes_that_are_no_text_are_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "frame.json").write_bytes(b"\xff\xfe\x00")
    assert load(tmp_path) == Geometry()


@pytest.mark.parametrize("size", [(360, 480), (20_000, 20_000)])
def test_the_least_and_the_largest_size_are_taken(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "frame.json").write_text(json.dumps({"width": size[0], "height": size[1]}))
    assert load(tmp_path) == Geometry(*size)


def test_a_folder_that_cannot_be_written_does_not_stop_the_closing(tmp_path: Path) -> None:
    save(tmp_path / "none", Geometry())
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("place", "stays"),
    [
        ((0, 0), True),
        ((-920, 0), True),  # 80 pixels are left to take hold of
        ((-921, 0), False),
        ((3120, 300), True),  # the same on the right of the second screen
        ((3121, 300), False),
        ((100, 876), True),
        ((100, 877), False),
        ((100, -1), False),  # its bar is above the screen
        ((1300, 1050), True),
        ((5000, 5000), False),
    ],
)
def test_a_place_counts_only_while_its_bar_can_be_reached(place: tuple[int, int], stays: bool) -> None:
    was = Geometry(1000, 700, *place)
    assert was.on(WALL) == (was if stays else Geometry(1000, 700))


def test_without_a_screen_to_ask_about_no_place_is_used() -> None:
    assert Geometry(1000, 700, 5, 5, True).on([]) == Geometry(1000, 700, maximized=True)
    assert Geometry(1000, 700).on([]) == Geometry(1000, 700)


def test_each_window_has_a_port_and_a_folder_of_its_own(tmp_path: Path) -> None:
    settings = Settings(windows=str(tmp_path), port=free_port())
    first, home = claim(settings)
    second, other = claim(settings)
    with first, second:
        assert first.getsockname() == ("127.0.0.1", settings.port)
        assert second.getsockname()[1] in range(settings.port + 1, settings.port + 10)
        assert home == tmp_path / str(settings.port)
        assert other == tmp_path / str(second.getsockname()[1])
        assert home.stat().st_mode & 0o077 == 0
    again, same = claim(settings)
    with again:
        assert same == home


def test_when_all_neighbours_are_taken_any_port_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geometry, "_NEIGHBOURS", 1)
    settings = Settings(windows=str(tmp_path), port=free_port())
    first, _ = claim(settings)
    second, _ = claim(settings)
    with first, second:
        assert second.getsockname()[1] != settings.port


def test_the_last_port_of_all_has_no_neighbours(tmp_path: Path) -> None:
    with claim(Settings(windows=str(tmp_path), port=65535))[0] as one:
        assert one.getsockname()[1]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WindowError, match="INKDIGIT_WINDOWS"):
        claim(Settings(windows=str(tmp_path / "file"), port=free_port()))
