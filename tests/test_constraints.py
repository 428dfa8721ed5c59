"""constraints.txt: every package that reading needs, by version and hash, and not a word on where they come from."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

import pytest
from here import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TEXT = (ROOT / "constraints.txt").read_text(encoding="utf-8")
LINES = [line for line in TEXT.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
PINS = [Requirement(line.partition(" --hash")[0].strip()) for line in LINES]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pinned(wanted: Requirement) -> bool:
    """Whether a version that will do is pinned, for this machine or any other."""
    name = canonicalize_name(wanted.name)
    versions = [next(iter(pin.specifier)).version for pin in PINS if canonicalize_name(pin.name) == name]
    return bool(versions) and all(wanted.specifier.contains(version, prereleases=True) for version in versions)


def test_a_line_is_a_version_and_its_hashes() -> None:
    form = r"[a-z0-9-]+==[\w.]+( ; [^-]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*"
    assert [line for line in LINES if not re.fullmatch(form, line)] == []


def test_no_address_no_path_and_no_option_stands_in_it() -> None:
    assert not re.search(r"://|/|@|\.(org|com|net|io)\b|localhost|^\s*-(?!-hash=)", TEXT, re.MULTILINE)


@pytest.mark.parametrize("wanted", [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]])
def test_what_the_project_asks_for_is_pinned(wanted: str) -> None:
    assert pinned(Requirement(wanted)), "run: make lock"


def test_what_a_pinned_package_asks_for_is_pinned_too() -> None:
    """As far as it is installed here in that version: of another one the needs are not known."""
    here = {canonicalize_name(one.metadata["Name"]): one for one in metadata.distributions()}
    lacking = [
        f"{pin.name} needs {wanted}"
        for pin in PINS
        if pin.name in here and here[pin.name].version in pin.specifier
        for wanted in map(Requirement, here[pin.name].requires or [])
        if (wanted.marker is None or wanted.marker.evaluate({"extra": ""})) and not pinned(wanted)
    ]
    assert lacking == []
