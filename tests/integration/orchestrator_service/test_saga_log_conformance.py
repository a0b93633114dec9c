"""What every saga log does: the one in PostgreSQL, and the one of the simulator.

The simulator's proofs hold for the product as far as both keep to these sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from orchestrator_service.saga.log import (
    Reason,
    SagaLog,
    SagaRecord,
    SagaState,
    TraceEntry,
)
from saga_simulator.logs_under_test import (
    DEADLINE_S,
    LEASE_S,
    SERVICE_FOLDER,
    LogUnderTest,
    MemoryUnderTest,
    PostgresUnderTest,
    new_saga,
)
from service_common.db import Database, DatabaseSettings, migrate

REASON = Reason("NO", "Nein — „so nicht“.", 409, {"short": "50.00", "of": [1, 2]})
ENTRY = TraceEntry("pay", "action", "DONE", 2, "2030-01-01", "2030-01-02", 1, "CODE")

Write = Callable[[SagaLog, SagaRecord], bool]
WRITES: dict[str, Write] = {
    "begin_abort": lambda log, saga: log.begin_abort(saga, REASON),
    "finish": lambda log, saga: log.finish(saga, SagaState.DONE, [ENTRY], None),
    "park": lambda log, saga: log.park(saga, [ENTRY], 1.0),
    "mark_stuck": lambda log, saga: log.mark_stuck(saga, [ENTRY], REASON),
}


@pytest.fixture(scope="module")
def database(
    make_database: Callable[[str], DatabaseSettings],
) -> Iterator[Database]:
    settings = make_database("sagas_db")
    migrate(settings, SERVICE_FOLDER)
    database = Database(settings, pool_size=4, application_name="conformance")
    yield database
    database.dispose()


@pytest.fixture(params=["memory", "postgres"])
def it(request: pytest.FixtureRequest) -> LogUnderTest:
    if request.param == "memory":
        return MemoryUnderTest()
    return PostgresUnderTest(request.getfixturevalue("database"))


def started(it: LogUnderTest, subject: str = "subject-1") -> SagaRecord:
    record = it.log.start(new_saga(subject))
    assert record is not None
    return record


def stored(it: LogUnderTest, record: SagaRecord) -> SagaRecord:
    current = it.log.get(record.saga_id)
    assert current is not None
    return current


def take_one(it: LogUnderTest) -> SagaRecord:
    (record,) = it.log.take_over("second", LEASE_S, 1)
    return record


def test_start_writes_down_a_running_saga_in_its_first_epoch(it: LogUnderTest) -> None:
    new = new_saga()

    record = it.log.start(new)

    assert record is not None
    assert (record.saga_id, record.kind, record.version) == (new.saga_id, "sale", 1)
    assert (record.state, record.epoch, record.attempts) == (SagaState.RUNNING, 1, 1)
    assert record.data == new.data
    assert record.request_id == "request-1"
    assert (record.trace, record.reason, record.finished_at) == ((), None, None)
    assert not record.past_deadline
    assert it.log.get(new.saga_id) == record
    assert it.log.find_current("sale", "subject-1") == record


def test_unknown_saga_is_none(it: LogUnderTest) -> None:
    assert it.log.get(new_saga().saga_id) is None
    assert it.log.find_current("sale", "subject-1") is None


def test_id_of_failed_saga_is_not_started_again(it: LogUnderTest) -> None:
    record = started(it)
    assert it.log.finish(record, SagaState.FAILED, [], REASON)

    again = replace(new_saga(), saga_id=record.saga_id)

    assert it.log.start(again) is None
    assert stored(it, record).state is SagaState.FAILED


@pytest.mark.parametrize("then", ["nothing", "begin_abort", "park", "finish"])
def test_live_or_done_saga_keeps_its_subject(it: LogUnderTest, then: str) -> None:
    record = started(it)
    if then != "nothing":
        assert WRITES[then](it.log, record)

    assert it.log.start(new_saga()) is None
    current = it.log.find_current("sale", "subject-1")
    assert current is not None
    assert current.saga_id == record.saga_id


def test_stuck_saga_keeps_its_subject(it: LogUnderTest) -> None:
    assert WRITES["mark_stuck"](it.log, started(it))

    assert it.log.start(new_saga()) is None


def test_failed_saga_sets_its_subject_free(it: LogUnderTest) -> None:
    first = started(it)
    assert it.log.finish(first, SagaState.FAILED, [], REASON)

    assert it.log.find_current("sale", "subject-1") is None
    second = started(it)
    assert second.saga_id != first.saga_id
    assert stored(it, first).state is SagaState.FAILED


def test_other_kind_may_have_the_same_subject(it: LogUnderTest) -> None:
    started(it)

    assert it.log.start(new_saga(kind="transfer")) is not None


def test_start_repeated_after_a_lost_answer_finds_its_own_saga(
    it: LogUnderTest,
) -> None:
    new = new_saga()
    it.log.start(new)

    assert it.log.start(new) is None
    current = it.log.find_current(new.kind, new.subject)
    assert current is not None
    assert current.saga_id == new.saga_id


def test_aborting_is_written_with_its_reason(it: LogUnderTest) -> None:
    record = started(it)

    assert it.log.begin_abort(record, REASON)

    aborting = stored(it, record)
    assert (aborting.state, aborting.reason) == (SagaState.ABORTING, REASON)
    assert aborting.epoch == 1


def test_end_is_written_with_its_trace_and_time(it: LogUnderTest) -> None:
    record = started(it)

    assert it.log.finish(record, SagaState.DONE, [ENTRY], None)

    done = stored(it, record)
    assert (done.state, done.trace, done.reason) == (SagaState.DONE, (ENTRY,), None)
    assert done.finished_at is not None
    assert done.finished_at >= done.created_at


def test_end_without_a_reason_keeps_the_one_it_was_given_up_for(
    it: LogUnderTest,
) -> None:
    record = started(it)
    it.log.begin_abort(record, REASON)

    aborting = replace(record, state=SagaState.ABORTING)
    assert it.log.finish(aborting, SagaState.FAILED, [], None)

    assert stored(it, record).reason == REASON


def test_saga_that_was_finished_after_all_has_no_reason(it: LogUnderTest) -> None:
    record = started(it)
    it.log.begin_abort(record, REASON)

    aborting = replace(record, state=SagaState.ABORTING)
    assert it.log.finish(aborting, SagaState.DONE, [], REASON)

    assert stored(it, record).reason is None


def test_stuck_saga_keeps_what_it_was_given_up_for(it: LogUnderTest) -> None:
    record = started(it)
    it.log.begin_abort(record, REASON)

    aborting = replace(record, state=SagaState.ABORTING)
    assert it.log.mark_stuck(aborting, [], Reason("OTHER", "Later.", 409))

    assert stored(it, record).reason == REASON


def test_refusal_with_a_nul_is_written_down_all_the_same(it: LogUnderTest) -> None:
    record = started(it)

    assert it.log.begin_abort(record, Reason("NO", "a\0b", 409, {"text": "\0"}))

    assert stored(it, record).state is SagaState.ABORTING


@pytest.mark.parametrize("write", WRITES)
def test_stale_epoch_writes_nothing(it: LogUnderTest, write: str) -> None:
    stale = started(it)
    it.let_pass(LEASE_S + 1)
    fresh = take_one(it)

    assert not WRITES[write](it.log, stale)

    assert stored(it, fresh) == fresh
    assert WRITES[write](it.log, fresh)


@pytest.mark.parametrize("write", WRITES)
def test_driver_that_missed_the_aborting_writes_nothing(
    it: LogUnderTest, write: str
) -> None:
    running = started(it)
    it.log.begin_abort(running, REASON)
    before = stored(it, running)

    assert not WRITES[write](it.log, running)

    assert stored(it, running) == before


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("end", [SagaState.DONE, SagaState.FAILED])
def test_nothing_is_written_after_the_end(
    it: LogUnderTest, end: SagaState, write: str
) -> None:
    record = started(it)
    it.log.finish(record, end, [], REASON)
    before = stored(it, record)

    assert not WRITES[write](it.log, record)

    assert stored(it, record) == before


def test_leased_saga_is_not_taken_over(it: LogUnderTest) -> None:
    started(it)
    it.let_pass(LEASE_S - 1)

    assert it.log.take_over("second", LEASE_S, 10) == []


def test_saga_whose_lease_ran_out_is_taken_over_under_a_new_epoch(
    it: LogUnderTest,
) -> None:
    record = started(it)
    it.let_pass(LEASE_S + 1)

    taken = take_one(it)

    assert taken == replace(record, epoch=2, attempts=2, created_at=taken.created_at)
    assert it.log.take_over("third", LEASE_S, 10) == []
    it.let_pass(LEASE_S + 1)
    assert take_one(it).epoch == 3


def test_parked_saga_is_due_when_its_delay_is_over_and_not_before(
    it: LogUnderTest,
) -> None:
    record = started(it)
    assert it.log.park(record, [ENTRY], 30.0)

    it.let_pass(29.0)
    early = it.log.take_over("second", LEASE_S, 10)
    it.let_pass(2.0)
    taken = take_one(it)

    assert early == []
    assert (taken.state, taken.trace) == (SagaState.RUNNING, (ENTRY,))


def test_parked_aborting_saga_is_taken_over_aborting(it: LogUnderTest) -> None:
    record = started(it)
    it.log.begin_abort(record, REASON)
    it.log.park(replace(record, state=SagaState.ABORTING), [], 0.0)
    it.let_pass(1.0)

    taken = take_one(it)

    assert (taken.state, taken.reason) == (SagaState.ABORTING, REASON)


@pytest.mark.parametrize("end", ["finish", "mark_stuck"])
def test_ended_and_stuck_sagas_are_never_taken_over(it: LogUnderTest, end: str) -> None:
    WRITES[end](it.log, started(it))
    it.let_pass(1000 * DEADLINE_S)

    assert it.log.take_over("second", LEASE_S, 10) == []


def test_stuck_saga_has_its_reason_and_no_end(it: LogUnderTest) -> None:
    record = started(it)
    it.log.mark_stuck(record, [ENTRY], REASON)

    stuck = stored(it, record)
    assert (stuck.state, stuck.reason) == (SagaState.STUCK, REASON)
    assert (stuck.trace, stuck.finished_at) == ((ENTRY,), None)


def test_takeover_takes_the_longest_waiting_up_to_its_limit(it: LogUnderTest) -> None:
    for subject in ("third", "first", "second"):
        started(it, subject)
        it.let_pass(1.0)
    it.let_pass(LEASE_S + 1)

    two = {saga.subject for saga in it.log.take_over("second", LEASE_S, 2)}
    rest = {saga.subject for saga in it.log.take_over("second", LEASE_S, 2)}

    assert (two, rest) == ({"third", "first"}, {"second"})


def test_deadline_passes_while_the_saga_is_live(it: LogUnderTest) -> None:
    record = started(it)

    it.let_pass(DEADLINE_S - 1)
    before = stored(it, record).past_deadline
    it.let_pass(2.0)

    assert (before, stored(it, record).past_deadline) == (False, True)
    assert take_one(it).past_deadline
