"""Looking for kept drawings: what is wanted -> the conditions, one page of it, and the counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from inkdigit.store.drawing import Drawing, Mark, Wanted, moment_text
from inkdigit.store.schema import LABELLED, digits, drawings, tags


def page(connection: Connection, wanted: Wanted) -> tuple[Sequence[Row[Any]], int]:
    """Rows of drawings, newest first, one more than the limit where there are more; and how many in all."""
    where = conditions(wanted)
    total = int(connection.execute(select(func.count()).select_from(drawings).where(*where)).scalar_one())
    newest = select(drawings.c.id).where(*where).order_by(drawings.c.id.desc()).limit(wanted.limit + 1)
    if wanted.before is not None:
        newest = newest.where(drawings.c.id < wanted.before)
    ids = list(connection.execute(newest).scalars())  # first from the index alone, then the rows
    return connection.execute(
        select(drawings).where(drawings.c.id.in_(ids)).order_by(drawings.c.id.desc())
    ).all(), total


def after(connection: Connection, wanted: Wanted, number: int, limit: int) -> list[int]:
    """Ids of wanted drawings above a number, smallest first."""
    query = select(drawings.c.id).where(*conditions(wanted), drawings.c.id > number)
    return list(connection.execute(query.order_by(drawings.c.id).limit(limit)).scalars())


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What a drawing must fulfil; deleted ones never do."""
    table = drawings.c
    found: list[ColumnElement[bool]] = [table.deleted_at.is_(None)]
    if wanted.digit is not None:
        found.append(table.holds.op("&")(1 << wanted.digit) != 0)
    if wanted.labelled is not None:
        said = table.holds.op("&")(LABELLED) != 0
        found.append(said if wanted.labelled else ~said)
    if wanted.tag is not None:
        found.append(table.id.in_(select(tags.c.drawing_id).where(tags.c.name == wanted.tag)))
    if wanted.text:
        part = " ".join(wanted.text.casefold().split())
        name = " " + func.lower(tags.c.name)  # of a tag, a word is found by its beginning
        tagged = select(tags.c.drawing_id).where(name.contains(" " + part, autoescape=True))
        found.append(or_(table.words.contains(part, autoescape=True), table.id.in_(tagged)))
    if wanted.wrong is not None:
        found.append(table.wrong if wanted.wrong else ~table.wrong)
    if wanted.ids is not None:
        found.append(table.id.in_(wanted.ids))
    bounds = ((wanted.least, table.confidence.__ge__), (wanted.most, table.confidence.__le__),
              (wanted.since, table.made_at.__ge__), (wanted.until, table.made_at.__le__))  # fmt: skip
    return found + [compare(value) for value, compare in bounds if value is not None]


def described(connection: Connection, rows: Sequence[Row[Any]], glyphs: bool = False) -> list[Drawing]:
    """Rows of drawings, with their digits and tags."""
    ids = [row.id for row in rows]
    columns = [column for column in digits.c if glyphs or column is not digits.c.glyph]
    query = select(*columns).where(digits.c.drawing_id.in_(ids)).order_by(digits.c.drawing_id, digits.c.place)
    marks: dict[int, list[Mark]] = {number: [] for number in ids}
    signs: dict[int, list[Mark]] = {number: [] for number in ids}
    for row in connection.execute(query):
        box = None if row.box is None else tuple(json.loads(row.box))
        glyph = bytes(row.glyph) if glyphs else b""
        before = len(marks[row.drawing_id])
        mark = Mark(row.value, row.confidence, box, glyph, row.correct, row.sign, before if row.sign else 0)
        (signs if row.sign else marks)[row.drawing_id].append(mark)
    names: dict[int, list[str]] = {number: [] for number in ids}
    for row in connection.execute(select(tags).where(tags.c.drawing_id.in_(ids)).order_by(tags.c.name)):
        names[row.drawing_id].append(row.name)
    return [
        Drawing(row.kind, row.text, row.confidence, tuple(marks[row.id]), row.model, row.model_commit, row.made_at,
                row.key, row.title, tuple(sorted(names[row.id])), row.correct, id=row.id,
                written=row.written, signs=tuple(signs[row.id]))
        for row in rows
    ]  # fmt: skip


def counts(connection: Connection) -> dict[str, Any]:
    """How many drawings, digits, labelled digits, wrong and deleted ones there are, and when the newest was made."""
    live = drawings.c.deleted_at.is_(None)
    of_live = digits.join(drawings, drawings.c.id == digits.c.drawing_id)

    def count(table: Any, *where: Any) -> int:
        """Rows of a table for which all of it holds."""
        return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())

    newest = connection.execute(select(func.max(drawings.c.made_at)).where(live)).scalar()
    return {
        "drawings": count(drawings, live),
        "digits": count(of_live, live, digits.c.sign == ""),
        "labelled": count(of_live, live, digits.c.correct.is_not(None)),
        "wrong": count(drawings, live, drawings.c.wrong),
        "deleted": count(drawings, ~live),
        "newest": None if newest is None else moment_text(newest),
    }
