"""What must always be true of orders_db, and the query that names what breaks it."""

from __future__ import annotations

from service_common.invariants import Rule
from service_common.parking import NO_MESSAGE_IS_PARKED

# The database's own constraints refuse most of this; the queries are the proof that
# they were there all the time.
_ORDERS = (
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
# What a transfer does to the books is one transaction: its row, the buyer's order and
# the seller's item.
_TRANSFERS = (
    Rule(
        "I8",
        "transfer_that_happened_has_its_order",
        "transfer",
        """
        SELECT t.transfer_id FROM transfers t
          LEFT JOIN orders o ON o.order_id = t.bought_order_id
         WHERE t.status IN ('COMPLETED', 'DISPUTED', 'REVERSED')
           AND (t.completed_version = t.ticket_version + 1
                AND o.transfer_id = t.transfer_id
                AND o.user_id = t.buyer_user_id AND o.saga_id = t.saga_id
                AND o.credits_charged = t.credits_amount
                AND (o.status = 'REFUNDED') = (t.status = 'REVERSED')
                AND (t.status <> 'REVERSED'
                     OR t.reversed_version = t.completed_version + 1))
               IS NOT TRUE
        """,
    ),
    Rule(
        "I8",
        "order_of_a_transfer_is_of_one_that_happened",
        "order",
        """
        SELECT o.order_id FROM orders o JOIN transfers t USING (transfer_id)
         WHERE t.status NOT IN ('COMPLETED', 'DISPUTED', 'REVERSED')
            OR t.bought_order_id <> o.order_id
        """,
    ),
    # What it still owes the other services is done at once, or by the sweeper within
    # the bound of its saga.
    Rule(
        "L2",
        "no_transfer_stays_unsettled",
        "transfer",
        """
        SELECT transfer_id FROM transfers
         WHERE unsettled_since < now() - interval '80 seconds'
        """,
    ),
    Rule(
        "L5",
        "no_transfer_outlives_its_offer",
        "transfer",
        """
        SELECT transfer_id FROM transfers
         WHERE status IN ('INITIATED', 'PENDING_OTP') AND unsettled IS NULL
           AND expires_at < now() - interval '15 seconds'
        """,
    ),
    Rule(
        "L4",
        "transfer_outbox_drained",
        "message",
        """
        SELECT id FROM transfer_outbox
         WHERE created_at < now() - interval '10 seconds'
        """,
    ),
    NO_MESSAGE_IS_PARKED,
)
RULES = _ORDERS + _TRANSFERS
