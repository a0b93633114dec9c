"""Events and seats on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from orchestrator_service.schemas.fields import (
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    Money,
    text,
)

SEATS_PER_EVENT_MAX = 50_000
HALL_LENGTH_MAX = 20
CATEGORY_LENGTH_MAX = 20
ROW_LENGTH_MAX = 4
ROWS_MAX = 2_000
CATEGORIES_MAX = 50
# Ten seats of one order still fit the amounts of the ledger.
PRICE_MAX = Decimal("9999999.99")
EVENT_DATE_MAX = datetime(2100, 1, 1, tzinfo=UTC)


class VenueSchema(Schema):
    """A place with halls."""

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

    name = text(NAME_LENGTH_MAX)
    type = text(50, required=False)
    description = fields.String(validate=validate.Length(max=TEXT_LENGTH_MAX))
    venue = fields.Nested(VenueSchema)
    venue_id = fields.UUID()
    hall_id = text(HALL_LENGTH_MAX)
    event_date = fields.AwareDateTime(
        format="iso", required=True, validate=validate.Range(max=EVENT_DATE_MAX)
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

    event_id = fields.String()
    seats_created = fields.Integer()


def seats_in(blocks: list[dict[str, Any]]) -> int:
    """How many seats a plan has."""
    return sum(len(block["rows"]) * block["seats_per_row"] for block in blocks)
