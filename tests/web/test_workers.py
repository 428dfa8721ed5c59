"""Several processes behind one address: they answer together, one that dies is replaced, and all stop in good order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import psutil
import pytest
from drawn import encoded, picture
from waiting import until

from inkdigit.settings import Settings
from inkdigit.web.connections import BACKLOG
from inkdigit.web.server import Background

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes share a socket by fork and spawn of POSIX")
SEVEN = encoded(picture(7))


class Service:
    """`inkdigit serve` with options, in a process of its own."""

    def __init__(self, *options: str, **environment: str) -> None:
        command = [sys.executable, "-m", "inkdigit", "serve", "--port", "0", *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("Reading at"), self.process.communicate()
        self.address = line.split()[2]

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that serve."""
        return [one for one in psutil.Process(self.process.pid).children() if "spawn_main" in " ".join(one.cmdline())]

    def read(self) -> str:
        """Reads a 7 over a new connection."""
        answer = httpx2.post(self.address + "api/read", content=SEVEN, timeout=60)
        return str(answer.json()["numbers"][0]["text"])

    def status(self, path: str) -> int | None:
        """Of an answer; None where nobody answers."""
        try:
            return int(httpx2.get(self.address + path, timeout=60).status_code)
        except httpx2.TransportError:
            return None


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    options, environment = getattr(request, "param", ((), {}))
    found = Service(*options, **environment)
    yield found
    found.process.kill()
    found.process.communicate()


two = pytest.mark.parametrize("service", [(("--workers", "2"), {})], indirect=True)


@two
def test_one_that_is_killed_is_replaced_and_nobody_waits_for_it(service: Service) -> None:
    assert len(service.workers) == 2
    first = service.workers[0]
    first.send_signal(signal.SIGKILL)
    assert [service.read() for _ in range(5)] == ["7"] * 5, "the other one answers"
    assert service.process.stderr is not None
    assert "another takes its place" in service.process.stderr.readline()
    until(lambda: len(service.workers) == 2)
    assert first.pid not in {one.pid for one in service.workers}
    assert service.read() == "7"


@two
def test_they_count_together(service: Service) -> None:
    for _ in range(6):
        service.read()
    told = httpx2.get(service.address + "metrics", timeout=60).text
    assert 'inkdigit_answers_total{digit="7"} 6.0' in told
    assert "inkdigit_model_info" in told


@two
def test_they_end_with_the_first_process_even_where_that_is_killed(service: Service) -> None:
    family = service.workers
    service.process.kill()
    until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family))
    assert service.status("healthz") is None


@two
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_them(service: Service, number: int) -> None:
    family = service.workers
    service.process.send_signal(number)
    assert service.process.wait(60) == 0
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family)


@pytest.mark.parametrize(
    "service",
    [((), {"INKDIGIT_DRAIN_SECONDS": "3600"}), (("--workers", "2"), {"INKDIGIT_DRAIN_SECONDS": "2"})],
    indirect=True,
    ids=["one", "two"],
)
def test_readiness_goes_first(service: Service, request: pytest.FixtureRequest) -> None:
    assert service.status("readyz") == 200
    service.process.send_signal(signal.SIGTERM)
    if "one" in request.node.callspec.id:
        until(lambda: service.status("readyz") == 503)
        assert service.status("healthz") == 200, "what still comes is answered"
        assert service.read() == "7"
        service.process.send_signal(signal.SIGTERM)  # a second one hastens the end
    assert service.process.wait(60) is not None
    assert service.status("healthz") is None


@pytest.mark.parametrize(
    "service",
    [(options, {"INKDIGIT_LAST_ANSWERS_SECONDS": "60"}) for options in ((), ("--workers", "2"))],
    indirect=True,
    ids=["one", "two"],
)
def test_answers_under_way_are_sent_before_the_end(service: Service) -> None:
    port = int(service.address.rstrip("/").rsplit(":", 1)[1])
    head = f"POST /api/read HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(SEVEN)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 60) as half:
        half.sendall(head.encode() + SEVEN[:100])
        assert service.read() == "7"  # by then the half one has been begun as well
        service.process.send_signal(signal.SIGTERM)
        until(lambda: service.status("healthz") is None)
        half.sendall(SEVEN[100:])
        answer = b""
        while part := half.recv(65_536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"text":"7"' in answer


def test_a_model_that_cannot_be_loaded_is_said_once(tmp_path: object) -> None:
    command = [
        sys.executable,
        "-m",
        "inkdigit",
        "serve",
        "--port",
        "0",
        "--workers",
        "2",
        "--model",
        f"{tmp_path}/no.onnx",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr.count("no.onnx") == 1
    assert "Traceback" not in done.stderr


class Listening(socket.socket):
    """Remembers how many connections the system was asked to hold."""

    held: list[int]

    def listen(self, backlog: int = 0) -> None:
        """As socket.listen."""
        self.held.append(backlog)
        super().listen(backlog)


@pytest.mark.parametrize("workers", [1, 2])
def test_one_of_several_takes_a_connection_at_a_time_while_as_many_as_ever_wait(workers: int) -> None:
    """It took all that waited, up to 32 of 32, and left the others idle."""
    listener = Listening(socket.AF_INET, socket.SOCK_STREAM)
    listener.held = []
    listener.bind(("127.0.0.1", 0))
    server = Background(Settings(workers=workers), listener, lambda: None)
    server.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/readyz"
    try:
        until(lambda: len(listener.held) == 2)
        assert httpx2.get(address, timeout=60).status_code == 200
    finally:
        server.stop()
    assert listener.held == [BACKLOG if workers == 1 else 1, BACKLOG]
