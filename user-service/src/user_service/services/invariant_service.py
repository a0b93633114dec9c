"""Judges what must always be true of users_db, in one snapshot."""

from __future__ import annotations

from sqlalchemy import text

from service_common.db import Database
from service_common.invariants import Invariant, judge

# Each query answers one row for each violation, naming it.
_VIOLATIONS = {
    "balance_equals_ledger": """
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
    "ledger_sums_to_zero": """
        SELECT 'off by ' || sum(amount) FROM credit_ledger
        HAVING coalesce(sum(amount), 0) <> 0
        """,
    "operation_has_two_legs_of_sum_zero": """
        SELECT operation_key FROM credit_ledger GROUP BY operation_key
        HAVING count(*) <> 2 OR sum(amount) <> 0
        """,
    "nothing_is_negative": """
        SELECT user_id::text FROM users
         WHERE credit_balance < 0 OR credits_frozen < 0 OR credits_owed < 0
        """,
    "refund_undoes_its_charge": """
        SELECT DISTINCT refund.operation_key FROM credit_ledger refund
          LEFT JOIN credit_ledger charge
            ON charge.operation_key || '\\:reversed' = refund.operation_key
           AND charge.leg = refund.leg
         WHERE refund.kind = 'REFUND'
           AND (charge.kind, charge.account, charge.amount)
               IS DISTINCT FROM ('DEDUCT', refund.account, -refund.amount)
        """,
    "debt_equals_receivable": """
        SELECT user_id::text FROM (
            SELECT user_id, credits_owed FROM users WHERE credits_owed <> 0
        ) debts
        FULL JOIN (
            SELECT user_id, sum(amount) AS receivable FROM credit_ledger
             WHERE account = 'platform:receivable' GROUP BY user_id
        ) legs USING (user_id)
        WHERE coalesce(credits_owed, 0) <> - coalesce(receivable, 0)
        """,
    "payment_is_credited_once": r"""
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
    "topup_succeeded_only_by_payment": """
        SELECT topup_id::text FROM topups
         WHERE status = 'SUCCEEDED' AND NOT EXISTS (
               SELECT FROM stripe_payments
                WHERE credited AND stripe_payments.topup_id = topups.topup_id
                  AND stripe_payments.user_id = topups.user_id)
        """,
    "take_backs_are_all_that_is_due": """
        SELECT payment_intent_id
          FROM stripe_payments JOIN stripe_take_backs USING (payment_intent_id)
         GROUP BY payment_intent_id
        HAVING sum(taken) <> CASE
                   WHEN credited THEN least(received, sum(stripe_take_backs.amount))
                   ELSE 0 END
        """,
    "take_backs_equal_ledger": r"""
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
}
_ONE_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
# The whole ledger is read, so it may take longer than an ordinary statement.
_PATIENCE = text("SET LOCAL statement_timeout = '25s'")


class InvariantService:
    """Looks at everything at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def judge(self) -> list[Invariant]:
        """Every invariant that this database can judge alone."""
        with self._database.transaction() as connection:
            connection.execute(_ONE_SNAPSHOT)
            connection.execute(_PATIENCE)
            return judge(connection, _VIOLATIONS)
