"""Hold, claim and confirm for many purchases in one statement.

Each does what is plainly there to be done: free seats, holds and claims as they should
be. Rows that somebody else has locked are passed over, never waited for, and the locks
come in seat order as everywhere. Whatever is left out is done, or refused, by the
statement for one.
"""

from __future__ import annotations

from sqlalchemy import text

from inventory_service.services.fragments import DUE, utc_text
from service_common.prepared import hot

# A seat that two of them want is taken by the first: only `may_take` holds are made.
# The other answers tell how their seats stood, which is enough for a plain refusal.
RESERVE_MANY = hot(
    text(
        f"""
    WITH holds AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:hold_ids AS uuid[]), CAST(:order_ids AS uuid[]),
            CAST(:user_ids AS uuid[]), CAST(:request_ids AS text[]),
            CAST(:seat_counts AS int[]), CAST(:may_take AS boolean[]))
          AS h(hold_id, order_id, user_id, request_id, seat_count, may_take)
    ), wishes AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:wishing AS uuid[]), CAST(:wished AS uuid[]))
            AS w(wanted_by, seat_id)
    ), asked AS MATERIALIZED (
        SELECT w.wanted_by, s.seat_id, event_id, row_number, seat_number, category,
               price, status, hold_id, order_id, held_by_user_id, held_until, claim_id,
               (status = 'AVAILABLE' OR ({DUE})) AS takeable
          FROM wishes w JOIN seats s USING (seat_id)
         WHERE s.seat_id = ANY(CAST(:wished AS uuid[]))
    ), fit AS MATERIALIZED (
        SELECT h.hold_id, h.seat_count
          FROM holds h JOIN asked a ON a.wanted_by = h.hold_id
         WHERE h.may_take
           AND NOT EXISTS (SELECT 1 FROM seats u WHERE u.hold_id = h.hold_id)
         GROUP BY h.hold_id, h.seat_count
        HAVING bool_and(a.status = 'AVAILABLE') AND count(DISTINCT a.event_id) = 1
           AND count(*) = h.seat_count
    ), locked AS MATERIALIZED (
        SELECT s.seat_id, fit.hold_id, fit.seat_count
          FROM fit JOIN wishes w ON w.wanted_by = fit.hold_id
          JOIN seats s ON s.seat_id = w.seat_id
         WHERE s.status = 'AVAILABLE' AND s.seat_id = ANY(CAST(:wished AS uuid[]))
         ORDER BY s.seat_id
           FOR UPDATE OF s SKIP LOCKED
    ), whole AS MATERIALIZED (
        SELECT hold_id FROM locked GROUP BY hold_id, seat_count
        HAVING count(*) = seat_count
    ), taken AS (
        UPDATE seats t
           SET status = 'HELD', hold_id = h.hold_id, order_id = h.order_id,
               held_by_user_id = h.user_id,
               held_until = now() + make_interval(secs => :ttl_s)
          FROM locked l JOIN whole USING (hold_id) JOIN holds h USING (hold_id)
         WHERE t.seat_id = l.seat_id
        RETURNING t.seat_id, t.hold_id, t.event_id, t.held_until
    ), told AS (
        INSERT INTO outbox (topic, payload, request_id)
        SELECT 'seat.hold',
               jsonb_build_object(
                   'hold_id', h.hold_id, 'order_id', h.order_id,
                   'event_id', t.event_id, 'user_id', h.user_id,
                   'held_until', {utc_text("t.held_until")}),
               h.request_id
          FROM (SELECT DISTINCT hold_id, event_id, held_until FROM taken) t
          JOIN holds h USING (hold_id)
    )
    SELECT a.*, true AS asked, t.seat_id IS NOT NULL AS taken,
           coalesce(t.held_until, a.held_until) AS until,
           greatest(0, floor(extract(
               epoch FROM coalesce(t.held_until, a.held_until) - now())))::int
               AS ttl_seconds,
           a.held_until > now() OR a.claim_id IS NOT NULL AS live,
           0 AS displaced
      FROM asked a
      LEFT JOIN taken t ON t.seat_id = a.seat_id AND t.hold_id = a.wanted_by
    """  # noqa: S608 - put together from constants only
    )
)

CLAIM_HOLDS = hot(
    text(
        """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:claim_ids AS uuid[]), CAST(:hold_ids AS uuid[]),
                             CAST(:user_ids AS uuid[]))
            AS a(claim_id, hold_id, user_id)
    ), target AS MATERIALIZED (
        SELECT hold_id, count(*) AS seat_count FROM seats
         WHERE hold_id = ANY(CAST(:hold_ids AS uuid[])) GROUP BY hold_id
    ), locked AS MATERIALIZED (
        SELECT s.seat_id, s.hold_id, a.claim_id
          FROM asked a JOIN seats s ON s.hold_id = a.hold_id
         WHERE s.hold_id = ANY(CAST(:hold_ids AS uuid[]))
           AND s.status = 'HELD' AND s.held_by_user_id = a.user_id
           AND s.held_until > now() AND s.claim_id IS NULL
           AND NOT EXISTS (SELECT 1 FROM seat_claims c WHERE c.claim_id = a.claim_id)
         ORDER BY s.seat_id
           FOR UPDATE OF s SKIP LOCKED
    ), whole AS MATERIALIZED (
        SELECT l.claim_id, l.hold_id, count(*) AS seat_count
          FROM locked l JOIN target t USING (hold_id)
         GROUP BY l.claim_id, l.hold_id, t.seat_count
        HAVING count(*) = t.seat_count
    ), marked AS (
        UPDATE seats t SET claim_id = w.claim_id
          FROM locked l JOIN whole w USING (claim_id)
         WHERE t.seat_id = l.seat_id
    )
    INSERT INTO seat_claims (claim_id, kind, hold_id, seat_count, state)
    SELECT claim_id, 'PURCHASE', hold_id, seat_count, 'OPEN' FROM whole
    RETURNING claim_id
    """
    )
)

CONFIRM_MANY = hot(
    text(
        """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:claim_ids AS uuid[]), CAST(:user_ids AS uuid[]))
            AS a(claim_id, user_id)
    ), locked AS MATERIALIZED (
        SELECT s.seat_id, s.claim_id
          FROM asked a JOIN seats s ON s.claim_id = a.claim_id
         WHERE s.claim_id = ANY(CAST(:claim_ids AS uuid[]))
           AND s.status = 'HELD' AND s.held_by_user_id = a.user_id
         ORDER BY s.seat_id
           FOR UPDATE OF s SKIP LOCKED
    ), closed AS (
        UPDATE seat_claims c SET state = 'CONFIRMED', closed_at = now()
          FROM (SELECT claim_id, count(*) AS seats FROM locked GROUP BY claim_id) l
         WHERE c.claim_id = l.claim_id AND c.kind = 'PURCHASE' AND c.state = 'OPEN'
           AND c.seat_count = l.seats
        RETURNING c.claim_id
    )
    UPDATE seats t
       SET status = 'SOLD', owner_user_id = t.held_by_user_id, price_paid = t.price,
           held_by_user_id = NULL, held_until = NULL,
           ticket_version = t.ticket_version + 1, claim_id = NULL
      FROM locked l JOIN closed c USING (claim_id)
     WHERE t.seat_id = l.seat_id
    RETURNING l.claim_id AS confirmed, t.seat_id, t.event_id, t.row_number,
              t.seat_number, t.category, t.price, t.ticket_version
    """
    )
)
