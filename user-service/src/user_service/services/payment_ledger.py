"""What payments do to credits: each movement in double entry, debts included.

The caller holds the payment and the user locked, and passes what the user then has.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from user_service.models.credit_ledger import (
    PLATFORM_RECEIVABLE,
    PLATFORM_STRIPE,
    STRIPE_PREFIX,
    MovementKind,
    user_account,
)
from user_service.models.stripe_payment import TakeBackKind
from user_service.services.payment_statements import LOCK_USER, MOVE_LEGS

_KINDS = {
    TakeBackKind.REFUND: MovementKind.TOPUP_REFUND,
    TakeBackKind.DISPUTE: MovementKind.CHARGEBACK,
}
_NOTHING = Decimal(0)


@dataclass
class Purse:
    """What a user has and owes, while his row is locked."""

    connection: Connection
    user_id: uuid.UUID
    balance: Decimal
    owed: Decimal

    @classmethod
    def lock(cls, connection: Connection, user_id: uuid.UUID | None) -> Purse | None:
        """Lock the user's row; None when there is no such user."""
        row = connection.execute(LOCK_USER, {"user_id": user_id}).one_or_none()
        if row is None or user_id is None:
            return None
        return cls(connection, user_id, row.credit_balance, row.credits_owed)

    def credit(self, payment_intent_id: str, amount: Decimal, reference: str) -> None:
        """Add what was paid; a debt is settled from it first."""
        key = f"{STRIPE_PREFIX}{payment_intent_id}"
        account = user_account(self.user_id)
        self._move(
            MovementKind.TOPUP,
            key,
            (PLATFORM_STRIPE, account),
            amount,
            reference,
            to_balance=amount,
        )
        settled = min(self.owed, amount)
        if settled:
            self._move(
                MovementKind.SETTLEMENT,
                f"{key}:settled",
                (PLATFORM_RECEIVABLE, account),
                -settled,
                reference,
                to_balance=-settled,
                to_debt=-settled,
            )

    def take_back(
        self, kind: TakeBackKind, key: str, amount: Decimal, reference: str
    ) -> Decimal:
        """Take what is there; the rest becomes a debt, which is returned."""
        key = f"{STRIPE_PREFIX}{key}"
        available = min(self.balance, amount)
        if available:
            self._move(
                _KINDS[kind],
                key,
                (PLATFORM_STRIPE, user_account(self.user_id)),
                -available,
                reference,
                to_balance=-available,
            )
        missing = amount - available
        if missing:
            self._move(
                MovementKind.DEBT,
                f"{key}:owed",
                (PLATFORM_STRIPE, PLATFORM_RECEIVABLE),
                -missing,
                reference,
                to_debt=missing,
            )
        return missing

    def _move(
        self,
        kind: MovementKind,
        key: str,
        accounts: tuple[str, str],
        amount: Decimal,
        reference: str,
        *,
        to_balance: Decimal = _NOTHING,
        to_debt: Decimal = _NOTHING,
    ) -> None:
        """Write both legs; `amount` is that of the second account."""
        self.connection.execute(
            MOVE_LEGS,
            {
                "operation_key": key,
                "kind": kind,
                "account_1": accounts[0],
                "account_2": accounts[1],
                "user_account": user_account(self.user_id),
                "user_id": self.user_id,
                "amount": amount,
                "to_balance": to_balance,
                "to_debt": to_debt,
                "reference": reference,
            },
        )
        self.balance += to_balance
        self.owed += to_debt
