"""The statements of the reconciliation; every page is one range of an index."""

from __future__ import annotations

from sqlalchemy import text

_ORDER = """
    SELECT o.order_id, o.user_id, o.hold_id, o.transfer_id, o.saga_id, o.status,
           o.total, o.credits_charged,
           (SELECT count(*) FROM order_items i WHERE i.order_id = o.order_id)
               AS seat_count
      FROM orders o
"""

ORDERS_BY_ID = text(f"""
    {_ORDER}
     WHERE (CAST(:after AS uuid) IS NULL OR o.order_id > :after)
       AND (CAST(:status AS order_status) IS NULL OR o.status = :status)
       AND o.created_at <= now() - make_interval(secs => :older_than_s)
     ORDER BY o.order_id LIMIT :limit
""")
# All orders of the last saga come along, so that no page ends within a saga.
ORDERS_BY_SAGA = text(f"""
    {_ORDER}
     WHERE o.saga_id IS NOT NULL
       AND (CAST(:after AS uuid) IS NULL OR o.saga_id > :after)
     ORDER BY o.saga_id FETCH FIRST :limit ROWS WITH TIES
""")
ORDERS_OF_SAGAS = text(f"""
    {_ORDER}
     WHERE o.saga_id = ANY(CAST(:ids AS uuid[])) ORDER BY o.saga_id
""")

_LIVE_SEAT = """
    SELECT i.seat_id, i.order_id, o.user_id, o.saga_id
      FROM order_items i JOIN orders o USING (order_id)
     WHERE i.live
"""
LIVE_SEATS = text(f"""
    {_LIVE_SEAT} AND (CAST(:after AS uuid) IS NULL OR i.seat_id > :after)
     ORDER BY i.seat_id LIMIT :limit
""")
LIVE_SEATS_OF = text(f"""
    {_LIVE_SEAT} AND i.seat_id = ANY(CAST(:ids AS uuid[])) ORDER BY i.seat_id
""")
