"""What the Qt window allows, with stand-ins for the parts of Qt; test_desktop.py opens real ones."""

from __future__ import annotations

import enum
from typing import Any
from unittest.mock import Mock

import pytest
from here import missing

OURS = "http://127.0.0.1:8377/"


class Kind(enum.Enum):
    MediaVideoCapture = 1
    MediaAudioCapture = 2
    MediaAudioVideoCapture = 3
    Geolocation = 4
    Notifications = 5


@pytest.fixture
def window() -> Any:
    try:
        from inkdigit.desktop.qt_window import QtWindow

        return QtWindow(Mock(), OURS)
    except ImportError as error:
        missing("Qt", f"Install the extra [desktop] and its system libraries ({error}).")


def url(text: str) -> Any:
    from qtpy.QtCore import QUrl

    return QUrl(text)


@pytest.mark.parametrize(
    ("kind", "origin", "allowed"),
    [
        (Kind.MediaVideoCapture, OURS, True),
        (Kind.MediaVideoCapture, "http://127.0.0.1:8378/", False),
        (Kind.MediaVideoCapture, "http://localhost:8377/", False),
        (Kind.MediaVideoCapture, "https://127.0.0.1:8377/", False),
        (Kind.MediaVideoCapture, "https://example.org/", False),
        (Kind.MediaAudioCapture, OURS, False),
        (Kind.MediaAudioVideoCapture, OURS, False),
        (Kind.Geolocation, OURS, False),
        (Kind.Notifications, OURS, False),
    ],
)
def test_the_camera_is_for_our_page_and_nothing_else_for_anyone(
    window: Any, kind: Kind, origin: str, allowed: bool
) -> None:
    asked = Mock()
    asked.permissionType.return_value = kind
    asked.origin.return_value = url(origin)
    window._permit(asked)
    assert (asked.grant.called, asked.deny.called) == (allowed, not allowed)


@pytest.mark.parametrize(("address", "stays"), [(OURS, True), (OURS + "?x", True), ("https://example.org/", False)])
def test_another_address_opens_in_the_browser(
    window: Any, monkeypatch: pytest.MonkeyPatch, address: str, stays: bool
) -> None:
    opened = Mock()
    monkeypatch.setattr("qtpy.QtGui.QDesktopServices.openUrl", opened)
    wanted = Mock()
    wanted.url.return_value = url(address)
    window._go(wanted)
    assert (wanted.reject.called, opened.called) == (not stays, not stays)


def test_a_download_goes_where_the_person_says_and_the_next_begins_there(
    window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(parent: object, title: str, suggested: str) -> tuple[str, str]:
        asked.append(suggested)
        return "/some/where/mine.svg", ""

    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getSaveFileName", choose)
    for _ in range(2):
        download = Mock()
        download.downloadFileName.return_value = "seven.svg"
        window._download(download)
        download.setDownloadDirectory.assert_called_once_with("/some/where")
        download.setDownloadFileName.assert_called_once_with("mine.svg")
        download.accept.assert_called_once_with()
    assert asked[0].endswith("seven.svg")
    assert asked[1] == "/some/where/seven.svg"


def test_a_dialog_put_away_saves_nothing(window: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getSaveFileName", lambda *_: ("", ""))
    download = Mock()
    download.downloadFileName.return_value = "seven.svg"
    window._download(download)
    assert download.cancel.called
    assert not download.accept.called
