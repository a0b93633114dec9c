"""The catalogue: what is on sale or was."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from event_service.models import Event, EventStatus, Venue
from event_service.services.event_record import EventRecord, record_of
from service_common.db import Database


@dataclass(frozen=True, slots=True)
class CatalogueFilter:
    """Which events are asked for; None means all. Both ends belong to the span."""

    q: str | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    venue_id: uuid.UUID | None = None
    type: str | None = None


class CatalogueService:
    """Published events, read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_events(
        self, wanted: CatalogueFilter, *, page: int, page_size: int
    ) -> tuple[list[EventRecord], int]:
        """One page in the order of their dates, and how many there are in all."""
        matching = _matching(wanted)
        one_page = (
            matching.order_by(Event.event_date, Event.event_id)
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        count = select(func.count()).select_from(matching.subquery())
        with self._database.statement() as connection:
            total = connection.execute(count).scalar_one()
            rows = connection.execute(one_page).all()
        return [record_of(row) for row in rows], total


def _matching(wanted: CatalogueFilter) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            Event.event_id,
            Event.name,
            Event.type,
            Event.description,
            Event.hall_id,
            Event.event_date,
            Event.total_seats,
            Event.pricing_tiers,
            Event.status,
            Venue.venue_id,
            Venue.name.label("venue_name"),
            Venue.address.label("venue_address"),
        )
        .join(Venue, Venue.venue_id == Event.venue_id)
        .where(Event.status == EventStatus.PUBLISHED)
    )
    if wanted.q is not None:
        query = query.where(Event.name.icontains(wanted.q, autoescape=True))
    if wanted.begins_at is not None:
        query = query.where(Event.event_date >= wanted.begins_at)
    if wanted.ends_at is not None:
        query = query.where(Event.event_date <= wanted.ends_at)
    if wanted.venue_id is not None:
        query = query.where(Event.venue_id == wanted.venue_id)
    if wanted.type is not None:
        query = query.where(Event.type == wanted.type)
    return query
