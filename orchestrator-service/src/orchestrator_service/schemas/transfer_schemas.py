"""Scenario 2 on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from orchestrator_service.clients.transfer_client import TransferStatus
from orchestrator_service.schemas.fields import (
    Money,
    PaginationSchema,
    page_fields,
    text,
)
from service_common.api_description import SOMETIMES

REASON_LENGTH_MAX = 500
_CODE = validate.Regexp(r"^[0-9]{4,10}\Z")
_STATUSES = [status.value for status in TransferStatus]


class InitiateTransferSchema(Schema):
    """A seat, its price, and the two parties; the caller may leave himself out."""

    seat_id = fields.UUID(required=True)
    seller_id = fields.UUID()
    buyer_id = fields.UUID()
    credits_amount = Money(
        required=True,
        validate=validate.Range(min=Decimal("0.01"), error="More than nothing."),
    )

    @validates_schema
    def check_parties(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """At least the other party has to be named."""
        if "seller_id" not in data and "buyer_id" not in data:
            raise ValidationError("Name the other party.", field_name="buyer_id")


class TransferIdSchema(Schema):
    """Which transfer."""

    transfer_id = fields.UUID(required=True)


class ConfirmTransferSchema(TransferIdSchema):
    """The codes of both parties, or of one of them."""

    seller_otp = fields.String(validate=_CODE)
    buyer_otp = fields.String(validate=_CODE)

    @validates_schema
    def check_codes(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Confirming takes a code."""
        if "seller_otp" not in data and "buyer_otp" not in data:
            raise ValidationError("Give a code.", field_name="seller_otp")


class DisputeTransferSchema(TransferIdSchema):
    """What is wrong."""

    reason = text(REASON_LENGTH_MAX)


class TransferQuerySchema(Schema):
    """A page of the caller's transfers."""

    role = fields.String(validate=validate.OneOf(["seller", "buyer"]))
    status = fields.String(validate=validate.OneOf(_STATUSES))
    page = page_fields()["page"]
    page_size = page_fields()["page_size"]


class TransferSchema(Schema):
    """A transfer as its parties see it."""

    transfer_id = fields.UUID()
    seat_id = fields.UUID()
    event_id = fields.UUID()
    seller_id = fields.UUID()
    buyer_id = fields.UUID()
    credits_amount = Money()
    currency = fields.String()
    status = fields.String(validate=validate.OneOf(_STATUSES))
    seller_otp_verified = fields.Boolean()
    buyer_otp_verified = fields.Boolean()
    failure_reason = fields.String(
        metadata={**SOMETIMES, "description": "The code that it FAILED with."}
    )
    dispute_reason = fields.String(
        metadata={**SOMETIMES, "description": "Once it was disputed."}
    )
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    completed_at = fields.AwareDateTime(allow_none=True)


class PendingTransferSchema(TransferSchema):
    """Both have agreed or an admin has decided; it goes on without the client."""

    status_url = fields.String()


class TransferPageSchema(Schema):
    """Some of the caller's transfers, newest first."""

    data = fields.List(fields.Nested(TransferSchema))
    pagination = fields.Nested(PaginationSchema)
