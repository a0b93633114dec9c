"""The statements of a ticket's change of hands: complete, and reversed.

Each of both is one transaction that holds the transfer's row. Who owns the seat was
decided by the seat itself; here its books follow, one step after the other.
"""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from sqlalchemy import text

from order_service.models.transfer_statements import TRANSFER_COLUMNS

LOCK_TRANSFER = text(f"""
    SELECT {TRANSFER_COLUMNS} FROM transfers t
     WHERE t.transfer_id = :transfer_id FOR UPDATE
""")

# Nothing when the live item is not the seller's (yet).
RETIRE_SELLERS_ITEM = text("""
    UPDATE order_items i SET live = false
      FROM orders o
     WHERE i.seat_id = :seat_id AND i.live AND o.order_id = i.order_id
       AND o.user_id = :seller_id AND o.status = 'CONFIRMED'
    RETURNING i.order_id
""")

WRITE_BUYERS_ORDER = text("""
    WITH made AS (
        INSERT INTO orders
               (order_id, user_id, seat_id, event_id, transfer_id, status, total,
                currency, credits_charged, saga_id, confirmed_at)
        SELECT :order_id, t.buyer_user_id, t.seat_id, t.event_id, t.transfer_id,
               'CONFIRMED', t.credits_amount, t.currency, t.credits_amount, :saga_id,
               now()
          FROM transfers t WHERE t.transfer_id = :transfer_id
        RETURNING *
    )
    INSERT INTO order_items
           (order_id, seat_id, row_number, seat_number, category, price, live)
    SELECT made.order_id, i.seat_id, i.row_number, i.seat_number, i.category,
           made.total, true
      FROM made JOIN order_items i
        ON i.order_id = :sold_order_id AND i.seat_id = made.seat_id
""")

COMPLETE_TRANSFER = text(f"""
    UPDATE transfers t
       SET status = 'COMPLETED', completed_at = now(), completed_version = :version,
           saga_id = :saga_id, sold_order_id = :sold_order_id,
           bought_order_id = :order_id, unsettled = NULL, unsettled_since = NULL
     WHERE t.transfer_id = :transfer_id
    RETURNING {TRANSFER_COLUMNS}
""")

# Nothing when the buyer's item is not the live one (yet).
REFUND_BUYERS_ORDER = text("""
    WITH refunded AS (
        UPDATE order_items i SET live = false
         WHERE i.order_id = :bought_order_id AND i.seat_id = :seat_id AND i.live
        RETURNING i.order_id
    )
    UPDATE orders o SET status = 'REFUNDED'
      FROM refunded WHERE o.order_id = refunded.order_id
    RETURNING o.order_id
""")

REVIVE_SELLERS_ITEM = text("""
    UPDATE order_items i SET live = true
     WHERE i.order_id = :sold_order_id AND i.seat_id = :seat_id
""")

REVERSE_TRANSFER = text(f"""
    UPDATE transfers t
       SET status = 'REVERSED', ended_at = now(), reversal_saga_id = :saga_id,
           reversed_version = :version, unsettled = NULL, unsettled_since = NULL
     WHERE t.transfer_id = :transfer_id
    RETURNING {TRANSFER_COLUMNS}
""")
