"""Events and seats on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from orchestrator_service.schemas.fields import (
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    Money,
    text,
)
from service_common.api_description import SOMETIMES

_SEAT_STATUSES = ["AVAILABLE", "HELD", "SOLD", "CHECKED_IN"]
SEATS_PER_EVENT_MAX = 50_000
HALL_LENGTH_MAX = 20
CATEGORY_LENGTH_MAX = 20
ROW_LENGTH_MAX = 4
ROWS_MAX = 2_000
CATEGORIES_MAX = 50
VERSION_MAX = 2**63 - 1
# Ten seats of one order still fit the amounts of the ledger.
PRICE_MAX = Decimal("9999999.99")
EVENT_DATE_MAX = datetime(2100, 1, 1, tzinfo=UTC)


class EventVenueSchema(Schema):
    """A place with halls, to be found by name and address, or else made."""

    name = text(NAME_LENGTH_MAX)
    address = text(NAME_LENGTH_MAX)


class SeatBlockSchema(Schema):
    """Rows of one category, equally long."""

    category = text(CATEGORY_LENGTH_MAX)
    rows = fields.List(
        text(ROW_LENGTH_MAX),
        required=True,
        validate=validate.Length(min=1, max=ROWS_MAX),
    )
    seats_per_row = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1, max=SEATS_PER_EVENT_MAX),
    )


class CreateEventSchema(Schema):
    """An event with the plan of its hall."""

    wire_form: ClassVar[Mapping[str, Any]] = {
        "oneOf": [{"required": ["venue"]}, {"required": ["venue_id"]}]
    }

    name = text(NAME_LENGTH_MAX)
    type = text(50, required=False)
    description = fields.String(validate=validate.Length(max=TEXT_LENGTH_MAX))
    venue = fields.Nested(EventVenueSchema)
    venue_id = fields.UUID()
    hall_id = text(HALL_LENGTH_MAX)
    event_date = fields.AwareDateTime(
        format="iso",
        required=True,
        validate=validate.Range(max=EVENT_DATE_MAX),
        metadata={"description": "In the future."},
    )
    pricing_tiers = fields.Dict(
        keys=text(CATEGORY_LENGTH_MAX),
        values=Money(),
        required=True,
        validate=validate.Length(min=1, max=CATEGORIES_MAX),
    )
    seat_map = fields.List(
        fields.Nested(SeatBlockSchema),
        required=True,
        validate=validate.Length(min=1, max=ROWS_MAX),
    )

    @validates_schema(skip_on_field_errors=True)
    def check_plan(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """One venue, known categories, every row once, not too many seats."""
        problems: dict[str, list[str]] = {}
        if ("venue" in data) == ("venue_id" in data):
            problems["venue"] = ["Give either venue or venue_id."]
        blocks = data["seat_map"]
        if {block["category"] for block in blocks} != set(data["pricing_tiers"]):
            problems["pricing_tiers"] = ["Not the categories of the seat_map."]
        if not all(0 < price <= PRICE_MAX for price in data["pricing_tiers"].values()):
            problems["pricing_tiers"] = [f"A price is above zero, at most {PRICE_MAX}."]
        rows = [row for block in blocks for row in block["rows"]]
        if len(set(rows)) != len(rows):
            problems["seat_map"] = ["A row is named twice."]
        if seats_in(blocks) > SEATS_PER_EVENT_MAX:
            problems["seat_map"] = [f"More than {SEATS_PER_EVENT_MAX} seats."]
        if problems:
            raise ValidationError(problems)


class PublicationSchema(Schema):
    """A published event."""

    event_id = fields.UUID()
    seats_created = fields.Integer()


class PendingPublicationSchema(Schema):
    """The publication goes on without the client."""

    event_id = fields.UUID()
    saga_id = fields.UUID()
    status = fields.String(validate=validate.Equal("PENDING"))
    status_url = fields.String()


class VenueSchema(Schema):
    """A place with halls."""

    venue_id = fields.UUID()
    name = fields.String()
    address = fields.String()


class EventSchema(Schema):
    """A published event, and how many of its seats are to be had."""

    event_id = fields.UUID()
    name = fields.String()
    type = fields.String(allow_none=True)
    description = fields.String(allow_none=True)
    venue = fields.Nested(VenueSchema)
    hall_id = fields.String()
    event_date = fields.AwareDateTime()
    total_seats = fields.Integer()
    pricing_tiers = fields.Dict(keys=fields.String(), values=Money())
    status = fields.String(validate=validate.Equal("PUBLISHED"))
    seats_available = fields.Integer()


class SeatStateSchema(Schema):
    """A seat as the map shows it; nobody learns whose it is."""

    seat_id = fields.UUID()
    row_number = fields.String()
    seat_number = fields.Integer()
    category = fields.String()
    price = Money()
    status = fields.String(validate=validate.OneOf(_SEAT_STATUSES))
    held_until = fields.AwareDateTime(metadata=SOMETIMES)


class SeatMapQuerySchema(Schema):
    """Which part of a seat map."""

    since = fields.Integer(
        validate=validate.Range(min=0, max=VERSION_MAX),
        metadata={
            "description": "A version: only the seats that have changed from then on."
        },
    )


class SeatMapSchema(Schema):
    """Every seat of an event."""

    event_id = fields.UUID()
    version = fields.Integer()
    seats = fields.List(fields.Nested(SeatStateSchema))


def seats_in(blocks: list[dict[str, Any]]) -> int:
    """How many seats a plan has."""
    return sum(len(block["rows"]) * block["seats_per_row"] for block in blocks)
