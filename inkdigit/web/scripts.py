"""The scripts that can be read here, and the chart of the digits of one."""

from __future__ import annotations

from typing import Any

import numpy as np
from fastapi import APIRouter, Request

from inkdigit import scripts
from inkdigit.evaluation import script_strokes
from inkdigit.models import catalogue

router = APIRouter()


@router.get("/api/scripts")
async def listed(request: Request) -> dict[str, Any]:
    """The scripts whose networks are here, and which one is read where none is named ("auto", "mixed": it is found)."""
    here = [scripts.SCRIPTS[name] for name in catalogue.ship()]
    return {
        "read": request.app.state.reader.asked,
        "scripts": [
            {
                "name": one.name,
                "title": one.title,
                "digits": one.digits,
                "runs_left": one.runs_left,
                "non_commercial": one.non_commercial,
            }
            for one in here
        ],
    }


@router.get("/api/scripts/{script}")
async def chart(script: str) -> dict[str, Any]:
    """How the ten digits of a script are written: strokes of points, x right, y down, 100 units high or wide."""
    found = scripts.named(script)
    strokes = [[np.rint(path).astype(int).tolist() for path in digit] for digit in script_strokes.templates(script)]
    return {"name": found.name, "title": found.title, "digits": found.digits, "strokes": strokes}
