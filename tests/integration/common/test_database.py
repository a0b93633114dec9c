"""What the errors of PostgreSQL mean, and how long anything waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from service_common.db import (
    CHECK_VIOLATION,
    Database,
    DatabaseSettings,
    constraint_name,
    sqlstate,
)
from service_common.errors import Unavailable

NARROW = "narrow"


@pytest.fixture(scope="module")
def settings(make_database: Callable[[str], DatabaseSettings]) -> DatabaseSettings:
    return make_database("plain_db")


@pytest.fixture(scope="module")
def database(settings: DatabaseSettings) -> Iterator[Database]:
    database = Database(settings, pool_size=2, application_name="db-tests")
    with database.statement() as connection:
        connection.execute(
            text("CREATE TABLE t (n int CONSTRAINT n_positive CHECK (n > 0))")
        )
        connection.execute(text("INSERT INTO t VALUES (1)"))
    yield database
    database.dispose()


@pytest.fixture
def narrow(settings: DatabaseSettings) -> Iterator[Database]:
    """A pool of one connection."""
    narrow = Database(settings, pool_size=1, application_name=NARROW)
    yield narrow
    narrow.dispose()


def terminate(database: Database, process_id: int) -> None:
    """End a session from outside, as a restart of the server does."""
    end = text("SELECT pg_terminate_backend(:process_id, 5000)")
    with database.statement() as connection:
        assert connection.execute(end, {"process_id": process_id}).scalar()


def last_said(database: Database) -> str:
    """What the server has heard last from the narrow pool."""
    look = text("SELECT query FROM pg_stat_activity WHERE application_name = :name")
    with database.statement() as connection:
        return str(connection.execute(look, {"name": NARROW}).scalar_one())


def test_transaction_that_is_left_by_an_exception_rolls_back(
    database: Database,
) -> None:
    def insert_and_fail() -> None:
        with database.transaction() as connection:
            connection.execute(text("INSERT INTO t VALUES (2)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        insert_and_fail()

    with database.statement() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 1


def test_refusal_of_a_constraint_keeps_its_name(database: Database) -> None:
    with pytest.raises(IntegrityError) as refused, database.statement() as connection:
        connection.execute(text("INSERT INTO t VALUES (-1)"))

    assert sqlstate(refused.value) == CHECK_VIOLATION
    assert constraint_name(refused.value) == "n_positive"


@pytest.mark.parametrize("value", [object(), {"a": 1}])
def test_mistake_of_ours_is_not_reported_as_an_absent_database(
    database: Database, value: object
) -> None:
    with pytest.raises(ProgrammingError), database.statement() as connection:
        connection.execute(text("SELECT :value"), {"value": value})


def test_row_that_stays_locked_is_waited_for_only_briefly(database: Database) -> None:
    with database.transaction() as holder:
        holder.execute(text("SELECT n FROM t FOR UPDATE"))
        with pytest.raises(Unavailable), database.statement() as connection:
            connection.execute(text("UPDATE t SET n = 5"))


def test_statement_that_is_cancelled_may_be_tried_again(database: Database) -> None:
    def take_too_long() -> None:
        with database.transaction() as connection:
            connection.execute(text("SET LOCAL statement_timeout = '20ms'"))
            connection.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(Unavailable):
        take_too_long()


@pytest.mark.parametrize(
    "shortage", ["disk_full", "out_of_memory", "too_many_connections", "53400"]
)
def test_server_that_is_short_of_something_is_asked_again_later(
    database: Database, shortage: str
) -> None:
    fail = f"DO $$ BEGIN RAISE 'No room.' USING ERRCODE = '{shortage}'; END $$"

    with pytest.raises(Unavailable), database.statement() as connection:
        connection.execute(text(fail))


def test_connection_that_is_killed_is_unknown_and_the_next_one_works(
    database: Database,
) -> None:
    with pytest.raises(Unavailable), database.statement() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    database.check()


@pytest.mark.parametrize("when", ["at work", "idle"])
def test_connection_that_dies_unnoticed_is_no_loss_to_the_pool(
    database: Database, narrow: Database, when: str
) -> None:
    narrow.check()
    with narrow.statement() as connection:
        process_id = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        if when == "at work":
            terminate(database, process_id)
    if when == "idle":
        terminate(database, process_id)

    with pytest.raises(Unavailable, match="does not answer"):
        narrow.check()
    narrow.check()


def test_statement_is_all_that_is_said_to_the_server(
    database: Database, narrow: Database
) -> None:
    """No BEGIN, no SET, no ROLLBACK: each would be a round trip more."""
    said = []
    for number in range(3):
        with narrow.statement() as connection:
            said.append(last_said(database))
            connection.execute(text(f"SELECT {number} AS n"))
        said.append(last_said(database))

    assert said[1:] == [f"SELECT {number} AS n" for number in (0, 0, 1, 1, 2)]


def test_database_that_does_not_answer_is_unavailable(
    settings: DatabaseSettings,
) -> None:
    away = Database(replace(settings, port=1), pool_size=1, application_name="away")

    with pytest.raises(Unavailable):
        away.check()


def test_pool_that_is_empty_says_busy(narrow: Database) -> None:
    with narrow.statement(), pytest.raises(Unavailable) as refused:
        narrow.check()

    assert refused.value.code == "SERVICE_BUSY"
