"""What is still to be told, and who works on it.

A relay leases messages for a while, tells them, and deletes those that were confirmed.
No transaction stays open during a remote call. A relay that dies between the
confirmation and the delete leaves a message that is told twice: every receiver is
idempotent. There is no cursor over `id`: ids commit out of order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from inventory_service.models import Topic
from inventory_service.services.metrics import (
    OPEN_CLAIM_OLDEST_S,
    OUTBOX_OLDEST_S,
    UNRELEASED,
    UNRELEASED_OLDEST_S,
)
from service_common.db import Database

_LEASE_S = 10
# One message that its receiver never takes must not keep the others from it.
_PAUSE_FIRST_S = 0.2
_PAUSE_MAX_S = 5.0

_LEASE = text(
    """
    WITH due AS MATERIALIZED (
        SELECT id FROM outbox
         WHERE topic = :topic AND next_attempt_at <= now()
         ORDER BY id LIMIT :limit
           FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox o
       SET next_attempt_at = now() + make_interval(secs => :lease_s),
           attempts = o.attempts + 1
      FROM due WHERE o.id = due.id
    RETURNING o.id, o.payload, o.request_id, o.attempts,
              extract(epoch FROM (o.payload ->> 'held_until')::timestamptz - now())
                  AS hold_left_s
    """
)
_DELETE = text("DELETE FROM outbox WHERE id = ANY(CAST(:ids AS bigint[]))")
_POSTPONE = text(
    """
    UPDATE outbox SET next_attempt_at = now() + make_interval(secs => :pause_s)
     WHERE id = :id
    """
)
_GIVE_BACK = text(
    """
    UPDATE outbox SET next_attempt_at = now(), attempts = attempts - 1
     WHERE id = ANY(CAST(:ids AS bigint[]))
    """
)
_AGES = text(
    """
    SELECT (SELECT extract(epoch FROM now() - min(created_at)) FROM outbox) AS outbox,
           (SELECT extract(epoch FROM now() - min(held_until)) FROM seats
             WHERE status = 'HELD' AND claim_id IS NULL) AS hold,
           (SELECT count(*) FROM seats
             WHERE status = 'HELD' AND claim_id IS NULL
               AND held_until < now() - interval '10 seconds') AS unreleased,
           (SELECT extract(epoch FROM now() - min(created_at)) FROM seat_claims
             WHERE state = 'OPEN') AS claim
    """
)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell."""

    id: int
    payload: dict[str, Any]
    request_id: str
    attempts: int
    hold_left_s: float


class OutboxService:
    """Leases, deletes and postpones messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lease(self, topic: Topic, limit: int) -> list[Message]:
        """Messages of the topic that nobody works on, oldest first; now we do."""
        with self._database.statement() as connection:
            rows = connection.execute(
                _LEASE, {"topic": topic, "limit": limit, "lease_s": _LEASE_S}
            ).all()
        return [
            Message(
                row.id,
                row.payload,
                row.request_id,
                row.attempts,
                float(row.hold_left_s or 0),
            )
            for row in sorted(rows, key=lambda row: row.id)
        ]

    def delete(self, messages: Sequence[Message]) -> None:
        """Forget messages that their receiver has confirmed."""
        if messages:
            self._on(_DELETE, ids=[message.id for message in messages])

    def postpone(self, message: Message) -> None:
        """Try it again later, the later the more often it failed."""
        exponent = min(message.attempts - 1, 10)
        pause_s = min(_PAUSE_MAX_S, _PAUSE_FIRST_S * 2**exponent)
        self._on(_POSTPONE, id=message.id, pause_s=pause_s)

    def give_back(self, messages: Sequence[Message]) -> None:
        """Messages that were leased and not tried."""
        if messages:
            self._on(_GIVE_BACK, ids=[message.id for message in messages])

    def measure_ages(self) -> None:
        """Set the gauges that tell whether anything lies about for too long."""
        with self._database.statement() as connection:
            ages = connection.execute(_AGES).one()
        OUTBOX_OLDEST_S.set(max(0, ages.outbox or 0))
        UNRELEASED.set(ages.unreleased)
        UNRELEASED_OLDEST_S.set(max(0, ages.hold or 0))
        OPEN_CLAIM_OLDEST_S.set(max(0, ages.claim or 0))

    def _on(self, statement: Any, **facts: Any) -> None:
        with self._database.statement() as connection:
            connection.execute(statement, facts)
