"""Five databases on one server: each with its own role, and shut to the others."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 -- it is a class

_CONNECT_TIMEOUT_S = 3


@dataclass(frozen=True, slots=True)
class Database:
    """A service's database, its role, and the name of the secret that opens it."""

    name: str
    role: str
    secret: str


SEATS = Database("seats_db", "inventory_user", "INVENTORY_DB_PASS")
USERS = Database("users_db", "user_svc_user", "USER_DB_PASS")
ORDERS = Database("orders_db", "order_svc_user", "ORDER_DB_PASS")
EVENTS = Database("events_db", "event_svc_user", "EVENT_DB_PASS")
SAGAS = Database("sagas_db", "orchestrator_user", "ORCHESTRATOR_DB_PASS")

DATABASES = (SEATS, USERS, ORDERS, EVENTS, SAGAS)


def connect(dsn: str) -> Connection:
    """Open a connection outside any transaction, as CREATE DATABASE wants it."""
    opened = psycopg2.connect(dsn, connect_timeout=_CONNECT_TIMEOUT_S)
    opened.autocommit = True
    return opened


def create_databases(superuser_dsn: str, secrets: Mapping[str, str]) -> None:
    """Create what is missing of roles and databases; doing it again changes nothing."""
    server = connect(superuser_dsn)
    try:
        # The service's own database is all that a role may enter.
        for shared in ("postgres", "template1"):
            _shut(server, shared)
        for database in DATABASES:
            _create_role(server, database, secrets[database.secret])
            _create_database(server, database)
            _shut(server, database.name)
    finally:
        server.close()


def _create_role(server: Connection, database: Database, password: str) -> None:
    with server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (database.role,))
        if cursor.fetchone() is None:
            create = "CREATE ROLE {} LOGIN PASSWORD {}"
            cursor.execute(
                sql.SQL(create).format(
                    sql.Identifier(database.role), sql.Literal(password)
                )
            )


def _create_database(server: Connection, database: Database) -> None:
    with server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database.name,))
        if cursor.fetchone() is None:
            create = "CREATE DATABASE {} OWNER {}"
            cursor.execute(
                sql.SQL(create).format(
                    sql.Identifier(database.name), sql.Identifier(database.role)
                )
            )


def _shut(server: Connection, name: str) -> None:
    # A database owner and superusers keep their own right to connect.
    with server.cursor() as cursor:
        revoke = "REVOKE ALL ON DATABASE {} FROM PUBLIC"
        cursor.execute(sql.SQL(revoke).format(sql.Identifier(name)))
