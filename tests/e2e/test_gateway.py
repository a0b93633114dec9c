"""What the gateway alone is answerable for."""

from __future__ import annotations

import uuid

import pytest
import requests

from support.shop import Shop
from support.views import all_views

_SOME = str(uuid.UUID(int=1))


def test_request_id_of_the_client_comes_back(shop: Shop) -> None:
    answer = shop.api.call("GET", "/events", headers={"X-Request-ID": "my-request-1"})

    assert answer.headers["X-Request-ID"] == "my-request-1"


def test_request_id_is_made_where_there_is_none(shop: Shop) -> None:
    one = shop.api.call("GET", "/events").headers["X-Request-ID"]
    other = shop.api.call("GET", "/events").headers["X-Request-ID"]

    assert one != other
    assert len(one) >= 16


def test_error_carries_the_request_id_of_its_answer(shop: Shop) -> None:
    for path in ("/nowhere", "/users/me", f"/events/{_SOME}"):
        answer = shop.api.call("GET", path, headers={"X-Request-ID": "trace-7"})

        assert answer.headers["X-Request-ID"] == "trace-7"
        assert answer.body["error"]["request_id"] == "trace-7"
        assert set(answer.body["error"]) == {
            "code",
            "message",
            "details",
            "request_id",
        }


def test_nothing_internal_is_reachable(shop: Shop, admin: str) -> None:
    views = all_views()
    open_to_the_world = {(v.method, v.path) for v in views if not v.inside}
    # One service's inner path may look like another's public one: /orders/facts is an
    # order's address to the orchestrator, and no such order.
    for view in views:
        if not view.inside or (view.method, view.path) in open_to_the_world:
            continue
        for prefix in ("", "/v1"):
            answer = shop.api.call(
                view.method,
                prefix + view.path,
                json={} if view.method != "GET" else None,
                token=admin,
                headers={"X-Service-Token": "guess"},
            )
            assert answer.status in {404, 405}, view


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_token_is_asked_for(shop: Shop, prefix: str) -> None:
    answer = shop.api.call("POST", f"{prefix}/reserve", json={"seat_id": _SOME})

    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_unknown_path_is_not_found(shop: Shop, prefix: str) -> None:
    answer = shop.api.call("GET", f"{prefix}/nowhere")

    assert (answer.status, answer.code) == (404, "NOT_FOUND")


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_method_that_a_path_does_not_have_is_told(shop: Shop, prefix: str) -> None:
    answer = shop.api.call("GET", f"{prefix}/reserve")

    assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")
    assert "POST" in answer.headers["Allow"]


def test_head_is_answered_like_get(shop: Shop) -> None:
    answer = requests.head(f"{shop.api.base_url}/events", timeout=10)

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_page_of_the_app_may_call_and_read_the_headers(shop: Shop, prefix: str) -> None:
    origin = {"Origin": "http://localhost:5173"}
    url = f"{shop.api.base_url}{prefix}"
    asked = {**origin, "Access-Control-Request-Method": "POST"}

    preflight = requests.options(f"{url}/reserve", headers=asked, timeout=10)
    answer = requests.get(f"{url}/events", headers=origin, timeout=10)

    assert preflight.status_code in {200, 204}
    assert preflight.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert {"X-Request-ID", "X-RateLimit-Remaining", "Retry-After"} <= {
        name.strip() for name in exposed.split(",")
    }


def test_limited_answer_says_how_often_one_may_still_call(shop: Shop) -> None:
    headers = shop.api.call("GET", "/events").headers

    limit = int(headers["X-RateLimit-Limit"])
    assert 0 <= int(headers["X-RateLimit-Remaining"]) <= limit
    assert int(headers["X-RateLimit-Reset"]) >= 0


@pytest.mark.parametrize("size", [1_500_000, 10_000_000])
@pytest.mark.parametrize("path", ["/reserve", "/auth/login", "/webhooks/stripe"])
def test_body_over_one_megabyte_is_refused(
    shop: Shop, alice: str, path: str, size: int
) -> None:
    answer = shop.api.call("POST", path, data=b" " * size, token=alice)

    assert (answer.status, answer.code) == (413, "PAYLOAD_TOO_LARGE")


def test_body_that_is_not_json_is_unsupported(shop: Shop, alice: str) -> None:
    answer = shop.api.call(
        "POST",
        "/reserve",
        data=b"seat_id=1",
        token=alice,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"seat_id": NaN}',
        b"[" * 100_000,
        b'{"seat_id": "\\ud800"}',
        b'{"seat_id": "\\u0000"}',
        b'{"seat_id": ' + b"9" * 6_000 + b"}",
        b"nul",
    ],
)
@pytest.mark.parametrize("path", ["/reserve", "/pay", "/auth/login", "/auth/register"])
def test_malformed_json_is_told_as_such(
    shop: Shop, alice: str, path: str, body: bytes
) -> None:
    answer = shop.api.call("POST", path, data=body, token=alice)

    assert (answer.status, answer.code) == (400, "MALFORMED_JSON")
