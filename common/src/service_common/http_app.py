"""The Flask application that every service starts from.

Envelope for every error, one request id, one log line and one measurement a request,
health and metrics; a service adds its blueprints.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog
from flask import Flask, Response, g, jsonify, request
from flask_smorest import Blueprint as SmorestBlueprint
from werkzeug.exceptions import HTTPException

from service_common.access import (
    AccessTokens,
    install_access,
    public,
    require_declarations,
)
from service_common.admission import OPERATIONS, Admission
from service_common.api_description import create_api
from service_common.errors import AppError, Refusal, Unauthorized
from service_common.http_json import JSONProvider
from service_common.metrics import REQUEST_SECONDS, render_metrics
from service_common.request_context import (
    HEADER,
    accept_request_id,
    get_request_id,
    set_request_id,
)

log = structlog.get_logger()

BODY_LIMIT_BYTES = 1_000_000
_SERVER_ERROR = 500
_CODES = {
    400: "MALFORMED_REQUEST",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class AppOptions:
    """What one service's application needs to know."""

    name: str
    title: str
    service_token: str
    tokens: AccessTokens | None = None
    checks: dict[str, Check] = field(default_factory=dict)


def create_base_app(
    options: AppOptions, blueprints: Iterable[SmorestBlueprint]
) -> Flask:
    """An application with everything that services have in common.

    `checks` are what readiness depends on: name → a call that raises when it is down.
    """
    app = Flask(options.name, static_folder=None)
    app.json = JSONProvider(app)
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT_BYTES,
        API_TITLE=options.title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        PROPAGATE_EXCEPTIONS=False,
    )
    app.url_map.strict_slashes = False
    _install_request_log(app)
    install_access(app, service_token=options.service_token, tokens=options.tokens)
    api = create_api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    _install_errors(app)
    install_operations(app, options.checks)
    require_declarations(app)
    app.wsgi_app = Admission(app.wsgi_app)  # type: ignore[method-assign]
    return app


def install_operations(app: Flask, checks: dict[str, Check]) -> None:
    """`/health/live`, `/health/ready` and `/metrics`."""

    @app.get("/health/live")
    @public
    def live() -> Response:
        return jsonify(status="ok")

    @app.get("/health/ready")
    @public
    def ready() -> tuple[Response, int]:
        states = {name: _state(check) for name, check in checks.items()}
        good = all(state == "ok" for state in states.values())
        body = jsonify(status="ok" if good else "not ready", dependencies=states)
        return body, 200 if good else 503

    @app.get("/metrics")
    @public
    def metrics() -> Response:
        body, content_type = render_metrics()
        return Response(body, content_type=content_type)


def error_response(error: AppError) -> Response:
    """The envelope as a response."""
    response = jsonify(error.envelope(get_request_id()))
    response.status_code = error.http_status
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _state(check: Check) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - any failure means "not ready"
        return type(error).__name__
    return "ok"


def _install_errors(app: Flask) -> None:
    @app.errorhandler(AppError)
    def app_error(error: AppError) -> Response:
        if not isinstance(error, Refusal):
            log.warning("request_failed", code=error.code, cause=repr(error.__cause__))
        g.error_code = error.code
        return error_response(error)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or _SERVER_ERROR
        wrapped = AppError(error.description, code=_CODES.get(status, f"HTTP_{status}"))
        response = error_response(wrapped)
        response.status_code = status
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.error("unexpected_error", exc_info=error)
        return error_response(AppError())


def _install_request_log(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        set_request_id(accept_request_id(request.headers.get(HEADER)))

    @app.after_request
    def end(response: Response) -> Response:
        duration_s = time.perf_counter() - g.started
        response.headers[HEADER] = get_request_id()
        route = request.url_rule.rule if request.url_rule else "unmatched"
        REQUEST_SECONDS.labels(request.method, route, response.status_code).observe(
            duration_s
        )
        if route not in OPERATIONS:
            log.info(
                "http_request",
                method=request.method,
                route=route,
                status=response.status_code,
                code=g.get("error_code"),
                duration_ms=round(duration_s * 1000, 1),
            )
        return response
