"""What the gateway alone is answerable for."""

from __future__ import annotations

import uuid

import pytest

from support.shop import Shop

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


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/credits/deduct"),
        ("POST", "/credits/reverse"),
        ("GET", "/credits/facts"),
        ("GET", f"/users/{_SOME}/risk"),
        ("GET", "/invariants"),
        ("POST", "/orders"),
        ("POST", f"/orders/{_SOME}/confirm"),
        ("POST", f"/orders/{_SOME}/fail"),
        ("GET", "/orders/facts"),
        ("GET", "/orders/summary"),
        ("PUT", f"/events/{_SOME}"),
        ("POST", f"/events/{_SOME}/publish"),
        ("POST", f"/events/{_SOME}/discard"),
        ("GET", "/metrics"),
        ("GET", "/health/live"),
        ("GET", "/health/ready"),
        ("GET", "/v1/health/ready"),
        ("GET", "/v1/metrics"),
    ],
)
def test_nothing_internal_is_reachable(
    shop: Shop, admin: str, method: str, path: str
) -> None:
    answer = shop.api.call(
        method,
        path,
        json={} if method != "GET" else None,
        token=admin,
        headers={"X-Service-Token": "guess"},
    )

    assert answer.status == 404


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
