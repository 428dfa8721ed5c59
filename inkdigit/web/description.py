"""The description for machines, OpenAPI: what FastAPI knows of the addresses, an example of each, and our errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from inkdigit.web.refusal import API_VERSION

_EXAMPLES = Path(__file__).parent / "examples.json"
_JSON = "application/json"
_WORDS = ("kind", "message", "expected", "got", "remedy")
_TEXT = {"type": "string"}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "required": list(_WORDS), "properties": dict.fromkeys(_WORDS, _TEXT)},
    },
}
_PROTOCOL_ERROR = {"type": "object", "required": ["error"], "properties": {"error": _TEXT}}
_KINDS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def examples() -> dict[str, dict[str, Any]]:
    """By "POST /api/ink" what may be asked, and what is answered: {"asked", "query", "answered"}, each where it is."""
    found: dict[str, dict[str, Any]] = json.loads(_EXAMPLES.read_text(encoding="utf-8"))
    return found


def describe(app: FastAPI) -> None:
    """Lets /openapi.json show the examples and the one shape of errors."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        """Made when it is first asked for."""
        if app.openapi_schema is None:
            found = plain()
            found["info"]["x-api-version"] = API_VERSION
            found["components"] = {"schemas": {"Error": _ERROR, "ProtocolError": _PROTOCOL_ERROR}}
            known = examples()
            for path, methods in found["paths"].items():
                for method, operation in methods.items():
                    _shown(operation, path, known.get(f"{method.upper()} {path}", {}))
        return app.openapi_schema or {}

    app.openapi = described  # type: ignore[method-assign]


def _shown(operation: dict[str, Any], path: str, example: dict[str, Any]) -> None:
    """Adds to an operation what FastAPI does not know of it."""
    operation["responses"].pop("422", None)  # FastAPI's own shape, which is never answered
    answer = next(iter(operation["responses"].values()))
    if "answered" in example:
        answer["content"] = {_JSON: {"schema": {"type": "object"}, "example": example["answered"]}}
    name = "ProtocolError" if path.startswith("/v2") else "Error"
    said = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    operation["responses"]["default"] = {"description": "Why there is no answer", "content": {_JSON: said}}
    if "asked" in example:
        body = operation.setdefault("requestBody", {"required": True, "content": {}})
        body["content"].setdefault(_JSON, {"schema": {"type": "object"}})["example"] = example["asked"]
    known = {one["name"] for one in operation.get("parameters", ())}
    operation.setdefault("parameters", []).extend(
        {"name": key, "in": "query", "schema": {"type": _KINDS[type(value)]}, "example": value}
        for key, value in example.get("query", {}).items()
        if key not in known
    )
