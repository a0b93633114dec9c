"""What transfers look like on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from order_service.models import Party, TransferStatus, TransferTask
from order_service.schemas.fields import Money, Timestamp
from order_service.services.order_record import PLATFORM_CURRENCY

_INTEGER_MAX = 2**31 - 1
_REASON_LENGTH_MAX = 500
_VERSION = validate.Range(0, _INTEGER_MAX)
# The swap is owed until its saga says how it ended: it is not settled by a report.
_REPORTED = (
    TransferTask.FREEZE.value,
    TransferTask.UNFREEZE.value,
    TransferTask.REVERSE.value,
    TransferTask.CODES.value,
)


def _positive(amount: Decimal) -> None:
    if amount <= 0:
        raise ValidationError("Not a price: it has to be above 0.00.")


class CreateTransferRequestSchema(Schema):
    """`POST /transfers`."""

    transfer_id = fields.UUID(required=True)
    seat_id = fields.UUID(required=True)
    event_id = fields.UUID(required=True)
    seller_id = fields.UUID(required=True)
    buyer_id = fields.UUID(required=True)
    initiated_by = fields.UUID(required=True)
    credits_amount = Money(required=True, validate=_positive)
    currency = fields.String(
        required=True, validate=validate.OneOf((PLATFORM_CURRENCY,))
    )
    ticket_version = fields.Integer(required=True, strict=True, validate=_VERSION)

    @validates_schema
    def check_parties(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a transfer to oneself, and one that a third person begins."""
        parties = (data["seller_id"], data["buyer_id"])
        if parties[0] == parties[1]:
            raise ValidationError("Seller and buyer are the same.", "buyer_id")
        if data["initiated_by"] not in parties:
            raise ValidationError("Neither the seller nor the buyer.", "initiated_by")


class VerifyPartyRequestSchema(Schema):
    """`POST /transfers/{transfer_id}/verified`."""

    party = fields.Enum(Party, by_value=True, required=True)


class TransferReasonRequestSchema(Schema):
    """`POST /transfers/{transfer_id}/fail` and `/swap-failed`."""

    reason = fields.String(
        required=True, validate=validate.Length(1, _REASON_LENGTH_MAX)
    )


class DisputeRequestSchema(TransferReasonRequestSchema):
    """`POST /transfers/{transfer_id}/dispute`."""

    user_id = fields.UUID(required=True)


class ReversedRequestSchema(Schema):
    """`POST /transfers/{transfer_id}/reversed`."""

    saga_id = fields.UUID(required=True)
    ticket_version = fields.Integer(required=True, strict=True, validate=_VERSION)


class CompleteRequestSchema(ReversedRequestSchema):
    """`POST /transfers/{transfer_id}/complete`."""

    order_id = fields.UUID(required=True)


class SettledRequestSchema(Schema):
    """`POST /transfers/{transfer_id}/settled`."""

    task = fields.String(required=True, validate=validate.OneOf(_REPORTED))
    number = fields.Integer(required=True, strict=True, validate=_VERSION)


class NothingRequestSchema(Schema):
    """A call whose path says everything."""


class TransferResponseSchema(Schema):
    """A transfer as it stands."""

    transfer_id = fields.UUID()
    seat_id = fields.UUID()
    event_id = fields.UUID()
    seller_id = fields.UUID()
    buyer_id = fields.UUID()
    initiated_by = fields.UUID()
    status = fields.Enum(TransferStatus, by_value=True)
    seller_otp_verified = fields.Boolean()
    buyer_otp_verified = fields.Boolean()
    credits_amount = Money()
    currency = fields.String()
    ticket_version = fields.Integer()
    completed_version = fields.Integer(allow_none=True)
    failure_reason = fields.String(allow_none=True)
    dispute_reason = fields.String(allow_none=True)
    disputed_by = fields.UUID(allow_none=True)
    dispute_no = fields.Integer()
    reversal_no = fields.Integer()
    unsettled = fields.Enum(TransferTask, by_value=True, allow_none=True)
    saga_id = fields.UUID(allow_none=True)
    created_at = Timestamp()
    expires_at = Timestamp()
    completed_at = Timestamp(allow_none=True)
    disputed_at = Timestamp(allow_none=True)
    ended_at = Timestamp(allow_none=True)
