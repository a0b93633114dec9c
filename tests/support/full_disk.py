"""A table whose disk is full: PostgreSQL refuses every write, as it does then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

# A sequence keeps what it has counted when the refused transaction is rolled back.
_PREPARE = """
    CREATE SCHEMA IF NOT EXISTS full_disk;
    CREATE SEQUENCE IF NOT EXISTS full_disk.refused_insert;
    CREATE SEQUENCE IF NOT EXISTS full_disk.refused_update;
    CREATE OR REPLACE FUNCTION full_disk.refuse() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
    BEGIN
        PERFORM nextval('full_disk.refused_' || lower(TG_OP));
        RAISE EXCEPTION 'could not extend file: No space left on device'
              USING ERRCODE = 'disk_full', HINT = 'Check free disk space.';
    END $$
"""
_FILL = """
    CREATE OR REPLACE TRIGGER full_disk BEFORE INSERT OR UPDATE ON public.{table}
    FOR EACH ROW EXECUTE FUNCTION full_disk.refuse()
"""
_CLEAR = "DROP TRIGGER IF EXISTS full_disk ON public.{table}"
_REFUSED = """
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM full_disk.refused_{what}
"""
# Writers that are under way are waited for, but not for ever.
_SESSION = "-c lock_timeout=3s"
_CONNECT_TIMEOUT_S = 3


class FullDisk:
    """Fills the disk under one table of one database, and clears it.

    `dsn` is the superuser's, so that no service can do anything about it.
    """

    def __init__(self, dsn: str, table: str) -> None:
        self._dsn = dsn
        self._table = table
        self._execute(_PREPARE)

    def fill(self) -> None:
        """From now on no row of the table can be written."""
        self._execute(_FILL.format(table=self._table))

    def clear(self) -> None:
        """There is room again; more than once does no harm."""
        self._execute(_CLEAR.format(table=self._table))

    def refused_inserts(self) -> int:
        """How many new rows were refused."""
        return self._refused("insert")

    def refused_updates(self) -> int:
        """How many changes of rows were refused."""
        return self._refused("update")

    @contextmanager
    def full(self) -> Iterator[None]:
        """Full for as long as the block takes."""
        self.fill()
        try:
            yield
        finally:
            self.clear()

    def _refused(self, what: str) -> int:
        ((count,),) = self._execute(_REFUSED.format(what=what))
        return int(count)

    def _execute(self, statement: str) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(
            self._dsn, connect_timeout=_CONNECT_TIMEOUT_S, options=_SESSION
        )
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()
