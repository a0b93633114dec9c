"""Calls for one event, or one venue, at the same moment: exactly one outcome."""

from __future__ import annotations

import uuid
from functools import partial

from sqlalchemy import text

from builders.events import some_content, some_venue
from event_service.models import EventStatus
from event_service.services.event_record import EventRecord, NewVenue
from event_service.services.event_service import EventService
from service_common.db import Database
from service_common.errors import AppError
from support.races import after, race

ROUNDS = 25
RACERS = 6


def _code(outcome: object) -> str:
    if isinstance(outcome, AppError):
        return outcome.code
    if isinstance(outcome, Exception):
        raise outcome
    return "OK"


def test_event_drafted_while_it_is_given_up_is_discarded_in_the_end(
    events: EventService,
) -> None:
    for _ in range(ROUNDS):
        event_id, venue = uuid.uuid4(), some_venue()

        drafted, outcome = race(
            partial(events.draft_event, event_id, some_content(), venue),
            partial(events.discard_event, event_id),
        )

        assert outcome is EventStatus.DISCARDED
        assert _code(drafted) in ("OK", "EVENT_DISCARDED")
        assert events.discard_event(event_id) is EventStatus.DISCARDED


def test_event_published_while_it_is_given_up_has_one_of_both_ends(
    events: EventService,
) -> None:
    seen = set()
    for lead in range(ROUNDS):
        event_id = uuid.uuid4()
        events.draft_event(event_id, some_content(), some_venue())
        read = partial(events.get_event, event_id)

        published, outcome = race(
            partial(events.publish_event, event_id),
            partial(after, lead % 6, read, partial(events.discard_event, event_id)),
        )

        seen.add((_code(published), outcome, events.get_event(event_id).status))
    assert seen == {
        ("OK", EventStatus.PUBLISHED, EventStatus.PUBLISHED),
        ("EVENT_DISCARDED", EventStatus.DISCARDED, EventStatus.DISCARDED),
    }


def test_same_draft_many_times_at_once_is_made_once_with_one_venue(
    events: EventService, database: Database
) -> None:
    for _ in range(ROUNDS):
        event_id, venue = uuid.uuid4(), some_venue()
        draft = partial(events.draft_event, event_id, some_content(), venue)

        outcomes = race(*[draft] * RACERS)

        assert sorted(made for _, made in outcomes) == [False] * (RACERS - 1) + [True]
        assert len({record.venue for record, _ in outcomes}) == 1
        assert _venues(database, venue) == 1


def test_two_contents_under_one_event_id_leave_one_event(events: EventService) -> None:
    for _ in range(ROUNDS):
        event_id, venue = uuid.uuid4(), some_venue()

        outcomes = race(
            partial(events.draft_event, event_id, some_content(), venue),
            partial(events.draft_event, event_id, some_content(total_seats=7), venue),
        )

        assert sorted(map(_code, outcomes)) == ["EVENT_ID_REUSED", "OK"]


def test_venue_of_many_drafts_at_once_is_made_once(
    events: EventService, database: Database
) -> None:
    for _ in range(ROUNDS):
        place = some_venue()
        # Each of them brings an id of its own, as a caller who makes the ids does.
        venues = [
            NewVenue(place.name, place.address, uuid.uuid4()) for _ in range(RACERS)
        ]

        outcomes = race(
            *[
                partial(events.draft_event, uuid.uuid4(), some_content(), venue)
                for venue in venues
            ]
        )

        assert set(map(_code, outcomes)) == {"OK"}
        assert len({record.venue.venue_id for record, _ in outcomes}) == 1
        assert _venues(database, place) == 1


def test_many_publications_at_once_are_one(events: EventService) -> None:
    for _ in range(ROUNDS):
        event_id = uuid.uuid4()
        events.draft_event(event_id, some_content(), some_venue())

        outcomes = race(*[partial(events.publish_event, event_id)] * RACERS)

        assert all(isinstance(outcome, EventRecord) for outcome in outcomes)
        assert {outcome.status for outcome in outcomes} == {EventStatus.PUBLISHED}


def _venues(database: Database, venue: NewVenue) -> int:
    with database.statement() as connection:
        count: int = connection.execute(
            text("SELECT count(*) FROM venues WHERE name = :name"),
            {"name": venue.name},
        ).scalar_one()
    return count
