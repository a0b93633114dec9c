"""`Idempotency-Key` over the gateway."""

from __future__ import annotations

import uuid

from support.shop import Shop


def test_same_key_answers_byte_for_byte_the_same(shop: Shop, alice: str) -> None:
    event = shop.publish()
    key = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"seat_id": event.seat_ids[0]}

    first = shop.api.call("POST", "/reserve", json=body, token=alice, headers=key)
    second = shop.api.call("POST", "/reserve", json=body, token=alice, headers=key)

    assert first.status == second.status == 200
    assert second.raw == first.raw
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


def test_same_key_with_another_body_is_refused(shop: Shop, alice: str) -> None:
    event = shop.publish()
    key = {"Idempotency-Key": uuid.uuid4().hex}
    for seat_id, expected in zip(event.seat_ids[:2], (200, 422), strict=True):
        answer = shop.api.call(
            "POST", "/reserve", json={"seat_id": seat_id}, token=alice, headers=key
        )
        assert answer.status == expected

    assert answer.code == "IDEMPOTENCY_KEY_REUSED"


def test_two_callers_may_choose_the_same_key(shop: Shop, alice: str, bob: str) -> None:
    event = shop.publish()
    key = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"seat_id": event.seat_ids[0]}

    first = shop.api.call("POST", "/reserve", json=body, token=alice, headers=key)
    second = shop.api.call("POST", "/reserve", json=body, token=bob, headers=key)

    assert first.status == 200
    assert (second.status, second.code) == (409, "SEAT_UNAVAILABLE")


def test_refusal_is_replayed_too(shop: Shop, alice: str, bob: str) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(bob, event.seat_ids[0])["order_id"]
    key = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"seat_id": event.seat_ids[0]}
    refused = shop.api.call("POST", "/reserve", json=body, token=alice, headers=key)
    shop.api.call("DELETE", f"/reserve/{order_id}", token=bob)

    again = shop.api.call("POST", "/reserve", json=body, token=alice, headers=key)

    assert again.status == refused.status == 409
    assert again.headers["Idempotent-Replayed"] == "true"


def test_key_that_is_too_long_is_refused(shop: Shop, alice: str) -> None:
    answer = shop.api.call(
        "POST",
        "/pay",
        json={"order_id": str(uuid.uuid4())},
        token=alice,
        headers={"Idempotency-Key": "k" * 256},
    )

    assert (answer.status, answer.code) == (400, "INVALID_INPUT")
