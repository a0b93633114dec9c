"""In-memory services around the orchestrator: they keep state and can be cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from orchestrator_service.clients.event_client import Event
from orchestrator_service.clients.inventory_client import HoldRequest
from orchestrator_service.clients.inventory_types import (
    ReleaseOutcome,
    ReleaseReason,
    Seat,
    SeatHold,
    SeatOwner,
)
from orchestrator_service.clients.user_client import OtpChallenge, OtpOutcome, Risk
from orchestrator_service.refusals import EventNotFound, OrderNotFound
from service_common.errors import AppError

EVENT_ID = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0c001"
SEAT_ID = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0c002"
BUYER_ID = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0c003"
ADDRESS = "203.0.113.7"
NOW = datetime(2026, 6, 15, 19, 0, tzinfo=UTC)


@dataclass
class FakeInventory:
    """One seat."""

    failures: list[AppError] = field(default_factory=list)
    existing: bool = False
    release_outcome: ReleaseOutcome = ReleaseOutcome.RELEASED
    owner: str | None = BUYER_ID
    asked: list[HoldRequest] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    release_reason: ReleaseReason | None = None

    def reserve_seat(self, hold: HoldRequest) -> SeatHold:
        self.asked.append(hold)
        if self.failures:
            raise self.failures.pop(0)
        return SeatHold(
            hold_id=hold.hold_id,
            order_id=hold.order_id,
            event_id=EVENT_ID,
            user_id=hold.user_id,
            held_until=NOW + timedelta(minutes=5),
            ttl_seconds=300,
            seats=(Seat(SEAT_ID, "A", 1, "CAT1", Decimal("350.00")),),
            existing=self.existing,
        )

    def release_seat(self, hold_id: str, reason: ReleaseReason) -> ReleaseOutcome:
        self.released.append(hold_id)
        self.release_reason = reason
        return self.release_outcome

    def list_seat_owners(self, seat_ids: Sequence[str]) -> dict[str, SeatOwner]:
        return {seat_id: self._owner(seat_id) for seat_id in seat_ids}

    def _owner(self, seat_id: str) -> SeatOwner:
        price = Decimal("350.00")
        seat = Seat(seat_id, "A", 1, "CAT1", price)
        return SeatOwner(seat, EVENT_ID, self.owner, "SOLD", 1, price)


@dataclass
class FakeUsers:
    """One buyer."""

    is_flagged: bool = False
    balance: Decimal = Decimal("1000.00")
    failure: AppError | None = None
    otp_verified: bool = False
    otp_failure: AppError | None = None
    otp_outcome: tuple[OtpOutcome, int] = (OtpOutcome.VERIFIED, 3)
    challenges: list[tuple[OtpChallenge, str]] = field(default_factory=list)

    def get_risk(self, _user_id: str, _order_id: str | None = None) -> Risk:
        if self.failure:
            raise self.failure
        return Risk(self.is_flagged, self.balance, self.otp_verified)

    def send_otp(
        self, challenge: OtpChallenge, amount: str, client_address: str
    ) -> None:
        assert client_address == ADDRESS
        self.challenges.append((challenge, amount))
        if self.otp_failure:
            raise self.otp_failure

    def verify_otp(
        self, challenge: OtpChallenge, otp_code: str
    ) -> tuple[OtpOutcome, int]:
        assert otp_code
        assert challenge.purpose == "PURCHASE"
        return self.otp_outcome


@dataclass
class FakeOrders:
    """Any number of orders."""

    failure: AppError | None = None
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed: list[tuple[str, str]] = field(default_factory=list)
    as_seen_next: list[dict[str, Any]] = field(default_factory=list)

    def create_order(self, hold: SeatHold, currency: str) -> dict[str, Any]:
        if self.failure:
            raise self.failure
        order = an_order(order_id=hold.order_id, hold_id=hold.hold_id)
        self.orders[hold.order_id] = {**order, "currency": currency}
        return self.orders[hold.order_id]

    def get_order(self, order_id: str) -> dict[str, Any]:
        if self.as_seen_next:
            return self.as_seen_next.pop(0)
        if order_id not in self.orders:
            raise OrderNotFound
        return self.orders[order_id]

    def fail_order(self, order: dict[str, Any], reason: str) -> dict[str, Any]:
        self.failed.append((order["order_id"], reason))
        return order


@dataclass
class FakeEvents:
    """One event, or none."""

    event: Event | None

    def known(self, _event_id: str) -> Event | None:
        return None

    def get_published_event(self, _event_id: str) -> Event:
        if self.event is None:
            raise EventNotFound
        return self.event


def an_event(event_date: datetime = NOW + timedelta(days=1)) -> Event:
    return Event(EVENT_ID, "HALL-A", event_date, "PUBLISHED", {})


def an_order(
    *,
    order_id: str = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0c004",
    hold_id: str = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0c005",
    user_id: str = BUYER_ID,
    status: str = "PENDING",
) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "user_id": user_id,
        "event_id": EVENT_ID,
        "hold_id": hold_id,
        "seats": [{"seat_id": SEAT_ID, "price": "350.00"}],
        "total": "350.00",
        "currency": "SGD",
        "status": status,
        "credits_charged": "350.00" if status == "CONFIRMED" else "0.00",
        "saga_id": None,
        "failure_reason": None,
        "created_at": "2026-06-15T19:00:00Z",
        "confirmed_at": None,
    }
