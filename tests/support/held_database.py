"""Databases for races: one that stops before it commits, one that waits for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

from sqlalchemy import Connection, event, text

from service_common.db import Database, DatabaseSettings
from support.waiting import eventually

DEADLINE_S = 10.0

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE :process_id = ANY(pg_blocking_pids(pid))"
)


class HeldDatabase(Database):
    """Each transaction has done all it does, and commits when it is let go."""

    def __init__(self, settings: DatabaseSettings) -> None:
        super().__init__(settings, pool_size=1, application_name="held")
        self.process_id = 0
        self._done, self._let_go = Event(), Event()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with super().transaction() as connection:
            self.process_id = connection.execute(
                text("SELECT pg_backend_pid()")
            ).scalar_one()
            yield connection
            self._done.set()
            assert self._let_go.wait(DEADLINE_S)

    def wait_until_done(self) -> None:
        assert self._done.wait(DEADLINE_S)

    def let_go(self) -> None:
        self._let_go.set()


class PatientDatabase(Database):
    """Waits long for a lock.

    PostgreSQL looks for a deadlock after a second; the services' own 200 ms would end
    every one before, and it would pass for a busy row.
    """

    def __init__(self, settings: DatabaseSettings, *, pool_size: int) -> None:
        super().__init__(settings, pool_size=pool_size, application_name="patient")

        @event.listens_for(self.engine, "connect")
        def wait_long(connection: Any, _record: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 0; SET statement_timeout = '20s'")
            connection.commit()


def wait_until_somebody_waits_for(database: Database, process_id: int) -> None:
    """Return when somebody waits for a lock of this backend."""

    def look() -> int:
        with database.statement() as connection:
            names = {"process_id": process_id}
            return int(connection.execute(_WAITING, names).scalar_one())

    eventually(look, bool, within_s=DEADLINE_S, every_s=0.01)


def behind(
    held: HeldDatabase,
    database: Database,
    first: Callable[[], Any],
    second: Callable[[], Any],
) -> tuple[Future[Any], Future[Any]]:
    """Begin the second while the first is done but not committed, then commit.

    Both have ended on return.
    """
    with ThreadPoolExecutor(2) as threads:
        ahead = threads.submit(first)
        held.wait_until_done()
        late = threads.submit(second)
        wait_until_somebody_waits_for(database, held.process_id)
        held.let_go()
    return ahead, late
