"""Builds the event service from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from event_service.services.catalogue_service import CatalogueService
from event_service.services.event_service import EventService
from event_service.services.invariant_service import InvariantService
from event_service.settings import Settings
from service_common.db import Database


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything that lives as long as the process."""

    database: Database
    events: EventService
    catalogue: CatalogueService
    invariants: InvariantService


def wire(settings: Settings) -> Wiring:
    """Build the services; nothing connects before the first request."""
    database = Database(
        settings.database,
        pool_size=settings.server.threads,
        application_name="event-service",
    )
    return Wiring(
        database=database,
        events=EventService(database),
        catalogue=CatalogueService(database),
        invariants=InvariantService(database),
    )
