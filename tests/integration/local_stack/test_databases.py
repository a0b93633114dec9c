from __future__ import annotations

from itertools import permutations

import psycopg2
import pytest

from local_stack import Stack
from local_stack.databases import DATABASES, Database, create_databases

NAMES = [database.name for database in DATABASES]


def ask(dsn: str, question: str) -> str:
    connection = psycopg2.connect(dsn, connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            row = cursor.fetchone()
            connection.commit()
            return str(row[0]) if row else ""
    finally:
        connection.close()


def test_server_is_version_16(infrastructure: Stack) -> None:
    version = ask(infrastructure.postgres.superuser_dsn(), "SHOW server_version")

    assert version.startswith("16.")


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_what_is_committed_is_on_disk(infrastructure: Stack, setting: str) -> None:
    assert ask(infrastructure.postgres.superuser_dsn(), f"SHOW {setting}") == "on"


@pytest.mark.parametrize("database", DATABASES, ids=lambda d: d.name)
def test_service_owns_its_database(infrastructure: Stack, database: Database) -> None:
    dsn = infrastructure.postgres.service_dsn(database.name)

    assert ask(dsn, "SELECT current_user") == database.role
    assert ask(dsn, "CREATE TABLE t (); DROP TABLE t; SELECT 'may create'")


@pytest.mark.parametrize(("own", "other"), list(permutations(NAMES, 2)))
def test_service_cannot_enter_the_database_of_another(
    infrastructure: Stack, own: str, other: str
) -> None:
    dsn = infrastructure.postgres.service_dsn(own).replace(f"/{own}", f"/{other}")

    with pytest.raises(psycopg2.OperationalError, match="permission denied"):
        ask(dsn, "SELECT 1")


@pytest.mark.parametrize("shared", ["postgres", "template1"])
def test_service_cannot_enter_what_all_share(
    infrastructure: Stack, shared: str
) -> None:
    dsn = infrastructure.postgres.service_dsn("seats_db")

    with pytest.raises(psycopg2.OperationalError, match="permission denied"):
        ask(dsn.replace("/seats_db", f"/{shared}"), "SELECT 1")


def test_wrong_password_does_not_open(infrastructure: Stack) -> None:
    dsn = infrastructure.postgres.service_dsn("seats_db")
    password = infrastructure.context.secrets["INVENTORY_DB_PASS"]

    with pytest.raises(psycopg2.OperationalError, match="password authentication"):
        ask(dsn.replace(password, "guess"), "SELECT 1")


def test_creating_what_is_there_changes_nothing(infrastructure: Stack) -> None:
    superuser = infrastructure.postgres.superuser_dsn()
    question = "SELECT string_agg(oid || datname, ',' ORDER BY oid) FROM pg_database"
    before = ask(superuser, question)

    create_databases(superuser, infrastructure.context.secrets)

    assert ask(superuser, question) == before
