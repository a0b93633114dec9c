"""The API's client, which holds every answer to the OpenAPI document."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema_rs

from ticket_demo.answer import Answer
from ticket_demo.api import Api

_JSON = "application/json"


class WatchedApi(Api):
    """As the client, but an answer that is not documented fails the test."""

    def call(self, method: str, path: str, **options: Any) -> Answer:
        """Send anything; what comes back has to be in the document."""
        answer = super().call(method, path, **options)
        problems = undocumented(method, path, answer)
        assert not problems, f"{answer} is not as documented: {problems}"
        return answer


def undocumented(method: str, path: str, answer: Answer) -> list[str]:
    """What the document does not know of an answer; nothing of other addresses."""
    found = _operation(method, urlsplit(path).path.removeprefix("/v1"))
    if found is None:
        return []
    template, operation = found
    status = str(answer.status)
    if status not in operation["responses"]:
        return [f"{method} {template} answers {status}"]
    response = _resolved(operation["responses"][status])
    content = response.get("content")
    if content is None:
        return ["it has a body"] if answer.raw else []
    media = answer.headers.get("Content-Type", "").partition(";")[0]
    if media not in content:
        return [f"its content is {media}"]
    if media != _JSON or "schema" not in content[media]:
        return []
    validator = _validator(method, template, status)
    return [error.message for error in validator.iter_errors(answer.body)]


@cache
def _document() -> dict[str, Any]:
    text = files("orchestrator_service") / "public_api" / "openapi.json"
    document: dict[str, Any] = json.loads(text.read_text(encoding="utf-8"))
    return document


def _operation(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """The operation that a request is for; the one without parameters first."""
    for template, item in sorted(_document()["paths"].items(), key=_parameters):
        pattern = re.sub(r"{[^}]+}", "[^/]+", template)
        if method.lower() in item and re.fullmatch(pattern, unquote(path)):
            return template, item[method.lower()]
    return None


def _parameters(entry: tuple[str, Any]) -> int:
    return entry[0].count("{")


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = _document()
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


@cache
def _validator(
    method: str, template: str, status: str
) -> jsonschema_rs.Draft202012Validator:
    operation = _document()["paths"][template][method.lower()]
    response = _resolved(operation["responses"][status])
    return jsonschema_rs.Draft202012Validator(
        {
            **response["content"][_JSON]["schema"],
            "components": {"schemas": _document()["components"]["schemas"]},
        },
        validate_formats=True,
    )
