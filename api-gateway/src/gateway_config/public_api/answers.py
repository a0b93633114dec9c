"""Every status that an operation can answer with, and the codes behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from gateway_config.public_api.operations import Operation
from gateway_config.public_api.schemas import tidy
from service_common.access import Role

# No answer of a service, but of the gateway where a service does not answer.
_GATEWAY_ONLY = (502, 504)
_UNAVAILABLE = ("OVERLOADED", "SERVICE_BUSY", "SERVICE_UNAVAILABLE")
_COME_AGAIN = (409, 429, 503)
_FIRST_ERROR = 400

HEADERS: dict[str, Any] = {
    "X-Request-ID": {
        "description": "The request's id, in every log line of every service.",
        "schema": {"type": "string"},
    },
    "X-RateLimit-Limit": {
        "description": "Requests a minute.",
        "schema": {"type": "integer"},
    },
    "X-RateLimit-Remaining": {
        "description": "Requests that are left.",
        "schema": {"type": "integer"},
    },
    "X-RateLimit-Reset": {
        "description": "Seconds until there are more.",
        "schema": {"type": "integer"},
    },
    "Idempotent-Replayed": {
        "description": "There, and true, when this is the first answer again.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {
        "description": "Seconds after which it is worth asking again.",
        "schema": {"type": "integer"},
    },
}
ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Every error of every service and of the gateway.",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {
                    "type": "string",
                    "description": "For programs; stable.",
                    "pattern": "^[A-Z][A-Z0-9_]*$",
                },
                "message": {
                    "type": "string",
                    "description": "For people; may change.",
                },
                "details": {
                    "type": "object",
                    "description": "What to do next, where there is something to say.",
                },
                "request_id": {"type": "string"},
            },
            "required": ["code", "message", "details", "request_id"],
            "additionalProperties": False,
        }
    },
    "required": ["error"],
    "additionalProperties": False,
}


def error_codes(operation: Operation) -> dict[int, tuple[str, ...]]:
    """The codes of each error status."""
    codes: dict[int, set[str]] = defaultdict(set)
    for status, code in (*_house_rules(operation), *operation.refusals):
        codes[status].add(code)
    return {status: tuple(sorted(codes[status])) for status in sorted(codes)}


def answers(operation: Operation) -> dict[str, Any]:
    """The `responses` of an operation; errors refer to `error_components`."""
    described = {
        str(status): _answer(operation, answer)
        for status, answer in operation.raw["responses"].items()
        if str(status).isdigit() and int(status) < _FIRST_ERROR
    }
    refused = {
        str(status): {"$ref": f"#/components/responses/{_name(status, codes)}"}
        for status, codes in error_codes(operation).items()
    }
    return dict(sorted(described.items())) | refused


def error_components(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """The errors of all operations; many have the same."""
    return {
        _name(status, codes): _error(status, codes)
        for status, codes in sorted(
            {
                (status, codes)
                for operation in operations
                for status, codes in error_codes(operation).items()
            }
        )
    }


def _house_rules(operation: Operation) -> Iterator[tuple[int, str]]:
    yield 400, "MALFORMED_REQUEST"
    if operation.parses_json or operation.honours_keys or _has_query(operation):
        yield 400, "INVALID_INPUT"
    if operation.parses_json:
        yield 400, "MALFORMED_JSON"
        yield 415, "UNSUPPORTED_MEDIA_TYPE"
    if operation.method == "POST":
        yield 413, "PAYLOAD_TOO_LARGE"
    if operation.needs_token:
        yield 401, "TOKEN_EXPIRED"
        yield 401, "UNAUTHORIZED"
    if operation.roles and set(operation.roles) != set(Role):
        yield 403, "FORBIDDEN"
    if operation.path_parameters:
        yield 404, "NOT_FOUND"
    if operation.honours_keys:
        yield 409, "REQUEST_IN_PROGRESS"
        yield 422, "IDEMPOTENCY_KEY_REUSED"
    if operation.requests_per_minute is not None:
        yield 429, "RATE_LIMITED"
    yield 500, "INTERNAL_ERROR"
    yield from ((503, code) for code in _UNAVAILABLE)
    yield from ((status, "SERVICE_UNAVAILABLE") for status in _GATEWAY_ONLY)


def _has_query(operation: Operation) -> bool:
    return any(one["in"] == "query" for one in operation.raw.get("parameters", []))


def _answer(operation: Operation, answer: Mapping[str, Any]) -> dict[str, Any]:
    names = ["X-Request-ID"]
    if operation.requests_per_minute is not None:
        names += [name for name in HEADERS if name.startswith("X-RateLimit")]
    if operation.honours_keys:
        names.append("Idempotent-Replayed")
    own: Mapping[str, Any] = answer.get("headers", {})
    return {**tidy(answer), "headers": _header_references(names) | dict(own)}


def _error(status: int, codes: tuple[str, ...]) -> dict[str, Any]:
    names = ["X-Request-ID"]
    if status in _COME_AGAIN:
        names.append("Retry-After")
    one_of_these = {"properties": {"code": {"enum": list(codes)}}}
    return {
        "description": f"{HTTPStatus(status).phrase}: "
        + ", ".join(f"`{code}`" for code in codes),
        "headers": _header_references(names),
        "content": {
            "application/json": {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Error"},
                        {"properties": {"error": one_of_these}},
                    ]
                }
            }
        },
    }


def _header_references(names: list[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _name(status: int, codes: tuple[str, ...]) -> str:
    return ".".join((str(status), *codes))
