"""What the ledger tells about many orders, on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from order_service.models import OrderStatus
from order_service.schemas.fields import Money, Timestamp

_FACTS_MAX = 1_000


class FactsQuerySchema(Schema):
    """Where `GET /orders/facts` goes on."""

    after = fields.UUID(load_default=None)
    limit = fields.Integer(load_default=500, validate=validate.Range(1, _FACTS_MAX))


class OrderFactSchema(Schema):
    """One order for the reconciliation."""

    order_id = fields.UUID()
    user_id = fields.UUID()
    hold_id = fields.UUID()
    saga_id = fields.UUID(allow_none=True)
    status = fields.Enum(OrderStatus, by_value=True)
    total = Money()


class FactsResponseSchema(Schema):
    """Facts in the order of their ids; `next` is None at the end."""

    data = fields.List(fields.Nested(OrderFactSchema))
    next = fields.UUID(allow_none=True)


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
