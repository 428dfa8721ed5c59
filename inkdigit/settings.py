"""Every setting, in one place: it feeds the flags, the INKDIGIT_* variables and docs/settings.md."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from inkdigit.errors import SettingError

PREFIX = "INKDIGIT_"


def _setting(
    default: Any, help: str, low: float | None = None, high: float | None = None, among: tuple[str, ...] = ()
) -> Any:
    return field(default=default, metadata={"help": help, "low": low, "high": high, "among": among})


@dataclass(frozen=True)
class Settings:
    """All settings with their defaults, checked against the range or the choices in the field's metadata.

    Raises:
        SettingError: a value outside its range, or none of the choices.
    """

    data: str = _setting("", "Folder with data sets (mnist/, pen/). Empty: the cache folder, filled by download.")
    script: str = _setting("western", "The writing system that is read; auto finds it, mixed that of each number.")
    model: str = _setting("", "Name of an added model, or path to a .onnx of ours. Empty: the one that ships.")
    models: str = _setting("", "Folder of the models that you added. Empty: in your own data folder.")
    windows: str = _setting(
        "", "Folder in which windows keep their size, place and page data. Empty: in your own state folder."
    )
    host: str = _setting("127.0.0.1", "Address the server listens on.")
    port: int = _setting(8377, "Port the server listens on. If it is taken, the app takes a free one.", 0, 65535)
    workers: int = _setting(1, "Processes that serve together, each with the networks in its own memory.", 1, 256)
    token: str = _setting(
        "", "What callers must bring, as Authorization: Bearer, or once as ?token= of the page. Empty: nothing."
    )
    drain_seconds: int = _setting(
        0, "After a signal to stop, for so long requests are still taken, while /readyz says no.", 0, 3_600
    )
    last_answers_seconds: int = _setting(
        2, "Longest wait for answers that are under way when the server stops.", 1, 3_600
    )
    allowed_hosts: str = _setting(
        "", "More host names, comma-separated, under which the server may be called. Its own addresses always may."
    )
    max_connections: int = _setting(
        2_000,
        "Most connections of a server process; for one more, the one gives way that has been waited for longest.",
        1,
        1_000_000,
    )
    max_sockets: int = _setting(500, "Most WebSockets of a server process.", 0, 1_000_000)
    head_seconds: int = _setting(
        10, "Longest wait for the head of a request, from when it may be sent to its end.", 1, 3_600
    )
    pause_seconds: int = _setting(
        10, "Longest wait for the next part of a body, or until somebody takes the next part of an answer.", 1, 3_600
    )
    slowest_bytes: int = _setting(
        500, "Bytes a second that must come of a body, on average after the first INKDIGIT_PAUSE_SECONDS.", 0, 10**9
    )
    requests_a_minute: int = _setting(
        0, "Most requests a minute of one client address, in each server process; 0: no limit.", 0, 1_000_000
    )
    proxies: str = _setting(
        "",
        "Addresses or networks of proxies before the server, comma-separated, whose X-Forwarded-For is believed. "
        "Empty: of nobody.",
    )
    log: str = _setting(
        "quiet",
        "What the server writes to standard error: quiet, what goes wrong; text, a line for each request too; json, "
        "the same as one object a line.",
        among=("quiet", "text", "json"),
    )
    max_model_bytes: int = _setting(200_000_000, "Most bytes of a model file of others.", 1_000, 2_000_000_000)
    max_model_memory: int = _setting(
        3_000_000_000, "Most bytes of memory in which a model of others is tried.", 500_000_000, 1_000_000_000_000
    )
    model_seconds: int = _setting(120, "Longest time for which a model of others is tried.", 1, 3_600)
    max_pixels: int = _setting(80_000_000, "Most pixels a picture may have.", 1, 178_000_000)  # Pillow stops there
    max_side: int = _setting(10_000_000, "Most pixels that a picture may be wide or high.", 1, 178_000_000)
    max_pixels_at_once: int = _setting(
        160_000_000, "Most pixels of the pictures that a server process reads at once; more wait.", 1, 10_000_000_000
    )
    max_waiting: int = _setting(64, "Most requests that wait for a server process to read them.", 0, 100_000)
    readers: int = _setting(
        0,
        "Processes in which a server process has pictures read, so that a reading can be stopped. 0: it reads them "
        "itself, as the app does; inkdigit serve has one for each processor unless told otherwise.",
        0,
        256,
    )
    max_reader_memory: int = _setting(
        3_000_000_000,
        "Most bytes of memory of each process that reads, its networks among them; what needs more is answered 503.",
        500_000_000,
        1_000_000_000_000,
    )
    read_seconds: int = _setting(30, "Longest time that a reading may take, then it is stopped.", 1, 3_600)
    max_glyphs: int = _setting(20_000, "Most digits in one request.", 1, 1_000_000)
    max_document_pages: int = _setting(2_000, "Most pages of a PDF or a TIFF.", 1, 100_000)
    max_json_parts: int = _setting(
        2_000_000,
        "Most commas, brackets and braces of the JSON of an inference request; more values go as binary data.",
        100,
        100_000_000,
    )
    max_file_bytes: int = _setting(64_000_000, "Most bytes a picture file may have.", 1, 4_000_000_000)
    max_points: int = _setting(20_000, "Most points a drawing may have.", 1, 10_000_000)
    max_strokes: int = _setting(2_000, "Most strokes a drawing may have.", 1, 1_000_000)
    max_message_bytes: int = _setting(1_000_000, "Most bytes of one message over the WebSocket.", 1_000, 100_000_000)
    store: str = _setting(
        "", "Where drawings are kept: a file, or postgresql+psycopg://... Empty: store.sqlite in your own data folder."
    )
    store_wait_ms: int = _setting(5_000, "Longest wait for a store that another program is writing to.", 0, 600_000)
    undo_days: int = _setting(30, "Days for which a deleted drawing can be brought back.", 0, 36_500)
    max_title: int = _setting(200, "Most characters of the title of a kept drawing, or of one of its tags.", 1, 10_000)
    max_tags: int = _setting(20, "Most tags of a kept drawing.", 0, 1_000)
    max_page: int = _setting(200, "Most kept drawings in one answer of the gallery.", 1, 10_000)
    import_seconds: int = _setting(
        300, "Longest time for which the server reads a file that is imported, then that is stopped.", 1, 86_400
    )
    max_drawings: int = _setting(100_000, "Most drawings in one export or import.", 1, 10_000_000)
    max_unpacked_bytes: int = _setting(500_000_000, "Most bytes of an imported file, unpacked.", 1_000, 4_000_000_000)
    max_frame_bytes: int = _setting(2_000_000, "Most bytes of one picture of a live camera.", 1_000, 100_000_000)
    max_frame_pixels: int = _setting(4_000_000, "Most pixels of one picture of a live camera.", 1, 178_000_000)
    batch_digits: int = _setting(
        1_000, "Digits in one part of a batch job, which is read, written and done again as a whole.", 1, 1_000_000
    )
    batch_pages: int = _setting(20, "Files with pages in one part of a batch job.", 1, 1_000_000)
    batch_max_files: int = _setting(10_000_000, "Most files of one batch job; a shard is one file.", 1, 1_000_000_000)
    batch_seconds: int = _setting(
        600, "Longest time for one page, or 256 digits, of a batch job; then its process is ended.", 1, 86_400
    )
    batch_connect_seconds: int = _setting(10, "Longest wait for a Ray cluster to answer.", 1, 3_600)

    def __post_init__(self) -> None:
        for item in fields(self):
            low, high, value = item.metadata["low"], item.metadata["high"], getattr(self, item.name)
            if low is not None and not low <= value <= high:
                raise SettingError(
                    f"{item.name} from {low} to {high}", str(value), f"Change the flag or {variable(item.name)}"
                )
            if item.metadata["among"] and value not in item.metadata["among"]:
                wanted = f"one of {', '.join(item.metadata['among'])} as {item.name}"
                raise SettingError(wanted, repr(value)[:40], f"Change the flag or {variable(item.name)}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
        """Settings from INKDIGIT_* variables; what is given and not None goes before them.

        Raises:
            SettingError: a variable that is not a whole number where one is needed, or out of range.
        """
        environment = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for item in fields(cls):
            text = environment.get(variable(item.name), "")
            if given.get(item.name) is not None:
                values[item.name] = given[item.name]
            elif text:
                values[item.name] = _parsed(item.name, text, item.default)
        return cls(**values)


def variable(name: str) -> str:
    """The environment variable of a setting: "port" -> "INKDIGIT_PORT"."""
    return PREFIX + name.upper()


def rows() -> list[tuple[str, str, str]]:
    """(variable, default, what it is) of every setting, for the docs."""
    return [
        (variable(item.name), "" if item.default is MISSING else str(item.default), item.metadata["help"])
        for item in fields(Settings)
    ]


def _parsed(name: str, text: str, default: Any) -> Any:
    if not isinstance(default, int):
        return text
    try:
        return int(text.replace("_", ""))
    except ValueError:
        raise SettingError(f"a whole number in {variable(name)}", repr(text), "Correct or unset it") from None
