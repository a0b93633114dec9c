"""The statements that read many orders at once."""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from sqlalchemy import text

from order_service.models.order_statements import ORDER_COLUMNS
from service_common.prepared import hot

# Of a seat that was sold on, its owner's order is what the gate asks for.
_IS_LIVE = """
    (CAST(:seat_id AS uuid) IS NOT NULL AND EXISTS (
        SELECT FROM order_items i
         WHERE i.order_id = o.order_id AND i.seat_id = :seat_id AND i.live))
"""
# A reservation that was refused after its hold stood leaves a FAILED order, so that a
# late creation cannot bring it to life; its buyer never heard of it.
# A filter that is NULL costs nothing: the driver writes the values into the text, so
# the planner sees `NULL IS NULL` and drops the condition.
# The orders of a seat are an array: an `IN (SELECT ...)` beside an OR is looked up for
# every order there is.
LIST_ORDERS = text(f"""
    WITH matching AS NOT MATERIALIZED (
        SELECT * FROM orders o
         WHERE o.failure_reason IS DISTINCT FROM 'RESERVATION_REFUSED'
           AND (CAST(:user_id AS uuid) IS NULL OR o.user_id = :user_id)
           AND (CAST(:status AS order_status) IS NULL OR o.status = :status)
           AND (CAST(:seat_id AS uuid) IS NULL OR o.order_id = ANY(ARRAY(
                    SELECT order_id FROM order_items WHERE seat_id = :seat_id)))
    ), page AS (
        SELECT o.*, {_IS_LIVE} AS is_live FROM matching o
         ORDER BY is_live DESC, created_at DESC, order_id DESC
         LIMIT :limit OFFSET :offset
    )
    SELECT counted.total AS total_found, {ORDER_COLUMNS}
      FROM (SELECT count(*) AS total FROM matching) counted LEFT JOIN page o ON true
     ORDER BY o.is_live DESC, o.created_at DESC, o.order_id DESC
""")

# A seat is paid for when an order that is confirmed has it: at most one, by its index.
FIND_PAID_SEATS = hot(
    text("""
    SELECT seat_id FROM order_items
     WHERE seat_id = ANY(CAST(:seat_ids AS uuid[])) AND live
""")
)

# What an event has sold; a ticket that was sold on was sold by the event once.
SUMMARY_BY_HOUR = text("""
    SELECT date_trunc('hour', o.confirmed_at, 'UTC') AS hour, o.currency,
           count(*) AS orders, sum(o.total) AS revenue,
           sum((SELECT count(*) FROM order_items i
                 WHERE i.order_id = o.order_id)) AS seats
      FROM orders o
     WHERE o.event_id = :event_id AND o.status = 'CONFIRMED' AND o.transfer_id IS NULL
     GROUP BY 1, 2 ORDER BY 1
""")
