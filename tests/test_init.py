from __future__ import annotations

import subprocess
import sys

import pytest

import inkdigit


def test_the_front_door_is_short() -> None:
    assert inkdigit.__all__ == [
        "Digit", "InkdigitError", "Number", "Page", "Reader", "Settings", "Strokes", "read",
    ]  # fmt: skip
    for name in inkdigit.__all__:
        assert getattr(inkdigit, name).__name__ == name
        assert name in dir(inkdigit)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Writer'"):
        _ = inkdigit.Writer


@pytest.mark.parametrize(
    "statement", ["import inkdigit", "import inkdigit; inkdigit.Reader()", "import inkdigit.cli.commands"]
)
def test_reading_loads_neither_torch_nor_fastapi(statement: str) -> None:
    heavy = "'torch', 'fastapi', 'pooch', 'matplotlib', 'sqlalchemy', 'ray', 'pyarrow'"
    code = f"import sys; {statement}; print([n for n in ({heavy}) if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
