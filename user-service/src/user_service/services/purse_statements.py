"""The SQL of purses: of people whose rows are locked."""

from __future__ import annotations

from sqlalchemy import text

# The lock that the movements of these people queue at, and what they have and owe. One
# order for all, whoever pays whom: A to B and B to A meet at the same row first.
LOCK_USERS = text(
    """
    SELECT user_id, credit_balance, credits_frozen, credits_owed FROM users
     WHERE user_id = ANY(CAST(:user_ids AS uuid[]))
     ORDER BY user_id FOR NO KEY UPDATE
    """
)

# Between what can be spent and what is set aside; both are his, so there are no legs.
SET_ASIDE = text(
    """
    UPDATE users
       SET credit_balance = credit_balance - :amount,
           credits_frozen = credits_frozen + :amount
     WHERE user_id = :user_id
    """
)

# Both legs of a movement and the user's row. The key is the last guard: a movement that
# was made before is an error here, and takes the whole event back.
MOVE_LEGS = text(
    """
    WITH moved AS (
        UPDATE users
           SET credit_balance = credit_balance + :to_balance,
               credits_owed = credits_owed + :to_debt
         WHERE user_id = :user_id
        RETURNING user_id, credit_balance
    )
    INSERT INTO credit_ledger
        (operation_key, leg, kind, account, user_id, amount, balance_after, reference)
    SELECT :operation_key, legs.leg, :kind, legs.account, moved.user_id, legs.amount,
           CASE WHEN legs.account = :user_account THEN moved.credit_balance END,
           :reference
      FROM moved CROSS JOIN (VALUES
           (1, CAST(:account_1 AS text), - CAST(:amount AS numeric)),
           (2, CAST(:account_2 AS text), CAST(:amount AS numeric))
           ) AS legs (leg, account, amount)
    """
)
