"""ReserveSeat as one statement: one round trip, also when it is refused.

How it reads, from top to bottom:

`asked`    the seats asked for, as this statement's snapshot has them.
`kin`      the other seats of every hold met on them. A hold ends as a whole: who takes
           over one seat of an expired hold frees its other seats too, so its order is
           failed once and no seat is left behind under a hold that is no more.
`verdict`  whether the snapshot says that all of them can be had. Seats that are plainly
           held are refused here, without a lock: the losers of a stampede do not get
           into the winner's way.
`locked`   the rows, locked in seat order and without waiting, judged again as they are
           now: a row that changed since the snapshot is missing here. Its values are
           the newest ones.
`whole`    all or nothing.

A replay is answered from `asked` and `kin`, since nothing has to change for it.
"""

from __future__ import annotations

from sqlalchemy import text

from inventory_service.services.fragments import (
    DUE,
    FREE_SEAT,
    released_rows,
    utc_text,
)
from service_common.prepared import hot

_COLUMNS = """
    seat_id, event_id, row_number, seat_number, category, price, status,
    hold_id, order_id, held_by_user_id, held_until, claim_id
"""

RESERVE = hot(
    text(
        f"""
    WITH asked AS MATERIALIZED (
        SELECT {_COLUMNS}, (status = 'AVAILABLE' OR ({DUE})) AS takeable
          FROM seats WHERE seat_id = ANY(CAST(:seat_ids AS uuid[]))
    ), kin AS MATERIALIZED (
        SELECT {_COLUMNS} FROM seats
         WHERE hold_id = ANY(ARRAY(SELECT hold_id FROM asked WHERE status = 'HELD'))
           AND seat_id <> ALL(CAST(:seat_ids AS uuid[]))
    ), used AS MATERIALIZED (
        SELECT EXISTS (SELECT 1 FROM seats WHERE hold_id = :hold_id) AS hold_used
    ), verdict AS MATERIALIZED (
        SELECT count(*) = cardinality(CAST(:seat_ids AS uuid[]))
               AND bool_and(takeable) AND count(DISTINCT event_id) = 1
               AND NOT (SELECT hold_used FROM used) AS takeable
          FROM asked
    ), locked AS MATERIALIZED (
        SELECT {_COLUMNS} FROM seats
         WHERE (SELECT takeable FROM verdict)
           AND seat_id = ANY(ARRAY(
                   SELECT seat_id FROM asked UNION ALL SELECT seat_id FROM kin))
           AND (status = 'AVAILABLE' OR ({DUE}))
         ORDER BY seat_id
           FOR UPDATE NOWAIT
    ), whole AS MATERIALIZED (
        SELECT count(*) = (SELECT count(*) FROM asked) + (SELECT count(*) FROM kin)
               AS got
          FROM locked
    ), taken AS (
        UPDATE seats t
           SET status = 'HELD', hold_id = :hold_id, order_id = :order_id,
               held_by_user_id = :user_id,
               held_until = now() + make_interval(secs => :ttl_s)
          FROM locked l, whole w
         WHERE w.got AND t.seat_id = l.seat_id
           AND t.seat_id = ANY(CAST(:seat_ids AS uuid[]))
        RETURNING t.seat_id, t.event_id, t.held_until
    ), freed AS (
        UPDATE seats t SET {FREE_SEAT}
          FROM locked l, whole w
         WHERE w.got AND t.seat_id = l.seat_id AND l.status = 'HELD'
           AND t.seat_id <> ALL(CAST(:seat_ids AS uuid[]))
    ), told AS (
        INSERT INTO outbox (topic, payload, request_id)
        SELECT 'seat.hold',
               jsonb_build_object(
                   'hold_id', CAST(:hold_id AS uuid),
                   'order_id', CAST(:order_id AS uuid),
                   'event_id', event_id, 'user_id', CAST(:user_id AS uuid),
                   'held_until', {utc_text("held_until")}),
               CAST(:request_id AS text)
          FROM taken GROUP BY event_id, held_until
        UNION ALL
        {
            released_rows(
                "locked",
                "'HOLD_EXPIRED'",
                "status = 'HELD' AND (SELECT got FROM whole)",
            )
        }
    )
    SELECT s.*, t.seat_id IS NOT NULL AS taken,
           coalesce(t.held_until, s.held_until) AS until,
           greatest(0, floor(extract(
               epoch FROM coalesce(t.held_until, s.held_until) - now())))::int
               AS ttl_seconds,
           s.held_until > now() OR s.claim_id IS NOT NULL AS live,
           (SELECT hold_used FROM used) AS hold_used,
           (SELECT count(DISTINCT hold_id) FROM locked WHERE status = 'HELD')
               AS displaced
      FROM (SELECT *, true AS asked FROM asked
            UNION ALL SELECT *, false, false FROM kin) s
      LEFT JOIN taken t USING (seat_id)
    """  # noqa: S608 - put together from constants only
    )
)
