"""The statements that read many orders at once."""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from sqlalchemy import text

from order_service.models.order_statements import ORDER_COLUMNS

# A reservation that was refused after its hold stood leaves a FAILED order, so that a
# late creation cannot bring it to life; its buyer never heard of it.
# A filter that is NULL costs nothing: the driver writes the values into the text, so
# the planner sees `NULL IS NULL` and drops the condition.
LIST_ORDERS = text(f"""
    WITH matching AS NOT MATERIALIZED (
        SELECT * FROM orders o
         WHERE o.failure_reason IS DISTINCT FROM 'RESERVATION_REFUSED'
           AND (CAST(:user_id AS uuid) IS NULL OR o.user_id = :user_id)
           AND (CAST(:status AS order_status) IS NULL OR o.status = :status)
           AND (CAST(:seat_id AS uuid) IS NULL OR o.order_id IN (
                    SELECT order_id FROM order_items WHERE seat_id = :seat_id))
    ), page AS (
        SELECT * FROM matching
         ORDER BY created_at DESC, order_id DESC LIMIT :limit OFFSET :offset
    )
    SELECT counted.total AS total_found, {ORDER_COLUMNS}
      FROM (SELECT count(*) AS total FROM matching) counted LEFT JOIN page o ON true
     ORDER BY o.created_at DESC, o.order_id DESC
""")

ORDER_FACTS = text("""
    SELECT order_id, user_id, hold_id, saga_id, status, total FROM orders
     WHERE CAST(:after AS uuid) IS NULL OR order_id > :after
     ORDER BY order_id LIMIT :limit
""")

SUMMARY_BY_HOUR = text("""
    SELECT date_trunc('hour', o.confirmed_at, 'UTC') AS hour, o.currency,
           count(*) AS orders, sum(o.total) AS revenue,
           sum((SELECT count(*) FROM order_items i
                 WHERE i.order_id = o.order_id)) AS seats
      FROM orders o
     WHERE o.event_id = :event_id AND o.status = 'CONFIRMED'
     GROUP BY 1, 2 ORDER BY 1
""")
