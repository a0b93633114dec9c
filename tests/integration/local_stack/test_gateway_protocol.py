"""HTTP as such at the gateway: methods, odd requests, and what stays inside."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any

import pytest
import requests

from support.gateway_alone import Gateway, error_of, gateway_alone
from support.views import View, all_views

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE")


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with gateway_alone() as running:
        yield running


def exchange(gateway: Gateway, request: bytes) -> tuple[HTTPResponse, Any]:
    """What comes back for the very bytes, and its JSON."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as wire:
        wire.sendall(request)
        answer = HTTPResponse(wire)
        answer.begin()
        return answer, json.loads(answer.read())


# --- what stays inside --------------------------------------------------------------


def test_only_views_for_the_world_are_reached_whatever_one_asks(
    gateway: Gateway,
) -> None:
    views = all_views()
    marks = {
        f"{method} {path}": (method, path)
        for path in sorted({view.path for view in views})
        for method in METHODS
    }
    for mark, (method, path) in marks.items():
        for prefix in ("", "/v1"):
            headers = {"X-Test": mark, "X-Service-Token": "guess"}
            gateway.call(method, prefix + path, gateway.token(), headers=headers)

    reached = {
        (service.removesuffix("-service"), *marks[mark])
        for service, echo in gateway.services.items()
        for mark in echo.seen
        if mark in marks
    }
    inside = {key(view) for view in views if view.inside}
    assert reached & inside == set()
    assert reached >= {key(view) for view in views if not view.inside}


def key(view: View) -> tuple[str, str, str]:
    return view.service.removesuffix("-service"), view.method, view.path


# --- methods --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/events/1", "GET, HEAD, OPTIONS"),
        ("POST", "/v1/events", "GET, HEAD, OPTIONS"),
        ("DELETE", "/pay", "POST, OPTIONS"),
        ("GET", "/v1/auth/login", "POST, OPTIONS"),
        ("PATCH", "/reserve/1", "DELETE, OPTIONS"),
    ],
)
def test_known_path_with_another_method_says_which_it_has(
    gateway: Gateway, method: str, path: str, allowed: str
) -> None:
    answer = gateway.call(method, path)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == allowed
    assert error_of(answer)["code"] == "METHOD_NOT_ALLOWED"


def test_head_is_answered_as_get_without_the_body(gateway: Gateway) -> None:
    answer = gateway.call("HEAD", "/v1/events")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0
    assert int(answer.headers["X-RateLimit-Limit"]) == 300


def test_head_needs_a_token_where_get_does(gateway: Gateway) -> None:
    assert gateway.call("HEAD", "/orders").status_code == 401
    assert gateway.call("HEAD", "/orders", gateway.token()).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_scheme_of_the_token_may_be_small(gateway: Gateway, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {gateway.token()}"}

    assert gateway.call("GET", "/users/me", headers=headers).status_code == 200


# --- requests that are hardly any -----------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        b"NONSENSE\r\n\r\n",
        b"BREW /events HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /events HTTP/1.1\r\n\r\n",
        b"GET /events HTTP/0.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: a\r\n\r\n",
    ],
    ids=["noise", "method", "no host", "version", "huge header", "odd length"],
)
def test_what_is_hardly_a_request_gets_the_envelope_with_an_id(
    gateway: Gateway, request_: bytes
) -> None:
    answer, body = exchange(gateway, request_)

    assert 400 <= answer.status < 500
    error = body["error"]
    assert error["code"] == "MALFORMED_REQUEST"
    assert len(error["request_id"]) == 36
    assert answer.headers["X-Request-ID"] == error["request_id"]


@pytest.mark.parametrize(("size", "status"), [(2, 200), (1_000_001, 413)])
def test_body_that_waits_for_100_continue_is_taken_or_refused(
    gateway: Gateway, size: int, status: int
) -> None:
    head = (
        "POST /auth/login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        f"Content-Length: {size}\r\n\r\n"
    )

    answer, body = exchange(gateway, head.encode() + b"x" * size)

    assert answer.status == status
    if status == 200:
        # It is the gateway's business, and no service hears of it.
        assert "expect" not in body["headers"]
    else:
        assert body["error"]["code"] == "PAYLOAD_TOO_LARGE"
        assert body["error"]["request_id"] == answer.headers["X-Request-ID"]


# --- metrics --------------------------------------------------------------------------


def test_metrics_are_on_a_port_of_their_own_and_nothing_else_is(
    gateway: Gateway,
) -> None:
    inside = f"http://127.0.0.1:{gateway.stack.ports['gateway-metrics']}"
    gateway.call("GET", "/events")

    metrics = requests.get(inside + "/metrics", timeout=10)

    assert metrics.status_code == 200
    assert 'envoy_cluster_name="events"' in metrics.text
    for path in ("/", "/config_dump", "/stats", "/quitquitquit", "/metrics/../stats"):
        assert requests.get(inside + path, timeout=10).status_code == 404
        assert requests.post(inside + path, timeout=10).status_code == 404
