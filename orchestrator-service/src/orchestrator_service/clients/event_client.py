"""The event service, over REST, with what does not change kept for a minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestrator_service.refusals import EventNotFound
from service_common.errors import NotFound
from service_common.http_client import JsonClient

QUICK_S = 2.0
CACHE_TTL_S = 60.0
_CACHED_EVENTS_MAX = 1_000
PUBLISHED = "PUBLISHED"


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `document` is the event service's answer, for passing on."""

    event_id: str
    hall_id: str
    event_date: datetime
    status: str
    document: Mapping[str, Any]


class EventClient:
    """One method per remote verb."""

    def __init__(self, http: JsonClient) -> None:
        self._http = http
        self._cache: dict[str, tuple[float, Event]] = {}
        self._lock = threading.Lock()

    def get_published_event(self, event_id: str) -> Event:
        """An event that is on sale or was, at most a minute old; or EventNotFound."""
        known = self.known(event_id)
        if known is not None:
            return known
        event = self._fetch(event_id)
        if event.status != PUBLISHED:
            raise EventNotFound
        with self._lock:
            if len(self._cache) >= _CACHED_EVENTS_MAX:
                self._cache.clear()
            self._cache[event_id] = (time.monotonic() + CACHE_TTL_S, event)
        return event

    def known(self, event_id: str) -> Event | None:
        """The event, if it was read within the last minute; asks nobody."""
        with self._lock:
            until, event = self._cache.get(event_id, (0.0, None))
        return event if time.monotonic() < until else None

    def create_draft(
        self, event_id: str, details: Mapping[str, Any], timeout_s: float
    ) -> None:
        """Write the event as DRAFT; a repeat changes nothing."""
        self._http.put(
            f"/events/{event_id}", details, timeout_s=timeout_s, call="create_draft"
        )

    def publish_event(self, event_id: str, timeout_s: float) -> None:
        """DRAFT → PUBLISHED."""
        self._http.post(
            f"/events/{event_id}/publish", {}, timeout_s=timeout_s, call="publish_event"
        )

    def discard_event(self, event_id: str, timeout_s: float) -> bool:
        """Give a draft up, for good; False when it is already published."""
        answer = self._http.post(
            f"/events/{event_id}/discard", {}, timeout_s=timeout_s, call="discard_event"
        )
        return bool(answer["outcome"] == "DISCARDED")

    def _fetch(self, event_id: str) -> Event:
        try:
            document = self._http.get(
                f"/events/{event_id}", timeout_s=QUICK_S, call="get_event"
            )
        except NotFound:
            raise EventNotFound from None
        return Event(
            event_id=document["event_id"],
            hall_id=document["hall_id"],
            event_date=datetime.fromisoformat(document["event_date"]),
            status=document["status"],
            document=document,
        )
