"""Scenario 1, steps 1 to 4, and every way in which a reservation is refused."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from live import HOLD_TTL_S
from support.shop import Shop
from support.waiting import eventually


def test_seat_is_held_and_the_order_is_pending_with_its_price(
    shop: Shop, alice: str
) -> None:
    event = shop.publish(price="3.50")

    held = shop.must_reserve(alice, event.seat_ids[0])

    assert held["status"] == "HELD"
    assert held["seat_id"] == event.seat_ids[0]
    assert held["event_id"] == event.event_id
    assert held["price"] == "3.50"
    assert held["currency"] == "SGD"
    assert 0 < held["ttl_seconds"] <= HOLD_TTL_S
    assert held["seats"] == [
        {
            "seat_id": event.seat_ids[0],
            "row_number": "A",
            "seat_number": 1,
            "category": "CAT1",
            "price": "3.50",
        }
    ]
    order = shop.order(alice, held["order_id"])
    assert order["status"] == "PENDING"
    assert order["credits_charged"] == "0.00"
    assert order["confirmed_at"] is None
    assert shop.seat_status(event.event_id, event.seat_ids[0]) == "HELD"


def test_several_seats_are_held_together(shop: Shop, alice: str) -> None:
    event = shop.publish(seats=10)

    held = shop.must_reserve(alice, *event.seat_ids)

    assert "seat_id" not in held
    assert [seat["seat_id"] for seat in held["seats"]] == event.seat_ids
    assert Decimal(held["price"]) == Decimal("10.00")


def test_second_buyer_is_refused_and_told_until_when_the_seat_is_held(
    shop: Shop, alice: str, bob: str
) -> None:
    event = shop.publish()
    held = shop.must_reserve(alice, event.seat_ids[0])

    refused = shop.reserve(bob, event.seat_ids[0])

    assert (refused.status, refused.code) == (409, "SEAT_UNAVAILABLE")
    details = refused.body["error"]["details"]
    assert details["seat_ids"] == [event.seat_ids[0]]
    assert details["held_until"] == held["held_until"]


def test_one_held_seat_among_several_refuses_them_all(
    shop: Shop, alice: str, bob: str
) -> None:
    event = shop.publish()
    shop.must_reserve(alice, event.seat_ids[1])

    refused = shop.reserve(bob, *event.seat_ids[:3])

    assert (refused.status, refused.code) == (409, "SEAT_UNAVAILABLE")
    assert refused.body["error"]["details"]["seat_ids"] == [event.seat_ids[1]]
    assert shop.seat_status(event.event_id, event.seat_ids[0]) == "AVAILABLE"


def test_reserving_again_answers_the_same_hold_and_not_a_longer_one(
    shop: Shop, alice: str
) -> None:
    event = shop.publish()

    first = shop.must_reserve(alice, event.seat_ids[0])
    second = shop.must_reserve(alice, event.seat_ids[0])

    same = ("order_id", "hold_id", "held_until", "price")
    assert [second[field] for field in same] == [first[field] for field in same]


def test_sold_seat_is_refused_as_sold(shop: Shop, alice: str, bob: str) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    assert shop.pay(alice, order_id).status == 200

    refused = shop.reserve(bob, event.seat_ids[0])

    assert (refused.status, refused.code) == (409, "SEAT_ALREADY_SOLD")


def test_unknown_seat_is_not_found(shop: Shop, alice: str) -> None:
    refused = shop.reserve(alice, str(uuid.uuid4()))

    assert (refused.status, refused.code) == (404, "SEAT_NOT_FOUND")


def test_seats_of_two_events_are_refused(shop: Shop, alice: str) -> None:
    one, other = shop.publish(), shop.publish()

    refused = shop.reserve(alice, one.seat_ids[0], other.seat_ids[0])

    assert (refused.status, refused.code) == (400, "INVALID_INPUT")


def test_seat_of_an_event_that_is_over_is_refused_and_stays_free(
    shop: Shop, alice: str
) -> None:
    found = shop.api.call("GET", "/events", params={"q": "Yesterday"})
    event_id = found.body["data"][0]["event_id"]
    seat_id = shop.seats(event_id)[0]["seat_id"]

    refused = shop.reserve(alice, seat_id)

    assert (refused.status, refused.code) == (410, "EVENT_ENDED")
    assert shop.seat_status(event_id, seat_id) == "AVAILABLE"
    listed = shop.api.call("GET", "/orders", token=alice).body["data"]
    assert event_id not in {order["event_id"] for order in listed}


def test_giving_a_reservation_back_frees_the_seat_at_once(
    shop: Shop, alice: str, bob: str
) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]

    given_back = shop.api.call("DELETE", f"/reserve/{order_id}", token=alice)

    assert given_back.status == 204
    order = shop.order(alice, order_id)
    assert (order["status"], order["failure_reason"]) == (
        "FAILED",
        "RELEASED_BY_HOLDER",
    )
    shop.must_reserve(bob, event.seat_ids[0])
    again = shop.api.call("DELETE", f"/reserve/{order_id}", token=alice)
    assert again.status == 204
    assert shop.seat_status(event.event_id, event.seat_ids[0]) == "HELD"


def test_giving_back_somebody_elses_reservation_is_forbidden(
    shop: Shop, alice: str, bob: str
) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]

    refused = shop.api.call("DELETE", f"/reserve/{order_id}", token=bob)

    assert (refused.status, refused.code) == (403, "FORBIDDEN")
    assert shop.seat_status(event.event_id, event.seat_ids[0]) == "HELD"


def test_giving_back_a_paid_order_is_refused(shop: Shop, alice: str) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    assert shop.pay(alice, order_id).status == 200

    refused = shop.api.call("DELETE", f"/reserve/{order_id}", token=alice)

    assert (refused.status, refused.code) == (409, "SEAT_ALREADY_SOLD")


def test_abandoned_hold_comes_back_and_its_order_fails(
    shop: Shop, alice: str, bob: str
) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]

    eventually(
        lambda: shop.seat_status(event.event_id, event.seat_ids[0]),
        lambda status: status == "AVAILABLE",
        within_s=HOLD_TTL_S + 10,
    )
    order = eventually(
        lambda: shop.order(alice, order_id),
        lambda order: order["status"] == "FAILED",
        within_s=15,
    )

    assert order["failure_reason"] == "HOLD_EXPIRED"
    late = shop.pay(alice, order_id)
    assert (late.status, late.code) == (410, "HOLD_EXPIRED")
    assert late.body["error"]["details"]["seat_id"] == event.seat_ids[0]
    shop.must_reserve(bob, event.seat_ids[0])


def test_body_that_names_somebody_else_is_forbidden(shop: Shop, alice: str) -> None:
    event = shop.publish()

    refused = shop.api.call(
        "POST",
        "/reserve",
        json={"seat_id": event.seat_ids[0], "user_id": str(uuid.uuid4())},
        token=alice,
    )

    assert (refused.status, refused.code) == (403, "FORBIDDEN")


def test_hundred_buyers_want_one_seat_and_one_gets_it(shop: Shop) -> None:
    event = shop.publish()
    with ThreadPoolExecutor(16) as pool:
        buyers = list(pool.map(lambda _: shop.new_customer(), range(100)))
    with ThreadPoolExecutor(100) as pool:
        answers = list(
            pool.map(lambda buyer: shop.reserve(buyer, event.seat_ids[0]), buyers)
        )

    outcomes = sorted((answer.status, answer.code) for answer in answers)
    assert outcomes[0][0] == 200
    assert outcomes[1:] == [(409, "SEAT_UNAVAILABLE")] * 99


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"seat_id": "no-uuid"},
        {"seat_id": None},
        {"seat_id": 7},
        {"seat_ids": []},
        {"seat_ids": [str(uuid.uuid4()) for _ in range(11)]},
        {"seat_ids": ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"] * 2},
        {"seat_id": str(uuid.uuid4()), "seat_ids": [str(uuid.uuid4())]},
        {"seat_id": str(uuid.uuid4()), "colour": "red"},
        {"seat_ids": {"a": 1}},
        [],
        "text",
    ],
)
def test_malformed_reservation_is_refused(shop: Shop, alice: str, body: object) -> None:
    refused = shop.api.call("POST", "/reserve", json=body, token=alice)

    assert (refused.status, refused.code) == (400, "INVALID_INPUT")
