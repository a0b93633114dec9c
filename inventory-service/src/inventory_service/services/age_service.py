"""Measures whether anything lies about for too long: messages, holds, claims."""

from __future__ import annotations

from sqlalchemy import text

from inventory_service.services.metrics import (
    OPEN_CLAIM_OLDEST_S,
    UNRELEASED,
    UNRELEASED_OLDEST_S,
)
from service_common.db import Database
from service_common.outbox import Outbox

_AGES = text(
    """
    SELECT (SELECT extract(epoch FROM now() - min(held_until)) FROM seats
             WHERE status = 'HELD' AND claim_id IS NULL) AS hold,
           (SELECT count(*) FROM seats
             WHERE status = 'HELD' AND claim_id IS NULL
               AND held_until < now() - interval '10 seconds') AS unreleased,
           (SELECT extract(epoch FROM now() - min(created_at)) FROM seat_claims
             WHERE state = 'OPEN') AS claim
    """
)


class AgeService:
    """Sets the gauges."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    def measure_ages(self) -> None:
        """Look at everything that should be gone after a while."""
        with self._database.statement() as connection:
            ages = connection.execute(_AGES).one()
        UNRELEASED.set(ages.unreleased)
        UNRELEASED_OLDEST_S.set(max(0, ages.hold or 0))
        OPEN_CLAIM_OLDEST_S.set(max(0, ages.claim or 0))
        self._outbox.measure_age()
