"""What each operation on credits came to, for the reconciliation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text

from service_common.db import Database
from user_service.models.credit_ledger import REVERSAL_SUFFIX

Rows = Sequence[Row[Any]]

# Every operation once, with what it and its reversal left on the account of its leg 2.
# A debt is no user's leg: it was taken from the platform.
_FACT = """
    SELECT entry.operation_key, entry.kind, entry.user_id, entry.reference,
           entry.amount + coalesce(refund.amount, 0) AS net,
           CASE WHEN entry.kind IN ('TRANSFER', 'RETURN')
                THEN - entry.amount - coalesce(refund.amount, 0) END AS amount
      FROM credit_ledger entry
      LEFT JOIN credit_ledger refund
        ON refund.operation_key = entry.operation_key || :reversal_suffix
       AND refund.leg = 2
     WHERE entry.leg = 2
"""
_LIST = text(
    f"""
    {_FACT} AND entry.operation_key > :after
       AND entry.kind NOT IN ('REFUND', 'DEBT', 'TRANSFER_REVERSAL', 'RETURN_REVERSAL')
     ORDER BY entry.operation_key LIMIT :limit
    """
)
_FIND = text(
    f"""
    {_FACT} AND entry.operation_key = ANY(CAST(:operation_keys AS text[]))
    """
)
_DRIFT = text(
    """
    SELECT coalesce(sum(abs(coalesce(has, 0) - coalesce(earned, 0))), 0) AS drift
      FROM (
        SELECT 'user:' || user_id AS account, credit_balance + credits_frozen AS has
          FROM users
      ) balances
      FULL JOIN (
        SELECT account, sum(amount) AS earned FROM credit_ledger
         WHERE account LIKE 'user:%' GROUP BY account
      ) legs USING (account)
    """
)

# The whole ledger is read, so it may take longer than an ordinary statement.
_PATIENCE = text("SET LOCAL statement_timeout = '9s'")


@dataclass(frozen=True, slots=True)
class FactsPage:
    """Operations in the order of their keys; `following` is None at the end."""

    facts: Rows
    following: str | None


class CreditFacts:
    """The ledger, read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_facts(self, *, after: str, limit: int) -> FactsPage:
        """The operations whose keys follow `after`."""
        with self._database.statement() as connection:
            facts = connection.execute(
                _LIST,
                {"after": after, "limit": limit, "reversal_suffix": REVERSAL_SUFFIX},
            ).all()
        full = len(facts) == limit
        return FactsPage(facts, facts[-1].operation_key if full else None)

    def measure_drift(self) -> Decimal:
        """How far balances and ledger are apart, over all accounts; zero is right."""
        with self._database.transaction() as connection:
            connection.execute(_PATIENCE)
            return Decimal(connection.execute(_DRIFT).scalar_one())

    def find_facts(self, operation_keys: Sequence[str]) -> Rows:
        """The operations under these keys, as far as there are any."""
        with self._database.statement() as connection:
            return connection.execute(
                _FIND,
                {
                    "operation_keys": list(operation_keys),
                    "reversal_suffix": REVERSAL_SUFFIX,
                },
            ).all()
