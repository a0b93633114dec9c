"""Rules are judged in one snapshot, and honestly when time runs out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from service_common.db import Database, DatabaseSettings
from service_common.invariants import Invariant, Rule, judge

ODD = Rule("I1", "no_odd_number", "number", "SELECT n FROM numbers WHERE n % 2 = 1")
EVEN = Rule("", "no_even_number", "number", "SELECT n FROM numbers WHERE n % 2 = 0")
SLOW = Rule("L1", "slow_to_judge", "number", "SELECT 1 FROM pg_sleep(30)")


@pytest.fixture(scope="module")
def numbers(make_database: Callable[[str], DatabaseSettings]) -> Iterator[Database]:
    database = Database(
        make_database("numbers"), pool_size=2, application_name="judge-tests"
    )
    with database.statement() as connection:
        connection.execute(text("CREATE TABLE numbers (n int)"))
    yield database
    database.dispose()


@pytest.fixture(autouse=True)
def _only_25_odd_numbers(numbers: Database) -> None:
    with numbers.statement() as connection:
        connection.execute(text("TRUNCATE numbers"))
        connection.execute(text("INSERT INTO numbers SELECT generate_series(1, 49, 2)"))


def test_violations_are_counted_and_ten_of_them_named(numbers: Database) -> None:
    odd, even = judge(numbers, [ODD, EVEN])

    assert (odd.number, odd.names, odd.violations) == ("I1", "number", 25)
    assert odd.examples == tuple(str(n) for n in range(1, 20, 2))
    assert not odd.holds
    assert even.holds
    assert even.examples == ()


def test_rule_that_time_runs_out_for_is_not_told_as_holding(numbers: Database) -> None:
    odd, slow, even = judge(numbers, [ODD, SLOW, EVEN], budget_s=2)

    assert (odd.complete, odd.violations) == (True, 25)
    assert (slow.complete, slow.holds, slow.violations) == (False, False, 0)
    assert (even.complete, even.holds) == (True, True), "a slow rule took its time"


def test_without_time_nothing_is_told_as_holding(numbers: Database) -> None:
    judged = judge(numbers, [ODD, EVEN], budget_s=0)

    assert [(one.complete, one.holds) for one in judged] == [(False, False)] * 2


def test_all_rules_see_the_same_moment(numbers: Database) -> None:
    """Between the two rules somebody commits what only the second could see."""
    meanwhile = Rule(
        "",
        "somebody_else_writes_meanwhile",
        "number",
        "SELECT 1 WHERE pg_sleep(0.4) IS NULL",
    )
    with numbers.engine.connect() as other:
        other.execute(text("INSERT INTO numbers VALUES (2)"))
        judged = _judge_while(numbers, [ODD, meanwhile, EVEN], other.commit)

    assert [one.violations for one in judged] == [25, 0, 0]
    assert judge(numbers, [EVEN])[0].violations == 1


def _judge_while(
    database: Database, rules: list[Rule], act: Callable[[], None]
) -> list[Invariant]:
    timer = threading.Timer(0.2, act)
    timer.start()
    try:
        return judge(database, rules)
    finally:
        timer.join()
