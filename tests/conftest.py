"""Shared by all tests: the reader, the data folder, and what a missing part means."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

import inkdigit
from inkdigit import datasets

ROOT = Path(__file__).parent.parent


def missing(part: str, remedy: str) -> NoReturn:
    """Skips with a reason; on a machine that must have every part (CI=true) it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{part} is missing here, and CI must have it. {remedy}")
    pytest.skip(f"{part} is missing. {remedy}")


@pytest.fixture(scope="session")
def reader() -> inkdigit.Reader:
    return inkdigit.Reader(settings=inkdigit.Settings())


@pytest.fixture(scope="session")
def data_settings() -> inkdigit.Settings:
    """Settings with a data folder that holds MNIST and the pen files."""
    settings = inkdigit.Settings.from_environment()
    if not datasets.has_pen(settings):
        missing("The data folder", "Set INKDIGIT_DATA to the folder that holds mnist/ and pen/.")
    return settings


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of an installed Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    missing("Chromium", "Install it, on Debian: apt-get install chromium.")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", default="", help="folder into which the browser tests write README's pictures")


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures of the page go: the folder of --pictures, or a temporary one."""
    folder = Path(request.config.getoption("--pictures") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
