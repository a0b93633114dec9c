"""Credits on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, post_load, validate

from user_service.schemas.fields import Money, UtcTime, amount
from user_service.schemas.operation_keys import operation_key, reference
from user_service.schemas.otp_schemas import purpose
from user_service.services.credit_service import Movement

_PAGE_MAX = 1_000_000
_PAGE_SIZE, _PAGE_SIZE_MAX = 20, 100


class MovementRequestSchema(Schema):
    """A charge, or its undoing."""

    operation_key = operation_key()
    user_id = fields.UUID(required=True)
    amount = amount()
    reference = reference()
    purpose = purpose(required=False)

    @post_load
    def to_movement(self, data: dict[str, object], **_kwargs: object) -> Movement:
        """Hand the services what they know."""
        return Movement(**data)  # type: ignore[arg-type]


class DeductResponseSchema(Schema):
    """The balance after a charge."""

    credit_balance = Money()


class ReverseResponseSchema(Schema):
    """What became of a charge that was undone."""

    outcome = fields.String()
    credit_balance = Money()


class BalanceResponseSchema(Schema):
    """What somebody has."""

    user_id = fields.UUID()
    credit_balance = Money()
    credits_frozen = Money()
    currency = fields.String()


class PageQuerySchema(Schema):
    """Which part of a list."""

    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=_PAGE_MAX))
    page_size = fields.Integer(
        load_default=_PAGE_SIZE, validate=validate.Range(min=1, max=_PAGE_SIZE_MAX)
    )


class CreditEntrySchema(Schema):
    """One movement on somebody's account; the sign is his."""

    entry_id = fields.UUID()
    kind = fields.String()
    amount = Money()
    balance_after = Money()
    reference = fields.String()
    created_at = UtcTime()


class PaginationSchema(Schema):
    """Where in the list this page is."""

    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()
    next_page = fields.Integer(allow_none=True)


class CreditEntriesResponseSchema(Schema):
    """One page of entries."""

    data = fields.List(fields.Nested(CreditEntrySchema))
    pagination = fields.Nested(PaginationSchema)
