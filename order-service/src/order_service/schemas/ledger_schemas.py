"""What the ledger tells about many orders, on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields

from order_service.schemas.fields import Money, Timestamp


class PaidSeatSchema(Schema):
    """Whether a seat is paid for."""

    seat_id = fields.UUID()
    paid = fields.Boolean()


class SummaryQuerySchema(Schema):
    """Which event `GET /orders/summary` is about."""

    event_id = fields.UUID(required=True)


class HourOfSalesSchema(Schema):
    """The sales of one hour."""

    hour = Timestamp()
    seats = fields.Integer()
    revenue = Money()


class SummaryResponseSchema(Schema):
    """The sales of one event."""

    event_id = fields.UUID()
    confirmed_orders = fields.Integer()
    seats_sold = fields.Integer()
    revenue = Money()
    currency = fields.String()
    by_hour = fields.List(fields.Nested(HourOfSalesSchema))
