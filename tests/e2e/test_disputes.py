"""Scenario 2 when something is wrong: dispute, uphold, reverse."""

from __future__ import annotations

import pytest

from support.market import Deal, Market
from support.shop import EventOnSale, Person, Shop

REASON = "The seller has sent me a picture of it before."


@pytest.fixture
def event(shop: Shop) -> EventOnSale:
    return shop.publish(price="5.00")


@pytest.fixture
def deal(market: Market, event: EventOnSale) -> Deal:
    """A completed transfer for 10.00, which is all that the seller has."""
    seat_id = event.seat_ids[0]
    seller, buyer = market.seller_of(event, seat_id), market.person_with("10.00")
    return market.complete(seat_id, seller, buyer)


def _dispute(market: Market, deal: Deal, who: Person | None = None) -> None:
    token = (who or deal.buyer).token
    answer = market.shop.api.dispute_transfer(token, deal.transfer_id, REASON)
    assert (answer.status, answer.body["status"]) == (200, "DISPUTED"), answer.body
    assert answer.body["dispute_reason"] == REASON


@pytest.mark.parametrize("who", ["seller", "buyer"])
def test_dispute_by_either_party_freezes_the_proceeds(
    market: Market, deal: Deal, who: str
) -> None:
    _dispute(market, deal, getattr(deal, who))

    assert market.balances(deal.seller) == ("0.00", "10.00")
    assert market.owns(deal.buyer, deal.seat_id)


def test_upheld_transfer_stands_and_the_proceeds_are_free(
    market: Market, deal: Deal, admin: str
) -> None:
    _dispute(market, deal)

    answer = market.shop.api.uphold_transfer(admin, deal.transfer_id)

    assert (answer.status, answer.body["status"]) == (200, "COMPLETED")
    assert market.balances(deal.seller) == ("10.00", "0.00")


def test_reversed_transfer_gives_seat_and_credits_back(
    market: Market, deal: Deal, admin: str
) -> None:
    _dispute(market, deal)

    answer = market.shop.api.reverse_transfer(admin, deal.transfer_id)

    assert (answer.status, answer.body["status"]) == (200, "REVERSED")
    assert market.owns(deal.seller, deal.seat_id)
    assert not market.owns(deal.buyer, deal.seat_id)
    assert market.balances(deal.buyer) == ("10.00", "0.00")
    assert market.balances(deal.seller) == ("0.00", "0.00")
    assert deal.seat_id in market.tickets(deal.seller)
    assert deal.seat_id not in market.tickets(deal.seller, "sold")
    assert deal.seat_id not in market.tickets(deal.buyer)


def test_spent_proceeds_become_a_debt_that_the_next_credits_settle(
    market: Market, shop: Shop, deal: Deal, event: EventOnSale, admin: str
) -> None:
    shop.buy(deal.seller.token, event.seat_ids[1])
    _dispute(market, deal)
    frozen = market.balances(deal.seller)

    answer = market.shop.api.reverse_transfer(admin, deal.transfer_id)
    buyer_is_whole = market.balances(deal.buyer)
    market.top_up(deal.seller, "8.00")

    assert frozen == ("0.00", "5.00")
    assert answer.body["status"] == "REVERSED"
    assert buyer_is_whole == ("10.00", "0.00")
    assert market.balances(deal.seller) == ("3.00", "0.00")


@pytest.mark.parametrize("decide", ["uphold_transfer", "reverse_transfer"])
def test_only_what_is_disputed_can_be_decided(
    market: Market, deal: Deal, admin: str, decide: str
) -> None:
    answer = getattr(market.shop.api, decide)(admin, deal.transfer_id)

    assert (answer.status, answer.code) == (409, "TRANSFER_INVALID_STATE")


def test_used_ticket_cannot_be_reversed_and_stays_disputed(
    market: Market, shop: Shop, deal: Deal, admin: str, staff: str
) -> None:
    shop.scan(staff, shop.code(deal.buyer.token, deal.seat_id))
    _dispute(market, deal)

    answer = market.shop.api.reverse_transfer(admin, deal.transfer_id)

    assert (answer.status, answer.code) == (409, "TICKET_USED")
    assert market.status(deal) == "DISPUTED"
    assert market.balances(deal.seller) == ("0.00", "10.00")


def test_ticket_that_moved_on_cannot_be_reversed(
    market: Market, deal: Deal, admin: str
) -> None:
    third = market.person_with("10.00")
    market.complete(deal.seat_id, deal.buyer, third)
    _dispute(market, deal)

    answer = market.shop.api.reverse_transfer(admin, deal.transfer_id)

    assert (answer.status, answer.code) == (409, "TICKET_MOVED_ON")
    assert market.owns(third, deal.seat_id)
    # It can still be decided the other way.
    upheld = market.shop.api.uphold_transfer(admin, deal.transfer_id)
    assert upheld.body["status"] == "COMPLETED"


def test_disputed_ticket_cannot_be_transferred_on(market: Market, deal: Deal) -> None:
    third = market.person_with("10.00")
    _dispute(market, deal)

    answer = market.initiate(deal.buyer, deal.seat_id, seller=deal.buyer, buyer=third)

    assert (answer.status, answer.code) == (409, "SEAT_UNAVAILABLE")
    assert answer.details["transfer_id"] == deal.transfer_id


def test_dispute_ends_an_offer_of_the_ticket_that_is_still_open(
    market: Market, deal: Deal
) -> None:
    third = market.person_with("10.00")
    onward = market.begin(deal.seat_id, deal.buyer, third)
    _dispute(market, deal, deal.seller)

    answer = market.confirm(third, onward, market.codes(onward))

    assert (answer.status, answer.code) == (409, "TRANSFER_INVALID_STATE")
    assert market.status(onward) == "FAILED"
    assert market.owns(deal.buyer, deal.seat_id)


def test_open_transfer_cannot_be_disputed(market: Market, event: EventOnSale) -> None:
    seat_id = event.seat_ids[2]
    seller, buyer = market.seller_of(event, seat_id), market.person_with("10.00")
    deal = market.begin(seat_id, seller, buyer)

    answer = market.shop.api.dispute_transfer(buyer.token, deal.transfer_id, REASON)

    assert (answer.status, answer.code) == (409, "TRANSFER_INVALID_STATE")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "bell\x07"])
def test_dispute_needs_a_readable_reason(
    market: Market, deal: Deal, reason: str
) -> None:
    answer = market.shop.api.dispute_transfer(
        deal.buyer.token, deal.transfer_id, reason
    )

    assert (answer.status, answer.code) == (400, "INVALID_INPUT")


def test_old_owners_code_is_dead_from_the_transfer_on(
    market: Market, shop: Shop, event: EventOnSale, staff: str
) -> None:
    seat_id = event.seat_ids[3]
    seller, buyer = market.seller_of(event, seat_id), market.person_with("10.00")
    screenshot = shop.code(seller.token, seat_id)
    market.complete(seat_id, seller, buyer)

    refused = shop.scan(staff, screenshot)
    admitted = shop.scan(staff, shop.code(buyer.token, seat_id))

    assert refused["result"] == "EXPIRED"
    assert admitted["result"] == "SUCCESS"
