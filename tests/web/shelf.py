"""A server with a store of its own, and drawings to put into it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import number
from playwright.sync_api import Page
from sheet import Server

OPTIONS = "[role=option]"
TEXTS = ("7", "4071", "3", "268", "0", "15", "9", "8", "42", "6", "1906", "5", "2", "77", "31", "4")


@contextmanager
def shelf(folder: Path) -> Iterator[Server]:
    """A server that keeps drawings in a file of the folder."""
    server = Server()
    try:
        start(server, folder)
        yield server
    finally:
        server.kill()


def start(server: Server, folder: Path) -> None:
    """Starts the server, with the store of the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKDIGIT_STORE", str(folder / "store.sqlite"))
        server.start()


def strokes(text: str, seed: int = 0) -> list[dict[str, Any]]:
    """A number as a hand writes it: leaning, of its own size, and a little different each time."""
    random = np.random.default_rng(seed)
    lean, turn, high = random.normal(0.08, 0.1), random.normal(0, 0.05), random.uniform(0.8, 1.15)
    matrix = np.array([[1, -lean + turn], [-turn, high]])
    paths = []
    for path in number(text, gap=28):
        points = np.array(path)
        slow = random.normal(0, 1.6, (5, 2))
        along = np.linspace(0, 4, len(points))
        wobble = np.stack([np.interp(along, np.arange(5), slow[:, axis]) for axis in (0, 1)], 1)
        paths.append((points + wobble) @ matrix.T)
    everything = np.concatenate(paths)
    low, high_ = everything.min(0), everything.max(0)
    scale = min(640 / (high_ - low).max(), 6.4) * random.uniform(0.75, 1.1)
    shift = 500 - scale * (low + high_) / 2 + random.uniform(-40, 40, 2)
    width = int(random.choice([10, 22, 22, 22, 40]))
    fitted = [np.clip(path * scale + shift, 20, 980).round(1).tolist() for path in paths]
    return [{"width": width, "points": points} for points in fitted]


def ask(server: Server, path: str, message: Any = None, method: str | None = None) -> Any:
    """One request to the store."""
    body = None if message is None else json.dumps(message).encode()
    request = urllib.request.Request(
        f"{server.address}api/kept{path}", body, {"content-type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def keep(server: Server, text: str, seed: int = 0, **about: Any) -> dict[str, Any]:
    """Keeps a number."""
    done: dict[str, Any] = ask(server, "", {"strokes": strokes(text, seed), **about})
    return done


def fill(server: Server, count: int) -> None:
    """Keeps some dozens of drawings: of several days, some with titles and tags, some corrected."""
    for seed in range(count):
        hour, day = 8 + seed * 7 % 12, 1 + seed * 20 // count
        about: dict[str, Any] = {"at": f"2026-11-{day:02}T{hour:02}:{seed * 13 % 60:02}:00Z"}
        if seed % 5 == 0:
            about["tags"] = ["class 3b"] if seed % 2 else ["class 3b", "forms"]
        if seed % 9 == 4:
            about["title"] = ("Anna's seven", "Meter, kitchen", "First try", "With the left hand")[seed // 9 % 4]
        made = keep(server, TEXTS[seed % len(TEXTS)], seed, **about)
        wanted = TEXTS[seed % len(TEXTS)]
        if made["text"] != wanted:
            ask(server, f"/{made['id']}", {"correct": wanted}, "PATCH")


def numbers(page: Page) -> list[str]:
    """What stands under the thumbnails."""
    return page.locator(f"{OPTIONS} b").all_inner_texts()


def selected(page: Page) -> list[str]:
    return page.locator(f"{OPTIONS}[aria-selected=true] b").all_inner_texts()


def kept(server: Server) -> list[str]:
    return [one["text"] for one in ask(server, "")["drawings"]]
