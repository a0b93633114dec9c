"""When two requests speak of the same order."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from builders.orders import a_new_order, a_seat
from order_service.models import OrderStatus
from order_service.services.order_record import NewOrder, OrderRecord

ORDER = a_new_order()


def _record_of(order: NewOrder) -> OrderRecord:
    return OrderRecord(
        order_id=order.order_id,
        user_id=order.user_id,
        event_id=order.event_id,
        hold_id=order.hold_id,
        seats=order.seats,
        total=sum((seat.price for seat in order.seats), Decimal(0)),
        currency=order.currency,
        status=OrderStatus.PENDING,
        credits_charged=Decimal("0.00"),
        saga_id=None,
        transfer_id=None,
        failure_reason=None,
        created_at=datetime.now(UTC),
        confirmed_at=None,
    )


def test_order_of_seats_in_the_request_does_not_matter() -> None:
    order = a_new_order(a_seat(), a_seat(seat_number=13))
    turned = replace(order, seats=order.seats[::-1])

    assert _record_of(order).has_content_of(turned)


@pytest.mark.parametrize(
    "changed",
    [
        replace(ORDER, user_id=uuid.uuid4()),
        replace(ORDER, event_id=uuid.uuid4()),
        replace(ORDER, hold_id=uuid.uuid4()),
    ],
    ids=["user", "event", "hold"],
)
def test_another_id_is_another_hold(changed: NewOrder) -> None:
    assert not _record_of(ORDER).is_of_hold(changed)
    assert not _record_of(ORDER).has_content_of(changed)


def test_only_a_single_seat_is_named_in_the_order_itself() -> None:
    one, two = a_new_order(), a_new_order(a_seat(), a_seat(seat_number=13))

    assert one.as_parameters()["seat_id"] == one.seats[0].seat_id
    assert two.as_parameters()["seat_id"] is None
