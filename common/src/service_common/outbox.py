"""What is still to be told, and who works on it.

A relay leases messages for a while, tells them, and deletes those that were confirmed.
No transaction stays open during a remote call. A relay that dies between the
confirmation and the delete leaves a message that is told twice: every receiver is
idempotent. There is no cursor over `id`: ids commit later than they are given out.
"""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter, Gauge
from sqlalchemy import TextClause, text

from service_common.db import Database

RELAYED = Counter("outbox_relayed", "Messages delivered from the outbox", ("topic",))
OLDEST_S = Gauge("outbox_oldest_seconds", "Age of the oldest message not yet delivered")

_LEASE_S = 10
# One message that its receiver never takes must not keep the others from it.
_PAUSE_FIRST_S = 0.2
_PAUSE_MAX_S = 5.0


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell; `due_in_s` is how long until the moment it speaks of."""

    id: int
    payload: dict[str, Any]
    request_id: str
    attempts: int
    due_in_s: float


class Outbox:
    """Leases, deletes and postpones the messages of one table.

    The table has the columns id, topic, payload (jsonb), request_id, attempts,
    next_attempt_at and created_at. `moment` is the field of the payload that says when
    something is due; a payload without it is due now.
    """

    def __init__(self, database: Database, *, table: str, moment: str) -> None:
        self._database = database
        self._lease = text(
            f"""
            WITH due AS MATERIALIZED (
                SELECT id FROM {table}
                 WHERE topic = :topic AND next_attempt_at <= now()
                 ORDER BY id LIMIT :limit
                   FOR UPDATE SKIP LOCKED
            )
            UPDATE {table} o
               SET next_attempt_at = now() + make_interval(secs => :lease_s),
                   attempts = o.attempts + 1
              FROM due WHERE o.id = due.id
            RETURNING o.id, o.payload, o.request_id, o.attempts,
                      extract(epoch FROM (o.payload ->> '{moment}')::timestamptz
                                         - now()) AS due_in_s
            """
        )
        self._delete = text(
            f"DELETE FROM {table} WHERE id = ANY(CAST(:ids AS bigint[]))"
        )
        self._postpone = text(
            f"""
            UPDATE {table} SET next_attempt_at = now() + make_interval(secs => :pause_s)
             WHERE id = :id
            """
        )
        self._give_back = text(
            f"""
            UPDATE {table} SET next_attempt_at = now(), attempts = attempts - 1
             WHERE id = ANY(CAST(:ids AS bigint[]))
            """
        )
        self._age = text(
            f"SELECT extract(epoch FROM now() - min(created_at)) AS oldest FROM {table}"
        )

    def lease(self, topic: str, limit: int) -> list[Message]:
        """Messages of the topic that nobody works on, oldest first; now we do."""
        with self._database.statement() as connection:
            rows = connection.execute(
                self._lease, {"topic": topic, "limit": limit, "lease_s": _LEASE_S}
            ).all()
        return [
            Message(
                row.id,
                row.payload,
                row.request_id,
                row.attempts,
                float(row.due_in_s or 0),
            )
            for row in sorted(rows, key=lambda row: row.id)
        ]

    def delete(self, messages: Sequence[Message]) -> None:
        """Forget messages that their receiver has confirmed."""
        if messages:
            self._on(self._delete, ids=[message.id for message in messages])

    def postpone(self, message: Message) -> None:
        """Try it again later, the later the more often it failed."""
        exponent = min(message.attempts - 1, 10)
        pause_s = min(_PAUSE_MAX_S, _PAUSE_FIRST_S * 2**exponent)
        self._on(self._postpone, id=message.id, pause_s=pause_s)

    def give_back(self, messages: Sequence[Message]) -> None:
        """Messages that were leased and not tried."""
        if messages:
            self._on(self._give_back, ids=[message.id for message in messages])

    def measure_age(self) -> None:
        """Set the gauge that tells whether anything lies about for too long."""
        with self._database.statement() as connection:
            oldest = connection.execute(self._age).scalar_one()
        OLDEST_S.set(max(0, oldest or 0))

    def _on(self, statement: TextClause, **facts: Any) -> None:
        with self._database.statement() as connection:
            connection.execute(statement, facts)
