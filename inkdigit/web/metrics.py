"""What the server counts, as Prometheus reads it: requests, their times and sizes, answers, refusals, the queue.

Names and units: https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client import Counter as Counts
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import Scope

from inkdigit import __version__
from inkdigit.reader import Reader

router = APIRouter()
FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where processes that serve together leave their counts
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BYTES = (1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8)

_REQUESTS = Counts("inkdigit_http_requests", "Requests that were answered.", ("method", "path", "status"))
_TIMES = Histogram("inkdigit_http_request_duration_seconds", "From request to answer.", ("path",), buckets=_SECONDS)
_SIZES = Histogram("inkdigit_http_request_size_bytes", "Of the bodies that came.", ("path",), buckets=_BYTES)
_SENT = Counts("inkdigit_http_response_bytes", "Of the bodies that were sent.", ("path",))
_ANSWERS = Counts("inkdigit_answers", "Marks that were read, by digit; none: no digit; blank: no ink.", ("digit",))
_REFUSED = Counts("inkdigit_refused_requests", "Requests that were refused, by kind of error.", ("reason",))
_LOST = Counts("inkdigit_readers_lost", "Processes that ended while they read, by reason: time, died.", ("reason",))
_UNDER_WAY = Gauge("inkdigit_http_requests_in_progress", "Requests without an answer yet.", multiprocess_mode="livesum")
_WAITING = Gauge("inkdigit_queue_length", "Requests that wait for room to be read.", multiprocess_mode="livesum")
_PIXELS = Gauge("inkdigit_pixels_in_progress", "Pixels that are read now.", multiprocess_mode="livesum")
_CONNECTIONS = Gauge("inkdigit_connections", "Connections that are open.", multiprocess_mode="livesum")
_MODEL = Gauge("inkdigit_model_info", "1, with what the model in use says of itself.",
               ("script", "model", "commit", "version"), multiprocess_mode="max")  # fmt: skip


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """The counts, as text for Prometheus."""
    room = request.app.state.room
    _WAITING.set(sum(one.waiting for one in room.lines))
    _PIXELS.set(sum(one.pixels for one in room.lines))
    if not os.environ.get(FOLDER):
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def describe(reader: Reader) -> None:
    """Says which model is in use."""
    card = reader.model.card
    made = card.provenance
    _MODEL.labels(card.script, reader.model.path.name, str(made.get("commit", "unknown")), __version__).set(1)


def answered(labels: Iterable[str]) -> None:
    """Counts marks that were read, by what jobs.labels says of them."""
    for label, count in Counter(labels).items():
        _ANSWERS.labels(label).inc(count)


def lost(reason: str) -> None:
    """Counts a process that was reading and ended: "time", or it "died"."""
    _LOST.labels(reason).inc()


def refused(reason: str) -> None:
    """Counts a request that was refused."""
    _REFUSED.labels(reason).inc()


def connections(count: int) -> None:
    """Says how many connections are open."""
    _CONNECTIONS.set(count)


def under_way(more: int) -> None:
    """Counts requests that have begun, or ended where it is negative."""
    _UNDER_WAY.inc(more)


def request(method: str, path: str, status: int, seconds: float, came: int, went: int) -> None:
    """Counts a request that has ended.

    Args:
        path: as `path_of` says it.
        came: bytes of its body.
        went: bytes of the body of its answer.
    """
    requests, times, sizes, sent = _of_requests(method if method in _METHODS else "other", path, status)
    requests.inc()
    times.observe(seconds)
    sizes.observe(came)
    sent.inc(went)


_METHODS = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}


@lru_cache(maxsize=1_000)  # to find them took a third of the time of counting
def _of_requests(method: str, path: str, status: int) -> tuple[Counts, Histogram, Histogram, Counts]:
    """What counts requests like these."""
    return _REQUESTS.labels(method, path, str(status)), _TIMES.labels(path), _SIZES.labels(path), _SENT.labels(path)


def path_of(scope: Scope) -> str:
    """The address as the program knows it, "/api/kept/{number:id}": what people make up is not counted apart."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    return str(path) if path else "/static" if scope["path"].startswith("/static/") else "other"
