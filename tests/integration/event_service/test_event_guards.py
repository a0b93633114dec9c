"""The races again with a guard out: each has to be seen going wrong."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from builders.events import some_content, some_venue
from event_service.models import EventStatus
from event_service.services import event_service as moves
from event_service.services.event_service import EventService
from event_service.services.invariant_service import InvariantService
from service_common.db import Database, DatabaseSettings, migrate
from support.races import race

SERVICE_FOLDER = Path(__file__).parents[3] / "event-service"
ROUNDS_MAX = 100


@pytest.fixture(scope="module")
def unguarded(
    make_database: Callable[[str], DatabaseSettings],
) -> Iterator[Database]:
    settings = make_database("events_unguarded")
    migrate(settings, SERVICE_FOLDER)
    database = Database(settings, pool_size=4, application_name="event-guards")
    with database.statement() as connection:
        connection.execute(
            text("ALTER TABLE venues DROP CONSTRAINT uq_venues_name_address")
        )
    yield database
    database.dispose()


@pytest.fixture
def events(unguarded: Database) -> EventService:
    return EventService(unguarded)


def _without(monkeypatch: pytest.MonkeyPatch, statement: str, guard: str) -> None:
    sql = getattr(moves, statement).text
    assert guard in sql
    monkeypatch.setattr(moves, statement, text(sql.replace(guard, "")))


def _eventually(damage: Callable[[], bool]) -> bool:
    return any(damage() for _ in range(ROUNDS_MAX))


def test_publication_without_lock_and_compare_publishes_what_was_given_up(
    events: EventService, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without(monkeypatch, "LOCK_EVENT", " FOR UPDATE")
    _without(monkeypatch, "PUBLISH_EVENT", " AND status = 'DRAFT'")

    def published_though_discarded() -> bool:
        event_id = uuid.uuid4()
        events.draft_event(event_id, some_content(), some_venue())
        published, outcome = race(
            partial(events.publish_event, event_id),
            partial(events.discard_event, event_id),
        )
        return outcome is EventStatus.DISCARDED and not isinstance(published, Exception)

    assert _eventually(published_though_discarded)


def test_venue_without_its_unique_constraint_is_made_twice_and_the_invariants_tell(
    unguarded: Database, events: EventService
) -> None:
    def made_twice() -> bool:
        venue = some_venue()
        outcomes = race(
            *[
                partial(events.draft_event, uuid.uuid4(), some_content(), venue)
                for _ in range(4)
            ]
        )
        return len({record.venue.venue_id for record, _ in outcomes}) > 1

    assert _eventually(made_twice)
    broken = [v.name for v in InvariantService(unguarded).judge() if not v.holds]
    assert broken == ["venue_is_written_once"]
