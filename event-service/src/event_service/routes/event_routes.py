"""`/events/{event_id}`: the moves of one event, for the orchestrator."""

from __future__ import annotations

import uuid
from typing import Any

from event_service.models import EventStatus
from event_service.schemas.event_schemas import (
    DiscardResponseSchema,
    DraftRequestSchema,
    EventResponseSchema,
)
from event_service.services.event_record import EventContent, EventRecord, NewVenue
from event_service.services.event_service import EventService
from service_common.access import internal
from service_common.http_json import Blueprint, path_uuid


def event_blueprint(events: EventService) -> Blueprint:
    """The routes that draft, publish, discard and read one event."""
    bp = Blueprint("events", __name__, description="One event")

    @bp.get("/events/<event_id>")
    @internal
    @bp.response(200, EventResponseSchema)
    def get_event(event_id: str) -> EventRecord:
        """One event, whatever its status."""
        return events.get_event(_event_id(event_id))

    @bp.put("/events/<event_id>")
    @internal
    @bp.arguments(DraftRequestSchema)
    @bp.response(201, EventResponseSchema)
    def draft_event(body: dict[str, Any], event_id: str) -> tuple[EventRecord, int]:
        """Write the draft; a repeat answers 200 with the event as it stands."""
        venue = _venue(body)
        record, made = events.draft_event(
            _event_id(event_id), EventContent(**body), venue
        )
        return record, 201 if made else 200

    @bp.post("/events/<event_id>/publish")
    @internal
    @bp.response(200, EventResponseSchema)
    def publish_event(event_id: str) -> EventRecord:
        """DRAFT → PUBLISHED, once."""
        return events.publish_event(_event_id(event_id))

    @bp.post("/events/<event_id>/discard")
    @internal
    @bp.response(200, DiscardResponseSchema)
    def discard_event(event_id: str) -> dict[str, EventStatus]:
        """DRAFT or unknown → DISCARDED, for good; or tell that it is PUBLISHED."""
        return {"outcome": events.discard_event(_event_id(event_id))}

    return bp


def _event_id(raw: str) -> uuid.UUID:
    return path_uuid(raw, "EVENT_NOT_FOUND", "event")


def _venue(body: dict[str, Any]) -> NewVenue | uuid.UUID:
    """Take the venue out of the body, in the one form or the other."""
    if "venue" in body:
        return NewVenue(**body.pop("venue"))
    known: uuid.UUID = body.pop("venue_id")
    return known
