"""Scenario 1, steps 5 to 9, and every way in which a payment is refused."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from support.shop import Shop


def test_paid_seat_is_sold_charged_once_and_has_a_ticket(
    shop: Shop, alice: str
) -> None:
    event = shop.publish(price="2.50")
    before = Decimal(shop.balance(alice))
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]

    paid = shop.pay(alice, order_id)

    assert paid.status == 200
    assert paid.body["status"] == "CONFIRMED"
    assert paid.body["order_id"] == order_id
    assert paid.body["seat_id"] == event.seat_ids[0]
    assert paid.body["event_id"] == event.event_id
    assert paid.body["credits_charged"] == "2.50"
    assert Decimal(paid.body["remaining_balance"]) == before - Decimal("2.50")
    assert Decimal(shop.balance(alice)) == before - Decimal("2.50")
    [ticket] = paid.body["tickets"]
    assert ticket["seat_id"] == event.seat_ids[0]
    assert ticket["qr_payload"]
    assert ticket["expires_at"].endswith("Z")
    assert shop.seat_status(event.event_id, event.seat_ids[0]) == "SOLD"
    order = shop.order(alice, order_id)
    assert (order["status"], order["credits_charged"]) == ("CONFIRMED", "2.50")
    assert order["confirmed_at"] == paid.body["confirmed_at"]


def test_ten_seats_are_paid_as_one_order(shop: Shop, alice: str) -> None:
    event = shop.publish(seats=10)
    order_id = shop.must_reserve(alice, *event.seat_ids)["order_id"]

    paid = shop.pay(alice, order_id)

    assert paid.body["credits_charged"] == "10.00"
    assert {ticket["seat_id"] for ticket in paid.body["tickets"]} == set(event.seat_ids)
    assert {seat["status"] for seat in shop.seats(event.event_id)} == {"SOLD"}


def test_paying_again_answers_the_same_order_and_charges_nothing(
    shop: Shop, alice: str
) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    first = shop.pay(alice, order_id)
    balance = shop.balance(alice)

    second = shop.pay(alice, order_id)

    assert second.status == 200
    same = ("order_id", "status", "credits_charged", "confirmed_at")
    assert [second.body[f] for f in same] == [first.body[f] for f in same]
    assert second.body["remaining_balance"] == balance
    assert len(second.body["tickets"]) == 1
    assert shop.balance(alice) == balance


def test_ten_parallel_payments_of_one_order_charge_once(shop: Shop, alice: str) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    before = Decimal(shop.balance(alice))

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: shop.pay(alice, order_id), range(10)))

    assert 200 in {answer.status for answer in answers}
    for answer in answers:
        assert answer.status == 200 or answer.code == "PAYMENT_IN_PROGRESS"
    assert Decimal(shop.balance(alice)) == before - Decimal("1.00")


def test_too_few_credits_are_refused_and_the_hold_stays(shop: Shop) -> None:
    event = shop.publish(price="12.00")
    carol = shop.new_customer()
    order_id = shop.must_reserve(carol, event.seat_ids[0])["order_id"]

    refused = shop.pay(carol, order_id)

    assert (refused.status, refused.code) == (402, "INSUFFICIENT_CREDITS")
    assert refused.body["error"]["details"] == {
        "required": "12.00",
        "available": "0.00",
        "shortfall": "12.00",
        "top_up_url": "/credits/topup",
    }
    assert shop.seat_status(event.event_id, event.seat_ids[0]) == "HELD"
    order = shop.order(carol, order_id)
    assert order["status"] == "PENDING"
    assert order["payment"] == {"state": "FAILED", "code": "INSUFFICIENT_CREDITS"}
    assert shop.pay(carol, order_id).code == "INSUFFICIENT_CREDITS"


def test_somebody_elses_order_is_forbidden(shop: Shop, alice: str, bob: str) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]

    refused = shop.pay(bob, order_id)

    assert (refused.status, refused.code) == (403, "FORBIDDEN")


def test_unknown_order_is_not_found(shop: Shop, alice: str) -> None:
    refused = shop.pay(alice, str(uuid.uuid4()))

    assert (refused.status, refused.code) == (404, "ORDER_NOT_FOUND")


def test_reservation_given_back_cannot_be_paid(shop: Shop, alice: str) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    shop.api.call("DELETE", f"/reserve/{order_id}", token=alice)
    balance = shop.balance(alice)

    refused = shop.pay(alice, order_id)

    assert (refused.status, refused.code) == (410, "HOLD_EXPIRED")
    assert shop.balance(alice) == balance


def test_flagged_buyer_gets_a_hold_and_may_not_pay_before_the_code(
    shop: Shop, flo: str
) -> None:
    event = shop.publish()
    held = shop.must_reserve(flo, event.seat_ids[0])

    refused = shop.pay(flo, held["order_id"])

    assert held["status"] == "OTP_REQUIRED"
    assert (refused.status, refused.code) == (428, "OTP_REQUIRED")
    assert refused.body["error"]["details"]["reference_id"] == held["order_id"]
    assert shop.seat_status(event.event_id, event.seat_ids[0]) == "HELD"


def test_orders_are_listed_newest_first_and_only_ones_own(shop: Shop) -> None:
    event = shop.publish()
    carol, dave = shop.new_customer(), shop.new_customer()
    order_ids = [
        shop.must_reserve(carol, seat_id)["order_id"] for seat_id in event.seat_ids[:3]
    ]

    listed = shop.api.call("GET", "/orders", params={"page_size": 2}, token=carol)

    found = [order["order_id"] for order in listed.body["data"]]
    assert found == order_ids[:0:-1]
    assert listed.body["pagination"] == {
        "page": 1,
        "page_size": 2,
        "total": 3,
        "next_page": 2,
    }
    assert shop.api.call("GET", "/orders", token=dave).body["data"] == []
    others = shop.api.call("GET", f"/orders/{order_ids[0]}", token=dave)
    assert (others.status, others.code) == (403, "FORBIDDEN")


def test_parallel_payments_without_credits_are_all_told_why(shop: Shop) -> None:
    event = shop.publish(price="12.00")
    carol = shop.new_customer()
    order_id = shop.must_reserve(carol, event.seat_ids[0])["order_id"]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: shop.pay(carol, order_id), range(4)))

    assert {answer.code for answer in answers} == {"INSUFFICIENT_CREDITS"}
