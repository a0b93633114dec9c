"""Scenario 2: both consent, and seat and credits change hands together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.market import Deal, Market, wrong
from support.shop import EventOnSale, Person, Shop

EXPECTED_FIELDS = {
    "transfer_id",
    "seat_id",
    "event_id",
    "seller_id",
    "buyer_id",
    "credits_amount",
    "currency",
    "status",
    "seller_otp_verified",
    "buyer_otp_verified",
    "created_at",
    "expires_at",
    "completed_at",
}


@pytest.fixture
def event(shop: Shop) -> EventOnSale:
    return shop.publish(price="5.00")


@pytest.fixture
def seat_id(event: EventOnSale) -> str:
    return event.seat_ids[0]


@pytest.fixture
def seller(market: Market, event: EventOnSale, seat_id: str) -> Person:
    return market.seller_of(event, seat_id)


@pytest.fixture
def buyer(market: Market) -> Person:
    return market.person_with("20.00")


@pytest.fixture
def deal(market: Market, seat_id: str, seller: Person, buyer: Person) -> Deal:
    return market.begin(seat_id, seller, buyer)


def test_both_codes_at_once_move_seat_and_credits(
    market: Market, deal: Deal, seller: Person, buyer: Person
) -> None:
    answer = market.confirm(buyer, deal, market.codes(deal))

    assert answer.status == 200
    assert set(answer.body) == EXPECTED_FIELDS
    assert answer.body["status"] == "COMPLETED"
    assert answer.body["completed_at"] is not None
    assert market.balances(buyer) == ("10.00", "0.00")
    assert market.balances(seller) == ("10.00", "0.00")
    assert market.owns(buyer, deal.seat_id)
    assert not market.owns(seller, deal.seat_id)


def test_each_party_may_confirm_alone_and_the_first_moves_nothing(
    market: Market, deal: Deal, seller: Person, buyer: Person
) -> None:
    codes = market.codes(deal)

    first = market.confirm(buyer, deal, {"buyer_otp": codes["buyer_otp"]})
    between = market.balances(buyer)
    second = market.confirm(seller, deal, {"seller_otp": codes["seller_otp"]})

    assert (first.status, first.body["status"]) == (200, "PENDING_OTP")
    assert first.body["buyer_otp_verified"]
    assert not first.body["seller_otp_verified"]
    assert between == ("20.00", "0.00")
    assert (second.status, second.body["status"]) == (200, "COMPLETED")


def test_right_code_is_remembered_when_the_others_was_wrong(
    market: Market, deal: Deal, seller: Person
) -> None:
    codes = market.codes(deal)

    first = market.confirm(
        seller, deal, {**codes, "seller_otp": wrong(codes["seller_otp"])}
    )
    second = market.confirm(seller, deal, {"seller_otp": codes["seller_otp"]})

    assert (first.status, first.code) == (401, "OTP_INVALID")
    assert first.details == {"party": "SELLER", "attempts_left": 2}
    assert second.body["status"] == "COMPLETED"


@pytest.mark.parametrize("party", ["seller_otp", "buyer_otp"])
def test_third_wrong_code_of_either_party_ends_the_transfer(
    market: Market, deal: Deal, seller: Person, party: str
) -> None:
    codes = market.codes(deal)
    guess = {party: wrong(codes[party])}

    answers = [market.confirm(seller, deal, guess) for _ in range(3)]
    after = market.confirm(seller, deal, codes)

    assert [(answer.status, answer.code) for answer in answers] == [
        (401, "OTP_INVALID"),
        (401, "OTP_INVALID"),
        (429, "OTP_ATTEMPTS_EXCEEDED"),
    ]
    assert market.status(deal) == "FAILED"
    assert (after.status, after.code) == (409, "TRANSFER_INVALID_STATE")


def test_failed_transfer_frees_seat_and_phones_for_the_next_one(
    market: Market, deal: Deal, seller: Person, buyer: Person
) -> None:
    cancelled = market.shop.api.cancel_transfer(buyer.token, deal.transfer_id)

    again = market.complete(deal.seat_id, seller, buyer)

    assert (cancelled.status, cancelled.body["status"]) == (200, "FAILED")
    assert cancelled.body["failure_reason"] == "CANCELLED"
    assert market.status(again) == "COMPLETED"


def test_completed_transfer_can_neither_be_cancelled_nor_confirmed_again(
    market: Market, deal: Deal, seller: Person
) -> None:
    codes = market.codes(deal)
    market.confirm(seller, deal, codes)

    cancelled = market.shop.api.cancel_transfer(seller.token, deal.transfer_id)
    confirmed = market.confirm(seller, deal, codes)

    assert (cancelled.status, cancelled.code) == (409, "TRANSFER_INVALID_STATE")
    assert (confirmed.status, confirmed.code) == (409, "TRANSFER_INVALID_STATE")
    assert confirmed.details == {"status": "COMPLETED"}


def test_second_transfer_of_a_seat_is_refused_while_one_is_open(
    market: Market, deal: Deal, seller: Person
) -> None:
    other = market.person_with("20.00")

    answer = market.initiate(seller, deal.seat_id, seller=seller, buyer=other)

    assert (answer.status, answer.code) == (409, "TRANSFER_IN_PROGRESS")
    assert answer.details["transfer_id"] == deal.transfer_id


def test_many_confirmations_at_once_move_seat_and_credits_once(
    market: Market, deal: Deal, seller: Person, buyer: Person
) -> None:
    codes = market.codes(deal)

    with ThreadPoolExecutor(6) as pool:
        asked = [
            pool.submit(market.confirm, person, deal, codes)
            for person in (seller, buyer) * 3
        ]
        answers = [future.result() for future in asked]

    told = {answer.body.get("status", answer.code) for answer in answers}
    assert told <= {"COMPLETED", "TRANSFER_INVALID_STATE", "SERVICE_BUSY"}
    assert "COMPLETED" in told
    assert market.balances(buyer) == ("10.00", "0.00")
    assert market.balances(seller) == ("10.00", "0.00")


def test_buyer_who_spent_his_credits_meanwhile_is_refused_and_nothing_moves(
    market: Market, shop: Shop, deal: Deal, event: EventOnSale, buyer: Person
) -> None:
    for seat in event.seat_ids[1:4]:
        shop.buy(buyer.token, seat)

    answer = market.confirm(buyer, deal, market.codes(deal))

    assert (answer.status, answer.code) == (402, "INSUFFICIENT_CREDITS")
    assert answer.details["shortfall"] == "5.00"
    assert market.status(deal) == "FAILED"
    assert market.balances(buyer) == ("5.00", "0.00")
    assert market.owns(deal.seller, deal.seat_id)


def test_same_key_finds_its_own_transfer(
    market: Market, seat_id: str, seller: Person, buyer: Person
) -> None:
    offer = {
        "seat_id": seat_id,
        "buyer_id": buyer.user_id,
        "credits_amount": "10.00",
    }
    key = {"Idempotency-Key": f"offer-{seat_id}"}

    first, second = (
        market.shop.api.initiate_transfer(seller.token, offer, headers=key)
        for _ in range(2)
    )

    assert first.status == 201
    assert first.body["seller_id"] == seller.user_id
    assert second.body == first.body
    assert len(market.smu.texts(buyer.phone)) == 1


def test_ticket_moves_on_through_several_hands_and_each_sees_his_part(
    market: Market, deal: Deal, seller: Person, buyer: Person
) -> None:
    third = market.person_with("30.00")
    market.confirm(seller, deal, market.codes(deal))
    market.complete(deal.seat_id, buyer, third, amount="15.00")

    def scopes(person: Person) -> dict[str, Any]:
        return {
            scope: market.tickets(person, scope).get(deal.seat_id)
            for scope in ("owned", "purchased", "sold")
        }

    first, second, last = scopes(seller), scopes(buyer), scopes(third)
    assert first["owned"] is None
    assert first["sold"]["sold_for"] == "10.00"
    assert first["sold"]["status"] == "TRANSFERRED"
    assert second["owned"] is None
    assert second["purchased"]["price_paid"] == "10.00"
    assert second["sold"]["sold_for"] == "15.00"
    assert last["owned"]["acquired_by"] == "transfer"
    assert last["owned"]["price_paid"] == "15.00"
    assert last["owned"]["status"] == "SOLD"
    assert last["purchased"] is not None
    assert last["sold"] is None


def test_only_the_parties_and_admins_see_and_touch_a_transfer(
    market: Market, shop: Shop, deal: Deal, admin: str
) -> None:
    stranger = shop.new_person()
    api, codes = shop.api, market.codes(deal)

    refused = [
        api.transfer(stranger.token, deal.transfer_id),
        market.confirm(stranger, deal, codes),
        api.cancel_transfer(stranger.token, deal.transfer_id),
        api.dispute_transfer(stranger.token, deal.transfer_id, "mine"),
        api.uphold_transfer(deal.seller.token, deal.transfer_id),
        api.reverse_transfer(deal.buyer.token, deal.transfer_id),
    ]

    assert {(answer.status, answer.code) for answer in refused} == {(403, "FORBIDDEN")}
    assert api.transfer(admin, deal.transfer_id).status == 200
    assert api.transfers(stranger.token).body["data"] == []


@pytest.mark.parametrize(("role", "there"), [("seller", 1), ("buyer", 0), (None, 1)])
def test_list_of_transfers_knows_roles(
    market: Market, deal: Deal, seller: Person, role: str | None, there: int
) -> None:
    query = {"role": role} if role else None

    answer = market.shop.api.transfers(seller.token, query)

    assert answer.status == 200
    assert [row["transfer_id"] for row in answer.body["data"]] == (
        [deal.transfer_id] * there
    )
