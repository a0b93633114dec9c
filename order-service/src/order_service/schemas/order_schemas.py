"""What orders look like on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from order_service.models import OrderStatus
from order_service.schemas.fields import Money, Timestamp
from order_service.services.order_record import PLATFORM_CURRENCY

SEATS_MAX = 10
_TOTAL_MAX = Decimal("99999999.99")
_INTEGER_MAX = 2**31 - 1
_REASON_LENGTH_MAX = 500
# Far beyond any list, and its offset is still a number that PostgreSQL takes.
_PAGE_MAX = 1_000_000
_PAGE_SIZE_MAX = 100


class SeatSchema(Schema):
    """One seat of an order."""

    seat_id = fields.UUID(required=True)
    row_number = fields.String(required=True, validate=validate.Length(1, 4))
    seat_number = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, _INTEGER_MAX)
    )
    category = fields.String(required=True, validate=validate.Length(1, 20))
    price = Money(required=True)


class _SeatsSchema(Schema):
    """What the beginning and the end of a hold have in common."""

    user_id = fields.UUID(required=True)
    event_id = fields.UUID(required=True)
    hold_id = fields.UUID(required=True)
    seats = fields.List(
        fields.Nested(SeatSchema),
        required=True,
        validate=validate.Length(1, SEATS_MAX),
    )

    @validates_schema
    def check_seats(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a seat that is named twice, and a sum that no column holds."""
        seats = data["seats"]
        if len({seat["seat_id"] for seat in seats}) < len(seats):
            raise ValidationError("A seat is named twice.", "seats")
        if sum(seat["price"] for seat in seats) > _TOTAL_MAX:
            raise ValidationError(f"The sum is over {_TOTAL_MAX}.", "seats")


class CreateOrderRequestSchema(_SeatsSchema):
    """`POST /orders`."""

    order_id = fields.UUID(required=True)
    currency = fields.String(
        required=True, validate=validate.OneOf((PLATFORM_CURRENCY,))
    )


class FailOrderRequestSchema(_SeatsSchema):
    """`POST /orders/{order_id}/fail`."""

    reason = fields.String(
        required=True, validate=validate.Length(1, _REASON_LENGTH_MAX)
    )


class ConfirmOrderRequestSchema(Schema):
    """`POST /orders/{order_id}/confirm`."""

    saga_id = fields.UUID(required=True)


class OrderResponseSchema(Schema):
    """An order as it stands."""

    order_id = fields.UUID()
    user_id = fields.UUID()
    event_id = fields.UUID()
    hold_id = fields.UUID(allow_none=True)
    seats = fields.List(fields.Nested(SeatSchema))
    total = Money()
    currency = fields.String()
    status = fields.Enum(OrderStatus, by_value=True)
    credits_charged = Money()
    saga_id = fields.UUID(allow_none=True)
    transfer_id = fields.UUID(allow_none=True)
    failure_reason = fields.String(allow_none=True)
    created_at = Timestamp()
    confirmed_at = Timestamp(allow_none=True)


class ListOrdersQuerySchema(Schema):
    """Filters of `GET /orders`."""

    user_id = fields.UUID()
    seat_id = fields.UUID()
    status = fields.Enum(OrderStatus, by_value=True)
    page = fields.Integer(load_default=1, validate=validate.Range(1, _PAGE_MAX))
    page_size = fields.Integer(
        load_default=20, validate=validate.Range(1, _PAGE_SIZE_MAX)
    )


class PaginationSchema(Schema):
    """Where in a list a page is."""

    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()
    next_page = fields.Integer(allow_none=True)


class OrderListResponseSchema(Schema):
    """A page of orders, newest first."""

    data = fields.List(fields.Nested(OrderResponseSchema))
    pagination = fields.Nested(PaginationSchema)
