"""Sellers and buyers of tickets: what tests of transfers do over and over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from support.shop import EventOnSale, Person, Shop
from support.smu import SmuStandin
from support.stripe_standin import StripeStandin
from support.waiting import eventually
from ticket_demo.api import Answer


@dataclass(frozen=True, slots=True)
class Deal:
    """A transfer that was begun, and who takes part in it."""

    transfer_id: str
    seat_id: str
    seller: Person
    buyer: Person
    amount: str


@dataclass(frozen=True, slots=True)
class Market:
    """The shop, with people who have credits and phones."""

    shop: Shop
    smu: SmuStandin
    stripe: StripeStandin

    def person_with(self, credits_: str) -> Person:
        """Somebody new who has bought so many credits."""
        person = self.shop.new_person()
        self.top_up(person, credits_)
        return person

    def top_up(self, person: Person, amount: str) -> None:
        """Buy credits at Stripe's stand-in, and wait for them."""
        before = self.balances(person)
        topup = self.shop.api.topup(person.token, amount)
        assert topup.status == 201, topup.body
        self.stripe.pay(topup.body["payment_intent_id"])
        eventually(
            lambda: self.shop.api.topup_state(person.token, topup.body["topup_id"]),
            lambda state: state.body["status"] == "SUCCEEDED",
            within_s=20,
        )
        assert self.balances(person) != before

    def seller_of(self, event: EventOnSale, *seat_ids: str) -> Person:
        """Somebody new who has just bought these seats, and has nothing left."""
        prices = {seat["seat_id"]: Decimal(seat["price"]) for seat in event.seats}
        total = sum((prices[seat] for seat in seat_ids), Decimal(0))
        seller = self.person_with(f"{total:.2f}")
        self.shop.buy(seller.token, *seat_ids)
        return seller

    def initiate(
        self,
        caller: Person,
        seat_id: str,
        *,
        seller: Person,
        buyer: Person,
        amount: str = "10.00",
        key: str | None = None,
    ) -> Answer:
        """Ask for a transfer."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.shop.api.initiate_transfer(
            caller.token,
            {
                "seat_id": seat_id,
                "seller_id": seller.user_id,
                "buyer_id": buyer.user_id,
                "credits_amount": amount,
            },
            headers=headers,
        )

    def begin(
        self, seat_id: str, seller: Person, buyer: Person, amount: str = "10.00"
    ) -> Deal:
        """Begin a transfer, or fail the test; both have their codes then."""
        answer = self.initiate(
            seller, seat_id, seller=seller, buyer=buyer, amount=amount
        )
        assert answer.status == 201, answer.body
        return Deal(answer.body["transfer_id"], seat_id, seller, buyer, amount)

    def codes(self, deal: Deal) -> dict[str, str]:
        """What both would enter."""
        return {
            "seller_otp": self.smu.code(deal.seller.phone),
            "buyer_otp": self.smu.code(deal.buyer.phone),
        }

    def confirm(self, caller: Person, deal: Deal, codes: Mapping[str, str]) -> Answer:
        """Enter codes."""
        return self.shop.api.confirm_transfer(caller.token, deal.transfer_id, codes)

    def complete(
        self, seat_id: str, seller: Person, buyer: Person, amount: str = "10.00"
    ) -> Deal:
        """A transfer from its beginning to its end, or fail the test."""
        deal = self.begin(seat_id, seller, buyer, amount)
        answer = self.confirm(seller, deal, self.codes(deal))
        assert (answer.status, answer.body["status"]) == (200, "COMPLETED")
        return deal

    def status(self, deal: Deal) -> str:
        """Where the transfer stands."""
        answer = self.shop.api.transfer(deal.seller.token, deal.transfer_id)
        assert answer.status == 200, answer.body
        return str(answer.body["status"])

    def balances(self, person: Person) -> tuple[str, str]:
        """What somebody can spend, and what is frozen."""
        answer = self.shop.api.balance(person.token)
        assert answer.status == 200, answer.body
        return answer.body["credit_balance"], answer.body["credits_frozen"]

    def tickets(self, person: Person, scope: str = "owned") -> dict[str, Any]:
        """Somebody's tickets by their seats."""
        answer = self.shop.api.tickets(person.token, {"scope": scope})
        assert answer.status == 200, answer.body
        return {ticket["seat_id"]: ticket for ticket in answer.body["data"]}

    def owns(self, person: Person, seat_id: str) -> bool:
        """Whether somebody can open the ticket."""
        answer = self.shop.api.ticket_code(person.token, seat_id)
        assert answer.status in (200, 403), answer.body
        return answer.status == 200


def wrong(code: str) -> str:
    """Another code, for somebody who guesses."""
    return f"{(int(code) + 1) % 10**6:06d}"
