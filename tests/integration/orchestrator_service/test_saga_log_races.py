"""The saga log in PostgreSQL when many want the same saga at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from local_stack import Stack
from orchestrator_service.saga.declaration import Registry
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.log import Reason, SagaRecord, SagaState
from orchestrator_service.saga.postgres_log import PostgresSagaLog
from orchestrator_service.saga.recovery import RecoveryWorker
from orchestrator_service.services.saga_query_service import SagaQueryService
from saga_simulator.logs_under_test import (
    LEASE_S,
    SERVICE_FOLDER,
    PostgresUnderTest,
    new_saga,
)
from saga_simulator.purchase import Purchase
from saga_simulator.scenario import LIMITS, Situation
from saga_simulator.world import DirectWire, World
from service_common.db import Database, DatabaseSettings, migrate
from service_common.errors import Unavailable
from support.full_disk import FullDisk
from support.races import race
from support.sent_statements import sent_statements

THREADS = 32
WORKERS = 8
SAGAS = 3000
REASON = Reason("NO", "No.", 409)


@pytest.fixture(scope="module")
def settings(make_database: Callable[[str], DatabaseSettings]) -> DatabaseSettings:
    settings = make_database("sagas_db")
    migrate(settings, SERVICE_FOLDER)
    return settings


@pytest.fixture(scope="module")
def database(settings: DatabaseSettings) -> Iterator[Database]:
    database = Database(settings, pool_size=THREADS, application_name="races")
    yield database
    database.dispose()


@pytest.fixture
def it(database: Database) -> PostgresUnderTest:
    return PostgresUnderTest(database)


def test_of_32_starts_for_one_subject_one_wins_and_the_others_find_it(
    it: PostgresUnderTest,
) -> None:
    for _ in range(20):
        it.execute("TRUNCATE sagas")

        records = race(*[lambda: it.log.start(new_saga())] * THREADS)

        (winner,) = [record for record in records if record is not None]
        current = it.log.find_current("sale", "subject-1")
        assert current is not None
        assert current.saga_id == winner.saga_id


def test_without_the_unique_index_more_than_one_start_wins(
    it: PostgresUnderTest, database: Database
) -> None:
    """The race is real: where nothing guards the subject, several get through."""
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE unguarded (subject text)"))
    start = text(
        "INSERT INTO unguarded SELECT 'subject-1' WHERE NOT EXISTS"
        " (SELECT FROM unguarded WHERE subject = 'subject-1')"
    )

    def start_unguarded() -> int:
        with database.statement() as connection:
            return connection.execute(start).rowcount

    winners = []
    for _ in range(50):
        winners.append(sum(race(*[start_unguarded] * THREADS)))
        it.execute("TRUNCATE unguarded")
    it.execute("DROP TABLE unguarded")

    assert max(winners) > 1


def test_takeover_by_many_workers_hands_each_saga_to_exactly_one(
    it: PostgresUnderTest,
) -> None:
    it.insert_abandoned(SAGAS)

    def work() -> list[str]:
        mine = []
        while taken := it.log.take_over("worker", LEASE_S, 7):
            for record in taken:
                assert it.log.finish(record, SagaState.DONE, [], None)
                mine.append(record.saga_id)
        return mine

    hauls = race(*[work] * WORKERS)

    taken = Counter(saga_id for haul in hauls for saga_id in haul)
    assert len(taken) == SAGAS
    assert set(taken.values()) == {1}
    assert sum(bool(haul) for haul in hauls) == WORKERS


def test_of_many_drivers_whose_leases_run_out_one_writes_the_end(
    it: PostgresUnderTest,
) -> None:
    """Leases of no length: a saga is taken over while others still work on it."""
    it.insert_abandoned(300)
    gate = threading.Barrier(WORKERS, timeout=10)

    def take_all() -> list[SagaRecord]:
        gate.wait()
        return [r for _ in range(3) for r in it.log.take_over("worker", 0.0, 300)]

    taken = [record for haul in race(*[take_all] * WORKERS) for record in haul]
    finished = Counter(
        record.saga_id
        for record in taken
        if it.log.finish(record, SagaState.DONE, [], None)
    )

    assert len(taken) > 300
    assert len(finished) == 300
    assert set(finished.values()) == {1}


def test_takeover_does_not_wait_for_a_saga_that_another_is_just_taking(
    it: PostgresUnderTest, database: Database
) -> None:
    it.insert_abandoned(2)
    with database.transaction() as connection:
        locked = connection.execute(
            text("SELECT saga_id FROM sagas LIMIT 1 FOR UPDATE")
        ).scalar_one()

        (free,) = it.log.take_over("worker", LEASE_S, 10)

    assert free.saga_id != str(locked)


@pytest.mark.parametrize("stuck_from", [SagaState.RUNNING, SagaState.ABORTING])
def test_stuck_saga_that_is_retried_goes_on_where_it_stood(
    it: PostgresUnderTest, database: Database, stuck_from: SagaState
) -> None:
    record = it.log.start(new_saga())
    assert record is not None
    if stuck_from is SagaState.ABORTING:
        it.log.begin_abort(record, REASON)
    it.log.mark_stuck(replace(record, state=stuck_from), [], REASON)

    SagaQueryService(database, Registry()).retry_saga(record.saga_id)
    (taken,) = it.log.take_over("worker", LEASE_S, 10)

    assert (taken.state, taken.epoch) == (stuck_from, 2)


def test_happy_purchase_takes_two_statements(
    it: PostgresUnderTest, database: Database
) -> None:
    purchase = Purchase(World(), Situation.GOOD)
    saga = purchase.declare(DirectWire())
    engine = Engine(it.log, Registry(saga), owner="engine", limits=LIMITS)

    with sent_statements(database) as sent:
        result = engine.run(saga, subject="order-1", data=purchase.data())

    assert result.state is SagaState.DONE
    # START and END; both are prepared, so that is all that is sent.
    assert [one.text.split(maxsplit=1)[0] for one in sent] == ["EXECUTE", "EXECUTE"]
    record = it.log.get(result.saga_id)
    assert record is not None
    assert purchase.violations([record]) == []
    assert [entry.step for entry in record.trace] == [step.name for step in saga.steps]


def test_recovery_worker_finishes_an_abandoned_purchase(it: PostgresUnderTest) -> None:
    purchase = Purchase(World(), Situation.GOOD)
    saga = purchase.declare(DirectWire())
    registry = Registry(saga)
    record = it.log.start(
        new_saga(kind=saga.kind, data=saga.encode(purchase.data()), lease_s=0.0)
    )
    assert record is not None
    worker = RecoveryWorker(
        Engine(it.log, registry, owner="recovery", limits=LIMITS),
        it.log,
        registry,
        owner="recovery",
        limits=LIMITS,
        stop=threading.Event(),
    )

    assert worker.run_once()
    assert not worker.run_once()

    done = it.log.get(record.saga_id)
    assert done is not None
    assert (done.state, done.epoch) == (SagaState.DONE, 2)
    assert purchase.violations([done]) == []


def test_log_that_cannot_be_reached_is_unavailable(settings: DatabaseSettings) -> None:
    nobody_listens = replace(settings, port=1)
    database = Database(nobody_listens, pool_size=1, application_name="nobody")

    with pytest.raises(Unavailable):
        PostgresSagaLog(database).start(new_saga())
    database.dispose()


def test_full_disk_starts_nothing_and_recovery_goes_on_once_there_is_room(
    infrastructure: Stack, settings: DatabaseSettings, it: PostgresUnderTest
) -> None:
    purchase = Purchase(World(), Situation.GOOD)
    saga = purchase.declare(DirectWire())
    registry = Registry(saga)
    engine = Engine(it.log, registry, owner="orchestrator", limits=LIMITS)
    abandoned = it.log.start(
        new_saga(kind=saga.kind, data=saga.encode(purchase.data()), lease_s=0.0)
    )
    worker = RecoveryWorker(
        engine,
        it.log,
        registry,
        owner="recovery",
        limits=LIMITS,
        stop=threading.Event(),
    )
    disk = FullDisk(infrastructure.postgres.superuser_dsn(settings.name), "sagas")

    with disk.full():
        with pytest.raises(Unavailable):
            engine.run(saga, subject="another", data=purchase.data())
        with pytest.raises(Unavailable):
            worker.run_once()
    unwritten = it.log.find_current(saga.kind, "another")
    worker.run_once()

    assert abandoned is not None
    finished = it.log.get(abandoned.saga_id)
    assert finished is not None
    assert (unwritten, finished.state) == (None, SagaState.DONE)
    assert purchase.violations([finished]) == []
