"""What the inventory service's answers mean to the orchestrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class ReleaseOutcome(StrEnum):
    """What became of a hold that was to be given back."""

    RELEASED = "RELEASED"
    NOT_DUE = "NOT_DUE"
    CLAIMED = "CLAIMED"
    ALREADY_SOLD = "ALREADY_SOLD"


class ReleaseReason(StrEnum):
    """Why a hold is given back before it is due."""

    RELEASED_BY_HOLDER = "RELEASED_BY_HOLDER"
    OTP_FAILED = "OTP_FAILED"
    RESERVATION_REFUSED = "RESERVATION_REFUSED"


class SeatFields(Protocol):
    """A seat as it travels."""

    seat_id: str
    row_number: str
    seat_number: int
    category: str
    price: str


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat of an event and what it costs."""

    seat_id: str
    row_number: str
    seat_number: int
    category: str
    price: Decimal

    @classmethod
    def read(cls, fields: SeatFields) -> Seat:
        """Out of the inventory's message."""
        return cls(
            seat_id=fields.seat_id,
            row_number=fields.row_number,
            seat_number=fields.seat_number,
            category=fields.category,
            price=Decimal(fields.price),
        )


@dataclass(frozen=True, slots=True)
class SeatHold:
    """Seats that are held for one buyer until a moment on the database's clock."""

    hold_id: str
    order_id: str
    event_id: str
    user_id: str
    held_until: datetime
    ttl_seconds: int
    seats: tuple[Seat, ...]
    existing: bool


@dataclass(frozen=True, slots=True)
class SoldSeat:
    """A seat that has just changed hands."""

    seat_id: str
    ticket_version: int


@dataclass(frozen=True, slots=True)
class SeatOwner:
    """Who owns a seat; nobody before it is sold."""

    seat: Seat
    event_id: str
    owner_user_id: str | None
    status: str
    ticket_version: int
    price_paid: Decimal | None


@dataclass(frozen=True, slots=True)
class SeatMap:
    """Seats of an event in one consistent snapshot, as elements of a JSON array."""

    version: int
    etag: str
    seats: bytes
