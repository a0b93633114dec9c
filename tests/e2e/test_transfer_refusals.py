"""Scenario 2: what is refused before any code is sent."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from support.market import Market
from support.shop import EventOnSale, Person, Shop
from ticket_demo.api import Answer
from ticket_demo.cast import OVER_ID


@pytest.fixture(scope="module")
def event(shop: Shop) -> EventOnSale:
    return shop.publish(price="5.00")


@pytest.fixture(scope="module")
def seller(market: Market, event: EventOnSale) -> Person:
    return market.seller_of(event, event.seat_ids[0])


@pytest.fixture(scope="module")
def poor(shop: Shop) -> Person:
    return shop.new_person()


def _refused(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


def test_nobody_transfers_to_himself(
    market: Market, event: EventOnSale, seller: Person
) -> None:
    answer = market.initiate(seller, event.seat_ids[0], seller=seller, buyer=seller)

    assert _refused(answer) == (400, "SELF_TRANSFER")


def test_stranger_cannot_begin_a_transfer_between_others(
    market: Market, event: EventOnSale, seller: Person, poor: Person, shop: Shop
) -> None:
    answer = market.initiate(
        shop.new_person(), event.seat_ids[0], seller=seller, buyer=poor
    )

    assert _refused(answer) == (403, "FORBIDDEN")


def test_unknown_seat_and_unknown_buyer_are_not_found(
    market: Market, event: EventOnSale, seller: Person, poor: Person
) -> None:
    nobody = Person(str(uuid.uuid4()), "+6590000000", "")

    seat = market.initiate(seller, str(uuid.uuid4()), seller=seller, buyer=poor)
    buyer = market.initiate(seller, event.seat_ids[0], seller=seller, buyer=nobody)

    assert _refused(seat) == (404, "SEAT_NOT_FOUND")
    assert _refused(buyer) == (404, "USER_NOT_FOUND")


def test_seat_that_was_never_sold_cannot_be_transferred(
    market: Market, event: EventOnSale, seller: Person, poor: Person
) -> None:
    answer = market.initiate(seller, event.seat_ids[1], seller=seller, buyer=poor)

    assert _refused(answer) == (409, "SEAT_UNAVAILABLE")


def test_somebody_elses_ticket_cannot_be_sold(
    market: Market, event: EventOnSale, seller: Person, poor: Person
) -> None:
    answer = market.initiate(poor, event.seat_ids[0], seller=poor, buyer=seller)

    assert _refused(answer) == (403, "NOT_SEAT_OWNER")


def test_buyer_without_credits_is_refused_and_nobody_gets_a_code(
    market: Market, event: EventOnSale, seller: Person, poor: Person
) -> None:
    by_buyer = market.initiate(poor, event.seat_ids[0], seller=seller, buyer=poor)
    by_seller = market.initiate(seller, event.seat_ids[0], seller=seller, buyer=poor)

    assert _refused(by_buyer) == (402, "INSUFFICIENT_CREDITS")
    assert by_buyer.details == {
        "required": "10.00",
        "available": "0.00",
        "shortfall": "10.00",
        "top_up_url": "/credits/topup",
    }
    # What he has is nobody else's business.
    assert by_seller.details["available"] is None
    assert market.smu.texts(seller.phone) == []
    assert market.smu.texts(poor.phone) == []


def test_used_ticket_cannot_be_transferred(
    market: Market, shop: Shop, staff: str
) -> None:
    event = shop.publish()
    seat_id = event.seat_ids[0]
    seller, buyer = market.seller_of(event, seat_id), market.person_with("10.00")
    shop.scan(staff, shop.code(seller.token, seat_id))

    answer = market.initiate(seller, seat_id, seller=seller, buyer=buyer)

    assert _refused(answer) == (409, "SEAT_UNAVAILABLE")
    assert answer.details["status"] == "CHECKED_IN"


def test_seat_of_an_event_in_the_past_is_refused(
    market: Market, shop: Shop, seller: Person, poor: Person
) -> None:
    seat_id = shop.seats(OVER_ID)[0]["seat_id"]

    answer = market.initiate(seller, seat_id, seller=seller, buyer=poor)

    assert _refused(answer) in ((409, "SEAT_UNAVAILABLE"), (410, "EVENT_ENDED"))


@pytest.mark.parametrize(
    "change",
    [
        {"credits_amount": "0.00"},
        {"credits_amount": "-1.00"},
        {"credits_amount": "1.005"},
        {"credits_amount": 10},
        {"seat_id": "no-uuid"},
        {"buyer_id": None},
        {"gift": True},
    ],
)
def test_malformed_offer_is_refused(
    market: Market,
    event: EventOnSale,
    seller: Person,
    poor: Person,
    change: dict[str, Any],
) -> None:
    offer = {
        "seat_id": event.seat_ids[0],
        "buyer_id": poor.user_id,
        "credits_amount": "10.00",
        **change,
    }

    answer = market.shop.api.initiate_transfer(seller.token, offer)

    assert _refused(answer) == (400, "INVALID_INPUT")
    assert set(answer.details["fields"]) == set(change)


@pytest.mark.parametrize("code", ["", "abc", "12345678901", "12 456"])
def test_malformed_code_is_refused_and_counts_as_no_attempt(
    market: Market, seller: Person, code: str
) -> None:
    answer = market.shop.api.confirm_transfer(
        seller.token, str(uuid.uuid4()), {"seller_otp": code}
    )

    assert _refused(answer) == (400, "INVALID_INPUT")


def test_confirmation_without_a_code_is_refused(market: Market, seller: Person) -> None:
    answer = market.shop.api.confirm_transfer(seller.token, str(uuid.uuid4()), {})

    assert _refused(answer) == (400, "INVALID_INPUT")


@pytest.mark.parametrize("transfer_id", [str(uuid.uuid4()), "no-uuid"])
def test_unknown_transfer_is_not_found(
    market: Market, seller: Person, transfer_id: str
) -> None:
    answer = market.shop.api.transfer(seller.token, transfer_id)

    assert _refused(answer) == (404, "TRANSFER_NOT_FOUND")
