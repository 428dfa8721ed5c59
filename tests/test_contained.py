"""What the container file asks for, done on Linux without a container: a root that cannot be written, and no root."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from here import missing
from test_container import said
from test_packaging import installed, packed, tracked
from waiting import until

TOKEN = "a-token-of-the-test"
# The root is read-only from here on, but for two file systems in memory; then it is another user without rights, who
# may only look into folders that are closed to others, where Python lies in one.
CONTAINED = """
set -e
mount -t tmpfs -o mode=1777 tmpfs "$DATA"
mount -t tmpfs -o mode=1777 tmpfs "$TMPDIR"
mount -o remount,bind,ro /
exec setpriv --reuid "$AS" --regid "$AS" --clear-groups --no-new-privs --bounding-set=-all,+dac_read_search \
  --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search "$@"
"""


def can_contain() -> str:
    """Why this machine cannot; nothing where it can."""
    if os.name != "posix":
        return "it is no POSIX system"
    for name in ("unshare", "setpriv", "mount"):
        if not shutil.which(name):
            missing(name, "Install it, on Debian: apt-get install util-linux.")
    if os.geteuid() != 0:
        return "only root may mount"
    probe = "mount -t tmpfs tmpfs /tmp && mount -o remount,bind,ro / && ! touch /etc/hostname 2>/dev/null"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", probe], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"this machine lets nobody mount ({done.stderr.strip()[:100]})"


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder into which everybody may look: what tests are given otherwise is closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def programs(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with what is built of the files that are copied, and of no others."""
    if reason := can_contain():
        pytest.skip(f"Without a container nothing can be contained here: {reason}.")
    copied = [name for rest in said("COPY") if not rest.startswith("--from") for name in rest.split()[:-1]]
    names = [name for name in tracked() if name in copied or name.split("/")[0] in copied]
    (wheel,) = packed(names, tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("dist"), "--wheel")
    return installed(wheel, place / "opt").parent


@pytest.fixture
def contained(programs: Path, place: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The service as the container starts it, and its port."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port = int(some.getsockname()[1])
    data, scratch = place / "data", place / "scratch"
    for folder in (data, scratch):
        folder.mkdir()
    values = dict(part.split("=", 1) for rest in said("ENV") for part in shlex.split(rest))
    values = {name: value.replace("/data", str(data), 1) for name, value in values.items()}
    (user,) = said("USER")
    values |= {"PATH": f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin", "DATA": str(data), "TMPDIR": str(scratch)}
    values |= {"AS": user, "INKDIGIT_TOKEN": TOKEN, "INKDIGIT_PORT": str(port)}
    (entry,), (started,) = (json.loads(rest) for name in ("ENTRYPOINT", "CMD") for rest in said(name))
    command = ["unshare", "--mount", "sh", "-c", CONTAINED, "sh", entry, started]
    process = subprocess.Popen(
        command, cwd="/", env=values, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process, port
    finally:
        process.kill()
        process.communicate()


def test_it_serves_keeps_and_ends(contained: tuple[subprocess.Popen[str], int], programs: Path) -> None:
    process, port = contained
    (check,) = said("HEALTHCHECK")
    asked = json.loads(check[check.index("CMD ") + 4 :])
    asked[0] = str(programs / asked[0])
    asked[2] = asked[2].replace(":8377", f":{port}")
    until(lambda: process.poll() is not None or subprocess.run(asked, capture_output=True).returncode == 0)
    assert process.poll() is None, process.stdout and process.stdout.read()

    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    assert "Uid:\t10001\t10001\t10001\t10001" in status
    drawn = json.dumps({"strokes": [{"width": 22, "points": [[5, 0], [5, 100]]}]}).encode()
    head = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
    with urlopen(Request(f"http://127.0.0.1:{port}/api/kept", drawn, head)) as answer:
        assert answer.status == 201

    process.send_signal(signal.SIGTERM)
    said_last, _ = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGTERM), said_last  # uvicorn stops, and raises the signal once more
    assert "Traceback" not in said_last
