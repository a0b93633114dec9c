"""What the services answer, in the words of the domain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Row

from inventory_service.models import SeatStatus


@dataclass(frozen=True, slots=True)
class SeatInfo:
    """Which seat it is, and what it costs."""

    seat_id: UUID
    row_number: str
    seat_number: int
    category: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class SeatHold:
    """Seats held for one user until a moment on the database's clock."""

    hold_id: UUID
    order_id: UUID
    event_id: UUID
    user_id: UUID
    held_until: datetime
    ttl_seconds: int
    seats: tuple[SeatInfo, ...]
    existing: bool


class ReleaseOutcome(StrEnum):
    """What became of a hold that was to be released."""

    RELEASED = "RELEASED"
    NOT_DUE = "NOT_DUE"
    CLAIMED = "CLAIMED"
    ALREADY_SOLD = "ALREADY_SOLD"


class ReleaseReason(StrEnum):
    """Why a hold ended without a sale."""

    HOLD_EXPIRED = "HOLD_EXPIRED"
    RELEASED_BY_HOLDER = "RELEASED_BY_HOLDER"
    OTP_FAILED = "OTP_FAILED"
    RESERVATION_REFUSED = "RESERVATION_REFUSED"


@dataclass(frozen=True, slots=True)
class SoldSeat:
    """A seat and the version of its ticket."""

    seat: SeatInfo
    ticket_version: int


@dataclass(frozen=True, slots=True)
class Sale:
    """The seats that a confirmed claim handed over."""

    event_id: UUID
    seats: tuple[SoldSeat, ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A seat with everything that decides whose it is."""

    seat: SeatInfo
    event_id: UUID
    owner_user_id: UUID | None
    held_by_user_id: UUID | None
    status: SeatStatus
    ticket_version: int
    price_paid: Decimal | None
    claimed: bool


@dataclass(frozen=True, slots=True)
class TicketState:
    """A ticket as the gate sees it."""

    ticket: Ticket
    checked_in_at: datetime | None
    checked_in_hall_id: str | None
    same_scan: bool


def seat_info(row: Row[tuple[object, ...]]) -> SeatInfo:
    """The seat of a row that has its columns."""
    return SeatInfo(
        row.seat_id, row.row_number, row.seat_number, row.category, row.price
    )


def in_hall_order(seats: Iterable[SeatInfo]) -> tuple[SeatInfo, ...]:
    """By row as people count them (A … Z, AA …), then by number."""
    return tuple(
        sorted(seats, key=lambda s: (len(s.row_number), s.row_number, s.seat_number))
    )
