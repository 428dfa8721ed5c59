"""From nothing to an answer: start, import, memory and installed size, as whole processes.

python -m benchmarks.start
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from benchmarks import RESULTS
from benchmarks.pictures import seven
from inkdigit.evaluation.report import write
from inkdigit.evaluation.speed import time_processes

ROOT = Path(__file__).parent.parent
LIMITS = {"read_s": 0.9, "import_s": 0.15, "memory_mb": 160, "install_mb": 450}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "one.png"
        Image.fromarray(seven()).save(picture)
        nothing, _ = time_processes([sys.executable, "-c", "pass"], 15, 2)
        imported, _ = time_processes([sys.executable, "-c", "import inkdigit"], 15, 2)
        loaded, _ = time_processes([sys.executable, "-c", "import inkdigit; inkdigit.Reader()"], 15, 2)
        read, memory = time_processes([sys.executable, "-m", "inkdigit", "read", str(picture), "--single"], 15, 2)
        figures = {
            "python alone": nothing.to_json(),
            "python and import inkdigit": imported.to_json(),
            "import inkdigit, median s": round(imported.median - nothing.median, 4),
            "import inkdigit and Reader(), median s": round(loaded.median - nothing.median, 4),
            "inkdigit read one.png --single": read.to_json(),
            "memory of that command, MB": memory,
            "runtime install, MB": installed_size(Path(folder) / "venv"),
            "limits": LIMITS,
        }
    write(RESULTS / "start.json", "python -m benchmarks.start", figures)
    for name, figure in figures.items():
        print(f"{name:34} {figure}")


def installed_size(venv: Path) -> float:
    """MB (10**6 bytes on disk) of a fresh environment with the runtime and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", str(ROOT)]
    subprocess.run(pip, check=True, capture_output=True)
    files = [path.lstat() for path in venv.rglob("*") if path.is_file() and not path.is_symlink()]
    return round(sum(stat.st_blocks * 512 for stat in files) / 1e6, 1)


if __name__ == "__main__":
    main()
