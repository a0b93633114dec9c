"""The statements that make and move orders: one round trip each, compare-and-set.

Each of the three moving statements answers with the order after its own move
(`moved`), or else with the order as its snapshot shows it. A snapshot is taken before
the statement waits for somebody else's row lock, so an answer that did not move and
shows no order, or one that is still PENDING, was overtaken: ask again with a new
snapshot.
"""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from sqlalchemy import text

from service_common.prepared import hot

# Items are JSON in both directions, so that an order and its seats are one row.
_SEATS = """
    SELECT * FROM jsonb_to_recordset(CAST(:seats AS jsonb)) AS s(
        seat_id uuid, row_number text, seat_number int, category text, price numeric)
"""
_SEATS_JSON = """
    json_agg(json_build_object(
        'seat_id', i.seat_id, 'row_number', i.row_number,
        'seat_number', i.seat_number, 'category', i.category,
        'price', CAST(i.price AS text))
     ORDER BY i.row_number, i.seat_number, i.seat_id)
"""
# In seat order, in the table too, so that whoever sets `live` on the seats of two
# orders meets them in one order and cannot deadlock.
_INSERT_ITEMS = """
    INSERT INTO order_items
           (order_id, seat_id, row_number, seat_number, category, price)
    SELECT made.order_id, s.seat_id, s.row_number, s.seat_number, s.category, s.price
      FROM made, seats s ORDER BY s.seat_id
    RETURNING *
"""
ORDER_COLUMNS = f"""
    o.order_id, o.user_id, o.event_id, o.hold_id, o.status, o.total, o.currency,
    o.credits_charged, o.saga_id, o.transfer_id, o.failure_reason, o.created_at,
    o.confirmed_at,
    (SELECT {_SEATS_JSON} FROM order_items i WHERE i.order_id = o.order_id) AS seats
"""


def new_columns(which: str = "") -> str:
    """The same for an order whose items only this very statement can see yet.

    They are in `items i`, where `which` tells those of one order from the others.
    """
    return f"""
        o.order_id, o.user_id, o.event_id, o.hold_id, o.status, o.total, o.currency,
        o.credits_charged, o.saga_id, o.transfer_id, o.failure_reason, o.created_at,
        o.confirmed_at,
        (SELECT {_SEATS_JSON} FROM items i {which}) AS seats
    """


_NEW_COLUMNS = new_columns()


CREATE_ORDER = hot(
    text(f"""
    WITH seats AS ({_SEATS}), made AS (
        INSERT INTO orders
               (order_id, user_id, seat_id, event_id, hold_id, total, currency)
        SELECT CAST(:order_id AS uuid), CAST(:user_id AS uuid), CAST(:seat_id AS uuid),
               CAST(:event_id AS uuid), CAST(:hold_id AS uuid), sum(price), :currency
          FROM seats
        ON CONFLICT (order_id) DO NOTHING
        RETURNING *
    ), items AS ({_INSERT_ITEMS})
    SELECT true AS moved, {_NEW_COLUMNS} FROM made o
    UNION ALL
    SELECT false, {ORDER_COLUMNS} FROM orders o
     WHERE o.order_id = :order_id AND NOT EXISTS (SELECT FROM made)
""")
)

CONFIRM_ORDER = hot(
    text(f"""
    WITH made AS (
        UPDATE orders
           SET status = 'CONFIRMED', saga_id = :saga_id, confirmed_at = now(),
               credits_charged = total
         WHERE order_id = :order_id AND status = 'PENDING'
        RETURNING *
    ), items AS (
        UPDATE order_items i SET live = true
          FROM made WHERE i.order_id = made.order_id
        RETURNING i.*
    )
    SELECT true AS moved, {_NEW_COLUMNS} FROM made o
    UNION ALL
    SELECT false, {ORDER_COLUMNS} FROM orders o
     WHERE o.order_id = :order_id AND NOT EXISTS (SELECT FROM made)
""")
)

# For an order that nobody has written yet this writes the tombstone, with the seats
# of the message, so that the create which comes late finds its order FAILED.
FAIL_ORDER = text(f"""
    WITH seats AS ({_SEATS}), moved AS (
        UPDATE orders SET status = 'FAILED', failure_reason = :reason
         WHERE order_id = :order_id AND status = 'PENDING' AND hold_id = :hold_id
        RETURNING *
    ), made AS (
        INSERT INTO orders
               (order_id, user_id, seat_id, event_id, hold_id, total, currency,
                status, failure_reason)
        SELECT CAST(:order_id AS uuid), CAST(:user_id AS uuid), CAST(:seat_id AS uuid),
               CAST(:event_id AS uuid), CAST(:hold_id AS uuid), sum(price), :currency,
               'FAILED', :reason
          FROM seats
        ON CONFLICT (order_id) DO NOTHING
        RETURNING *
    ), items AS ({_INSERT_ITEMS})
    SELECT true AS moved, {_NEW_COLUMNS} FROM made o
    UNION ALL
    SELECT true, {ORDER_COLUMNS} FROM moved o
    UNION ALL
    SELECT false, {ORDER_COLUMNS} FROM orders o
     WHERE o.order_id = :order_id AND NOT EXISTS (SELECT FROM moved)
""")

GET_ORDER = hot(
    text(f"SELECT {ORDER_COLUMNS} FROM orders o WHERE o.order_id = :order_id")
)
