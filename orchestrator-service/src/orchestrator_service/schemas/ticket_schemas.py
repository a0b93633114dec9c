"""Lists of tickets on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from orchestrator_service.schemas.fields import Money, PaginationSchema, page_fields


class TicketQuerySchema(Schema):
    """Which of the caller's tickets: those he has, has bought, or has sold."""

    scope = fields.String(
        load_default="owned",
        validate=validate.OneOf(["owned", "purchased", "sold"]),
    )
    page = page_fields()["page"]
    page_size = page_fields()["page_size"]


class TicketVenueSchema(Schema):
    """Where it takes place."""

    venue_id = fields.UUID()
    name = fields.String()
    address = fields.String()


class TicketEventSchema(Schema):
    """What the ticket is for."""

    event_id = fields.UUID()
    name = fields.String()
    type = fields.String()
    venue = fields.Nested(TicketVenueSchema)
    hall_id = fields.String()
    event_date = fields.AwareDateTime()
    status = fields.String()


class OwnedTicketSchema(Schema):
    """One ticket. What was sold has `sold_at` and `sold_for`."""

    seat_id = fields.UUID()
    event = fields.Nested(TicketEventSchema)
    row_number = fields.String()
    seat_number = fields.Integer()
    category = fields.String()
    status = fields.String(
        validate=validate.OneOf(["SOLD", "CHECKED_IN", "TRANSFERRED"]),
        metadata={"description": "TRANSFERRED: the caller no longer has it."},
    )
    price_paid = Money()
    acquired_at = fields.AwareDateTime()
    acquired_by = fields.String(validate=validate.OneOf(["purchase", "transfer"]))
    order_id = fields.UUID()
    transfer_id = fields.UUID(allow_none=True)
    sold_at = fields.AwareDateTime(allow_none=True)
    sold_for = Money(allow_none=True)


class OwnedTicketPageSchema(Schema):
    """Some of the caller's tickets, newest first."""

    data = fields.List(fields.Nested(OwnedTicketSchema))
    pagination = fields.Nested(PaginationSchema)
