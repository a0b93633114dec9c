"""The OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway_config.public_api.answers import (
    ERROR_SCHEMA,
    HEADERS,
    answers,
    error_components,
)
from gateway_config.public_api.examples import example_of
from gateway_config.public_api.operations import Operation, PublicApi, read_public_api
from gateway_config.public_api.schemas import collect_schemas, tidy

_JSON = "application/json"
_DESCRIPTION = """\
Seats for events: reserve, pay, pass on, check in.

Every path answers under `/v1` and bare. Sign in with `POST /auth/login` and send the
`access_token` as `Authorization: Bearer …`; it is good for 15 minutes. Money is a
decimal string with two places, time is RFC 3339 in UTC, ids are UUIDs. Every error has
the same form, and its `code` is stable. A POST with an `Idempotency-Key` may be
repeated: the first answer comes again for 24 hours.
"""
# In the order in which one meets them; what is not here comes after these.
_TAGS = {
    "Identity": "Accounts, tokens, roles.",
    "Credits": "What one pays with, and how to buy it.",
    "Catalogue": "What is on.",
    "Catalogue and seats": "Events, their seats, and how they get there.",
    "Scenario 1: purchase": "Reserve, enter a code when asked for one, pay.",
    "Tickets": "What one has, and the code for the gate.",
    "Scenario 2: transfer": "Pass a ticket on for credits, with both parties' codes.",
    "Scenario 3: verification": "At the gate, with the network and without.",
    "Events in figures": "For organisers.",
    "Sagas and invariants": "For administrators.",
    "Stripe": "For Stripe alone.",
    "Description": "This page.",
}
_KEY_PARAMETERS = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "description": "Makes the request safe to repeat for 24 hours.",
    },
    "IgnoredIdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string"},
        "description": "Taken and ignored: what is answered here is never stored.",
    },
}


def public_api_document() -> dict[str, Any]:
    """The whole document, as JSON."""
    api = read_public_api()
    schemas = collect_schemas(api)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "TicketRemaster",
            "version": "1.0.0",
            "description": _DESCRIPTION,
        },
        "servers": [
            {"url": "/v1", "description": "The version by its name"},
            {
                "url": "/",
                "description": "The same, without a version",
            },
        ],
        "tags": _tags(api.operations),
        "security": [{"accessToken": []}],
        "paths": _paths(api, schemas),
        "components": {
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access_token of `POST /auth/login`.",
                }
            },
            "parameters": _KEY_PARAMETERS,
            "headers": HEADERS,
            "responses": error_components(api.operations),
            "schemas": {**schemas, "Error": ERROR_SCHEMA},
        },
    }


def _tags(operations: Iterable[Operation]) -> list[dict[str, str]]:
    used = {operation.tag for operation in operations}
    known = [tag for tag in _TAGS if tag in used]
    return [
        {"name": tag, **({"description": _TAGS[tag]} if tag in _TAGS else {})}
        for tag in (*known, *sorted(used - _TAGS.keys()))
    ]


def _paths(api: PublicApi, schemas: Mapping[str, Any]) -> dict[str, Any]:
    order = list(_TAGS)
    ranked = sorted(
        api.operations,
        key=lambda one: (
            order.index(one.tag) if one.tag in order else len(order),
            one.path,
            one.method,
        ),
    )
    paths: dict[str, Any] = {}
    for operation in ranked:
        described = _operation(operation, schemas)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return paths


def _operation(operation: Operation, schemas: Mapping[str, Any]) -> dict[str, Any]:
    raw = operation.raw
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": raw["summary"].rstrip("."),
        "description": _description(operation),
        "parameters": _parameters(operation),
        "responses": _with_examples(answers(operation), schemas),
    }
    if operation.has_body:
        described["requestBody"] = _with_example(tidy(raw["requestBody"]), schemas)
    if not operation.needs_token:
        described["security"] = []
    return {name: value for name, value in described.items() if value or name in _KEPT}


# These say something also when they are empty.
_KEPT = {"security"}


def _description(operation: Operation) -> str:
    sentences = [operation.raw.get("description", "")]
    if operation.roles and operation.needs_token:
        sentences.append(f"For {_who(operation)}.")
    if operation.requests_per_minute is not None:
        whom = "user" if operation.needs_token else "address"
        sentences.append(f"{operation.requests_per_minute} a minute for each {whom}.")
    return "\n\n".join(sentence for sentence in sentences if sentence)


def _who(operation: Operation) -> str:
    customers = "customer" in operation.roles
    return "everybody who is signed in" if customers else " and ".join(operation.roles)


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _path_schema(name),
        }
        for name in operation.path_parameters
    ]
    own = [tidy(parameter) for parameter in operation.raw.get("parameters", [])]
    if operation.method == "POST":
        name = "IdempotencyKey" if operation.honours_keys else "IgnoredIdempotencyKey"
        own.append({"$ref": f"#/components/parameters/{name}"})
    return in_path + own


def _path_schema(name: str) -> dict[str, Any]:
    if name.endswith("_id"):
        return {"type": "string", "format": "uuid"}
    return {"type": "string", "minLength": 1}


def _with_examples(
    responses: dict[str, Any], schemas: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        status: _with_example(response, schemas)
        for status, response in responses.items()
    }


def _with_example(part: dict[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The request or answer, with an example of its JSON."""
    media = part.get("content", {}).get(_JSON)
    if not media or "$ref" not in media.get("schema", {}):
        return part
    shown = {**media, "example": example_of(media["schema"], schemas)}
    return {**part, "content": {**part["content"], _JSON: shown}}
