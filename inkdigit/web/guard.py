"""Who may call the server, how much they may send, and the headers on every answer."""

from __future__ import annotations

import hmac
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkdigit.errors import BusyError, InkdigitError, RateError, RequestError, TokenError, TooLargeError, memory_said
from inkdigit.settings import Settings
from inkdigit.web import metrics
from inkdigit.web.logs import LOG
from inkdigit.web.rate import Rate
from inkdigit.web.refusal import FAULT, FORBIDDEN, HEADERS, refuse, status_of

COOKIE = "inkdigit-token"
_OPEN = ("/healthz", "/readyz", "/v2/health/live", "/v2/health/ready")  # whoever looks after the server asks these
_OURS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_MULTIPART = 4_096  # bytes that the frame of a multipart body may add to a file
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class Guard:
    """Checks Host, Origin and the size of the body before anything else runs, and sets the headers of every answer.

    A page of another site could otherwise talk to a server on this machine, by DNS rebinding or by a WebSocket.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._limit = settings.max_file_bytes
        self._token = settings.token
        self._rate = Rate(settings.requests_a_minute)
        self._sockets = 0
        self._most_sockets = settings.max_sockets
        more = {name.strip().lower() for name in settings.allowed_hosts.split(",") if name.strip()}
        self._hosts = _LOCAL | {settings.host.lower()} | more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        send = _with_headers(send)
        if scope["type"] == "http" and scope["method"] == "HEAD":  # what GET would say, without its body
            asked = {**scope, "method": "GET"}
            await self(asked, receive, _without_body(send))
            scope["route"] = asked.get("route")
            return
        error = (
            self._rate_error(scope)
            or self._host_error(headers, scope)
            or self._origin_error(headers, scope)
            or self._size_error(headers)
        )
        error = error or self._token_error(headers, scope)
        if error is None and scope["type"] == "http" and self._brings_token(scope):
            await _welcome(self._token, send)
        elif error is None:
            if scope["type"] == "websocket":
                await self._connected(scope, receive, send)
            else:
                await self._answered(scope, self._limited(receive), send)
        elif scope["type"] == "websocket" and not isinstance(error, RateError):
            await send({"type": "websocket.close", "code": 1008, "reason": str(error)[:120]})
        else:
            status = status_of(error, FORBIDDEN)
            await refuse(error, status, scope, send)

    async def _connected(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a WebSocket in, where there are not too many."""
        if self._sockets >= self._most_sockets:
            error = BusyError(f"at most {self._most_sockets:,} WebSockets", "one more", "Connect again later")
            await refuse(error, status_of(error), scope, send)
            return
        self._sockets += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._sockets -= 1

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Calls the application; whatever it did not foresee becomes an answer of our shape, and a line in the log."""
        begun = False

        async def watched(message: Message) -> None:
            """Sends the message, and knows that the answer has begun."""
            nonlocal begun
            begun = True
            await send(message)

        try:
            with memory_said():
                await self.app(scope, receive, watched)
        except InkdigitError as error:
            if begun:
                raise
            await refuse(error, status_of(error), scope, send)
        except ClientDisconnect:  # whoever asked has gone, so nobody is answered
            return
        except Exception:
            LOG.exception("%s %s failed", scope["method"], metrics.path_of(scope))
            if begun:  # half an answer must not look like a whole one
                raise
            said = InkdigitError("an answer", "a fault in the server", "Look into its log")
            await refuse(said, FAULT, scope, send)

    def _rate_error(self, scope: Scope) -> RateError | None:
        """Counts who is refused too: nobody shall try tokens at any speed. Who looks after the server asks freely."""
        if scope["path"] in _OPEN or scope["path"] == "/metrics" or not scope.get("client"):
            return None
        return self._rate.error(str(scope["client"][0]))

    def _host_error(self, headers: Headers, scope: Scope) -> RequestError | None:
        name = _host_name(headers.get("host", ""))
        server = scope.get("server")
        own = str(server[0]).lower() if server else ""
        if name in self._hosts or (name == own and _is_address(own)):
            return None
        return RequestError(
            "a call under this server's own name", repr(name), "Allow the name with INKDIGIT_ALLOWED_HOSTS"
        )

    def _origin_error(self, headers: Headers, scope: Scope) -> RequestError | None:
        origin = headers.get("origin")
        safe = scope["type"] == "http" and scope["method"] in ("GET", "HEAD", "OPTIONS")
        if origin is None or safe or _netloc(origin) == headers.get("host", "").lower():
            return None
        return RequestError("a call from our own page", f"origin {origin[:100]}", "Open the page of this server")

    def _token_error(self, headers: Headers, scope: Scope) -> TokenError | None:
        """Where a token is asked for, everything but the question whether the server is well needs it."""
        if not self._token or scope["path"] in _OPEN or self._brings_token(scope):
            return None
        kind, _, given = headers.get("authorization", "").partition(" ")
        cookie = SimpleCookie()
        with suppress(CookieError):
            cookie.load(headers.get("cookie", ""))
        brought = [given.strip()] if kind.lower() == "bearer" else []
        brought += [cookie[COOKIE].value] if COOKIE in cookie else []
        if any(_same(one, self._token) for one in brought):
            return None
        return TokenError(
            "the token of this server", "none, or another", "Send it as Authorization: Bearer, or open /?token="
        )

    def _brings_token(self, scope: Scope) -> bool:
        """Whether the page is asked for with the right token in its address."""
        if not self._token or scope["path"] != "/":
            return False
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        return any(_same(one, self._token) for one in asked.get("token", []))

    def _size_error(self, headers: Headers) -> RequestError | None:
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) <= self._limit + _MULTIPART:
            return None
        return _too_large(self._limit)

    def _limited(self, receive: Receive) -> Receive:
        """Counts what really comes: a body without Content-Length is stopped at the limit too."""
        total = 0

        async def counted() -> Message:
            """The next part of the body, counted."""
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self._limit + _MULTIPART:
                raise _too_large(self._limit)
            return message

        return counted


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"a body of at most {limit:,} bytes", "a larger one", "Send a smaller picture")


def _netloc(origin: str) -> str | None:
    """ "http://LOCALHOST:80" -> "localhost:80", broken -> None."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _host_name(host: str) -> str:
    """ "[::1]:80" -> "::1", "LOCALHOST:80" -> "localhost", broken -> ""."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        """Sends the message, the first with our headers."""
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            given = message.get("headers", ())
            named = {name for name, _ in given}
            message["headers"] = [*given, *(one for one in _OURS if one[0] not in named)]
        await send(message)

    return sender


def _same(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


async def _welcome(token: str, send: Send) -> None:
    """Keeps the token in a cookie of the browser, and goes on to the page, without it in the address."""
    cookie: SimpleCookie = SimpleCookie()
    cookie[COOKIE] = token
    kept = cookie[COOKIE].OutputString() + "; Path=/; HttpOnly; SameSite=Strict"
    headers = [(b"location", b"/"), (b"set-cookie", kept.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _without_body(send: Send) -> Send:
    async def sender(message: Message) -> None:
        """Sends the message, its body left out."""
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return sender
