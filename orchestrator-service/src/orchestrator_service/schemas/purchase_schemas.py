"""Scenario 1 on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from orchestrator_service.schemas.fields import Money, PaginationSchema, page_fields
from service_common.api_description import SOMETIMES

SEATS_PER_HOLD_MAX = 10
_WHEN_ONE = {"description": "When it is one seat.", **SOMETIMES}


class ReserveRequestSchema(Schema):
    """One `seat_id`, or `seat_ids` of one event."""

    wire_form: ClassVar[Mapping[str, Any]] = {
        "oneOf": [{"required": ["seat_id"]}, {"required": ["seat_ids"]}]
    }

    seat_id = fields.UUID()
    seat_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(min=1, max=SEATS_PER_HOLD_MAX),
        metadata={"uniqueItems": True},
    )
    user_id = fields.UUID(metadata={"description": "The caller, if given at all."})

    @validates_schema
    def check_seats(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Exactly one of the two forms, and no seat twice."""
        if ("seat_id" in data) == ("seat_ids" in data):
            raise ValidationError(
                "Give either seat_id or seat_ids.", field_name="seat_id"
            )
        seat_ids = data.get("seat_ids", [])
        if len(set(seat_ids)) != len(seat_ids):
            raise ValidationError("A seat is named twice.", field_name="seat_ids")


class PayRequestSchema(Schema):
    """Which order to pay."""

    order_id = fields.UUID(required=True)
    user_id = fields.UUID(metadata={"description": "The caller, if given at all."})


class VerifyOtpRequestSchema(Schema):
    """The code for an order."""

    reference_id = fields.UUID(
        required=True, metadata={"description": "The order's id."}
    )
    otp_code = fields.String(required=True, validate=validate.Regexp(r"^[0-9]{4,10}\Z"))


class VerifiedSchema(Schema):
    """The order can be paid now."""

    verified = fields.Boolean()
    status = fields.String(validate=validate.Equal("HELD"))


class SeatSchema(Schema):
    """A seat of a hold or an order."""

    seat_id = fields.UUID()
    row_number = fields.String()
    seat_number = fields.Integer()
    category = fields.String()
    price = Money()


class ReservationSchema(Schema):
    """Seats held for the caller, with their order."""

    order_id = fields.UUID()
    seat_id = fields.UUID(metadata=_WHEN_ONE)
    seats = fields.List(fields.Nested(SeatSchema))
    event_id = fields.UUID()
    hold_id = fields.UUID()
    status = fields.String(validate=validate.OneOf(["HELD", "OTP_REQUIRED"]))
    held_until = fields.AwareDateTime()
    ttl_seconds = fields.Integer()
    price = Money(metadata={"description": "The total."})
    currency = fields.String()


class TicketSchema(Schema):
    """A code for the gate."""

    seat_id = fields.UUID()
    qr_payload = fields.String()
    expires_at = fields.AwareDateTime()


class PaymentSchema(Schema):
    """A paid order."""

    order_id = fields.UUID()
    seat_id = fields.UUID(metadata=_WHEN_ONE)
    event_id = fields.UUID()
    status = fields.String(validate=validate.Equal("CONFIRMED"))
    credits_charged = Money()
    remaining_balance = Money()
    confirmed_at = fields.AwareDateTime()
    tickets = fields.List(fields.Nested(TicketSchema))


class PendingPaymentSchema(Schema):
    """The payment goes on without the client."""

    order_id = fields.UUID()
    saga_id = fields.UUID()
    status = fields.String(validate=validate.Equal("PENDING"))
    status_url = fields.String()


class OrderQuerySchema(Schema):
    """A page of the caller's orders."""

    page = page_fields()["page"]
    page_size = page_fields()["page_size"]


class PaymentAttemptSchema(Schema):
    """How the latest attempt to pay for a PENDING order stands."""

    state = fields.String()
    code = fields.String(allow_none=True)


class OrderSchema(Schema):
    """An order of the caller's."""

    order_id = fields.UUID()
    seat_id = fields.UUID(metadata=_WHEN_ONE)
    seats = fields.List(fields.Nested(SeatSchema))
    event_id = fields.UUID()
    status = fields.String(
        validate=validate.OneOf(["PENDING", "CONFIRMED", "FAILED", "REFUNDED"])
    )
    total = Money()
    currency = fields.String()
    credits_charged = Money()
    created_at = fields.AwareDateTime()
    confirmed_at = fields.AwareDateTime(allow_none=True)
    failure_reason = fields.String(metadata=SOMETIMES)
    payment = fields.Nested(
        PaymentAttemptSchema,
        allow_none=True,
        metadata={"description": "Of one order that is PENDING.", **SOMETIMES},
    )


class OrderPageSchema(Schema):
    """A page of orders, newest first."""

    data = fields.List(fields.Nested(OrderSchema))
    pagination = fields.Nested(PaginationSchema)
