"""Top-ups and Stripe's webhook on the wire."""

from __future__ import annotations

from decimal import Decimal

from marshmallow import Schema, fields, validate

from user_service.models.topup import TopupStatus
from user_service.schemas.fields import MONEY_TAKEN, Money, UtcTime

_AMOUNT_MIN = Decimal("1.00")
_AMOUNT_MAX = Decimal("10000.00")


class TopupRequestSchema(Schema):
    """How many credits to buy."""

    amount = Money(
        required=True,
        metadata=MONEY_TAKEN,
        validate=validate.Range(min=_AMOUNT_MIN, max=_AMOUNT_MAX),
    )


class TopupSchema(Schema):
    """A top-up as it stands."""

    topup_id = fields.UUID()
    payment_intent_id = fields.String(allow_none=True)
    amount = Money()
    currency = fields.String()
    status = fields.String(
        validate=validate.OneOf([status.value for status in TopupStatus]),
        metadata={"description": "SUCCEEDED once credited"},
    )
    created_at = UtcTime()


class OpenTopupSchema(TopupSchema):
    """A top-up that waits for its payer."""

    class Meta:
        """The time of its making is not of interest yet."""

        exclude = ("created_at",)

    client_secret = fields.String(
        metadata={"description": "for Stripe.js, which takes the card"}
    )


class ReceivedSchema(Schema):
    """The event is dealt with; it need not come again."""

    received = fields.Boolean()
