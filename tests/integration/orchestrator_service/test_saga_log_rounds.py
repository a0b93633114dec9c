"""STARTs and ENDs that come together are written as each would be by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from orchestrator_service.saga.log import Reason, SagaRecord, SagaState
from saga_simulator.logs_under_test import (
    SERVICE_FOLDER,
    PostgresUnderTest,
    new_saga,
)
from service_common.db import Database, DatabaseSettings, migrate
from support.races import race
from support.sent_statements import Sent, sent_statements

MANY = 24
REASON = Reason("NO", "No.", 409)


@pytest.fixture(scope="module")
def database(make_database: Callable[[str], DatabaseSettings]) -> Iterator[Database]:
    settings = make_database("sagas_db")
    migrate(settings, SERVICE_FOLDER)
    database = Database(settings, pool_size=MANY, application_name="rounds")
    yield database
    database.dispose()


@pytest.fixture
def it(database: Database) -> PostgresUnderTest:
    return PostgresUnderTest(database)


@pytest.fixture
def sent(database: Database) -> Iterator[list[Sent]]:
    """The statements that go to the database meanwhile."""
    with sent_statements(database) as statements:
        yield statements


def _start_many(it: PostgresUnderTest, count: int = MANY) -> list[SagaRecord]:
    sagas = [new_saga(f"order-{number}") for number in range(count)]
    records = race(*(lambda new=new: it.log.start(new) for new in sagas))
    assert [record.saga_id for record in records] == [new.saga_id for new in sagas]
    return records


def test_sagas_that_start_at_once_share_statements_and_keep_what_is_theirs(
    it: PostgresUnderTest, sent: list[Sent]
) -> None:
    records = _start_many(it)

    assert len(sent) < MANY, "nothing was written together"
    for number, record in enumerate(records):
        assert record.subject == f"order-{number}"
        assert it.log.get(record.saga_id) == record


def test_of_two_sagas_for_one_order_in_a_round_one_starts(
    it: PostgresUnderTest,
) -> None:
    sagas = [new_saga(f"order-{number // 2}") for number in range(MANY)]

    records = race(*(lambda new=new: it.log.start(new) for new in sagas))

    started = [record.subject for record in records if record is not None]
    assert sorted(started) == sorted({new.subject for new in sagas})


def test_id_that_is_taken_starts_nothing_and_spoils_no_neighbour(
    it: PostgresUnderTest,
) -> None:
    taken = new_saga("taken")
    assert it.log.start(taken) is not None
    sagas = [replace(taken, subject="another"), *(new_saga(f"o-{n}") for n in range(8))]

    first, *others = race(*(lambda new=new: it.log.start(new) for new in sagas))

    assert first is None
    assert None not in others


def test_what_cannot_be_stored_fails_alone(it: PostgresUnderTest) -> None:
    bad = new_saga("bad", data={"text": "\0"})
    sagas = [bad, *(new_saga(f"order-{number}") for number in range(8))]

    first, *others = race(*(lambda new=new: _try(it.log.start, new) for new in sagas))

    assert isinstance(first, Exception)
    assert all(isinstance(record, SagaRecord) for record in others)


def test_ends_that_come_at_once_are_each_their_own(
    it: PostgresUnderTest, sent: list[Sent]
) -> None:
    records = _start_many(it)
    sent.clear()

    def end(number: int, record: SagaRecord) -> bool:
        if number % 2:
            return it.log.finish(record, SagaState.FAILED, [], REASON)
        return it.log.finish(record, SagaState.DONE, [], None)

    ends = race(*(lambda n=n, r=r: end(n, r) for n, r in enumerate(records)))

    assert ends == [True] * MANY
    assert len(sent) < MANY, "nothing was written together"
    for number, record in enumerate(records):
        written = it.log.get(record.saga_id)
        assert written is not None
        assert written.state is (SagaState.FAILED if number % 2 else SagaState.DONE)
        assert written.reason == (REASON if number % 2 else None)


def test_driver_who_was_superseded_ends_nothing_in_a_round(
    it: PostgresUnderTest,
) -> None:
    records = _start_many(it)
    stale = [replace(record, epoch=record.epoch - 1) for record in records]
    moved = [replace(record, state=SagaState.ABORTING) for record in records]

    for late in (stale, moved):
        ends = race(
            *(lambda r=r: it.log.finish(r, SagaState.DONE, [], None) for r in late)
        )

        assert ends == [False] * MANY
    assert {it.log.get(record.saga_id).state for record in records} == {  # type: ignore[union-attr]
        SagaState.RUNNING
    }


def test_of_two_drivers_in_a_round_one_writes_the_end(it: PostgresUnderTest) -> None:
    records = [*_start_many(it, MANY // 2)] * 2

    ends = race(
        *(lambda r=r: it.log.finish(r, SagaState.DONE, [], None) for r in records)
    )

    assert ends.count(True) == MANY // 2


def _try(write: Callable[..., Any], *what: Any) -> Any:
    try:
        return write(*what)
    except Exception as error:  # noqa: BLE001 - looked at by the test
        return error
