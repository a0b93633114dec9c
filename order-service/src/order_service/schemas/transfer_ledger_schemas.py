"""What is told about many transfers, and about tickets, on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from order_service.models import TransferStatus, TransferTask
from order_service.schemas.fields import Money, Timestamp
from order_service.schemas.order_schemas import PaginationSchema
from order_service.schemas.transfer_schemas import TransferResponseSchema

# Far beyond any list, and its offset is still a number that PostgreSQL takes.
_PAGE_MAX = 1_000_000
_PAGE_SIZE_MAX = 100
_FACTS_MAX = 1_000
_UNSETTLED_MAX = 500
_AGE_MAX_S = 30 * 86_400


class _PageQuerySchema(Schema):
    page = fields.Integer(load_default=1, validate=validate.Range(1, _PAGE_MAX))
    page_size = fields.Integer(
        load_default=20, validate=validate.Range(1, _PAGE_SIZE_MAX)
    )


class ListTransfersQuerySchema(_PageQuerySchema):
    """Filters of `GET /transfers`."""

    user_id = fields.UUID()
    role = fields.String(validate=validate.OneOf(("seller", "buyer")))
    status = fields.Enum(TransferStatus, by_value=True)

    @validates_schema
    def check_role(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """A role is somebody's."""
        if "role" in data and "user_id" not in data:
            raise ValidationError("A role needs a user_id.", "role")


class TransferListResponseSchema(Schema):
    """A page of transfers, newest first."""

    data = fields.List(fields.Nested(TransferResponseSchema))
    pagination = fields.Nested(PaginationSchema)


class UnsettledQuerySchema(Schema):
    """How long something has to be owed for `GET /transfers/unsettled`."""

    older_than_s = fields.Float(load_default=0, validate=validate.Range(0, _AGE_MAX_S))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, _UNSETTLED_MAX))


class UnsettledResponseSchema(Schema):
    """Those for which something is owed, the longest first."""

    data = fields.List(fields.Nested(TransferResponseSchema))


class TransferFactsQuerySchema(Schema):
    """Where `GET /transfers/facts` goes on."""

    after = fields.UUID(load_default=None)
    limit = fields.Integer(load_default=500, validate=validate.Range(1, _FACTS_MAX))


class TransferFactSchema(Schema):
    """One transfer for the reconciliation."""

    transfer_id = fields.UUID()
    seat_id = fields.UUID()
    seller_id = fields.UUID()
    buyer_id = fields.UUID()
    status = fields.Enum(TransferStatus, by_value=True)
    credits_amount = Money()
    ticket_version = fields.Integer()
    completed_version = fields.Integer(allow_none=True)
    unsettled = fields.Enum(TransferTask, by_value=True, allow_none=True)
    dispute_no = fields.Integer()
    reversal_no = fields.Integer()
    saga_id = fields.UUID(allow_none=True)
    reversal_saga_id = fields.UUID(allow_none=True)
    sold_order_id = fields.UUID(allow_none=True)
    bought_order_id = fields.UUID(allow_none=True)


class TransferFactsResponseSchema(Schema):
    """Facts in the order of their ids; `next` is None at the end."""

    data = fields.List(fields.Nested(TransferFactSchema))
    next = fields.UUID(allow_none=True)


class ListTicketsQuerySchema(_PageQuerySchema):
    """Whose tickets `GET /tickets` is about, and which of them."""

    user_id = fields.UUID(required=True)
    scope = fields.String(
        load_default="owned",
        validate=validate.OneOf(("owned", "purchased", "sold")),
    )


class TicketSchema(Schema):
    """One seat that the person has bought.

    `transfer_id` is the transfer by which it went, or else by which it came.
    """

    seat_id = fields.UUID()
    event_id = fields.UUID()
    row_number = fields.String()
    seat_number = fields.Integer()
    category = fields.String()
    price_paid = Money()
    acquired_at = Timestamp()
    acquired_by = fields.String()
    order_id = fields.UUID()
    owned = fields.Boolean()
    sold_at = Timestamp(allow_none=True)
    sold_for = Money(allow_none=True)
    transfer_id = fields.UUID(allow_none=True)


class TicketListResponseSchema(Schema):
    """A page of tickets, newest first."""

    data = fields.List(fields.Nested(TicketSchema))
    pagination = fields.Nested(PaginationSchema)
