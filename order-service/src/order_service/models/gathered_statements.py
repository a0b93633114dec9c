"""The moves of many orders in one statement; what they leave out moves alone.

They answer with the orders that they moved, in the columns of ORDER_COLUMNS, and never
wait for a row: an order that somebody else is moving is left out too.
"""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from sqlalchemy import text

from order_service.models.order_statements import ORDER_COLUMNS, new_columns
from service_common.prepared import hot

CREATE_ORDERS = hot(
    text(f"""
    WITH asked AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:orders AS jsonb)) AS a(
            order_id uuid, user_id uuid, event_id uuid, hold_id uuid,
            currency text, seat_id uuid, seats jsonb)
    ), seats AS MATERIALIZED (
        SELECT asked.order_id, s.*
          FROM asked, jsonb_to_recordset(asked.seats) AS s(
            seat_id uuid, row_number text, seat_number int, category text,
            price numeric)
    ), made AS (
        INSERT INTO orders
               (order_id, user_id, seat_id, event_id, hold_id, total, currency)
        SELECT a.order_id, a.user_id, a.seat_id, a.event_id, a.hold_id,
               (SELECT sum(price) FROM seats WHERE seats.order_id = a.order_id),
               a.currency
          FROM asked a ORDER BY a.order_id
        ON CONFLICT (order_id) DO NOTHING
        RETURNING *
    ), items AS (
        INSERT INTO order_items
               (order_id, seat_id, row_number, seat_number, category, price)
        SELECT s.order_id, s.seat_id, s.row_number, s.seat_number, s.category, s.price
          FROM made JOIN seats s USING (order_id) ORDER BY s.seat_id
        RETURNING *
    )
    SELECT {new_columns("WHERE i.order_id = o.order_id")} FROM made o
""")
)

CONFIRM_ORDERS = hot(
    text(f"""
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:order_ids AS uuid[]), CAST(:saga_ids AS uuid[]))
               AS asked(order_id, saga_id)
    ), locked AS MATERIALIZED (
        SELECT order_id FROM orders
         WHERE order_id IN (SELECT order_id FROM asked) AND status = 'PENDING'
         ORDER BY order_id
           FOR NO KEY UPDATE SKIP LOCKED
    ), made AS (
        UPDATE orders o
           SET status = 'CONFIRMED', saga_id = asked.saga_id, confirmed_at = now(),
               credits_charged = total
          FROM asked JOIN locked USING (order_id)
         WHERE o.order_id = asked.order_id
        RETURNING o.*
    ), items AS (
        UPDATE order_items i SET live = true
          FROM made WHERE i.order_id = made.order_id
        RETURNING i.*
    )
    SELECT {new_columns("WHERE i.order_id = o.order_id")} FROM made o
""")
)

GET_ORDERS = hot(
    text(f"""
    SELECT {ORDER_COLUMNS} FROM orders o
     WHERE o.order_id = ANY(CAST(:order_ids AS uuid[]))
""")
)
