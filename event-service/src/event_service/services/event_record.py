"""An event as it is drafted and as it is answered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from event_service.models import EventStatus


@dataclass(frozen=True, slots=True)
class VenueRecord:
    """A venue as it stands."""

    venue_id: uuid.UUID
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class NewVenue:
    """A venue to be found, or else made, under this id if one is given."""

    name: str
    address: str
    venue_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class EventContent:
    """What a draft says, but for its venue."""

    name: str
    type: str | None
    description: str | None
    hall_id: str
    event_date: datetime
    total_seats: int
    pricing_tiers: dict[str, str]


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event as it stands."""

    event_id: uuid.UUID
    content: EventContent
    venue: VenueRecord
    status: EventStatus

    def has_content_of(self, content: EventContent, venue_id: uuid.UUID) -> bool:
        """Whether it was drafted by this very request."""
        return self.content == content and self.venue.venue_id == venue_id


def record_of(row: Row[Any]) -> EventRecord:
    """The event in a row with the columns of GET_EVENT."""
    return EventRecord(
        event_id=row.event_id,
        content=EventContent(
            name=row.name,
            type=row.type,
            description=row.description,
            hall_id=row.hall_id,
            event_date=row.event_date,
            total_seats=row.total_seats,
            pricing_tiers=row.pricing_tiers,
        ),
        venue=VenueRecord(row.venue_id, row.venue_name, row.venue_address),
        status=EventStatus(row.status),
    )
