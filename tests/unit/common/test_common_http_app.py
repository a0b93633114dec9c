"""Every answer of every service: envelope, request id, health, measurement."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema, fields

from service_common import errors
from service_common.access import public
from service_common.http_app import AppOptions, create_base_app
from service_common.http_json import Blueprint

REFUSALS = [
    (errors.InvalidInput(), 400, "INVALID_INPUT"),
    (errors.Unauthorized(), 401, "UNAUTHORIZED"),
    (errors.PaymentRequired("No.", code="TOO_POOR"), 402, "TOO_POOR"),
    (errors.Forbidden(), 403, "FORBIDDEN"),
    (errors.NotFound(), 404, "NOT_FOUND"),
    (errors.Conflict("No.", code="TAKEN", details={"by": "you"}), 409, "TAKEN"),
    (errors.Gone("No.", code="OVER"), 410, "OVER"),
    (errors.Unprocessable("No.", code="REUSED"), 422, "REUSED"),
    (errors.PreconditionRequired("No.", code="PROOF_FIRST"), 428, "PROOF_FIRST"),
    (errors.TooManyRequests(retry_after_s=7), 429, "RATE_LIMITED"),
    (errors.Unavailable(), 503, "SERVICE_UNAVAILABLE"),
    (errors.Busy(), 503, "SERVICE_UNAVAILABLE"),
    (errors.Unknown(), 503, "SERVICE_UNAVAILABLE"),
    (errors.AppError(), 500, "INTERNAL_ERROR"),
]


class BodySchema(Schema):
    number = fields.Integer(required=True, strict=True)


class QuerySchema(Schema):
    word = fields.String()


def _blueprint() -> Blueprint:
    bp = Blueprint("probe", __name__)

    @bp.route("/raise/<int:number>")
    @public
    @bp.response(200)
    def fail_as_told(number: int) -> None:
        raise REFUSALS[number][0]

    @bp.route("/bug")
    @public
    @bp.response(200)
    def fail_by_surprise() -> None:
        raise ZeroDivisionError("a detail of our inside")

    @bp.route("/body", methods=["POST"])
    @public
    @bp.arguments(BodySchema)
    @bp.response(200)
    def take_body(body: dict[str, Any]) -> dict[str, Any]:
        return body

    @bp.route("/query")
    @public
    @bp.arguments(QuerySchema, location="query")
    @bp.response(200)
    def take_query(query: dict[str, Any]) -> dict[str, Any]:
        return query

    return bp


def _down() -> None:
    raise ConnectionError("secret address")


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    options = AppOptions(
        name="probe",
        title="Probe",
        service_token="token-of-the-inner-services",
        checks={"here": lambda: None, "there": _down},
    )
    app: Flask = create_base_app(options, [_blueprint()])
    return app.test_client()


@pytest.mark.parametrize("number", range(len(REFUSALS)), ids=lambda n: REFUSALS[n][2])
def test_error_leaves_in_the_envelope(client: FlaskClient, number: int) -> None:
    error, status, code = REFUSALS[number]

    answer = client.get(f"/raise/{number}", headers={"X-Request-ID": "request-4"})

    assert answer.status_code == status
    assert answer.get_json() == {
        "error": {
            "code": code,
            "message": error.message,
            "details": error.details,
            "request_id": "request-4",
        }
    }
    assert answer.headers["X-Request-ID"] == "request-4"
    assert answer.headers.get("Retry-After") == (
        None if error.retry_after_s is None else str(error.retry_after_s)
    )


def test_bug_of_ours_tells_nothing_of_our_inside(client: FlaskClient) -> None:
    answer = client.get("/bug")

    assert answer.status_code == 500
    assert answer.get_json()["error"]["code"] == "INTERNAL_ERROR"
    assert "detail of our inside" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "NOT_FOUND"),
        ("GET", "/static/file", {}, 404, "NOT_FOUND"),
        ("DELETE", "/body", {}, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/body", {"data": {"number": 1}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", "/body", {"json": {"pad": "x" * 1_000_001}}, 413, "PAYLOAD_TOO_LARGE"),
        (
            "POST",
            "/body",
            {"data": "{", "content_type": "application/json"},
            400,
            "MALFORMED_JSON",
        ),
        ("GET", "/query?word=%00", {}, 400, "INVALID_INPUT"),
    ],
)
def test_error_of_the_framework_leaves_in_the_envelope(
    client: FlaskClient,
    method: str,
    path: str,
    options: dict[str, Any],
    status: int,
    code: str,
) -> None:
    answer = client.open(path, method=method, **options)

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert set(error) == {"code", "message", "details", "request_id"}
    assert answer.headers["X-Request-ID"] == error["request_id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "number"), ({"number": "1"}, "number"), ({"number": 1, "more": 2}, "more")],
)
def test_wrong_field_is_named(
    client: FlaskClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/body", json=body)

    fields_named = answer.get_json()["error"]["details"]["fields"]
    assert answer.status_code == 400
    assert list(fields_named) == [field]
    assert all(isinstance(problem, str) for problem in fields_named[field])


def test_unfit_request_id_is_replaced(client: FlaskClient) -> None:
    answer = client.get("/nowhere", headers={"X-Request-ID": "two words"})

    assert answer.headers["X-Request-ID"] != "two words"


def test_readiness_names_what_is_down_and_not_why(client: FlaskClient) -> None:
    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.get_json() == {
        "status": "not ready",
        "dependencies": {"here": "ok", "there": "ConnectionError"},
    }
    assert client.get("/health/live").status_code == 200


def test_requests_are_measured_by_route_and_not_by_path(client: FlaskClient) -> None:
    client.get("/raise/0")
    client.get("/no/such/path")

    metrics = client.get("/metrics").text

    assert 'route="/raise/<int:number>",status="400"' in metrics
    assert "/no/such/path" not in metrics
