"""The container file, as far as it can be held to its word where no container can be built."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from here import ROOT

TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
LINES = [line.split(maxsplit=1) for line in TEXT.splitlines() if line.strip() and not line.startswith("#")]


def said(word: str) -> list[str]:
    return [rest for name, rest in LINES if name == word]


def test_every_file_that_is_copied_is_here_and_reaches_the_build() -> None:
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert let_in[0] == "*"
    copied = [name for rest in said("COPY") if not rest.startswith("--from") for name in rest.split()[:-1]]
    assert copied
    for name in copied:
        assert (ROOT / name).exists()
        assert f"!{name}" in let_in


def test_every_package_is_held_to_its_hash_and_nothing_else_is_fetched() -> None:
    """In this order: what is built of the checkout has no hash, and is built with the setuptools that came before."""
    names = [name for name, _ in LINES]
    asked = [rest for rest in said("RUN") if "pip install" in rest]
    assert len(asked) == 2
    assert "--require-hashes -r constraints.txt" in asked[0]
    for option in ("--no-deps", "--no-build-isolation", "--no-index"):
        assert option in asked[1].split()
    assert asked[1].split()[-1] == "."
    assert LINES[: names.index("RUN")][-1] == ["COPY", "constraints.txt ./"]  # made anew only when it changes


def test_it_does_not_run_as_root() -> None:
    (user,) = said("USER")
    assert int(user) > 0
    assert any(f"useradd --uid {user} " in rest for rest in said("RUN"))
    after = [name for name, _ in LINES][[name for name, _ in LINES].index("USER") :]
    assert "RUN" not in after


def test_what_it_writes_goes_to_the_volume() -> None:
    """Its root may be read-only."""
    values = dict(part.split("=", 1) for rest in said("ENV") for part in shlex.split(rest))
    (volume,) = said("VOLUME")
    assert values["HOME"] == volume
    assert values["INKDIGIT_STORE"].startswith(f"{volume}/")
    assert values["PYTHONDONTWRITEBYTECODE"] == "1"


def test_it_serves_and_nothing_else_is_needed() -> None:
    assert [json.loads(rest) for name in ("ENTRYPOINT", "CMD") for rest in said(name)] == [["inkdigit"], ["serve"]]


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (None, False)])
def test_the_health_check_tells_a_server_that_answers_from_one_that_does_not(status: int | None, healthy: bool) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" and status else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        (check,) = said("HEALTHCHECK")
        command = json.loads(check[check.index("CMD ") + 4 :])
        assert command[0] == "python"
        port = server.server_port if status else 9  # where nobody listens
        code = command[2].replace("127.0.0.1:8377", f"127.0.0.1:{port}")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True)
        server.shutdown()
        thread.join()
    assert (done.returncode == 0) == healthy


def test_the_port_is_the_default_one() -> None:
    from inkdigit.settings import Settings

    assert said("EXPOSE") == [str(Settings().port)]
    assert re.search(rf":{Settings().port}/healthz", TEXT)
