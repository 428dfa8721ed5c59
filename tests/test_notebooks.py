"""The notebook runs from its first cell to its last, on scikit-learn's digits and with few steps."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import numpy as np
import pytest
from sklearn.datasets import load_digits

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore")  # of the kernel's own packages
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = load_digits()
    images = np.kron((digits.images[:400] * 255 / 16).astype(np.uint8), np.ones((3, 3), np.uint8))
    np.savez(tmp_path / "digits.npz", images=images, labels=digits.target[:400])
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "the notebook is kept without what it printed"
    setting = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert "own = None" in setting.source
    setting.source = f"own = {str(tmp_path / 'digits.npz')!r}\nseed = 1"
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    printed = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert "400 pictures of 24x24" in printed
    assert "read wrong" in printed
    assert "not look like a digit" in printed
