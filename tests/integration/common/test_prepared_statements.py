"""Hot statements go to the driver themselves, and nobody can tell but by the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from service_common.db import (
    CHECK_VIOLATION,
    LOCK_NOT_AVAILABLE,
    Database,
    DatabaseSettings,
    constraint_name,
    sqlstate,
)
from service_common.errors import Unavailable
from service_common.prepared import hot
from support.sent_statements import sent_statements

CONNECTIONS = 2
ADD = hot(
    text("INSERT INTO t VALUES (:n, :note) RETURNING n, note").bindparams(note=None)
)
FIND = hot(text("SELECT n, note, n % 10 AS digit FROM t WHERE n = ANY(:numbers)"))
REMOVE = hot(text("DELETE FROM t WHERE n = :n"))
WHO = hot(text("SELECT pg_backend_pid()"))


@pytest.fixture(scope="module")
def settings(make_database: Callable[[str], DatabaseSettings]) -> DatabaseSettings:
    return make_database("prepared_db")


@pytest.fixture
def database(settings: DatabaseSettings) -> Iterator[Database]:
    database = Database(settings, pool_size=CONNECTIONS, application_name="prepared")
    with database.statement() as connection:
        connection.execute(text("DROP TABLE IF EXISTS t"))
        connection.execute(
            text(
                "CREATE TABLE t (n int CONSTRAINT n_positive CHECK (n > 0), note text)"
            )
        )
    yield database
    database.dispose()


def test_rows_are_those_of_sqlalchemy(database: Database) -> None:
    with database.statement() as connection:
        connection.execute(ADD, {"n": 12, "note": "%"})
        hot_row = connection.execute(FIND, {"numbers": [12]}).one()
        # In a transaction it is a statement like any other.
        with database.transaction() as other:
            row = other.execute(FIND, {"numbers": [12]}).one()

    assert (hot_row.n, hot_row.note, hot_row.digit) == (12, "%", 2)
    assert hot_row == row
    assert hot_row._mapping == row._mapping


def test_parameter_with_a_default_need_not_be_named(database: Database) -> None:
    with database.statement() as connection:
        assert connection.execute(ADD, {"n": 1}).one().note is None


def test_parameter_without_one_is_missed(database: Database) -> None:
    with pytest.raises(KeyError), database.statement() as connection:
        connection.execute(ADD, {"note": "no number"})

    database.check()


def test_statement_without_rows_has_none(database: Database) -> None:
    with database.statement() as connection:
        connection.execute(ADD, {"n": 1})
        assert connection.execute(REMOVE, {"n": 1}).all() == []
        assert connection.execute(FIND, {"numbers": [1]}).all() == []


def test_statement_is_prepared_once_a_connection_and_commits_itself(
    database: Database,
) -> None:
    with sent_statements(database) as sent:
        for n in (1, 2, 3):
            with database.statement() as connection:
                connection.execute(ADD, {"n": n})

    assert [one.text.split("(")[0] for one in sent] == [sent[0].text.split("(")[0]] * 3
    assert sent[0].text.startswith("EXECUTE hot_")
    assert all(one.autocommit for one in sent)
    with database.statement() as connection:
        prepared = text(
            "SELECT count(*) FROM pg_prepared_statements WHERE name ~ 'hot'"
        )
        assert connection.execute(prepared).scalar_one() == 1


def test_refusal_of_a_constraint_is_sqlalchemys_and_tells_no_parameters(
    database: Database,
) -> None:
    with pytest.raises(IntegrityError) as refused, database.statement() as connection:
        connection.execute(ADD, {"n": -1, "note": "hunter2"})

    assert sqlstate(refused.value) == CHECK_VIOLATION
    assert constraint_name(refused.value) == "n_positive"
    assert "hunter2" not in str(refused.value.statement) + str(refused.value.params)


def test_lock_that_is_held_can_be_told_inside_the_block(database: Database) -> None:
    lock = hot(text("SELECT n FROM t WHERE n = :n FOR UPDATE NOWAIT"))
    with database.transaction() as holder:
        holder.execute(ADD, {"n": 1})
        holder.commit()
    with database.transaction() as holder, database.statement() as connection:
        holder.execute(lock, {"n": 1})
        with pytest.raises(DBAPIError) as refused:
            connection.execute(lock, {"n": 1})

    assert sqlstate(refused.value) == LOCK_NOT_AVAILABLE


def test_server_that_has_gone_costs_one_unknown_and_not_one_a_connection(
    settings: DatabaseSettings, database: Database
) -> None:
    with database.statement() as one, database.statement() as other:
        pids = [each.execute(WHO, {}).scalar_one() for each in (one, other)]
    end = text("SELECT pg_terminate_backend(pid, 5000) FROM unnest(:pids) AS pid")
    outside = Database(settings, pool_size=1, application_name="outside")
    with outside.statement() as connection:
        connection.execute(end, {"pids": pids})
    outside.dispose()

    with pytest.raises(Unavailable), database.statement() as connection:
        connection.execute(WHO, {})
    with database.statement() as one, database.statement() as other:
        fresh = [each.execute(WHO, {}).scalar_one() for each in (one, other)]

    assert not set(fresh) & set(pids)


def test_prepared_statement_is_planned_once_also_with_an_array(
    database: Database,
) -> None:
    """Left to itself PostgreSQL would plan anew for every array."""
    find = hot(text("SELECT oid FROM pg_class WHERE oid = ANY(CAST(:ids AS oid[]))"))
    plans = text(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
        " WHERE statement LIKE '%pg_class%'"
    )
    with database.statement() as connection:
        for _ in range(10):
            connection.execute(find, {"ids": [1, 2, 3]})
        planned = connection.execute(plans).one()

    assert tuple(planned) == (10, 0)
