"""An order as it is asked for and as it is answered."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from order_service.models import OrderStatus

# What a tombstone is kept in: the message that ends a hold names no currency.
PLATFORM_CURRENCY = "SGD"


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat of an order, with the price fixed at the reservation."""

    seat_id: uuid.UUID
    row_number: str
    seat_number: int
    category: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What a reservation, or the end of its hold, says about an order."""

    order_id: uuid.UUID
    user_id: uuid.UUID
    event_id: uuid.UUID
    hold_id: uuid.UUID
    seats: tuple[Seat, ...]
    currency: str = PLATFORM_CURRENCY

    def as_parameters(self) -> dict[str, Any]:
        """The parameters of CREATE_ORDER and FAIL_ORDER."""
        only_seat = self.seats[0].seat_id if len(self.seats) == 1 else None
        return {
            "order_id": self.order_id,
            "user_id": self.user_id,
            "event_id": self.event_id,
            "hold_id": self.hold_id,
            "currency": self.currency,
            "seat_id": only_seat,
            "seats": json.dumps([_seat_parameters(seat) for seat in self.seats]),
        }


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as it stands."""

    order_id: uuid.UUID
    user_id: uuid.UUID
    event_id: uuid.UUID
    hold_id: uuid.UUID | None
    seats: tuple[Seat, ...]
    total: Decimal
    currency: str
    status: OrderStatus
    credits_charged: Decimal
    saga_id: uuid.UUID | None
    transfer_id: uuid.UUID | None
    failure_reason: str | None
    created_at: datetime
    confirmed_at: datetime | None

    @property
    def was_confirmed(self) -> bool:
        """Whether a saga has confirmed it, also when it was paid back since."""
        return self.confirmed_at is not None

    def is_of_hold(self, order: NewOrder) -> bool:
        """Whether both speak of one hold of one person."""
        return (self.user_id, self.event_id, self.hold_id) == (
            order.user_id,
            order.event_id,
            order.hold_id,
        )

    def has_content_of(self, order: NewOrder) -> bool:
        """Whether it was made by this very request."""
        return (
            self.is_of_hold(order)
            and self.currency == order.currency
            and set(self.seats) == set(order.seats)
        )


def record_of(row: Row[Any]) -> OrderRecord:
    """The order in a row with ORDER_COLUMNS."""
    return OrderRecord(
        order_id=row.order_id,
        user_id=row.user_id,
        event_id=row.event_id,
        hold_id=row.hold_id,
        seats=tuple(_seat_of(seat) for seat in row.seats),
        total=row.total,
        currency=row.currency,
        status=OrderStatus(row.status),
        credits_charged=row.credits_charged,
        saga_id=row.saga_id,
        transfer_id=row.transfer_id,
        failure_reason=row.failure_reason,
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
    )


def _seat_of(item: dict[str, Any]) -> Seat:
    return Seat(
        seat_id=uuid.UUID(item["seat_id"]),
        row_number=item["row_number"],
        seat_number=item["seat_number"],
        category=item["category"],
        price=Decimal(item["price"]),
    )


def _seat_parameters(seat: Seat) -> dict[str, Any]:
    return {
        "seat_id": str(seat.seat_id),
        "row_number": seat.row_number,
        "seat_number": seat.seat_number,
        "category": seat.category,
        "price": str(seat.price),
    }
