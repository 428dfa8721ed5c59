from __future__ import annotations

import pytest
from changed import TABS, mirrored_by
from here import ROOT


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("inkdigit/ink/grey.py", ["tests/ink/test_grey.py"]),
        ("inkdigit/store/database.py", ["tests/store/test_database.py", "tests/store/test_database_files.py"]),
        ("inkdigit/reader.py", [f"tests/test_reader{part}.py" for part in ("", "_scripts", "_signs", "_strokes")]),
        ("tests/ink/test_grey.py", ["tests/ink/test_grey.py"]),
        ("inkdigit/web/static/draw/corrections.js", ["tests/web/test_corrections.py", "tests/web/test_words.py"]),
        ("inkdigit/web/static/kept/filters.js", ["tests/web/test_gallery.py", "tests/web/test_words.py"]),
        ("inkdigit/web/static/shared/dom.js", ["tests/web/test_page.py", "tests/web/test_words.py"]),
        ("docs/store.md", ["tests/test_docs.py"]),
        ("start.py", ["tests/test_docs.py", "tests/test_start.py"]),
        ("benchmarks/results/store.json", []),
    ],
)
def test_what_changed_names_the_tests_that_mirror_it(path: str, tests: list[str]) -> None:
    assert mirrored_by(path) == tests


def test_every_tab_of_the_page_has_its_tests() -> None:
    tabs = {folder.name for folder in (ROOT / "inkdigit/web/static").iterdir() if folder.is_dir()} - {"shared", "words"}
    assert set(TABS) == tabs
    assert all((ROOT / f"tests/web/test_{name}.py").is_file() for name in TABS.values())
