"""PostgreSQL: settings, engines, migrations, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.schema import MetaData

from service_common.errors import Unavailable
from service_common.prepared import PreparingConnection
from service_common.settings import Environment

# Nothing waits for ever, neither for a row nor for a forgotten transaction. What is
# prepared is planned once: PostgreSQL takes its guess that a plan for these very values
# might be better for every value of an array, and would plan anew at every call.
_SESSION_SETTINGS = (
    "-c lock_timeout=200ms -c statement_timeout=5s"
    " -c idle_in_transaction_session_timeout=5s -c timezone=UTC"
    " -c plan_cache_mode=force_generic_plan"
)
_MIGRATION_LIMITS = "-c lock_timeout=30s -c statement_timeout=300s -c timezone=UTC"
_MIGRATION_LOCK = 7_236_115_001  # any constant; one lock per database
_POOL_WAIT_S = 2.0
_CONNECT_TIMEOUT_S = 3
_POOL_RECYCLE_S = 1800

LOCK_NOT_AVAILABLE = "55P03"
UNIQUE_VIOLATION = "23505"
CHECK_VIOLATION = "23514"
DEADLOCK_DETECTED = "40P01"


class Base(DeclarativeBase):
    """Declarative base; constraints are named by one convention."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where a service's own database is."""

    host: str
    port: int
    name: str
    user: str
    password: str

    @classmethod
    def read(
        cls, env: Environment, *, name: str, user: str, password_variable: str
    ) -> DatabaseSettings:
        """Read DB_HOST, DB_PORT, DB_NAME, DB_USER and the service's own password."""
        return cls(
            host=env.text("DB_HOST", "127.0.0.1"),
            port=env.port("DB_PORT", 5432),
            name=env.text("DB_NAME", name),
            user=env.text("DB_USER", user),
            password=env.secret(password_variable),
        )

    @property
    def url(self) -> URL:
        """The SQLAlchemy URL, password included: not for logs."""
        return URL.create(
            "postgresql+psycopg2",
            self.user,
            self.password,
            self.host,
            self.port,
            self.name,
        )


class Database:
    """The two ways to use a database: one statement, or one transaction.

    A single statement needs no BEGIN and COMMIT of its own: autocommit makes it one
    round trip instead of three. Both ways share one pool.
    """

    def __init__(
        self, settings: DatabaseSettings, *, pool_size: int, application_name: str
    ) -> None:
        self._engine = create_engine(
            settings.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_POOL_WAIT_S,
            pool_recycle=_POOL_RECYCLE_S,
            # A failing statement is logged, and its parameters may be secrets.
            hide_parameters=True,
            connect_args={
                "connect_timeout": _CONNECT_TIMEOUT_S,
                "application_name": application_name,
                "options": _SESSION_SETTINGS,
            },
        )

    @property
    def engine(self) -> Engine:
        """The transactional engine, for a Session or for reading many rows."""
        return self._engine

    @contextmanager
    def statement(self) -> Iterator[Connection]:
        """A connection on which every statement is its own transaction."""
        with (
            _database_errors(),
            PreparingConnection(self._engine) as connection,
            _autocommit(connection),
        ):
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: left normally it commits, by an exception it rolls back."""
        with _database_errors(), self._engine.begin() as connection:
            yield connection

    def check(self) -> None:
        """Raise Unavailable unless the database answers."""
        with self.statement() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close the pool."""
        self._engine.dispose()


def sqlstate(error: DBAPIError) -> str | None:
    """The five-character code that PostgreSQL gave, such as 23505."""
    return getattr(error.orig, "pgcode", None)


def constraint_name(error: DBAPIError) -> str | None:
    """The name of the constraint that refused, when one did."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None)


@contextmanager
def _autocommit(connection: Connection) -> Iterator[None]:
    """Every statement commits itself; the server hears nothing of the change.

    SQLAlchemy's isolation level AUTOCOMMIT has psycopg2 say SET when the connection is
    taken and again when it is given back: two round trips, and a connection that breaks
    during the second is never seen again by its pool.
    """
    driver: Any = connection.connection.dbapi_connection
    driver.autocommit = True
    try:
        yield
    finally:
        if not driver.closed:
            driver.autocommit = False


@contextmanager
def _database_errors() -> Iterator[None]:
    """A lost connection or a full pool is "nobody knows", not an internal error.

    A COMMIT may have been carried out before the connection died, so the caller
    has to repeat the call under its operation key.
    """
    try:
        yield
    except PoolTimeoutError as error:
        raise Unavailable("The service is busy.", code="SERVICE_BUSY") from error
    except DBAPIError as error:
        lost = isinstance(error, (InterfaceError, OperationalError))
        if error.connection_invalidated or (lost and sqlstate(error) is None):
            raise Unavailable("The database does not answer.") from error
        state = sqlstate(error) or ""
        if state in _TRANSIENT:
            raise Unavailable("The database is busy.") from error
        if state.startswith(_INSUFFICIENT_RESOURCES):
            raise Unavailable("The database is short of resources.") from error
        raise


# Lock and statement time-outs, deadlock, shutdown: try again.
# Who locks with NOWAIT catches 55P03 inside the `with` block, where he knows its sense.
_TRANSIENT = frozenset(
    {LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED, "57014", "57P01", "57P02", "57P03"}
)
# The class of a full disk, of no memory, of too many connections: the statement has
# left nothing, and goes through once somebody has made room.
_INSUFFICIENT_RESOURCES = "53"


def migrate(settings: DatabaseSettings, service_folder: Path) -> None:
    """Bring the database to the newest revision, one starter at a time."""
    engine = create_engine(
        settings.url,
        connect_args={
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "options": _MIGRATION_LIMITS,
        },
    )
    config = Config(service_folder / "alembic.ini")
    config.set_main_option("script_location", str(service_folder / "migrations"))
    config.attributes["configure_logger"] = False
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK}
        )
        connection.commit()
        try:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(
                text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK}
            )
            connection.commit()
    engine.dispose()


def run_migrations(metadata: MetaData) -> None:
    """What every service's migrations/env.py does: use the connection it is handed."""
    from alembic import context  # noqa: PLC0415 - exists only while alembic runs

    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection, target_metadata=metadata, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()
