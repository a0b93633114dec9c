"""A table whose disk is full: PostgreSQL refuses every write, as it does then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from support.superuser import execute

# A sequence keeps what it has counted when the refused transaction is rolled back. When
# the server crashes it may skip 32 of them; that there were any is what it proves.
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
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS count
      FROM full_disk.refused_{what}
"""


class FullDisk:
    """Fills the disk under one table of one database, and clears it.

    `dsn` is the superuser's, so that no service can do anything about it.
    """

    def __init__(self, dsn: str, table: str) -> None:
        self._dsn = dsn
        self._table = table
        execute(self._dsn, _PREPARE)

    def fill(self) -> None:
        """From now on no row of the table can be written."""
        execute(self._dsn, _FILL.format(table=self._table))

    def clear(self) -> None:
        """There is room again; more than once does no harm."""
        execute(self._dsn, _CLEAR.format(table=self._table))

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
        (row,) = execute(self._dsn, _REFUSED.format(what=what))
        return int(row.count)
