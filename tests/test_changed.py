from __future__ import annotations

import pytest
from changed import mirrored_by


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("inkdigit/ink/sheet.py", ["tests/ink/test_sheet.py"]),
        ("inkdigit/store/database.py", ["tests/store/test_database.py", "tests/store/test_database_files.py"]),
        ("inkdigit/reader.py", ["tests/test_reader.py"]),
        ("tests/ink/test_sheet.py", ["tests/ink/test_sheet.py"]),
        ("inkdigit/web/static/draw/corrections.js", ["tests/web/test_corrections.py", "tests/web/test_words.py"]),
        ("docs/store.md", ["tests/test_docs.py"]),
        ("start.py", ["tests/test_docs.py", "tests/test_start.py"]),
        ("benchmarks/results/store.json", []),
    ],
)
def test_what_changed_names_the_tests_that_mirror_it(path: str, tests: list[str]) -> None:
    assert mirrored_by(path) == tests
