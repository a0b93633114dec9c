"""The statements that serve many purchases at once; what they leave out goes alone."""

from __future__ import annotations

from sqlalchemy import text

from service_common.prepared import hot

# Many charges of different people. The locks come in the order of every movement, keys
# before users, and each in one order of their own, so that two rounds cannot wait for
# one another. What is not plainly covered, or may need a code first, is not tried.
DEDUCT_MANY = hot(
    text(
        """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:operation_keys AS text[]), CAST(:user_ids AS uuid[]),
                             CAST(:amounts AS numeric[]), CAST(:notes AS text[]),
                             CAST(:purposes AS text[]))
               AS asked(operation_key, user_id, amount, reference, purpose)
    ), operation AS (
        INSERT INTO credit_ledger
            (operation_key, leg, kind, account, user_id, amount, reference)
        SELECT asked.operation_key, 1, 'DEDUCT', 'platform:sales', users.user_id,
               asked.amount, asked.reference
          FROM asked JOIN users USING (user_id)
         WHERE users.credit_balance >= asked.amount
           AND (asked.purpose IS NULL OR NOT users.is_flagged)
         ORDER BY asked.operation_key
        ON CONFLICT (operation_key, leg) DO NOTHING
        RETURNING operation_key, user_id, amount, reference
    ), locked AS MATERIALIZED (
        SELECT user_id FROM users
         WHERE user_id IN (SELECT user_id FROM operation)
         ORDER BY user_id
           FOR NO KEY UPDATE
    ), moved AS (
        UPDATE users
           SET credit_balance = users.credit_balance - operation.amount
          FROM operation JOIN locked USING (user_id)
         WHERE users.user_id = operation.user_id
        RETURNING operation.operation_key, users.credit_balance
    )
    INSERT INTO credit_ledger
        (operation_key, leg, kind, account, user_id, amount, balance_after, reference)
    SELECT operation_key, 2, 'DEDUCT', 'user:' || user_id, user_id, -amount,
           moved.credit_balance, reference
      FROM operation JOIN moved USING (operation_key)
    RETURNING operation_key, balance_after
    """
    )
)

READ_RISKS = hot(
    text(
        """
    SELECT u.user_id, u.is_flagged, u.credit_balance, a.purpose, a.reference,
           EXISTS (SELECT FROM otp_challenges c
                    WHERE c.user_id = u.user_id AND c.purpose = a.purpose
                      AND c.reference = a.reference AND c.state = 'VERIFIED')
           AS otp_verified
      FROM unnest(CAST(:user_ids AS uuid[]), CAST(:purposes AS text[]),
                  CAST(:references AS text[])) AS a(user_id, purpose, reference)
      JOIN users u USING (user_id)
    """
    )
)
