"""What has to hold in orders_db at any moment, judged by this database alone."""

from __future__ import annotations

from service_common.db import Database
from service_common.invariants import Invariant, judge

# Name → the ids of what violates it. The database's own constraints refuse most of
# this; the queries are the proof that they were there all the time.
_VIOLATIONS = {
    "order_total_is_the_sum_of_its_items": """
        SELECT o.order_id FROM orders o
         WHERE o.total <> (SELECT coalesce(sum(i.price), 0) FROM order_items i
                            WHERE i.order_id = o.order_id)
    """,
    "order_has_items": """
        SELECT o.order_id FROM orders o
         WHERE NOT EXISTS (SELECT FROM order_items i WHERE i.order_id = o.order_id)
    """,
    "single_seat_is_named": """
        SELECT o.order_id FROM orders o
         WHERE o.seat_id IS DISTINCT FROM (
               SELECT CASE WHEN count(*) = 1 THEN CAST(min(CAST(i.seat_id AS text))
                           AS uuid) END
                 FROM order_items i WHERE i.order_id = o.order_id)
    """,
    "confirmed_order_is_charged_once_by_a_saga": """
        SELECT o.order_id FROM orders o
         WHERE (o.status IN ('CONFIRMED', 'REFUNDED')) IS DISTINCT FROM
               (o.confirmed_at IS NOT NULL AND o.saga_id IS NOT NULL
                AND o.credits_charged = o.total)
            OR (o.status IN ('PENDING', 'FAILED')
                AND (o.confirmed_at IS NOT NULL OR o.saga_id IS NOT NULL
                     OR o.credits_charged <> 0))
    """,
    "seat_has_at_most_one_live_item": """
        SELECT i.seat_id FROM order_items i
         WHERE i.live GROUP BY i.seat_id HAVING count(*) > 1
    """,
    "live_item_is_of_a_confirmed_order": """
        SELECT i.order_id FROM order_items i JOIN orders o USING (order_id)
         WHERE i.live AND o.status <> 'CONFIRMED'
    """,
    "seat_of_a_confirmed_order_has_a_live_item": """
        SELECT DISTINCT i.seat_id FROM order_items i JOIN orders o USING (order_id)
         WHERE o.status = 'CONFIRMED'
           AND NOT EXISTS (SELECT FROM order_items l
                            WHERE l.seat_id = i.seat_id AND l.live)
    """,
}


class InvariantService:
    """Judges the invariants of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def judge(self) -> list[Invariant]:
        """Every invariant, each judged in a snapshot of its own."""
        with self._database.statement() as connection:
            return judge(connection, _VIOLATIONS)
