"""Orders and what is said about them, with fresh ids."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from order_service.services.order_record import NewOrder, Seat

CURRENCY = "SGD"


def a_seat(**changes: Any) -> dict[str, Any]:
    """One seat on the wire."""
    seat = {
        "seat_id": str(uuid.uuid4()),
        "row_number": "A",
        "seat_number": 12,
        "category": "CAT1",
        "price": "350.00",
    }
    return {**seat, **changes}


def an_order(**changes: Any) -> dict[str, Any]:
    """The body of `POST /orders`."""
    order = {
        "order_id": str(uuid.uuid4()),
        "user_id": str(uuid.uuid4()),
        "event_id": str(uuid.uuid4()),
        "hold_id": str(uuid.uuid4()),
        "currency": CURRENCY,
        "seats": [a_seat()],
    }
    return {**order, **changes}


def an_end_of(order: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The body of `POST /orders/{order_id}/fail` for the hold of this order."""
    kept = {name: order[name] for name in ("user_id", "event_id", "hold_id", "seats")}
    return {"reason": "HOLD_EXPIRED", **kept, **changes}


def a_new_order(*seats: dict[str, Any]) -> NewOrder:
    """The same as the service's own argument."""
    wire = an_order(seats=list(seats) or [a_seat()])
    return NewOrder(
        order_id=uuid.UUID(wire["order_id"]),
        user_id=uuid.UUID(wire["user_id"]),
        event_id=uuid.UUID(wire["event_id"]),
        hold_id=uuid.UUID(wire["hold_id"]),
        seats=tuple(_as_seat(seat) for seat in wire["seats"]),
    )


def _as_seat(seat: dict[str, Any]) -> Seat:
    return Seat(
        seat_id=uuid.UUID(seat["seat_id"]),
        row_number=seat["row_number"],
        seat_number=seat["seat_number"],
        category=seat["category"],
        price=Decimal(seat["price"]),
    )
