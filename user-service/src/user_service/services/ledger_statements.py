"""The SQL of the credit ledger.

One lock order everywhere: the operation's key first (leg 1), the user's row second.
The platform has no row of its own to lock: its balance is the sum of its legs.
"""

from __future__ import annotations

from sqlalchemy import text

from service_common.prepared import hot

# Whether somebody may pay for this: where a purpose is named, who is flagged has to
# have entered a code for it.
MAY_PAY = """
    (CAST(:purpose AS text) IS NULL OR NOT users.is_flagged
     OR EXISTS (SELECT FROM otp_challenges challenge
                 WHERE challenge.user_id = users.user_id
                   AND challenge.purpose = CAST(:purpose AS text)
                   AND challenge.reference = :reference
                   AND challenge.state = 'VERIFIED'))
"""

# A charge (negative amount) or a top-up (positive): both legs and the balance, or
# nothing. Who arrives second under a key waits for the first and then does nothing.
# An unknown user inserts no key. A balance that plainly does not suffice inserts none
# either; between concurrent charges the CHECK on the user's row decides, and takes the
# whole statement back. Nor is somebody charged who has to enter a code first.
MOVE = hot(
    text(
        f"""
    WITH operation AS (
        INSERT INTO credit_ledger
            (operation_key, leg, kind, account, user_id, amount, reference)
        SELECT :operation_key, 1, :kind, :platform_account, user_id,
               :platform_amount, :reference
          FROM users
         WHERE user_id = :user_id AND credit_balance - :platform_amount >= 0
           AND {MAY_PAY}
        ON CONFLICT (operation_key, leg) DO NOTHING
        RETURNING operation_key, kind, user_id, amount, reference
    ), moved AS (
        UPDATE users
           SET credit_balance = users.credit_balance - operation.amount
          FROM operation
         WHERE users.user_id = operation.user_id
        RETURNING users.credit_balance
    )
    INSERT INTO credit_ledger
        (operation_key, leg, kind, account, user_id, amount, balance_after, reference)
    SELECT operation_key, 2, kind, :user_account, user_id, -amount,
           moved.credit_balance, reference
      FROM operation CROSS JOIN moved
    RETURNING balance_after
    """  # noqa: S608 - put together from constants only
    ).bindparams(purpose=None)
)

# The undo of a charge. `DO UPDATE` waits for a charge in flight and then sees it;
# `DO NOTHING` would wait too, but read from a snapshot in which the charge is not
# there yet, and lose the refund. Where nothing was charged the key stays taken by a
# tombstone, so that a charge which is still on its way finds it.
# A key that names another movement is left alone.
REVERSE = text(
    """
    WITH operation AS (
        INSERT INTO credit_ledger AS ledger
            (operation_key, leg, kind, account, user_id, amount, reference)
        VALUES (:operation_key, 1, 'TOMBSTONE', 'platform:sales', :user_id, 0,
                :reference)
        ON CONFLICT (operation_key, leg) DO UPDATE SET kind = ledger.kind
        RETURNING operation_key, kind, user_id, amount
    ), tombstone AS (
        INSERT INTO credit_ledger
            (operation_key, leg, kind, account, user_id, amount, reference)
        SELECT operation_key, 2, 'TOMBSTONE', :user_account, user_id, 0, :reference
          FROM operation
         WHERE kind = 'TOMBSTONE'
        ON CONFLICT (operation_key, leg) DO NOTHING
    ), refund AS (
        INSERT INTO credit_ledger
            (operation_key, leg, kind, account, user_id, amount, reference)
        SELECT :reversal_key, 1, 'REFUND', 'platform:sales', user_id, -amount,
               :reference
          FROM operation
         WHERE kind = 'DEDUCT' AND user_id = :user_id AND amount = :amount
        ON CONFLICT (operation_key, leg) DO NOTHING
        RETURNING operation_key, kind, user_id, amount, reference
    ), refunded AS (
        UPDATE users
           SET credit_balance = users.credit_balance - refund.amount
          FROM refund
         WHERE users.user_id = refund.user_id
        RETURNING users.credit_balance
    ), entry AS (
        INSERT INTO credit_ledger
            (operation_key, leg, kind, account, user_id, amount, balance_after,
             reference)
        SELECT operation_key, 2, kind, :user_account, user_id, -amount,
               refunded.credit_balance, reference
          FROM refund CROSS JOIN refunded
        RETURNING balance_after
    )
    SELECT operation.kind, operation.user_id, operation.amount, entry.balance_after
      FROM operation LEFT JOIN entry ON true
    """
)

# How an operation stands, for those who did not carry it out themselves.
READ_OPERATION = text(
    """
    SELECT operation.kind, operation.user_id, operation.amount AS platform_amount,
           entry.balance_after,
           refund.balance_after AS balance_after_refund
      FROM credit_ledger operation
      JOIN credit_ledger entry
        ON entry.operation_key = operation.operation_key AND entry.leg = 2
      LEFT JOIN credit_ledger refund
        ON refund.operation_key = :reversal_key AND refund.leg = 2
     WHERE operation.operation_key = :operation_key AND operation.leg = 1
    """
)

READ_BALANCE = text("SELECT credit_balance FROM users WHERE user_id = :user_id")
# Why a charge was not made.
READ_PAYER = text(
    f"""
    SELECT credit_balance, {MAY_PAY} AS may_pay FROM users WHERE user_id = :user_id
    """  # noqa: S608 - put together from constants only
)

# What a person's credits went through, newest first.
READ_HISTORY = text(
    """
    SELECT entry_id, kind, amount, balance_after, reference, created_at
      FROM credit_ledger
     WHERE account = :user_account AND balance_after IS NOT NULL
     ORDER BY entry_no DESC
     LIMIT :page_size OFFSET :offset
    """
)
COUNT_HISTORY = text(
    """
    SELECT count(*) FROM credit_ledger
     WHERE account = :user_account AND balance_after IS NOT NULL
    """
)
