"""The tables of events_db: what they refuse to hold."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from builders.events import some_content, some_venue
from event_service.services.event_service import EventService
from event_service.services.invariant_service import InvariantService
from service_common.db import Database, DatabaseSettings, constraint_name, migrate

SERVICE_FOLDER = Path(__file__).parents[3] / "event-service"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("hall_id = NULL", "ck_events_complete_unless_discarded"),
        ("pricing_tiers = NULL", "ck_events_complete_unless_discarded"),
        ("status = 'PUBLISHED'", "ck_events_published_at_a_time"),
        ("published_at = now()", "ck_events_published_at_a_time"),
        ("total_seats = 0", "ck_events_total_seats_bounded"),
        ("pricing_tiers = '[]'", "ck_events_pricing_tiers_is_an_object"),
        ("venue_id = gen_random_uuid()", "fk_events_venue_id"),
    ],
)
def test_database_refuses_an_event_that_contradicts_itself(
    database: Database, events: EventService, change: str, constraint: str
) -> None:
    record, _ = events.draft_event(uuid.uuid4(), some_content(), some_venue())

    with pytest.raises(IntegrityError) as refused, database.statement() as connection:
        connection.execute(
            text(f"UPDATE events SET {change} WHERE event_id = :id"),  # noqa: S608
            {"id": record.event_id},
        )

    assert constraint_name(refused.value) == constraint


@pytest.fixture(scope="module")
def unconstrained(
    make_database: Callable[[str], DatabaseSettings],
) -> Iterator[Database]:
    """A database that would let anything in."""
    settings = make_database("events_unconstrained")
    migrate(settings, SERVICE_FOLDER)
    database = Database(settings, pool_size=2, application_name="event-invariants")
    with database.statement() as connection:
        names = connection.execute(
            text(
                "SELECT conname FROM pg_constraint WHERE contype IN ('c', 'f')"
                "   AND conrelid = CAST('events' AS regclass)"
            )
        ).scalars()
        for name in names.all():
            connection.execute(text(f"ALTER TABLE events DROP CONSTRAINT {name}"))
    yield database
    database.dispose()


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        ("hall_id = NULL", ["event_is_complete_unless_discarded"]),
        ("status = 'PUBLISHED'", ["event_is_published_at_a_time"]),
        ("venue_id = gen_random_uuid()", ["event_takes_place_at_a_venue"]),
        ("""pricing_tiers = '{"CAT1": 350}'""", ["pricing_tiers_are_prices"]),
        ("""pricing_tiers = '{"CAT1": "0.00"}'""", ["pricing_tiers_are_prices"]),
    ],
)
def test_damage_is_seen_and_named(
    unconstrained: Database, damage: str, broken: list[str]
) -> None:
    with unconstrained.statement() as connection:
        connection.execute(text("TRUNCATE events"))
    events = EventService(unconstrained)
    record, _ = events.draft_event(uuid.uuid4(), some_content(), some_venue())
    with unconstrained.statement() as connection:
        connection.exec_driver_sql(f"UPDATE events SET {damage}")  # noqa: S608

    verdicts = [v for v in InvariantService(unconstrained).judge() if not v.holds]

    assert [verdict.name for verdict in verdicts] == broken
    assert verdicts[0].examples == (str(record.event_id),)


def test_invariants_hold_after_every_kind_of_move(
    client: FlaskClient, events: EventService
) -> None:
    published, discarded = uuid.uuid4(), uuid.uuid4()
    for event_id in (published, discarded):
        events.draft_event(event_id, some_content(), some_venue())
    events.publish_event(published)
    events.discard_event(discarded)
    events.discard_event(uuid.uuid4())

    verdicts = client.get("/invariants").get_json()["invariants"]

    assert len(verdicts) == 5
    for verdict in verdicts:
        assert (verdict["holds"], verdict["violations"]) == (True, 0), verdict
        assert verdict["examples"] == []
