"""What must always be true of seats_db, and the query that names what breaks it."""

from __future__ import annotations

from service_common.invariants import Rule
from service_common.parking import NO_MESSAGE_IS_PARKED

_OWNERS = (
    Rule(
        "I1",
        "one_owner_per_sold_seat",
        "seat",
        """
        SELECT seat_id FROM seats
         WHERE (status IN ('SOLD', 'CHECKED_IN')) <> (owner_user_id IS NOT NULL)
        """,
    ),
    Rule(
        "I2",
        "one_sale_per_hold",
        "hold",
        """
        SELECT hold_id FROM seat_claims
         WHERE state = 'CONFIRMED' AND kind = 'PURCHASE'
         GROUP BY hold_id HAVING count(*) > 1
        """,
    ),
    Rule(
        "I6",
        "confirmed_claims_match_sold_seats",
        "hold",
        """
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
    ),
    # The purchase makes it 1, and each confirmed transfer or reversal adds one.
    Rule(
        "I8",
        "ticket_version_counts_its_handovers",
        "seat",
        """
        WITH moved AS (
            SELECT seat_id, count(*) AS times FROM seat_claims
             WHERE state = 'CONFIRMED' AND kind = 'TRANSFER' GROUP BY seat_id
        )
        SELECT seat_id FROM seats LEFT JOIN moved USING (seat_id)
         WHERE ticket_version <> coalesce(times, 0)
               + CASE WHEN status IN ('SOLD', 'CHECKED_IN') THEN 1 ELSE 0 END
        """,
    ),
    Rule(
        "I9",
        "one_success_per_ticket",
        "seat",
        """
        SELECT seat_id FROM entry_logs WHERE result = 'SUCCESS' AND seat_id IS NOT NULL
         GROUP BY seat_id, ticket_version HAVING count(*) > 1
        """,
    ),
    Rule(
        "I9",
        "checked_in_seats_match_entry_logs",
        "seat",
        """
        SELECT s.seat_id FROM seats s
         WHERE (s.status = 'CHECKED_IN') <> EXISTS (
               SELECT 1 FROM entry_logs e
                WHERE e.seat_id = s.seat_id AND e.result = 'SUCCESS'
                  AND e.ticket_version = s.ticket_version)
        """,
    ),
)
_HOLDS_AND_CLAIMS = (
    Rule(
        "I12",
        "seats_of_a_hold_move_together",
        "hold",
        """
        SELECT hold_id FROM seats WHERE hold_id IS NOT NULL
         GROUP BY hold_id
        HAVING count(DISTINCT status = 'HELD') > 1 OR count(DISTINCT event_id) > 1
            OR count(*) FILTER (WHERE status = 'HELD' AND claim_id IS NOT NULL)
               NOT IN (0, count(*))
        """,
    ),
    # A release, take-over or sale that ignored an open claim leaves fewer seats
    # under it than it was made for.
    Rule(
        "I12",
        "open_claims_match_claimed_seats",
        "claim",
        """
        WITH claimed AS (
            SELECT claim_id, count(*) AS seats FROM seats
             WHERE claim_id IS NOT NULL GROUP BY claim_id
        ), open AS (
            SELECT claim_id, seat_count FROM seat_claims WHERE state = 'OPEN'
        )
        SELECT claim_id FROM claimed FULL JOIN open USING (claim_id)
         WHERE claimed.seats IS DISTINCT FROM open.seat_count
        """,
    ),
    # The sweeper comes every five seconds. A claim suspends the expiry, so after its
    # revocation the ten seconds begin anew.
    Rule(
        "L1",
        "no_seat_held_past_its_time",
        "seat",
        """
        SELECT seat_id FROM seats s
         WHERE status = 'HELD' AND claim_id IS NULL
           AND held_until < now() - interval '10 seconds'
           AND NOT EXISTS (
               SELECT 1 FROM seat_claims c
                WHERE c.hold_id = s.hold_id AND c.kind = 'PURCHASE'
                  AND c.closed_at >= now() - interval '10 seconds')
        """,
    ),
    # A saga is given up 60 s after its start; its next driver comes within a lease of
    # 15 s and a look of 2 s, and revoking takes moments.
    Rule(
        "L3",
        "no_claim_stays_open",
        "claim",
        """
        SELECT claim_id FROM seat_claims
         WHERE state = 'OPEN' AND created_at < now() - interval '80 seconds'
        """,
    ),
    Rule(
        "L4",
        "outbox_drained",
        "message",
        "SELECT id FROM outbox WHERE created_at < now() - interval '10 seconds'",
    ),
    NO_MESSAGE_IS_PARKED,
)
_CATALOGUE = (
    Rule(
        "",
        "seat_plans_match_seats",
        "event",
        """
        SELECT p.event_id FROM seat_plans p
          LEFT JOIN (SELECT event_id, count(*) AS seats FROM seats GROUP BY event_id) s
               USING (event_id)
         WHERE coalesce(s.seats, 0)
               <> CASE p.state WHEN 'CREATED' THEN p.seats_created ELSE 0 END
        """,
    ),
)
RULES = _OWNERS + _HOLDS_AND_CLAIMS + _CATALOGUE
