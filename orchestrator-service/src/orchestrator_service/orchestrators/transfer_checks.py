"""What has to be true before a transfer is begun; nothing is sent before it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orchestrator_service.clients.event_client import EventClient
from orchestrator_service.clients.inventory_types import SeatOwner
from orchestrator_service.clients.ticket_client import TicketClient
from orchestrator_service.clients.user_client import UserClient
from orchestrator_service.refusals import EventEnded, NotSeatOwner, SeatNotSold
from orchestrator_service.transfer_refusals import (
    BuyerHasTooLittle,
    NotYourTransfer,
    SelfTransfer,
    TransferClosed,
    TransferPriceTooHigh,
)

_NEVER_SOLD = ("AVAILABLE", "HELD")
_PERCENT = 100
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants to have transferred; amount in credits."""

    seat_id: str
    seller_id: str
    buyer_id: str
    amount: Decimal
    transfer_id: str | None = None
    """Made out of the Idempotency-Key, so that a repeat finds its own transfer."""


@dataclass(frozen=True, slots=True)
class TransferRules:
    """What an operator may restrict."""

    price_cap_percent: int | None
    """The most that may be asked, of what the seat was sold for; None: anything."""
    closes_before: timedelta
    """How long before the event transfers end."""


class TransferChecks:
    """Reads what the four services know, and refuses."""

    def __init__(
        self,
        *,
        tickets: TicketClient,
        users: UserClient,
        events: EventClient,
        rules: TransferRules,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._tickets = tickets
        self._users = users
        self._events = events
        self._rules = rules
        self._now = now

    def look_at(self, caller_id: str, proposal: Proposal) -> SeatOwner:
        """The ticket, when it may be offered: ownership first, funds last.

        Refusals: SELF_TRANSFER, FORBIDDEN, SEAT_NOT_FOUND, SEAT_UNAVAILABLE,
        NOT_SEAT_OWNER, EVENT_ENDED, TRANSFER_CLOSED, TRANSFER_PRICE_TOO_HIGH,
        USER_NOT_FOUND, INSUFFICIENT_CREDITS.
        """
        if proposal.seller_id == proposal.buyer_id:
            raise SelfTransfer
        if caller_id not in (proposal.seller_id, proposal.buyer_id):
            raise NotYourTransfer
        owner = self._tickets.get_seat_owner(proposal.seat_id)
        _must_be_the_sellers(owner, proposal)
        self.must_be_open(owner.event_id)
        self._must_keep_the_cap(owner, proposal.amount)
        self._must_be_covered(caller_id, proposal)
        return owner

    def must_be_open(self, event_id: str) -> None:
        """EVENT_ENDED, or TRANSFER_CLOSED some time before."""
        event = self._events.get_published_event(event_id)
        if event.event_date <= self._now():
            raise EventEnded(details={"event_id": event_id})
        closes_at = event.event_date - self._rules.closes_before
        if closes_at <= self._now():
            raise TransferClosed(closes_at)

    def _must_keep_the_cap(self, owner: SeatOwner, amount: Decimal) -> None:
        percent = self._rules.price_cap_percent
        if percent is None:
            return
        paid = owner.price_paid or owner.seat.price
        cap = (paid * percent / _PERCENT).quantize(_CENT)
        if amount > cap:
            raise TransferPriceTooHigh(price_paid=paid, price_cap=cap)

    def _must_be_covered(self, caller_id: str, proposal: Proposal) -> None:
        """A courtesy to the buyer; what counts is the swap's own look."""
        available = self._users.get_risk(proposal.buyer_id).credit_balance
        if available < proposal.amount:
            # Nobody else learns what he has.
            shown = available if caller_id == proposal.buyer_id else None
            raise BuyerHasTooLittle(required=proposal.amount, available=shown)


def _must_be_the_sellers(owner: SeatOwner, proposal: Proposal) -> None:
    if owner.status in _NEVER_SOLD:
        raise SeatNotSold(proposal.seat_id, owner.status)
    if owner.owner_user_id != proposal.seller_id:
        raise NotSeatOwner
    if owner.status != "SOLD":
        raise SeatNotSold(proposal.seat_id, owner.status)
