"""Facts about credits for the reconciliation, on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from user_service.schemas.fields import Money, PlainText

_KEY_LENGTH_MAX = 255
_FACTS, _FACTS_MAX = 500, 1000


class FactsQuerySchema(Schema):
    """Which operations."""

    after = PlainText(load_default="", validate=validate.Length(max=_KEY_LENGTH_MAX))
    limit = fields.Integer(
        load_default=_FACTS, validate=validate.Range(min=1, max=_FACTS_MAX)
    )


class FactsRequestSchema(Schema):
    """Which operations, by their keys."""

    operation_keys = fields.List(
        PlainText(validate=validate.Length(min=1, max=_KEY_LENGTH_MAX)),
        required=True,
        validate=validate.Length(min=1, max=_FACTS_MAX),
    )


class FactSchema(Schema):
    """What one operation, and its reversal, left on the user's account."""

    operation_key = fields.String()
    kind = fields.String()
    user_id = fields.UUID()
    reference = fields.String()
    net = Money()
    amount = Money(
        allow_none=True,
        metadata={"description": "between two people: what the payee got and kept"},
    )


class FactsResponseSchema(Schema):
    """Some operations, in the order of their keys."""

    data = fields.List(fields.Nested(FactSchema))
    next = fields.String(allow_none=True)


class DriftResponseSchema(Schema):
    """How far balances and ledger are apart, over all accounts."""

    drift = Money()
