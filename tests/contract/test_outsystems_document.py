"""The scanner app's document is made of the schemas, and imports as Swagger 2.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateway_config.outsystems import scanner_api

DOCUMENT = Path(__file__).parents[2] / "docs" / "outsystems-swagger.json"


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = {node["$ref"]} if "$ref" in node else set()
        return found.union(*(_references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(_references(item) for item in node))
    return set()


def test_document_is_up_to_date() -> None:
    kept = json.loads(DOCUMENT.read_text(encoding="utf-8"))

    assert kept == scanner_api(), "run bin/swagger"


def test_document_is_swagger_2_with_all_that_it_refers_to() -> None:
    document = scanner_api()

    assert document["swagger"] == "2.0"
    assert _references(document) == {
        f"#/definitions/{name}" for name in document["definitions"]
    }
    assert set(document["paths"]) == {"/auth/login", "/auth/refresh", "/verify"}
    # What Swagger 2.0 does not know, and an importer would stumble over.
    text = json.dumps(document)
    for word in ("oneOf", "anyOf", 'nullable"', "requestBody", "components"):
        assert word not in text.replace('x-nullable"', "")
