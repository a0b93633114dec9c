"""`python -m gateway_config.outsystems`: what a scanner app needs of the API.

OutSystems imports Swagger 2.0 and nothing newer. The document is made of the schemas
that the services parse and answer with, so it cannot say anything else than they do.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from orchestrator_service.schemas.gate_schemas import (
    ScanAnswerSchema,
    ScanRequestSchema,
)
from service_common.api_description import wire_form
from user_service.schemas.auth_schemas import (
    LoginRequestSchema,
    LoginResponseSchema,
    RefreshTokenRequestSchema,
    TokenPairSchema,
)


class ErrorDetailSchema(Schema):
    """What went wrong: a code for programs, a sentence for people."""

    code = fields.String()
    message = fields.String()
    request_id = fields.String()


class ErrorSchema(Schema):
    """Every answer that is not 200."""

    error = fields.Nested(ErrorDetailSchema)


def scanner_api() -> dict[str, Any]:
    """The Swagger 2.0 document."""
    marshmallow = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="TicketRemaster Gatekeeper",
        version="v1",
        openapi_version="2.0",
        plugins=[marshmallow],
        info={"description": "Sign in, and scan tickets. See docs/outsystems.md."},
        host="localhost:8000",
        basePath="/v1",
        schemes=["http", "https"],
        consumes=["application/json"],
        produces=["application/json"],
    )
    converter = marshmallow.converter
    if converter is None:  # it is made by APISpec
        raise AssertionError
    converter.add_attribute_function(wire_form)  # type: ignore[no-untyped-call]
    spec.components.security_scheme(
        "accessToken",
        {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The word Bearer, a blank, the access_token.",
        },
    )
    spec.path(
        "/auth/login",
        operations=_post(
            "Login", "Sign in", LoginRequestSchema, LoginResponseSchema, secured=False
        ),
    )
    spec.path(
        "/auth/refresh",
        operations=_post(
            "Refresh",
            "Exchange the refresh token for new tokens; each is good for one use",
            RefreshTokenRequestSchema,
            TokenPairSchema,
            secured=False,
        ),
    )
    spec.path(
        "/verify",
        operations=_post(
            "VerifyTicket",
            "Scan a ticket",
            ScanRequestSchema,
            ScanAnswerSchema,
            secured=True,
        ),
    )
    document: dict[str, Any] = spec.to_dict()
    for schema in document["definitions"].values():
        properties = schema["properties"]
        schema["properties"] = {name: _plain(form) for name, form in properties.items()}
    return document


def main() -> None:
    """Print it, in the form in which it is kept."""
    sys.stdout.write(json.dumps(scanner_api(), indent=2, ensure_ascii=False) + "\n")


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")


def _plain(form: dict[str, Any]) -> dict[str, Any]:
    """Without our own remarks, and what was wrapped for their sake."""
    form.pop("x-sometimes", None)
    wrapped: list[dict[str, Any]] = form.get("allOf", [])
    return wrapped[0] if len(wrapped) == 1 and len(form) == 1 else form


def _post(
    operation_id: str,
    summary: str,
    request: type[Schema],
    answer: type[Schema],
    *,
    secured: bool,
) -> dict[str, Any]:
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "type": "string",
        "required": False,
        "description": "A new one for each scan; the same one to ask for its answer.",
    }
    body = {"name": "body", "in": "body", "required": True, "schema": request}
    operation: dict[str, Any] = {
        "operationId": operation_id,
        "summary": summary,
        "parameters": [key, body] if secured else [body],
        "responses": {
            "200": {"description": "Done", "schema": answer},
            "default": {"description": "Refused", "schema": ErrorSchema},
        },
    }
    if secured:
        operation["security"] = [{"accessToken": []}]
    return {"post": operation}


if __name__ == "__main__":
    main()
