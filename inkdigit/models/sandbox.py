"""Work on a file that a stranger made, in a process of its own: it may take so long and so much memory, and no more.

The process has no folder of ours on its path but the package's, an empty folder to work in, and no network: on Linux
the kernel takes that away where it allows a process to ask for it; everywhere, Python's own sockets are refused. Limits
of memory, of processor time and of files written are the kernel's: Linux keeps all of them, macOS does not keep that of
memory, Windows has none of them. There the clock alone ends what takes too long.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from inkdigit import errors
from inkdigit.errors import InkdigitError, ModelError, memory_said, wants_memory
from inkdigit.settings import Settings

_ROOT = str(Path(__file__).parents[2])  # behind all else on the path of the process, for where it is not installed
_START = f"import sys; sys.path.append({_ROOT!r}); from inkdigit.models.sandbox import child; child()"
_LARGEST = 2_000_000_000  # bytes of a file that the process writes
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # of unshare(2)
_NETWORK = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")


def call(task: Callable[..., Any], *arguments: Any, settings: Settings, about: str) -> Any:
    """Runs a function of ours in a process of its own, and returns what it returns.

    Args:
        task: a function of a module of this package.
        arguments: what json can write; what the task returns must be so too.
        about: the file's name, for errors.

    Raises:
        InkdigitError: the task's own.
        ModelError: it takes longer or more memory than the settings allow, or the process broke.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        place = scratch / "empty"
        place.mkdir()
        order = {
            "module": task.__module__,
            "name": task.__name__,
            "arguments": arguments,
            "seconds": settings.model_seconds,
            "bytes": settings.max_model_memory,
            "answer": str(scratch / "answer.json"),
        }
        (scratch / "order.json").write_text(json.dumps(order), encoding="utf-8")
        with open(scratch / "said", "wb") as said:
            code = _finished(str(scratch / "order.json"), place, said, settings.model_seconds)
        try:
            answer = json.loads((scratch / "answer.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise _broken(code, (scratch / "said").read_bytes()[-4_000:], settings, about) from None
    if "error" in answer:
        kind, parts = answer["error"]
        raise getattr(errors, kind)(*parts)
    if "memory" in answer:
        raise _too_much(settings, about)
    return answer["result"]


def _finished(order: str, place: Path, said: Any, seconds: int) -> int | None:
    """The exit code of the process that does an order; None where it took too long and was ended."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _START, order],
        cwd=place,
        env=_environment(place),
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=said,
        start_new_session=sys.platform != "win32",
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:  # and where a person stops waiting: nothing of it is left behind
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL) if sys.platform != "win32" else process.kill()
        process.wait()


def _environment(place: Path) -> dict[str, str]:
    """Ours without what has Python load more than is installed; caches and settings of others go to a folder apart."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    more = {"KERAS_BACKEND": "torch", "KERAS_HOME": str(place), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    return kept | more | {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "TMPDIR": str(place)}


def _too_much(settings: Settings, about: str) -> ModelError:
    limit = f"a model that can be tried in {settings.max_model_memory:,} bytes of memory"
    remedy = "Bring a smaller model, or raise INKDIGIT_MAX_MODEL_MEMORY"
    return ModelError(limit, f"{about}, which needs more", remedy)


def _broken(code: int | None, said: bytes, settings: Settings, about: str) -> ModelError:
    """What to say of a process that left no answer."""
    if code is None or code == -getattr(signal, "SIGXCPU", 0):
        remedy = "Bring a smaller model, or raise INKDIGIT_MODEL_SECONDS"
        return ModelError(
            f"a model that can be tried in {settings.model_seconds} seconds", f"{about}, which takes longer", remedy
        )
    text = said.decode("utf-8", "replace")
    if wants_memory(text):
        return _too_much(settings, about)
    last = (text.strip().splitlines() or ["no message"])[-1][:200]
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    got = f"{about}, on which the trial broke ({how}: {last})"
    return ModelError("a model that can be tried", got, "Export it again")


def child() -> None:
    """What the process does: it limits itself, does the order, and writes the answer beside it."""
    order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    _without_network()
    _limited(order["seconds"], order["bytes"])
    answer: dict[str, Any]
    try:
        task = getattr(importlib.import_module(order["module"]), order["name"])
        answer = {"result": task(*order["arguments"])}
    except InkdigitError as error:
        answer = {"error": [type(error).__name__, [error.expected, error.got, error.remedy]]}
        if wants_memory(error.got):
            answer = {"memory": True}
    except MemoryError:
        answer = {"memory": True}
    Path(order["answer"]).write_text(json.dumps(answer), encoding="utf-8")
    os._exit(0)  # what else the process holds may take long to be given back


def _limited(seconds: int, most: int) -> None:
    """Limits what the process may still take."""
    wanted = {"RLIMIT_CPU": seconds + 1, "RLIMIT_DATA": most, "RLIMIT_FSIZE": _LARGEST, "RLIMIT_CORE": 0}
    for name, limit in wanted.items():
        _limit(name, limit, for_good=True)


@contextlib.contextmanager
def memory(most: int) -> Iterator[None]:
    """Within it the process may hold so much memory, and no more, where the kernel keeps that limit.

    RLIMIT_DATA counts bytes that a process can write to, and not the libraries that it maps to read, as RLIMIT_AS does:
    those of torch with CUDA, which converts Keras files, have gigabytes.

    Raises:
        BusyError: what is done within needs more.
    """
    before = _limit("RLIMIT_DATA", most)
    try:
        with memory_said():
            yield
    finally:
        if before is not None:
            _limit("RLIMIT_DATA", before)


def _limit(name: str, most: int, for_good: bool = False) -> int | None:
    """Sets a limit of the process, not above that which nobody may pass; what it was, or None where there is none."""
    try:
        import resource

        kind = getattr(resource, name)
        before, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most if for_good else hard))
    except (ImportError, AttributeError, OSError, ValueError):  # Windows; macOS takes no limit of memory
        return None
    return before


def _without_network() -> None:
    def refuse(event: str, _: Any) -> None:
        """Stops what asks for the network. Raises PermissionError."""
        if event in _NETWORK:
            raise PermissionError("no network here")

    sys.addaudithook(refuse)
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            unshare = ctypes.CDLL(None, use_errno=True).unshare
            if unshare(_NEW_NETWORK):  # root may; others become root of a world of their own first
                unshare(_NEW_USER | _NEW_NETWORK)
