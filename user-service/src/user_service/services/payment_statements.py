"""The SQL of payments.

All events of a payment meet at its row in stripe_payments, which every transaction here
locks first. The keys of its movements are taken under that lock only, so the order of
locks is: payment, user. Nobody holds a user and waits for a payment.
"""

from __future__ import annotations

from sqlalchemy import text

# A webhook has time: Stripe waits longer than the customers at the till.
PATIENCE = text("SET LOCAL lock_timeout = '3s'")

# What was once known stays: events come late and repeatedly.
RECORD_PAYMENT = text(
    """
    INSERT INTO stripe_payments AS known
        (payment_intent_id, user_id, topup_id, received, problem)
    VALUES (:payment_intent_id, :user_id, :topup_id, :received, :problem)
    ON CONFLICT (payment_intent_id) DO UPDATE
       SET user_id = coalesce(known.user_id, excluded.user_id),
           topup_id = coalesce(known.topup_id, excluded.topup_id),
           received = coalesce(known.received, excluded.received),
           problem = CASE WHEN known.credited THEN NULL
                          ELSE coalesce(excluded.problem, known.problem) END
    RETURNING user_id, topup_id, received, credited
    """
)

# Our own row knows better than metadata whose payment it is.
FIND_TOPUP = text(
    """
    SELECT topup_id, user_id FROM topups
     WHERE payment_intent_id = :payment_intent_id OR topup_id = :topup_id
     LIMIT 1
    """
)

RECORD_TAKE_BACK = text(
    """
    INSERT INTO stripe_take_backs AS known
        (source_id, payment_intent_id, kind, amount)
    VALUES (:source_id, :payment_intent_id, :kind, :amount)
    ON CONFLICT (source_id) DO UPDATE
       SET amount = greatest(known.amount, excluded.amount)
    """
)

MARK_CREDITED = text(
    """
    UPDATE stripe_payments
       SET credited = true, problem = NULL, user_id = :user_id, topup_id = :topup_id
     WHERE payment_intent_id = :payment_intent_id AND NOT credited
    """
)

MARK_PROBLEM = text(
    """
    UPDATE stripe_payments SET problem = :problem
     WHERE payment_intent_id = :payment_intent_id AND NOT credited
    """
)

# A top-up that we do not know (yet) comes into being by its payment.
SUCCEED_TOPUP = text(
    """
    INSERT INTO topups (topup_id, user_id, amount, status, payment_intent_id)
    VALUES (:topup_id, :user_id, :amount, 'SUCCEEDED', :payment_intent_id)
    ON CONFLICT (topup_id) DO UPDATE
       SET status = 'SUCCEEDED',
           payment_intent_id =
               coalesce(topups.payment_intent_id, excluded.payment_intent_id)
    """
)

FAIL_TOPUP = text(
    """
    UPDATE topups
       SET status = 'FAILED',
           payment_intent_id = coalesce(payment_intent_id, :payment_intent_id)
     WHERE (payment_intent_id = :payment_intent_id OR topup_id = :topup_id)
       AND status <> 'SUCCEEDED'
    """
)

READ_TAKE_BACKS = text(
    """
    SELECT source_id, kind, amount, taken, handled FROM stripe_take_backs
     WHERE payment_intent_id = :payment_intent_id
     ORDER BY source_id
    """
)

MARK_TAKEN = text(
    """
    UPDATE stripe_take_backs SET taken = taken + :taken, handled = true
     WHERE source_id = :source_id
    """
)

FLAG_USER = text("UPDATE users SET is_flagged = true WHERE user_id = :user_id")
