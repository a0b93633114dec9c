"""Scenario 3 on the wire."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate

from orchestrator_service.clients.gate_client import ScanResult
from orchestrator_service.schemas.fields import Money, PaginationSchema, page_fields
from service_common.api_description import SOMETIMES

HALL_LENGTH_MAX = 20
_RESULTS = [result.value for result in ScanResult]


def _is_printable(value: str) -> None:
    if not value.isprintable():
        raise ValidationError("It contains characters that nobody can read.")


class TicketCodeSchema(Schema):
    """A ticket code, fresh for a minute."""

    qr_payload = fields.String()
    generated_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    ttl_seconds = fields.Integer()


class ScanRequestSchema(Schema):
    """A code as the scanner read it, and the hall it stands at."""

    qr_payload = fields.String(required=True, validate=validate.Length(min=1))
    hall_id = fields.String(
        required=True,
        validate=[validate.Length(min=1, max=HALL_LENGTH_MAX), _is_printable],
    )
    staff_id = fields.UUID(metadata={"description": "The caller, if given at all."})


class FirstScanSchema(Schema):
    """When and where a used ticket was let in."""

    scanned_at = fields.AwareDateTime()
    hall_id = fields.String()


class ScanAnswerSchema(Schema):
    """What the gate is told."""

    result = fields.String(required=True, validate=validate.OneOf(_RESULTS))
    message = fields.String(
        required=True, metadata={"description": "For the scanner's display."}
    )
    seat_id = fields.UUID(metadata=SOMETIMES)
    row_number = fields.String(metadata=SOMETIMES)
    seat_number = fields.Integer(metadata=SOMETIMES)
    category = fields.String(metadata=SOMETIMES)
    checked_in_at = fields.AwareDateTime(metadata=SOMETIMES)
    first_scan = fields.Nested(FirstScanSchema, metadata=SOMETIMES)


class EntryLogQuerySchema(Schema):
    """Which scans to list."""

    page = page_fields()["page"]
    page_size = page_fields()["page_size"]
    event_id = fields.UUID(
        metadata={"description": "Without it also codes that named no event."}
    )
    result = fields.String(validate=validate.OneOf(_RESULTS))


class EntryLogSchema(Schema):
    """One scan."""

    log_id = fields.UUID()
    scanned_at = fields.AwareDateTime()
    result = fields.String(validate=validate.OneOf(_RESULTS))
    event_id = fields.UUID(allow_none=True)
    presented_seat_id = fields.String(
        metadata={"description": "What the code said, or `unreadable`."}
    )
    seat_id = fields.UUID(
        allow_none=True, metadata={"description": "When there is such a seat."}
    )
    row_number = fields.String(allow_none=True)
    seat_number = fields.Integer(allow_none=True)
    category = fields.String(allow_none=True)
    ticket_version = fields.Integer(allow_none=True)
    staff_id = fields.UUID()
    hall_id_presented = fields.String()
    hall_id_expected = fields.String(allow_none=True)
    admitted = fields.Boolean(
        metadata={"description": "Somebody went in on it, if only offline."}
    )
    recorded_at = fields.AwareDateTime(
        metadata={"description": "Later than scanned_at when the scanner was alone."}
    )


class EntryLogPageSchema(Schema):
    """A page of scans, newest first."""

    data = fields.List(fields.Nested(EntryLogSchema))
    pagination = fields.Nested(PaginationSchema)


class HourOfSalesSchema(Schema):
    """What was sold in the hour that begins at `hour`."""

    hour = fields.AwareDateTime()
    seats = fields.Integer()
    revenue = Money()


class DashboardSchema(Schema):
    """An event in figures."""

    event_id = fields.UUID()
    name = fields.String()
    event_date = fields.AwareDateTime()
    seats = fields.Dict(keys=fields.String(), values=fields.Integer())
    total_seats = fields.Integer()
    confirmed_orders = fields.Integer()
    seats_sold = fields.Integer()
    revenue = Money()
    currency = fields.String()
    sales_over_time = fields.List(fields.Nested(HourOfSalesSchema))
    scans = fields.Dict(keys=fields.String(), values=fields.Integer())
