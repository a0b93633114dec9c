"""Events are drafted, published and discarded here; every call may be repeated."""

from __future__ import annotations

import uuid
from dataclasses import asdict

import structlog
from sqlalchemy import Connection

from event_service.models import EventStatus
from event_service.models.event_statements import (
    ADD_DRAFT,
    ADD_VENUE,
    DISCARD_EVENT,
    FIND_VENUE,
    GET_EVENT,
    LOCK_EVENT,
    PUBLISH_EVENT,
    VENUE_EXISTS,
)
from event_service.services.event_record import (
    EventContent,
    EventRecord,
    NewVenue,
    record_of,
)
from service_common.db import Database
from service_common.errors import Conflict, NotFound, Unprocessable

log = structlog.get_logger()


class EventService:
    """The three moves of an event, and its reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def draft_event(
        self, event_id: uuid.UUID, content: EventContent, venue: NewVenue | uuid.UUID
    ) -> tuple[EventRecord, bool]:
        """Write a DRAFT; the second value tells whether this call made it.

        One transaction: where the event is refused, no venue is left behind either.
        """
        with self._database.transaction() as connection:
            venue_id = _settle_venue(connection, venue)
            parameters = {"event_id": event_id, "venue_id": venue_id}
            made = connection.execute(ADD_DRAFT, {**parameters, **asdict(content)})
            status = connection.execute(LOCK_EVENT, parameters).scalar_one()
            if status == EventStatus.DISCARDED:
                raise _event_discarded()
            record = record_of(connection.execute(GET_EVENT, parameters).one())
            if not record.has_content_of(content, venue_id):
                raise _event_id_reused()
        if made.rowcount:
            log.info("event_drafted", event_id=str(event_id))
        return record, bool(made.rowcount)

    def publish_event(self, event_id: uuid.UUID) -> EventRecord:
        """DRAFT → PUBLISHED, once."""
        parameters = {"event_id": event_id}
        with self._database.transaction() as connection:
            status = connection.execute(LOCK_EVENT, parameters).scalar()
            if status is None:
                raise _event_not_found()
            if status == EventStatus.DISCARDED:
                raise _event_discarded()
            moved = connection.execute(PUBLISH_EVENT, parameters).rowcount
            record = record_of(connection.execute(GET_EVENT, parameters).one())
        if moved:
            log.info("event_published", event_id=str(event_id))
        return record

    def discard_event(self, event_id: uuid.UUID) -> EventStatus:
        """DRAFT or unknown → DISCARDED; PUBLISHED where it came too late."""
        with self._database.statement() as connection:
            status = connection.execute(
                DISCARD_EVENT, {"event_id": event_id}
            ).scalar_one()
        log.info("event_discard_judged", event_id=str(event_id), outcome=status)
        return EventStatus(status)

    def get_event(self, event_id: uuid.UUID) -> EventRecord:
        """The event, whatever its status; a tombstone without content is none."""
        with self._database.statement() as connection:
            row = connection.execute(GET_EVENT, {"event_id": event_id}).first()
        if row is None:
            raise _event_not_found()
        return record_of(row)


def _settle_venue(connection: Connection, venue: NewVenue | uuid.UUID) -> uuid.UUID:
    """The id of the venue that is meant, which exists from here on."""
    if isinstance(venue, uuid.UUID):
        if connection.execute(VENUE_EXISTS, {"venue_id": venue}).first() is None:
            raise NotFound("There is no such venue.", code="VENUE_NOT_FOUND")
        return venue
    place = {"name": venue.name, "address": venue.address}
    known: uuid.UUID | None = connection.execute(FIND_VENUE, place).scalar()
    if known is not None:
        return known
    offered = venue.venue_id or uuid.uuid4()
    connection.execute(ADD_VENUE, {**place, "venue_id": offered})
    # What another transaction has written meanwhile is visible to a new statement.
    settled: uuid.UUID | None = connection.execute(FIND_VENUE, place).scalar()
    if settled is None:
        raise Unprocessable(
            "The venue_id belongs to another venue.", code="VENUE_ID_REUSED"
        )
    return settled


def _event_not_found() -> NotFound:
    return NotFound("There is no such event.", code="EVENT_NOT_FOUND")


def _event_discarded() -> Conflict:
    return Conflict("The event has been given up.", code="EVENT_DISCARDED")


def _event_id_reused() -> Unprocessable:
    return Unprocessable(
        "The event_id belongs to an event with other content.", code="EVENT_ID_REUSED"
    )
