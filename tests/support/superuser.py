"""One statement by the one who may do everything, over a connection of its own."""

from __future__ import annotations

from typing import Any

import psycopg2
import psycopg2.extras

_CONNECT_TIMEOUT_S = 3
# A change of a table waits for those who write it now, but not for ever.
_SESSION = "-c lock_timeout=3s"


def execute(dsn: str, statement: str) -> list[Any]:
    """The rows, if there are any, with their columns as attributes."""
    connection = psycopg2.connect(
        dsn,
        connect_timeout=_CONNECT_TIMEOUT_S,
        options=_SESSION,
        cursor_factory=psycopg2.extras.NamedTupleCursor,
    )
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()
