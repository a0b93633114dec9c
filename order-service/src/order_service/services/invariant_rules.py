"""What must always be true of orders_db, and the query that names what breaks it."""

from __future__ import annotations

from service_common.invariants import Rule

# The database's own constraints refuse most of this; the queries are the proof that
# they were there all the time.
RULES = (
    Rule(
        "",
        "order_total_is_the_sum_of_its_items",
        "order",
        """
        SELECT o.order_id FROM orders o
         WHERE o.total <> (SELECT coalesce(sum(i.price), 0) FROM order_items i
                            WHERE i.order_id = o.order_id)
        """,
    ),
    Rule(
        "",
        "order_has_items",
        "order",
        """
        SELECT o.order_id FROM orders o
         WHERE NOT EXISTS (SELECT FROM order_items i WHERE i.order_id = o.order_id)
        """,
    ),
    Rule(
        "",
        "single_seat_is_named",
        "order",
        """
        SELECT o.order_id FROM orders o
         WHERE o.seat_id IS DISTINCT FROM (
               SELECT CASE WHEN count(*) = 1 THEN CAST(min(CAST(i.seat_id AS text))
                           AS uuid) END
                 FROM order_items i WHERE i.order_id = o.order_id)
        """,
    ),
    Rule(
        "I6",
        "confirmed_order_is_charged_once_by_a_saga",
        "order",
        """
        SELECT o.order_id FROM orders o
         WHERE (o.status IN ('CONFIRMED', 'REFUNDED')) IS DISTINCT FROM
               (o.confirmed_at IS NOT NULL AND o.saga_id IS NOT NULL
                AND o.credits_charged = o.total)
            OR (o.status IN ('PENDING', 'FAILED')
                AND (o.confirmed_at IS NOT NULL OR o.saga_id IS NOT NULL
                     OR o.credits_charged <> 0))
        """,
    ),
    Rule(
        "I1",
        "seat_has_at_most_one_live_item",
        "seat",
        """
        SELECT i.seat_id FROM order_items i
         WHERE i.live GROUP BY i.seat_id HAVING count(*) > 1
        """,
    ),
    Rule(
        "I1",
        "live_item_is_of_a_confirmed_order",
        "order",
        """
        SELECT i.order_id FROM order_items i JOIN orders o USING (order_id)
         WHERE i.live AND o.status <> 'CONFIRMED'
        """,
    ),
    Rule(
        "I1",
        "seat_of_a_confirmed_order_has_a_live_item",
        "seat",
        """
        SELECT DISTINCT i.seat_id FROM order_items i JOIN orders o USING (order_id)
         WHERE o.status = 'CONFIRMED'
           AND NOT EXISTS (SELECT FROM order_items l
                            WHERE l.seat_id = i.seat_id AND l.live)
        """,
    ),
)
