"""Room to read in: so much at once, so many waiting, in the order of asking, and nothing lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from functools import wraps
from typing import Any

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from drawn import encoded, picture
from fastapi.testclient import TestClient
from PIL import Image

import inkdigit
from inkdigit.errors import BusyError
from inkdigit.web.app import create_app
from inkdigit.web.room import Room, pixels_of


def in_a_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Runs a test in a loop of its own: in the thread of a browser one runs already."""

    @wraps(test)
    def run() -> None:
        with start_blocking_portal() as portal:
            portal.call(test)

    return run


def room(pixels: int = 1_000_000, waiting: int = 2) -> Room:
    return Room(inkdigit.Settings(max_pixels_at_once=pixels, max_waiting=waiting))


async def held(place: Room, pixels: int, said: list[int], number: int, go: anyio.Event) -> None:
    async with place.taken(pixels):
        said.append(number)
        await go.wait()


async def settled() -> None:
    """Lets everything run that can."""
    for _ in range(10):
        await anyio.lowlevel.checkpoint()


@in_a_loop
async def test_what_fits_is_read_at_once_and_the_rest_waits_in_its_order() -> None:
    place, said, go = room(), list[int](), [anyio.Event() for _ in range(4)]
    async with anyio.create_task_group() as tasks:
        for number, pixels in enumerate((600_000, 300_000, 500_000, 200_000)):
            tasks.start_soon(held, place, pixels, said, number, go[number])
            await settled()
        assert said == [0, 1]
        assert place.waiting == 2, "the small one behind the large one waits too"
        go[1].set()
        await settled()
        assert said == [0, 1]
        go[0].set()
        await settled()
        assert said == [0, 1, 2, 3]
        go[2].set()
        go[3].set()
    assert (place.pixels, place.waiting) == (0, 0)


@in_a_loop
async def test_more_than_may_wait_is_refused_at_once() -> None:
    place, said, go = room(waiting=1), list[int](), anyio.Event()
    async with anyio.create_task_group() as tasks:
        for number in range(2):
            tasks.start_soon(held, place, 900_000, said, number, go)
            await settled()
        with pytest.raises(BusyError, match="at most 1 waiting"):
            async with place.taken(1):
                pass
        go.set()
    assert said == [0, 1]
    assert place.pixels == 0


@in_a_loop
async def test_who_gives_up_waiting_leaves_no_trace() -> None:
    place, said, go = room(), list[int](), anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(held, place, 900_000, said, 0, go)
        await settled()
        async with anyio.create_task_group() as others:
            others.start_soon(held, place, 900_000, said, 1, go)
            await settled()
            assert place.waiting == 1
            others.cancel_scope.cancel()
        assert place.waiting == 0
        go.set()
    assert said == [0]
    assert place.pixels == 0


@in_a_loop
async def test_a_picture_larger_than_the_room_is_read_alone() -> None:
    place = room(pixels=200_000)
    async with place.taken(80_000_000):
        assert place.pixels == 200_000
    assert place.pixels == 0


@in_a_loop
async def test_room_is_given_back_when_reading_fails() -> None:
    place = room()

    def fails() -> None:
        raise ValueError("by chance")

    with pytest.raises(ValueError, match="by chance"):
        await place.run(fails, 500_000)
    assert place.pixels == 0


def test_the_size_of_a_picture_is_known_before_it_is_decoded() -> None:
    assert pixels_of(encoded(picture(4))) == 280 * 280
    assert pixels_of(encoded(Image.new("1", (2_000, 1_001)))) == 2_002_000
    cut = encoded(picture(4))[:23]
    assert pixels_of(cut) == 0, "its height is cut off"
    assert pixels_of(b"") == pixels_of(b"x") == pixels_of(encoded(picture(4))[:20]) == 0


@pytest.fixture
def full(tmp_path: object) -> Iterator[TestClient]:
    app = create_app(inkdigit.Reader(settings=inkdigit.Settings(store=f"{tmp_path}/s.sqlite", max_waiting=0)))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        app.state.room.pixels = 160_000_000  # as if all of it were taken
        yield client


def test_a_full_server_says_when_to_come_again(full: TestClient) -> None:
    answer = full.post("/api/read", content=encoded(picture(4)))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"]["kind"] == "busy"
    assert full.get("/healthz").status_code == 200, "who asks how it is doing does not wait"
    counts = full.get("/metrics").text
    assert 'inkdigit_refused_requests_total{reason="busy"}' in counts
