"""The statements that read many transfers, and tickets, at once."""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from sqlalchemy import text

from order_service.models.transfer_statements import TRANSFER_COLUMNS

# A filter that is NULL costs nothing: the driver writes the values into the text.
LIST_TRANSFERS = text(f"""
    WITH matching AS NOT MATERIALIZED (
        SELECT * FROM transfers t
         WHERE (CAST(:seller_id AS uuid) IS NULL OR t.seller_user_id = :seller_id)
           AND (CAST(:buyer_id AS uuid) IS NULL OR t.buyer_user_id = :buyer_id)
           AND (CAST(:party_id AS uuid) IS NULL
                OR t.seller_user_id = :party_id OR t.buyer_user_id = :party_id)
           AND (CAST(:status AS transfer_status) IS NULL OR t.status = :status)
    ), page AS (
        SELECT * FROM matching
         ORDER BY created_at DESC, transfer_id DESC LIMIT :limit OFFSET :offset
    )
    SELECT counted.total AS total_found, {TRANSFER_COLUMNS}
      FROM (SELECT count(*) AS total FROM matching) counted LEFT JOIN page t ON true
     ORDER BY t.created_at DESC, t.transfer_id DESC
""")

LIST_UNSETTLED = text(f"""
    SELECT {TRANSFER_COLUMNS} FROM transfers t
     WHERE t.unsettled IS NOT NULL
       AND t.unsettled_since <= now() - make_interval(secs => :older_than_s)
     ORDER BY t.unsettled_since, t.transfer_id LIMIT :limit
""")

TRANSFER_FACTS = text(f"""
    SELECT {TRANSFER_COLUMNS} FROM transfers t
     WHERE CAST(:after AS uuid) IS NULL OR t.transfer_id > :after
     ORDER BY t.transfer_id LIMIT :limit
""")

# Every seat that the person has ever bought and was not made to give back, with the
# transfer by which it went on, if it did.
LIST_TICKETS = text("""
    WITH matching AS NOT MATERIALIZED (
        SELECT i.seat_id, o.event_id, i.row_number, i.seat_number, i.category,
               i.price AS price_paid, o.confirmed_at AS acquired_at,
               CASE WHEN o.transfer_id IS NULL THEN 'purchase' ELSE 'transfer' END
                   AS acquired_by,
               o.order_id, i.live AS owned, t.completed_at AS sold_at,
               t.credits_amount AS sold_for,
               coalesce(t.transfer_id, o.transfer_id) AS transfer_id
          FROM orders o
          JOIN order_items i ON i.order_id = o.order_id
          LEFT JOIN transfers t ON t.sold_order_id = i.order_id
               AND t.seat_id = i.seat_id AND t.status IN ('COMPLETED', 'DISPUTED')
         WHERE o.user_id = :user_id AND o.status = 'CONFIRMED'
           AND CASE :scope WHEN 'owned' THEN i.live
                           WHEN 'sold' THEN t.transfer_id IS NOT NULL
                           ELSE true END
    ), page AS (
        SELECT *, CASE :scope WHEN 'sold' THEN sold_at ELSE acquired_at END AS newest
          FROM matching
         ORDER BY newest DESC, order_id DESC, row_number, seat_number, seat_id
         LIMIT :limit OFFSET :offset
    )
    SELECT counted.total AS total_found, page.*
      FROM (SELECT count(*) AS total FROM matching) counted LEFT JOIN page ON true
     ORDER BY page.newest DESC, page.order_id DESC, page.row_number,
              page.seat_number, page.seat_id
""")
