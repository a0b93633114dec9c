"""Facts for the reconciliation, on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from order_service.models import OrderStatus
from order_service.schemas.fields import Money

FACTS_MAX = 1_000
_AGE_MAX_S = 1_000_000


class PageQuerySchema(Schema):
    """Where a list of facts goes on."""

    after = fields.UUID(load_default=None)
    limit = fields.Integer(load_default=500, validate=validate.Range(1, FACTS_MAX))


class OrdersQuerySchema(PageQuerySchema):
    """Which orders, too."""

    status = fields.Enum(OrderStatus, by_value=True, load_default=None)
    older_than_s = fields.Integer(
        load_default=0, validate=validate.Range(0, _AGE_MAX_S)
    )


class IdsRequestSchema(Schema):
    """Which rows are asked for by id."""

    ids = fields.List(
        fields.UUID(), required=True, validate=validate.Length(1, FACTS_MAX)
    )


class OrderFactSchema(Schema):
    """One order."""

    order_id = fields.UUID()
    user_id = fields.UUID()
    hold_id = fields.UUID(allow_none=True)
    transfer_id = fields.UUID(allow_none=True)
    saga_id = fields.UUID(allow_none=True)
    status = fields.String()
    total = Money()
    credits_charged = Money()
    seat_count = fields.Integer()


class OrderFactsSchema(Schema):
    """Orders in the order of their key; `next` is None at the end."""

    data = fields.List(fields.Nested(OrderFactSchema))
    next = fields.UUID(allow_none=True)


class SeatFactSchema(Schema):
    """One seat, and the order it is sold by now."""

    seat_id = fields.UUID()
    order_id = fields.UUID()
    user_id = fields.UUID()
    saga_id = fields.UUID()


class SeatFactsSchema(Schema):
    """Seats in the order of their ids; `next` is None at the end."""

    data = fields.List(fields.Nested(SeatFactSchema))
    next = fields.UUID(allow_none=True)
