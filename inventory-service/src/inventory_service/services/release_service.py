"""Give the seats of holds back, whoever asks: message, sweeper or holder.

All of them use one guarded statement. Take-over by the next buyer is part of
reserve_statement, with the same guard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, TextClause, text

from inventory_service.models import SeatStatus
from inventory_service.services.fragments import DUE, FREE_SEAT, released_rows
from inventory_service.services.metrics import RELEASES
from inventory_service.services.patience import tries
from inventory_service.services.records import ReleaseOutcome, ReleaseReason
from service_common.db import Database
from service_common.request_context import get_request_id

log = structlog.get_logger()

_SWEEP_BATCH = 100


def _release(holds: str, guard: str, lock: str) -> TextClause:
    """Release those of `holds` whose seats all pass the guard and could be locked.

    The guard is judged again on the locked rows as they are now, so the loser of a
    race with a claim, a confirmation, another release or a take-over frees nothing.
    Rows are locked in seat order, as everywhere.
    """
    return text(
        f"""
        WITH holds AS MATERIALIZED ({holds}), standing AS MATERIALIZED (
            SELECT hold_id, status, claim_id, ({guard}) AS passes FROM seats
             WHERE hold_id = ANY(ARRAY(SELECT hold_id FROM holds))
        ), locked AS MATERIALIZED (
            SELECT seat_id, event_id, row_number, seat_number, category, price,
                   hold_id, order_id, held_by_user_id
              FROM seats
             WHERE hold_id = ANY(ARRAY(SELECT hold_id FROM holds)) AND {guard}
             ORDER BY seat_id
               FOR UPDATE {lock}
        ), whole AS MATERIALIZED (
            SELECT l.hold_id FROM locked l GROUP BY l.hold_id
            HAVING count(*) =
                   (SELECT count(*) FROM standing s WHERE s.hold_id = l.hold_id)
        ), freed AS (
            UPDATE seats t SET {FREE_SEAT}
              FROM locked l JOIN whole w USING (hold_id)
             WHERE t.seat_id = l.seat_id
        ), told AS (
            INSERT INTO outbox (topic, payload, request_id)
            {
            released_rows(
                "locked",
                "CAST(:reason AS text)",
                "hold_id IN (SELECT hold_id FROM whole)",
            )
        }
        )
        SELECT hold_id, status, claim_id IS NOT NULL AS claimed, passes,
               hold_id IN (SELECT hold_id FROM whole) AS released
          FROM standing
        """  # noqa: S608 - put together from constants only
    )


_ONE_HOLD = "SELECT CAST(:hold_id AS uuid) AS hold_id"
_RELEASE_DUE = _release(_ONE_HOLD, DUE, "")
_RELEASE_EARLY = _release(_ONE_HOLD, "status = 'HELD' AND claim_id IS NULL", "")
# The sweeper waits for nobody: whoever has a row locked is about to settle it.
_SWEEP = _release(
    f"""
    SELECT hold_id FROM seats WHERE {DUE}
     GROUP BY hold_id ORDER BY min(held_until) LIMIT :batch
    """,  # noqa: S608 - put together from constants only
    DUE,
    "SKIP LOCKED",
)


class ReleaseService:
    """Ends holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def release_hold(
        self,
        hold_id: UUID,
        *,
        reason: ReleaseReason = ReleaseReason.HOLD_EXPIRED,
        time_left_s: float | None = None,
    ) -> ReleaseOutcome:
        """Free the seats of a hold that is due; for any other reason, before it is.

        Never a refusal: the outcome says what was found.
        """
        due = reason is ReleaseReason.HOLD_EXPIRED
        values = {
            "hold_id": hold_id,
            "reason": reason,
            "request_id": get_request_id(),
        }
        for _ in tries(time_left_s):
            with self._database.statement() as connection:
                standing = connection.execute(
                    _RELEASE_DUE if due else _RELEASE_EARLY, values
                ).all()
            if standing and standing[0].released:
                RELEASES.labels("message" if due else "holder").inc()
                log.info("hold_released", hold_id=str(hold_id), seats=len(standing))
                return ReleaseOutcome.RELEASED
            outcome = _outcome(standing)
            if outcome is not None:
                return outcome
        raise AssertionError("tries() ends by raising")

    def sweep_due_holds(self) -> int:
        """Release every hold that is due and that nobody is working on."""
        released_in_all = 0
        while True:
            with self._database.statement() as connection:
                standing = connection.execute(
                    _SWEEP,
                    {
                        "batch": _SWEEP_BATCH,
                        "reason": ReleaseReason.HOLD_EXPIRED,
                        "request_id": get_request_id(),
                    },
                ).all()
            released = {row.hold_id for row in standing if row.released}
            released_in_all += len(released)
            if len(released) < _SWEEP_BATCH:
                break
        if released_in_all:
            RELEASES.labels("sweeper").inc(released_in_all)
            log.info("holds_swept", holds=released_in_all)
        return released_in_all


def _outcome(standing: Sequence[Row[Any]]) -> ReleaseOutcome | None:
    """What a hold that was not released just now is; None to look again."""
    if not standing:
        return ReleaseOutcome.RELEASED
    if any(row.status != SeatStatus.HELD for row in standing):
        return ReleaseOutcome.ALREADY_SOLD
    if any(row.claimed for row in standing):
        return ReleaseOutcome.CLAIMED
    if not all(row.passes for row in standing):
        return ReleaseOutcome.NOT_DUE
    return None
