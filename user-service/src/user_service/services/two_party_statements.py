"""The SQL of credits between two people.

The same lock order as everywhere: the operation's key first (leg 1, the payee's), then
the freeze that is used up by it, then both users' rows in the order of their ids. The
keys of what an operation lends and settles are taken last, but nobody else takes them.
"""

from __future__ import annotations

from sqlalchemy import text

# Who arrives second under a key waits for the first, and then takes nothing: what the
# first did is seen by the next statement, which has a snapshot of its own. The balance
# of the leg is not known yet.
TAKE_KEY = text(
    """
    INSERT INTO credit_ledger
        (operation_key, leg, kind, account, user_id, amount, reference)
    VALUES (:operation_key, 1, :kind, :payee_account, :payee_id, :amount, :reference)
    ON CONFLICT (operation_key, leg) DO NOTHING
    """
)

# The other leg of a key that was taken by an undo which came first.
BURY = text(
    """
    INSERT INTO credit_ledger
        (operation_key, leg, kind, account, user_id, amount, reference)
    VALUES (:operation_key, 2, 'TOMBSTONE', :payer_account, :payer_id, 0, :reference)
    """
)

# Both balances, and both legs with them. A history is read in the order of entry_no, so
# leg 1 draws its own anew: both users are locked by now.
MOVE_BETWEEN = text(
    """
    WITH moved AS (
        UPDATE users
           SET credit_balance = users.credit_balance + change.to_balance,
               credits_frozen = users.credits_frozen + change.to_frozen
          FROM (VALUES
                (CAST(:payee_id AS uuid), CAST(:amount AS numeric), 0.00),
                (CAST(:payer_id AS uuid), CAST(:payer_to_balance AS numeric),
                 CAST(:payer_to_frozen AS numeric))
               ) AS change (user_id, to_balance, to_frozen)
         WHERE users.user_id = change.user_id
        RETURNING users.user_id, users.credit_balance
    ), payee_leg AS (
        UPDATE credit_ledger
           SET balance_after = moved.credit_balance, entry_no = DEFAULT,
               created_at = clock_timestamp()
          FROM moved
         WHERE operation_key = :operation_key AND leg = 1 AND moved.user_id = :payee_id
    )
    INSERT INTO credit_ledger
        (operation_key, leg, kind, account, user_id, amount, balance_after, reference)
    SELECT :operation_key, 2, :kind, :payer_account, user_id,
           - CAST(:amount AS numeric), credit_balance, :reference
      FROM moved
     WHERE user_id = :payer_id
    """
)

# How an operation stands. The balance of him who gets something is told after his debt
# was settled from it.
READ_TWO_PARTY = text(
    """
    SELECT payee.kind, payee.account AS payee_account, payer.account AS payer_account,
           payee.amount,
           payer.balance_after AS payer_balance,
           coalesce(settled.balance_after, payee.balance_after) AS payee_balance,
           coalesce(loan.amount, 0) AS owed,
           payer_undone.operation_key IS NOT NULL AS undone,
           coalesce(undo_settled.balance_after, payer_undone.balance_after)
               AS payer_balance_undone,
           payee_undone.balance_after AS payee_balance_undone
      FROM credit_ledger payee
      LEFT JOIN credit_ledger payer
        ON payer.operation_key = payee.operation_key AND payer.leg = 2
      LEFT JOIN credit_ledger settled
        ON settled.operation_key = :settled_key AND settled.leg = 2
      LEFT JOIN credit_ledger loan
        ON loan.operation_key = :owed_key AND loan.leg = 2
      LEFT JOIN credit_ledger payee_undone
        ON payee_undone.operation_key = :reversal_key AND payee_undone.leg = 1
      LEFT JOIN credit_ledger payer_undone
        ON payer_undone.operation_key = :reversal_key AND payer_undone.leg = 2
      LEFT JOIN credit_ledger undo_settled
        ON undo_settled.operation_key = :undo_settled_key AND undo_settled.leg = 2
     WHERE payee.operation_key = :operation_key AND payee.leg = 1
    """
)
