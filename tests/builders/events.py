"""Events and what is said about them, with fresh names."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from event_service.services.event_record import EventContent, NewVenue


def a_venue(**changes: Any) -> dict[str, Any]:
    """A venue that no other test has."""
    name = f"Hall of {uuid.uuid4()}"
    return {"name": name, "address": "1 Stadium Drive, Singapore", **changes}


def a_draft(**changes: Any) -> dict[str, Any]:
    """The body of `PUT /events/{event_id}`."""
    draft = {
        "name": f"Concert {uuid.uuid4()}",
        "type": "CONCERT",
        "description": "Three hours of songs.\nAnd one more.",
        "hall_id": "HALL-A",
        "event_date": "2026-06-15T19:00:00Z",
        "pricing_tiers": {"CAT1": "350.00", "CAT2": "200.00"},
        "total_seats": 200,
    }
    if "venue_id" not in changes:
        draft["venue"] = a_venue()
    return {**draft, **changes}


def some_content(**changes: Any) -> EventContent:
    """The same as the service's own argument, without the venue."""
    content: dict[str, Any] = {
        "name": "Concert",
        "type": "CONCERT",
        "description": None,
        "hall_id": "HALL-A",
        "event_date": datetime(2026, 6, 15, 19, tzinfo=UTC),
        "total_seats": 200,
        "pricing_tiers": {"CAT1": "350.00"},
    }
    return EventContent(**{**content, **changes})


def some_venue() -> NewVenue:
    """A venue that no other test has."""
    return NewVenue(**a_venue())
