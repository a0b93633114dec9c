"""What must always be true of users_db, and the query that names what breaks it."""

from __future__ import annotations

from service_common.invariants import Rule

RULES = (
    Rule(
        "I3",
        "balance_equals_ledger",
        "account",
        """
        SELECT account FROM (
            SELECT 'user:' || user_id AS account, credit_balance + credits_frozen AS has
              FROM users
        ) balances
        FULL JOIN (
            SELECT account, sum(amount) AS earned FROM credit_ledger
             WHERE account LIKE 'user:%' GROUP BY account
        ) legs USING (account)
        WHERE coalesce(has, 0) <> coalesce(earned, 0)
        """,
    ),
    Rule(
        "I3",
        "ledger_sums_to_zero",
        "sum",
        """
        SELECT 'off by ' || sum(amount) FROM credit_ledger
        HAVING coalesce(sum(amount), 0) <> 0
        """,
    ),
    Rule(
        "I3",
        "operation_has_two_legs_of_sum_zero",
        "operation",
        """
        SELECT operation_key FROM credit_ledger GROUP BY operation_key
        HAVING count(*) <> 2 OR sum(amount) <> 0
        """,
    ),
    Rule(
        "I4",
        "nothing_is_negative",
        "user",
        """
        SELECT user_id::text FROM users
         WHERE credit_balance < 0 OR credits_frozen < 0 OR credits_owed < 0
        """,
    ),
    Rule(
        "I5",
        "refund_undoes_its_charge",
        "operation",
        """
        SELECT DISTINCT refund.operation_key FROM credit_ledger refund
          LEFT JOIN credit_ledger charge
            ON charge.operation_key || '\\:reversed' = refund.operation_key
           AND charge.leg = refund.leg
         WHERE refund.kind IN ('REFUND', 'TRANSFER_REVERSAL', 'RETURN_REVERSAL')
           AND (charge.kind, charge.account, charge.amount)
               IS DISTINCT FROM (
                   CASE refund.kind WHEN 'REFUND' THEN 'DEDUCT'
                        ELSE replace(refund.kind, '_REVERSAL', '') END,
                   refund.account, -refund.amount)
        """,
    ),
    Rule(
        "I4",
        "frozen_equals_freezes",
        "user",
        """
        SELECT user_id::text FROM (
            SELECT user_id, credits_frozen FROM users WHERE credits_frozen <> 0
        ) frozen
        FULL JOIN (
            SELECT user_id, sum(held) AS held FROM credit_freezes
             WHERE held <> 0 GROUP BY user_id
        ) freezes USING (user_id)
        WHERE coalesce(credits_frozen, 0) <> coalesce(held, 0)
        """,
    ),
    Rule(
        "I4",
        "debt_equals_receivable",
        "user",
        """
        SELECT user_id::text FROM (
            SELECT user_id, credits_owed FROM users WHERE credits_owed <> 0
        ) debts
        FULL JOIN (
            SELECT user_id, sum(amount) AS receivable FROM credit_ledger
             WHERE account = 'platform:receivable' GROUP BY user_id
        ) legs USING (user_id)
        WHERE coalesce(credits_owed, 0) <> - coalesce(receivable, 0)
        """,
    ),
    Rule(
        "I11",
        "payment_is_credited_once",
        "payment",
        r"""
        SELECT coalesce(payment_intent_id, operation_key) FROM (
            SELECT payment_intent_id, 'stripe\:' || payment_intent_id AS operation_key,
                   user_id, received
              FROM stripe_payments WHERE credited
        ) payments
        FULL JOIN (
            SELECT operation_key, user_id, amount FROM credit_ledger
             WHERE kind = 'TOPUP' AND leg = 2 AND operation_key LIKE 'stripe\:%'
        ) credits USING (operation_key)
        WHERE (payments.user_id, received)
              IS DISTINCT FROM (credits.user_id, credits.amount)
        """,
    ),
    Rule(
        "I11",
        "topup_succeeded_only_by_payment",
        "topup",
        """
        SELECT topup_id::text FROM topups
         WHERE status = 'SUCCEEDED' AND NOT EXISTS (
               SELECT FROM stripe_payments
                WHERE credited AND stripe_payments.topup_id = topups.topup_id
                  AND stripe_payments.user_id = topups.user_id)
        """,
    ),
    Rule(
        "I11",
        "take_backs_are_all_that_is_due",
        "payment",
        """
        SELECT payment_intent_id
          FROM stripe_payments JOIN stripe_take_backs USING (payment_intent_id)
         GROUP BY payment_intent_id
        HAVING sum(taken) <> CASE
                   WHEN credited THEN least(received, sum(stripe_take_backs.amount))
                   ELSE 0 END
        """,
    ),
    Rule(
        "I11",
        "take_backs_equal_ledger",
        "source",
        r"""
        SELECT source_id FROM stripe_take_backs
          FULL JOIN (
            SELECT split_part(operation_key, '\:', 2) AS source_id, sum(amount) AS paid
              FROM credit_ledger
             WHERE account = 'platform:stripe'
               AND kind IN ('TOPUP_REFUND', 'CHARGEBACK', 'DEBT')
             GROUP BY 1
          ) legs USING (source_id)
         WHERE coalesce(taken, 0) <> coalesce(paid, 0)
        """,
    ),
)
