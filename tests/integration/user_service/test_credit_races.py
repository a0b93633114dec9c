"""Races of which one side is held open, so that they happen at every run.

The mutated statements prove that the tests would see the race being lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Row, TextClause, text
from sqlalchemy.exc import DBAPIError

from builders.users import a_movement, an_account, balance_of, until_decided
from service_common.db import Database, constraint_name
from service_common.errors import Unavailable
from support.races import race
from user_service.models.credit_ledger import PLATFORM_SALES, user_account
from user_service.models.user import BALANCE_NOT_NEGATIVE
from user_service.services.credit_service import CreditService, Movement, Reversal
from user_service.services.invariant_service import InvariantService
from user_service.services.ledger_statements import MOVE, REVERSE
from user_service.services.refusals import InsufficientCredits

DEADLINE_S = 10.0
POLL_S = 0.005
ROUNDS = 20
RACERS = 8

# What looks like the same statement: the key is taken with DO NOTHING, and when it was
# taken already, the row is read. One after the other it works; in a race the read
# happens in a snapshot from before the charge, and the refund is lost.
REVERSE_THAT_DOES_NOTHING = text(
    REVERSE.text.replace("WITH operation AS", "WITH claimed AS")
    .replace("DO UPDATE SET kind = ledger.kind", "DO NOTHING")
    .replace(
        "), tombstone AS",
        """), operation AS (
            SELECT * FROM claimed UNION ALL
            SELECT operation_key, kind, user_id, amount FROM credit_ledger
             WHERE operation_key = :operation_key AND leg = 1
        ), tombstone AS""",
        1,
    )
)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(RACERS) as threads:
        yield threads


def _deduct(credit: CreditService, charge: Movement) -> Callable[[], Decimal]:
    return lambda: until_decided(lambda: credit.deduct_credits(charge))


def _reverse(credit: CreditService, charge: Movement) -> Callable[[], Reversal]:
    return lambda: until_decided(lambda: credit.reverse_deduct(charge))


def _parameters(movement: Movement) -> dict[str, Any]:
    return {
        "operation_key": movement.operation_key,
        "reversal_key": f"{movement.operation_key}:reversed",
        "user_id": movement.user_id,
        "user_account": user_account(movement.user_id),
        "reference": movement.reference,
        "amount": movement.amount,
        "kind": "DEDUCT",
        "platform_account": PLATFORM_SALES,
        "platform_amount": movement.amount,
    }


def _patiently(
    database: Database, statement: TextClause, movement: Movement
) -> Row[Any] | None:
    """Execute it as one transaction that waits for locks as long as the test lasts."""
    with database.transaction() as connection:
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        return connection.execute(statement, _parameters(movement)).one_or_none()


def _wait_until_somebody_waits_for(database: Database, holder: Connection) -> None:
    process_id = holder.execute(text("SELECT pg_backend_pid()")).scalar_one()
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE :process_id = ANY(pg_blocking_pids(pid))"
    )
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        with database.statement() as connection:
            if connection.execute(waiting, {"process_id": process_id}).scalar_one():
                return
        time.sleep(POLL_S)
    raise AssertionError("nobody waits")


def _while_in_flight(
    database: Database,
    threads: ThreadPoolExecutor,
    charge: Movement,
    action: Callable[[], Any],
) -> Future[Any]:
    """Start the action while the charge is done but not committed, then commit."""
    with database.transaction() as connection:
        connection.execute(MOVE, _parameters(charge))
        started = threads.submit(action)
        _wait_until_somebody_waits_for(database, connection)
    return started


@pytest.mark.usefixtures("everything_adds_up")
def test_reverse_waits_for_its_deduct_in_flight_and_refunds_it(
    database: Database, threads: ThreadPoolExecutor
) -> None:
    buyer = an_account(database, "100.00")
    charge = a_movement(buyer, "30.00")

    reverse = _while_in_flight(
        database, threads, charge, lambda: _patiently(database, REVERSE, charge)
    )

    assert reverse.result().balance_after == Decimal("100.00")
    assert balance_of(database, buyer) == Decimal("100.00")


def test_reverse_with_do_nothing_loses_the_refund_of_a_deduct_in_flight(
    throwaway: Database, threads: ThreadPoolExecutor
) -> None:
    buyer = an_account(throwaway, "100.00")
    done, in_flight = a_movement(buyer, "10.00"), a_movement(buyer, "30.00")
    _patiently(throwaway, MOVE, done)
    _patiently(throwaway, REVERSE_THAT_DOES_NOTHING, done)
    assert balance_of(throwaway, buyer) == Decimal("100.00")

    reverse = _while_in_flight(
        throwaway,
        threads,
        in_flight,
        lambda: _patiently(throwaway, REVERSE_THAT_DOES_NOTHING, in_flight),
    )

    assert reverse.result() is None
    assert balance_of(throwaway, buyer) == Decimal("70.00")


@pytest.mark.usefixtures("everything_adds_up")
def test_reverse_of_a_deduct_that_stays_in_flight_is_undecided_and_can_be_repeated(
    database: Database, credit: CreditService
) -> None:
    buyer = an_account(database, "100.00")
    charge = a_movement(buyer, "30.00")
    with database.transaction() as connection:
        connection.execute(MOVE, _parameters(charge))

        with pytest.raises(Unavailable):
            credit.reverse_deduct(charge)

    assert credit.reverse_deduct(charge).outcome == "REFUNDED"
    assert balance_of(database, buyer) == Decimal("100.00")


@pytest.mark.usefixtures("everything_adds_up")
def test_deduct_waits_for_its_reverse_in_flight_and_moves_nothing(
    database: Database, threads: ThreadPoolExecutor
) -> None:
    buyer = an_account(database, "100.00")
    charge = a_movement(buyer, "30.00")
    with database.transaction() as connection:
        connection.execute(REVERSE, _parameters(charge))
        late = threads.submit(_patiently, database, MOVE, charge)
        _wait_until_somebody_waits_for(database, connection)

    assert late.result() is None
    assert balance_of(database, buyer) == Decimal("100.00")


@pytest.mark.usefixtures("everything_adds_up")
def test_of_two_deducts_that_together_exceed_the_balance_one_wins(
    database: Database, credit: CreditService
) -> None:
    for _ in range(ROUNDS):
        buyer = an_account(database, "100.00")
        charges = [a_movement(buyer, "60.00") for _ in range(2)]

        results = race(*[_deduct(credit, it) for it in charges])

        refused = [each for each in results if isinstance(each, InsufficientCredits)]
        assert len(refused) == 1
        assert refused[0].details["available"] == "40.00"
        assert Decimal("40.00") in results
        assert balance_of(database, buyer) == Decimal("40.00")


def _charge_behind_a_charge(
    database: Database, threads: ThreadPoolExecutor
) -> tuple[BaseException | None, Decimal]:
    """The second of two charges of 60 out of 100, which began before the first ended.

    Its snapshot has still 100, so only the check on the row itself can refuse it.
    """
    buyer = an_account(database, "100.00")
    second = a_movement(buyer, "60.00")
    result = _while_in_flight(
        database,
        threads,
        a_movement(buyer, "60.00"),
        lambda: _patiently(database, MOVE, second),
    )
    return result.exception(), balance_of(database, buyer)


@pytest.mark.usefixtures("everything_adds_up")
def test_deduct_whose_snapshot_is_stale_is_refused_by_the_check_of_the_row(
    database: Database, threads: ThreadPoolExecutor
) -> None:
    refusal, balance = _charge_behind_a_charge(database, threads)

    assert isinstance(refusal, DBAPIError)
    assert constraint_name(refusal) == BALANCE_NOT_NEGATIVE
    assert balance == Decimal("40.00")


def test_without_the_check_of_the_row_the_balance_goes_below_zero(
    throwaway: Database, threads: ThreadPoolExecutor
) -> None:
    with throwaway.statement() as connection:
        for table, constraint in (
            ("users", "ck_users_credit_balance_not_negative"),
            ("credit_ledger", "ck_credit_ledger_balance_after_not_negative"),
        ):
            connection.execute(
                text(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
            )

    refusal, balance = _charge_behind_a_charge(throwaway, threads)

    assert refusal is None
    assert balance == Decimal("-20.00")
    judged = {each.name: each.holds for each in InvariantService(throwaway).judge()}
    assert not judged["nothing_is_negative"]


@pytest.mark.usefixtures("everything_adds_up")
def test_one_deduct_sent_many_times_at_once_is_charged_once(
    database: Database, credit: CreditService
) -> None:
    for _ in range(ROUNDS):
        buyer = an_account(database, "100.00")
        charge = a_movement(buyer, "30.00")

        results = race(*[_deduct(credit, charge)] * RACERS)

        assert results == [Decimal("70.00")] * RACERS
        assert balance_of(database, buyer) == Decimal("70.00")


@pytest.mark.usefixtures("everything_adds_up")
def test_deducts_racing_their_reverses_end_with_the_money_back(
    database: Database, credit: CreditService
) -> None:
    for _ in range(ROUNDS):
        buyer = an_account(database, "100.00")
        charge = a_movement(buyer, "30.00")
        deduct = [_deduct(credit, charge)] * (RACERS // 2)
        reverse = [_reverse(credit, charge)] * (RACERS // 2)

        results = race(*deduct, *reverse)

        reversals = [each for each in results if isinstance(each, Reversal)]
        assert len(reversals) == RACERS // 2
        assert len({each.outcome for each in reversals}) == 1
        assert balance_of(database, buyer) == Decimal("100.00")
