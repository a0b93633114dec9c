"""What must always be true of this database, asked of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from service_common.db import Database
from service_common.errors import InvalidInput
from service_common.invariants import Invariant, judge

_CLAIMS_PER_PAGE = 1000
HOLDS_PER_QUESTION_MAX = 1000
_FIRST = UUID(int=0)

# Each query names the offenders in one column.
_VIOLATIONS = {
    "one_owner_per_sold_seat": """
        SELECT seat_id FROM seats
         WHERE (status IN ('SOLD', 'CHECKED_IN')) <> (owner_user_id IS NOT NULL)
    """,
    # The sweeper comes every five seconds; a claim suspends the expiry.
    "no_seat_held_past_its_time": """
        SELECT seat_id FROM seats
         WHERE status = 'HELD' AND claim_id IS NULL
           AND held_until < now() - interval '10 seconds'
    """,
    "seats_of_a_hold_move_together": """
        SELECT hold_id FROM seats WHERE hold_id IS NOT NULL
         GROUP BY hold_id
        HAVING count(DISTINCT status = 'HELD') > 1 OR count(DISTINCT event_id) > 1
            OR count(*) FILTER (WHERE status = 'HELD' AND claim_id IS NOT NULL)
               NOT IN (0, count(*))
    """,
    "one_sale_per_hold": """
        SELECT hold_id FROM seat_claims
         WHERE state = 'CONFIRMED' AND kind = 'PURCHASE'
         GROUP BY hold_id HAVING count(*) > 1
    """,
    "confirmed_claims_match_sold_seats": """
        WITH sold AS (
            SELECT hold_id, count(*) AS seats FROM seats
             WHERE status IN ('SOLD', 'CHECKED_IN') GROUP BY hold_id
        ), claimed AS (
            SELECT hold_id, sum(seat_count) AS seats FROM seat_claims
             WHERE state = 'CONFIRMED' AND kind = 'PURCHASE' GROUP BY hold_id
        )
        SELECT coalesce(sold.hold_id, claimed.hold_id) FROM sold
          FULL JOIN claimed USING (hold_id)
         WHERE sold.seats IS DISTINCT FROM claimed.seats
    """,
    "open_claims_match_claimed_seats": """
        WITH claimed AS (
            SELECT claim_id, count(*) AS seats FROM seats
             WHERE claim_id IS NOT NULL GROUP BY claim_id
        ), open AS (
            SELECT claim_id, seat_count FROM seat_claims WHERE state = 'OPEN'
        )
        SELECT claim_id FROM claimed FULL JOIN open USING (claim_id)
         WHERE claimed.seats IS DISTINCT FROM open.seat_count
    """,
    "no_open_claim_older_than_60s": """
        SELECT claim_id FROM seat_claims
         WHERE state = 'OPEN' AND created_at < now() - interval '60 seconds'
    """,
    "checked_in_seats_match_entry_logs": """
        SELECT s.seat_id FROM seats s
         WHERE (s.status = 'CHECKED_IN') <> EXISTS (
               SELECT 1 FROM entry_logs e
                WHERE e.seat_id = s.seat_id AND e.result = 'SUCCESS'
                  AND e.ticket_version = s.ticket_version)
    """,
    "seat_plans_match_seats": """
        SELECT p.event_id FROM seat_plans p
         WHERE CASE p.state WHEN 'CREATED' THEN p.seats_created ELSE 0 END
               <> (SELECT count(*) FROM seats s WHERE s.event_id = p.event_id)
    """,
    "outbox_drained": """
        SELECT id FROM outbox WHERE created_at < now() - interval '10 seconds'
    """,
}
# A hold that was sold stands on its seats for good; one that was released is over once
# the outbox has told it.
_ENDED_HOLDS = text(
    """
    SELECT asked.hold_id FROM unnest(CAST(:hold_ids AS uuid[])) AS asked (hold_id)
     WHERE NOT EXISTS (SELECT 1 FROM seats s WHERE s.hold_id = asked.hold_id)
       AND NOT EXISTS (SELECT 1 FROM outbox o
                        WHERE o.topic = 'hold.released'
                          AND o.payload ->> 'hold_id' = CAST(asked.hold_id AS text))
    """
)
_CLAIMS = text(
    """
    SELECT claim_id, kind, state, hold_id, seat_count, created_at
      FROM seat_claims WHERE claim_id > :after
     ORDER BY claim_id LIMIT :limit
    """
)


class InvariantService:
    """Judges this database, and hands out what others need to judge the rest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def check_invariants(self) -> list[Invariant]:
        """Every invariant with its violations, in no particular snapshot."""
        with self._database.statement() as connection:
            return judge(connection, _VIOLATIONS)

    def list_claims(self) -> Iterator[Sequence[Row[Any]]]:
        """All claims by id, in pages."""
        after = _FIRST
        while True:
            with self._database.statement() as connection:
                page = connection.execute(
                    _CLAIMS, {"after": after, "limit": _CLAIMS_PER_PAGE}
                ).all()
            if page:
                yield page
                after = page[-1].claim_id
            if len(page) < _CLAIMS_PER_PAGE:
                return

    def find_ended_holds(self, hold_ids: Sequence[UUID]) -> list[UUID]:
        """Those that are over, and of whose end the order service has been told."""
        if len(hold_ids) > HOLDS_PER_QUESTION_MAX:
            raise InvalidInput(f"At most {HOLDS_PER_QUESTION_MAX} holds at once.")
        with self._database.statement() as connection:
            rows = connection.execute(_ENDED_HOLDS, {"hold_ids": list(hold_ids)})
            return [row.hold_id for row in rows]
