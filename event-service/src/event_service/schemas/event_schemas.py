"""What events look like on the wire."""

from __future__ import annotations

from datetime import time
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from event_service.models import EventStatus
from event_service.models.venue import NAME_LENGTH_MAX
from event_service.schemas.fields import Line, Moment, Price, SpanBound

_TYPE_LENGTH_MAX = 50
_DESCRIPTION_LENGTH_MAX = 5_000
_HALL_LENGTH_MAX = 20
_CATEGORY_LENGTH_MAX = 20
_CATEGORIES_MAX = 50
_SEATS_MAX = 50_000
# Far beyond any list, and its offset is still a number that PostgreSQL takes.
_PAGE_MAX = 1_000_000
_PAGE_SIZE_MAX = 100


class NewVenueSchema(Schema):
    """A venue to be found by name and address, or else made."""

    venue_id = fields.UUID()
    name = Line(NAME_LENGTH_MAX, required=True)
    address = Line(NAME_LENGTH_MAX, required=True)


class DraftRequestSchema(Schema):
    """`PUT /events/{event_id}`."""

    name = Line(NAME_LENGTH_MAX, required=True)
    type = Line(_TYPE_LENGTH_MAX, load_default=None)
    description = fields.String(
        load_default=None, validate=validate.Length(max=_DESCRIPTION_LENGTH_MAX)
    )
    venue = fields.Nested(NewVenueSchema)
    venue_id = fields.UUID()
    hall_id = Line(_HALL_LENGTH_MAX, required=True)
    event_date = Moment(required=True)
    pricing_tiers = fields.Dict(
        keys=Line(_CATEGORY_LENGTH_MAX),
        values=Price(),
        required=True,
        validate=validate.Length(1, _CATEGORIES_MAX),
    )
    total_seats = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, _SEATS_MAX)
    )

    @validates_schema
    def check_venue(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a draft with two venues, or with none."""
        if ("venue" in data) == ("venue_id" in data):
            raise ValidationError("Give either venue or venue_id.", "venue")


class VenueSchema(Schema):
    """A venue as it stands."""

    venue_id = fields.UUID()
    name = fields.String()
    address = fields.String()


class CatalogueEntrySchema(Schema):
    """An event as the catalogue shows it."""

    event_id = fields.UUID()
    name = fields.String(attribute="content.name")
    type = fields.String(attribute="content.type", allow_none=True)
    venue = fields.Nested(VenueSchema)
    hall_id = fields.String(attribute="content.hall_id")
    event_date = Moment(attribute="content.event_date")
    total_seats = fields.Integer(attribute="content.total_seats")
    pricing_tiers = fields.Dict(
        keys=fields.String(),
        values=Price(),
        attribute="content.pricing_tiers",
    )
    status = fields.Enum(EventStatus, by_value=True)


class EventResponseSchema(CatalogueEntrySchema):
    """An event with all that is known of it."""

    description = fields.String(attribute="content.description", allow_none=True)


class DiscardResponseSchema(Schema):
    """What became of an event that was to be given up."""

    outcome = fields.Enum(EventStatus, by_value=True)


class CatalogueQuerySchema(Schema):
    """Filters of `GET /events`."""

    q = fields.String(validate=validate.Length(max=NAME_LENGTH_MAX))
    begins_at = SpanBound(of_day=time.min, data_key="from")
    ends_at = SpanBound(of_day=time.max, data_key="to")
    venue_id = fields.UUID()
    type = fields.String(validate=validate.Length(max=_TYPE_LENGTH_MAX))
    page = fields.Integer(load_default=1, validate=validate.Range(1, _PAGE_MAX))
    page_size = fields.Integer(
        load_default=20, validate=validate.Range(1, _PAGE_SIZE_MAX)
    )


class PaginationSchema(Schema):
    """Where in a list a page is."""

    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()
    next_page = fields.Integer(allow_none=True)


class CatalogueResponseSchema(Schema):
    """A page of the catalogue, in the order of the dates."""

    data = fields.List(fields.Nested(CatalogueEntrySchema))
    pagination = fields.Nested(PaginationSchema)
