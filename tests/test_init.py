from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


def test_a_western_reader_loads_no_other_script_and_nothing_that_tries_foreign_files() -> None:
    code = (
        "import sys\nfrom inkdigit.recognition import model\nloaded, session = [], model._session\n"
        "model._session = lambda path: (loaded.append(path.name), session(path))[1]\n"
        "import inkdigit\ninkdigit.Reader(settings=inkdigit.Settings()).ink([[(0, 0), (0, 100)]])\n"
        "print(sorted(loaded), [name for name in ('subprocess', 'multiprocessing') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    own = [f"western{kind}.onnx" for kind in ("-line", "-page", "-print", "-row", "-signs", "-strokes", "")]
    assert done.stdout.strip() == f"{own} []"


def test_onnxruntime_tells_nobody_what_it_runs(tmp_path: Path) -> None:
    """It would leave a number for this machine, and what waits to be sent; where CI is set it does not."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_", "CI"))}
    code = "import inkdigit; inkdigit.Reader().ink([[(0, 0), (0, 100)]])"
    subprocess.run([sys.executable, "-c", code], env=environment | {"HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []


def test_who_wants_onnxruntime_to_tell_is_heard() -> None:
    code = "import os, inkdigit; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = os.environ | {"ORT_DISABLE_TELEMETRY": "0"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
