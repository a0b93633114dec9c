"""`python -m orchestrator_service.demo_data`: the events of the demonstration.

The same ids at every load; loading twice changes nothing, since the publication saga
of an event runs once.
"""

from __future__ import annotations

import string
import sys
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from orchestrator_service.orchestrators.publication_orchestrator import (
    PublicationOrchestrator,
)
from orchestrator_service.routes.catalogue_routes import event_details
from orchestrator_service.saga_wiring import build_clients, build_sagas
from orchestrator_service.settings import Settings
from service_common.db import Database
from service_common.logs import configure_logging
from service_common.settings import load_or_exit

_NAMESPACE = uuid.UUID("6f1c1f0e-6b0c-5b0e-9a55-7d1f6c2f3a10")
_VENUE = {"name": "Singapore Sports Hub", "address": "1 Stadium Drive, Singapore"}


def demo_event_id(name: str) -> str:
    """The id that the event of this name always has."""
    return str(uuid.uuid5(_NAMESPACE, name))


def demo_events(today: datetime) -> list[dict[str, Any]]:
    """The three events; two are ahead, one is over."""
    letters = list(string.ascii_uppercase)
    return [
        {
            "name": "Taylor Swift Eras Tour SG",
            "description": "Three hours through seventeen years of songs.",
            "venue": _VENUE,
            "hall_id": "HALL-A",
            "event_date": today + timedelta(days=90),
            "pricing_tiers": {"CAT1": Decimal("350.00"), "CAT2": Decimal("200.00")},
            "seat_map": [
                {"category": "CAT1", "rows": letters[:5], "seats_per_row": 20},
                {"category": "CAT2", "rows": letters[5:10], "seats_per_row": 20},
            ],
        },
        {
            "name": "Symphony Under the Stars",
            "description": "An evening in the open, 2,000 seats at one price.",
            "venue": _VENUE,
            "hall_id": "HALL-B",
            "event_date": today + timedelta(days=120),
            "pricing_tiers": {"OPEN": Decimal("20.00")},
            "seat_map": [
                {"category": "OPEN", "rows": letters[:25], "seats_per_row": 80}
            ],
        },
        {
            "name": "Yesterday's Show",
            "description": "Over: its seats cannot be had any more.",
            "venue": _VENUE,
            "hall_id": "HALL-A",
            "event_date": today - timedelta(days=1),
            "pricing_tiers": {"CAT1": Decimal("50.00")},
            "seat_map": [{"category": "CAT1", "rows": ["A"], "seats_per_row": 10}],
        },
    ]


def main() -> None:
    """Publish what is not there yet."""
    settings = load_or_exit(Settings.from_env)
    configure_logging("orchestrator-demo-data", settings.log_level)
    database = Database(settings.database, pool_size=1, application_name="demo-data")
    sagas = build_sagas(
        database, build_clients(settings), deadline_s=settings.saga_deadline_s
    )
    publications = PublicationOrchestrator(sagas.engine, sagas.publication)
    evening = datetime.now(UTC).replace(hour=11, minute=0, second=0, microsecond=0)
    for event in demo_events(evening):
        publications.publish_event(
            event_details(event), event["seat_map"], demo_event_id(event["name"])
        )
    sys.stdout.write("demo events are there\n")


if __name__ == "__main__":
    main()
