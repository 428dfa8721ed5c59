"""The JSON of a drawing within its PNG file, so that the picture that was shared comes back as the drawing it is.

It stands in a chunk of text (iTXt, packed), https://www.w3.org/TR/png-3/#11iTXt, which viewers do not show. What the
picture shows is stamped into it: of a picture that was changed since, it says nothing.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"inkdigit"
_HEAD = 33  # bytes: the signature and the chunk IHDR, which comes first
_MOST = 1_000_000  # bytes: Pillow refuses pictures with a longer text


def stamped(png: bytes, pixels: NDArray[np.uint8], text: str) -> bytes:
    """A PNG with a text in it; without, where it would be too long.

    Args:
        pixels: what the PNG shows, uint8.
    """
    body = f"{_digest(pixels)} {text}".encode()
    if len(body) >= _MOST:
        return png
    data = b"iTXt" + _KEYWORD + b"\0\1\0\0\0" + zlib.compress(body)
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return png[:_HEAD] + chunk + png[_HEAD:]


def text_in(png: bytes, pixels: NDArray[np.uint8]) -> str:
    """The text in a PNG; "" where there is none, or the picture shows something else by now."""
    for chunk in _chunks(png):
        keyword, _, rest = chunk.partition(b"\0")
        if keyword != _KEYWORD or rest[:4] != b"\1\0\0\0":
            continue
        try:
            body = zlib.decompressobj().decompress(rest[4:], _MOST).decode()
        except (zlib.error, UnicodeDecodeError):
            return ""
        digest, _, text = body.partition(" ")
        return text if digest == _digest(pixels) else ""
    return ""


def _chunks(png: bytes) -> Iterator[bytes]:
    """The iTXt chunks of a PNG."""
    place = len(SIGNATURE)
    while place + 8 <= len(png):
        (length,) = struct.unpack_from(">I", png, place)
        if png[place + 4 : place + 8] == b"iTXt":
            yield png[place + 8 : place + 8 + length]
        place += length + 12


def _digest(pixels: NDArray[np.uint8]) -> str:
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
