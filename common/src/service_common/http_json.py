"""JSON in and out: strict, bounded, and free of what PostgreSQL cannot store."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NoReturn

from flask import Request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from service_common.errors import InvalidInput, NotFound, Refusal

_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class UnsupportedMediaType(Refusal):
    """A body that is not JSON."""

    http_status = 415
    default_code = "UNSUPPORTED_MEDIA_TYPE"
    default_message = "The body has to be application/json."


def malformed_json(why: str) -> InvalidInput:
    """400 MALFORMED_JSON."""
    return InvalidInput(f"The body is not JSON: {why}.", code="MALFORMED_JSON")


def load_json(raw: bytes) -> Any:
    """Parse strictly: no NaN, no lone surrogates, no NUL, no bottomless nesting."""

    def refuse_constant(name: str) -> NoReturn:
        raise malformed_json(f"{name} is not a JSON number")

    try:
        # Decoded here, since json.loads would let the bytes of lone surrogates through.
        text = raw.decode("utf-8-sig")
        document = json.loads(text, parse_constant=refuse_constant)
        if "\\u" in text:
            _check_strings(document)
    except RecursionError:
        raise malformed_json("it is nested too deeply") from None
    except ValueError:  # malformed text, bad encoding, a number of 5,000 digits
        raise malformed_json("it cannot be parsed") from None
    return document


def _check_strings(document: Any) -> None:
    """Refuse escapes that make text which cannot be stored as UTF-8."""
    if isinstance(document, str):
        document.encode("utf-8")  # a lone surrogate is a ValueError
        if "\0" in document:
            raise malformed_json("it contains a NUL character")
    elif isinstance(document, list):
        for item in document:
            _check_strings(item)
    elif isinstance(document, dict):
        for key, item in document.items():
            _check_strings(key)
            _check_strings(item)


def to_wire(value: Any) -> str:
    """Money, times and ids as they travel."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC, `2026-06-15T19:00:00Z`; fractions only when there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class JSONProvider(DefaultJSONProvider):
    """Flask's JSON, in the forms of this API."""

    default = staticmethod(to_wire)
    sort_keys = False
    compact = True

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        """Parse a body strictly."""
        return load_json(s if isinstance(s, bytes) else s.encode())


class RequestParser(FlaskParser):
    """webargs, refusing in this API's words."""

    DEFAULT_VALIDATION_STATUS = 400
    # Unknown fields are refused in a query as they are in a body.
    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {}  # noqa: RUF012

    def load_json(self, req: Request, schema: Schema) -> Any:  # noqa: ARG002
        """Take the body; only application/json is one."""
        raw = req.get_data(cache=True)
        if not raw:
            return {}
        if not req.is_json:
            raise UnsupportedMediaType
        return load_json(raw)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Take the query; NUL is no text that PostgreSQL can store or compare."""
        for name, value in req.args.items(multi=True):
            if "\0" in value:
                raise InvalidInput(
                    details={"fields": {name: ["It contains a NUL character."]}}
                )
        return super().load_querystring(req, schema)

    def handle_error(
        self, error: ValidationError, *_args: Any, **_kwargs: Any
    ) -> NoReturn:
        """400 INVALID_INPUT with a list of problems per field."""
        fields: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        # webargs names the location first: {"json": {"email": [...]}}
        inner: dict[str, Any] = {}
        for messages in fields.values():
            inner.update(
                messages if isinstance(messages, dict) else {"_body": messages}
            )
        raise InvalidInput(details={"fields": inner})


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """A flask-smorest blueprint whose arguments are refused in this API's words."""

    ARGUMENTS_PARSER = RequestParser()

    # flask-smorest has no annotations; without these, no view would have any either.
    def route(self, rule: str, **options: Any) -> _Decorator:
        """Register the view under a path."""
        decorator: _Decorator = super().route(rule, **options)
        return decorator

    def arguments(self, schema: type[Schema], **options: Any) -> _Decorator:
        """Parse the request with the schema and hand the result to the view."""
        # An instance: of a class, each request would make one of its own.
        decorator: _Decorator = super().arguments(schema(), **options)
        return decorator

    def response(
        self, status_code: int, schema: type[Schema] | None = None, **options: Any
    ) -> _Decorator:
        """Answer with the view's result in the form of the schema."""
        decorator: _Decorator = super().response(status_code, schema, **options)
        return decorator


def path_uuid(raw: str, code: str, thing: str) -> uuid.UUID:
    """An id out of a path; a malformed one names nothing, so it is not found."""
    try:
        return uuid.UUID(raw)
    except ValueError:
        raise NotFound(f"There is no such {thing}.", code=code) from None


def page_of(
    rows: list[Any], *, page: int, page_size: int, total: int
) -> Mapping[str, Any]:
    """The list body of the API."""
    return {
        "data": rows,
        "pagination": {
            "page": page,
            "page_size": page_size,
            "total": total,
            "next_page": page + 1 if page * page_size < total else None,
        },
    }
