"""Judges what must always be true of users_db, in one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, TextClause, text

from service_common.db import Database

_EXAMPLES_MAX = 5


def _violations(query: str) -> TextClause:
    """Count what the query finds, and take a few of them as examples."""
    return text(
        "SELECT violation, count(*) OVER () AS violations"  # noqa: S608 - our own text
        f" FROM ({query}) AS found (violation) LIMIT {_EXAMPLES_MAX}"
    )


# Each query answers one row for each violation, naming it.
_INVARIANTS: dict[str, TextClause] = {
    "balance_equals_ledger": _violations(
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
        """
    ),
    "ledger_sums_to_zero": _violations(
        """
        SELECT 'off by ' || sum(amount) FROM credit_ledger
        HAVING coalesce(sum(amount), 0) <> 0
        """
    ),
    "operation_has_two_legs_of_sum_zero": _violations(
        """
        SELECT operation_key FROM credit_ledger GROUP BY operation_key
        HAVING count(*) <> 2 OR sum(amount) <> 0
        """
    ),
    "nothing_is_negative": _violations(
        """
        SELECT user_id::text FROM users
         WHERE credit_balance < 0 OR credits_frozen < 0 OR credits_owed < 0
        """
    ),
    "refund_undoes_its_charge": _violations(
        """
        SELECT DISTINCT refund.operation_key FROM credit_ledger refund
          LEFT JOIN credit_ledger charge
            ON charge.operation_key || '\\:reversed' = refund.operation_key
           AND charge.leg = refund.leg
         WHERE refund.kind = 'REFUND'
           AND (charge.kind, charge.account, charge.amount)
               IS DISTINCT FROM ('DEDUCT', refund.account, -refund.amount)
        """
    ),
}
_ONE_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
# The whole ledger is read, so it may take longer than an ordinary statement.
_PATIENCE = text("SET LOCAL statement_timeout = '25s'")


@dataclass(frozen=True, slots=True)
class Invariant:
    """One sentence about the data, true or not."""

    name: str
    violations: int
    examples: list[str]

    @property
    def holds(self) -> bool:
        """Whether nothing contradicts it."""
        return self.violations == 0


class InvariantService:
    """Looks at everything at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def judge(self) -> list[Invariant]:
        """Every invariant that this database can judge alone."""
        with self._database.transaction() as connection:
            connection.execute(_ONE_SNAPSHOT)
            connection.execute(_PATIENCE)
            return [
                _judge(name, connection.execute(query).all())
                for name, query in _INVARIANTS.items()
            ]


def _judge(name: str, found: Sequence[Row[Any]]) -> Invariant:
    examples = [row.violation for row in found]
    return Invariant(name, found[0].violations if found else 0, examples)
