"""What a database is sent: every statement that goes to the driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg2 import extensions
from sqlalchemy import event

from service_common.db import Database


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as the driver got it."""

    text: str
    autocommit: bool

    @property
    def is_preparation(self) -> bool:
        """Sent once a connection, whoever comes first."""
        return self.text.startswith("PREPARE")


@contextmanager
def sent_statements(database: Database) -> Iterator[list[Sent]]:
    """The statements sent inside the block, without those that only prepare others."""
    seen: list[Sent] = []

    class Listener(extensions.cursor):
        def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002
            sent = Sent(str(query), self.connection.autocommit)
            if not sent.is_preparation:
                seen.append(sent)
            super().execute(query, vars)

    def listen(driver: Any, _record: object, _proxy: object) -> None:
        driver.cursor_factory = Listener

    def stop(driver: Any, _record: object) -> None:
        driver.cursor_factory = None

    event.listen(database.engine, "checkout", listen)
    event.listen(database.engine, "checkin", stop)
    try:
        yield seen
    finally:
        event.remove(database.engine, "checkout", listen)
        event.remove(database.engine, "checkin", stop)
