"""The OpenAPI document is what schemas and kong.yml make, and says nothing untrue."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from gateway_config.public_api.document import public_api_document
from gateway_config.reader import read_gateway
from gateway_config.template import substitute
from support.gateway_description import TEMPLATE, VALUES

ROOT = Path(__file__).parents[2]
KEPT = (
    ROOT / "orchestrator-service/src/orchestrator_service/public_api/openapi.json"
).read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = json.loads(KEPT)
ERROR_CODES = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
SOME_ID = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
METHODS = ("get", "post", "put", "patch", "delete")


def _operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, item[method])
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS
        if method in item
    ]


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = DOCUMENT
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = {node["$ref"]} if "$ref" in node else set()
        return found.union(*(_references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(_references(item) for item in node))
    return set()


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as one that stands alone."""
    return {**schema, "components": {"schemas": DOCUMENT["components"]["schemas"]}}


def test_document_that_is_served_is_what_the_generator_makes() -> None:
    assert public_api_document() == DOCUMENT, "run bin/openapi"


def test_document_has_every_routed_operation_and_no_other() -> None:
    gateway = read_gateway(substitute(TEMPLATE, VALUES))
    routed = {
        (method.lower(), pattern)
        for service in gateway.services
        for route in service.routes
        for method in route.methods
        if method not in {"OPTIONS", "HEAD"}
        for pattern in route.patterns
    }
    described = {
        (method, re.sub(r"{[^}]+}", SOME_ID, path)) for method, path, _ in _operations()
    }

    unrouted = [
        (method, path)
        for method, path in described
        if not any(
            method == routed_method and re.fullmatch(pattern, path)
            for routed_method, pattern in routed
        )
    ]
    undescribed = [
        (method, pattern)
        for method, pattern in routed
        if not any(
            method == described_method and re.fullmatch(pattern, path)
            for described_method, path in described
        )
    ]

    assert len(described) > 35
    assert (unrouted, undescribed) == ([], [])


def test_nothing_of_the_inside_is_told() -> None:
    for word in ("X-Service-Token", "/invariants/facts", "operation_key", "/risk"):
        assert word not in KEPT
    assert "/credits/deduct" not in DOCUMENT["paths"]


def test_every_reference_leads_somewhere_and_nothing_is_left_over() -> None:
    components = DOCUMENT["components"]
    referred = _references(DOCUMENT)

    for reference in referred:
        _resolved({"$ref": reference})
    assert referred == {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses", "headers", "parameters")
        for name in components[kind]
    }


def test_every_operation_says_what_it_is_and_has_a_name_of_its_own() -> None:
    operations = _operations()

    assert len({operation["operationId"] for _, _, operation in operations}) == len(
        operations
    )
    tags = {tag["name"] for tag in DOCUMENT["tags"] if tag.get("description")}
    for _, path, operation in operations:
        assert operation["summary"], path
        assert set(operation["tags"]) <= tags, path
        # A default would let every status pass that was forgotten.
        assert "default" not in operation["responses"], path
        assert any(status < "400" for status in operation["responses"]), path


def test_every_post_takes_a_key() -> None:
    for method, path, operation in _operations():
        parameters = map(_resolved, operation.get("parameters", []))
        names = [parameter["name"] for parameter in parameters]
        assert ("Idempotency-Key" in names) == (method == "post"), path


def test_every_example_is_valid() -> None:
    shown = 0
    for _, path, operation in _operations():
        parts = [operation.get("requestBody", {}), *operation["responses"].values()]
        for part in map(_resolved, parts):
            for media in part.get("content", {}).values():
                if "example" not in media:
                    continue
                validator = jsonschema_rs.Draft202012Validator(_schema(media["schema"]))
                errors = list(validator.iter_errors(media["example"]))
                assert errors == [], (path, media["example"])
                shown += 1

    assert shown > 50


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["responses"]))
def test_every_code_is_explained(name: str) -> None:
    status, *codes = name.split(".")
    rows = [row for row in ERROR_CODES.splitlines() if row.startswith(f"| {status} |")]
    if status in {"502", "504"}:  # Kong's own words for what docs/errors.md has at 503
        rows = [row for row in ERROR_CODES.splitlines() if row.startswith("| 503 |")]

    unexplained = [
        code for code in codes if not any(f"`{code}`" in row for row in rows)
    ]
    assert unexplained == []
