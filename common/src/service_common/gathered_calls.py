"""The door for calls that their caller has gathered: many in one request.

`POST /calls` takes `{"calls": [{"call", "path", "query", "body", "request_id"}]}` and
answers `{"answers": [{"status", "body"}]}`, one by one; each answer is what the
call would have got by itself, refusals included. Only the calls that a service lists
can be gathered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, jsonify, request
from marshmallow import Schema, ValidationError

from service_common.access import internal
from service_common.errors import AppError, InvalidInput
from service_common.http_json import load_json

log = structlog.get_logger()

PATH = "/calls"
CALLS_MAX = 100


@dataclass(frozen=True, slots=True)
class GatheredCall:
    """One call among others; `names` are the variable parts of its path."""

    names: tuple[str, ...]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    request_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and its document, as the call's own route would answer."""

    status: int
    document: Mapping[str, Any]


Handler = Callable[[Sequence[GatheredCall]], Sequence[Answer | AppError]]
"""Carries out the calls of one kind; what it raises stands for each of them."""


def install_gathered_calls(app: Flask, handlers: Mapping[str, Handler]) -> None:
    """Add the door; `handlers` are by the names under which the callers know them."""

    @app.post(PATH)
    @internal
    def carry_out_calls() -> Response:
        calls = _parse(load_json(request.get_data()), handlers)
        by_kind: dict[str, list[int]] = {}
        for number, (kind, _) in enumerate(calls):
            by_kind.setdefault(kind, []).append(number)
        answers: list[dict[str, Any]] = [{}] * len(calls)
        for kind, numbers in by_kind.items():
            mine = [calls[number][1] for number in numbers]
            outcomes = _carry_out(handlers[kind], mine)
            for number, call, outcome in zip(numbers, mine, outcomes, strict=True):
                answers[number] = _on_the_wire(outcome, call.request_id)
        log.info(
            "calls_carried_out",
            kinds={kind: len(numbers) for kind, numbers in by_kind.items()},
            request_ids=[call.request_id for _, call in calls],
        )
        return jsonify(answers=answers)


def load_gathered(schema: Schema, document: Mapping[str, Any]) -> Any:
    """What the call's own route would make of its body or query, or InvalidInput."""
    try:
        return schema.load(document)
    except ValidationError as error:
        raise InvalidInput(details={"fields": error.normalized_messages()}) from None  # type: ignore[no-untyped-call]


def _carry_out(
    handler: Handler, calls: Sequence[GatheredCall]
) -> Sequence[Answer | AppError]:
    try:
        return handler(calls)
    except AppError as error:
        return [error] * len(calls)
    except Exception as error:  # one kind must not take the others along
        log.error("unexpected_error", exc_info=error)
        return [AppError()] * len(calls)


def _on_the_wire(outcome: Answer | AppError, request_id: str) -> dict[str, Any]:
    if isinstance(outcome, AppError):
        envelope = outcome.envelope(request_id)
        return {"status": outcome.http_status, "body": envelope}
    return {"status": outcome.status, "body": outcome.document}


def _parse(
    document: Any, handlers: Mapping[str, Handler]
) -> list[tuple[str, GatheredCall]]:
    try:
        calls = [
            (
                call["call"],
                GatheredCall(
                    names=tuple(str(name) for name in call["names"]),
                    query=dict(call["query"]),
                    body=dict(call["body"]),
                    request_id=str(call["request_id"]),
                ),
            )
            for call in document["calls"]
        ]
    except (KeyError, TypeError, ValueError):
        raise InvalidInput("These are no gathered calls.") from None
    if len(calls) > CALLS_MAX or any(kind not in handlers for kind, _ in calls):
        raise InvalidInput("These calls cannot be gathered.")
    return calls
