"""Starting the server: a port, a socket, the browser, and a clean stop."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from ipaddress import ip_address

import uvicorn

from inkdigit.errors import RequestError, SettingError
from inkdigit.reader import Reader
from inkdigit.settings import Settings
from inkdigit.web import serving, workers


def run(settings: Settings, open_browser: bool, any_port: bool, no_auth: bool = False) -> None:
    """Serves until stopped with Ctrl+C.

    Args:
        open_browser: show the page when the server is up.
        any_port: take a free port when the wanted one is taken.
        no_auth: other machines may call without a token.

    Raises:
        RequestError: the port or the address cannot be had.
        ModelError: the model cannot be loaded.
    """
    if not (no_auth or settings.token or is_loopback(settings.host)):
        raise SettingError(
            f"a token, for {settings.host} can be reached from other machines",
            "none",
            "Set INKDIGIT_TOKEN, or allow everybody with --no-auth",
        )
    reader = Reader(settings=settings) if settings.workers == 1 else None
    listener = listen(settings.host, settings.port, any_port)
    address = address_of(listener)

    def on_start() -> None:
        """Tells the address, and shows the page."""
        print(f"Reading at {address} - stop with Ctrl+C", flush=True)
        if settings.token and open_browser:
            print(f"The page: {address}?token={settings.token}", flush=True)
        if open_browser and not _open(f"{address}?token={settings.token}" if settings.token else address):
            print("No browser could be opened; open the address yourself.", file=sys.stderr)

    if reader is None:
        workers.run(settings, listener, on_start)
        return
    with contextlib.suppress(KeyboardInterrupt):
        serving.served(reader, on_start).run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is this machine's alone. A name may lead anywhere, but for "localhost"."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Background:
    """The server in a thread of its own, for a window.

    The socket listens from the start: who calls while the model still loads waits for the answer, not in vain.

    Args:
        listener: bound and listening.
        on_failure: called in the thread when the server cannot start; the reason is then in `error`.
    """

    def __init__(self, settings: Settings, listener: socket.socket, on_failure: Callable[[], None]) -> None:
        self.error: Exception | None = None
        self._settings = settings
        self._listener = listener
        self._on_failure = on_failure
        self._server: uvicorn.Server | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="server", daemon=True)

    def start(self) -> None:
        """Begins to load and to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stops serving, waits until it is so, and raises what kept the server from starting, if anything."""
        self._stopped.set()
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join(self._settings.last_answers_seconds + 3)
        self._listener.close()
        if self.error is not None:
            raise self.error

    def _serve(self) -> None:
        try:
            self._server = serving.served(Reader(settings=self._settings), lambda: None)
            if not self._stopped.is_set():
                self._server.run(sockets=[self._listener])
        except Exception as error:  # raised again where the window is
            self.error = error
            self._on_failure()


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
    except (OSError, TypeError, UnicodeError) as error:  # a name that cannot be one of a machine is a TypeError
        listener.close()
        if any_port and port and isinstance(error, OSError):
            return listen(host, 0, any_port=False)
        reason = getattr(error, "strerror", None) or str(error)
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
