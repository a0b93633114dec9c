"""The tables of events_db."""

from event_service.models.event import Event, EventStatus
from event_service.models.venue import Venue

__all__ = ["Event", "EventStatus", "Venue"]
