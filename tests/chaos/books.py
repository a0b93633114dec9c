"""Looks into the databases of a running stack."""

from __future__ import annotations

from typing import Any

import psycopg2
import psycopg2.extras

from local_stack import Stack

_CONNECT_TIMEOUT_S = 3


class Books:
    """One question to one database at a time, over a connection of its own."""

    def __init__(self, stack: Stack) -> None:
        self._dsn = stack.postgres.service_dsn

    def rows(self, database: str, query: str, *values: Any) -> list[Any]:
        """The rows, with their columns as attributes."""
        connection = psycopg2.connect(
            self._dsn(database),
            connect_timeout=_CONNECT_TIMEOUT_S,
            cursor_factory=psycopg2.extras.NamedTupleCursor,
        )
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, values or None)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def count(self, database: str, query: str, *values: Any) -> int:
        """The one number that a query answers."""
        (row,) = self.rows(database, query, *values)
        return int(row[0] or 0)
