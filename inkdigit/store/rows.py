"""Kept drawings <-> rows of the tables: writing new ones, reading whole ones, changing them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from inkdigit.errors import NotKeptError
from inkdigit.scripts import SCRIPTS, WESTERN
from inkdigit.store import search
from inkdigit.store.drawing import Drawing
from inkdigit.store.schema import LABELLED, contents, digits, drawings, tags

_MOST = 2**63 - 1


def added(connection: Connection, batch: Sequence[Drawing]) -> tuple[list[int], int]:
    """Writes drawings: the id of each, 0 for one whose key is known; and how many those are."""
    keys = [drawing.key for drawing in batch]
    query = select(drawings.c.key, drawings.c.deleted_at, drawings.c.id).where(drawings.c.key.in_(keys))
    known = {row.key: row for row in connection.execute(query)}
    back = {row.key: row.id for row in known.values() if row.deleted_at is not None}
    if back:
        connection.execute(update(drawings).where(drawings.c.id.in_(back.values())).values(deleted_at=None))
    new = {drawing.key: drawing for drawing in batch if drawing.key not in known}
    if new:
        connection.execute(insert(drawings), [_row(drawing) for drawing in new.values()])
        query = select(drawings.c.key, drawings.c.deleted_at, drawings.c.id).where(drawings.c.key.in_(list(new)))
        ids = {row.key: row.id for row in connection.execute(query)}
        connection.execute(insert(contents), [_content(ids[key], drawing) for key, drawing in new.items()])
        marks = [row for key, drawing in new.items() for row in _marks(ids[key], drawing)]
        names = [{"drawing_id": ids[key], "name": tag} for key, drawing in new.items() for tag in drawing.tags]
        for table, made in ((digits, marks), (tags, names)):
            if made:
                connection.execute(insert(table), made)
    restored = {row.key: row.id for row in known.values() if row.deleted_at is not None}
    numbers = [
        0 if key in known and key not in restored else (restored | ids if new else restored)[key] for key in keys
    ]
    return numbers, numbers.count(0)


def _row(drawing: Drawing) -> dict[str, Any]:
    return {
        "key": drawing.key, "made_at": drawing.at, "title": drawing.title, "kind": drawing.kind, "text": drawing.text,
        "written": drawing.written or drawing.text,
        "confidence": drawing.confidence, "model": drawing.model, "model_commit": drawing.commit,
        "correct": drawing.correct, "wrong": drawing.wrong, "holds": _holds(drawing),
        "words": _words(drawing),
    }  # fmt: skip


def _words(drawing: Drawing) -> str:
    """What a search for text looks at: the digits alone, as they were written, and the title."""
    alone = drawing.text if drawing.correct is None else drawing.correct
    shown = " ".join(drawing.shown.split())
    return "\n".join([alone, *([shown] if shown != alone else []), drawing.title]).casefold()


def _holds(drawing: Drawing) -> int:
    """One bit for each digit that it is known to hold, and one where a person labelled any."""
    labelled = any(mark.correct is not None for mark in drawing.marks)
    known = [mark.known for mark in drawing.marks if not mark.sign or mark.correct is not None]
    return reduce(or_, (1 << one for one in known), LABELLED if labelled else 0)


def _content(number: int, drawing: Drawing) -> dict[str, Any]:
    strokes = None if drawing.strokes is None else json.dumps(drawing.strokes, separators=(",", ":"))
    return {"drawing_id": number, "strokes": strokes, "picture": drawing.picture, "thumbnail": drawing.thumbnail}


def _marks(number: int, drawing: Drawing) -> Iterator[dict[str, Any]]:
    for place, mark in enumerate(drawing.marks):
        box = None if mark.box is None else json.dumps(mark.box)
        yield {"drawing_id": number, "place": place, "sign": mark.sign, "value": mark.value, "box": box,
               "confidence": mark.confidence, "correct": mark.correct, "glyph": mark.glyph}  # fmt: skip


def whole(connection: Connection, ids: Sequence[int]) -> list[Drawing]:
    """Drawings with all that belongs to them, in the order of their ids; deleted and unknown ones left out."""
    wanted = sorted({checked_id(number) for number in ids})
    query = select(drawings).where(drawings.c.id.in_(wanted), drawings.c.deleted_at.is_(None)).order_by(drawings.c.id)
    found = search.described(connection, connection.execute(query).all(), glyphs=True)
    large = select(contents).where(contents.c.drawing_id.in_([drawing.id for drawing in found]))
    rows = {row.drawing_id: row for row in connection.execute(large)}
    return [
        replace(
            drawing,
            strokes=None if (row := rows[drawing.id]).strokes is None else json.loads(row.strokes),
            picture=None if row.picture is None else bytes(row.picture),
            thumbnail=bytes(row.thumbnail),
        )
        for drawing in found
        if drawing.id in rows  # another process may have wiped the store since
    ]


def rewritten(connection: Connection, drawing: Drawing) -> None:
    """Writes what a person may change of a drawing."""
    row = _row(drawing)
    values = {name: row[name] for name in ("title", "written", "correct", "wrong", "holds", "words")}
    connection.execute(update(drawings).where(drawings.c.id == drawing.id).values(values))
    for place, mark in enumerate(drawing.marks):
        one = update(digits).where(digits.c.drawing_id == drawing.id, digits.c.place == place)
        connection.execute(one.values(correct=mark.correct))
    connection.execute(delete(tags).where(tags.c.drawing_id == drawing.id))
    if drawing.tags:
        connection.execute(insert(tags), [{"drawing_id": drawing.id, "name": tag} for tag in drawing.tags])


def in_script(script: str) -> ColumnElement[bool]:
    """Which drawings were read in a script, see `Drawing.script`."""
    if script != WESTERN:
        return drawings.c.model == script
    return drawings.c.model.not_in([name for name in SCRIPTS if name != WESTERN])


def checked_id(number: int) -> int:
    """An id that a database can look for. Raises NotKeptError."""
    if not 0 <= number <= _MOST:
        raise unknown(number)
    return number


def unknown(number: int) -> NotKeptError:
    """What to say of an id that the store does not hold."""
    return NotKeptError("the id of a kept drawing", str(number)[:40], "Look into the gallery")
