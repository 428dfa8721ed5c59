"""Starting the server: a port, a socket, the browser, and a clean stop."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable

import uvicorn

from inkdigit.errors import RequestError
from inkdigit.reader import Reader
from inkdigit.settings import Settings
from inkdigit.web.app import create_app


class _Server(uvicorn.Server):
    """Says when it is up."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts as uvicorn does, then calls on_start."""
        await super().startup(sockets)
        if self.started:
            self._on_start()


def run(settings: Settings, open_browser: bool, any_port: bool) -> None:
    """Serves until stopped with Ctrl+C.

    Args:
        open_browser: show the page when the server is up.
        any_port: take a free port when the wanted one is taken.

    Raises:
        RequestError: the port or the address cannot be had.
        ModelError: the model cannot be loaded.
    """
    reader = Reader(settings=settings)
    listener = listen(settings.host, settings.port, any_port)
    address = address_of(listener)

    def on_start() -> None:
        """Tells the address, and shows the page."""
        print(f"Reading at {address} - stop with Ctrl+C", flush=True)
        if open_browser and not _open(address):
            print("No browser could be opened; open the address yourself.", file=sys.stderr)

    config = uvicorn.Config(
        create_app(reader),
        log_level="warning",
        ws="websockets-sansio",
        ws_max_size=2 * settings.max_message_bytes,  # up to here the answer can still say what is wrong
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, on_start).run(sockets=[listener])


def listen(host: str, port: int, any_port: bool) -> socket.socket:
    """A bound socket. Made by hand, with its protocol named, so that answers are sent without Nagle's delay.

    Raises:
        RequestError: the port is taken (and any_port is False), not allowed, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # there the option lets two programs share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if any_port and port:
            return listen(host, 0, any_port=False)
        reason = error.strerror or str(error)
        raise RequestError(
            f"a free port {port} on {host}", reason, "Choose another with --port, or stop the program that has it"
        ) from None
    return listener


def address_of(listener: socket.socket) -> str:
    """What to type into a browser to reach a bound socket."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - the wildcard is compared, not bound
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _open(address: str) -> bool:
    """Opens the browser without waiting for it; False when there is none."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    threading.Thread(target=browser.open, args=(address,), daemon=True).start()
    return True
