"""What somebody has and owes while his row is locked; the one place that settles debts.

`credits_owed` is what the account `platform:receivable` says of a person.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from service_common.db import sqlstate
from service_common.errors import AppError
from user_service.models.credit_ledger import (
    PLATFORM_RECEIVABLE,
    MovementKind,
    user_account,
)
from user_service.services.purse_statements import LOCK_USERS, MOVE_LEGS, SET_ASIDE
from user_service.services.refusals import UserNotFound

_NOTHING = Decimal(0)
_OUT_OF_RANGE = "22003"


@dataclass
class Purse:
    """What a user has and owes, while his row is locked."""

    connection: Connection
    user_id: uuid.UUID
    balance: Decimal
    frozen: Decimal
    owed: Decimal

    @classmethod
    def find(cls, connection: Connection, user_id: uuid.UUID | None) -> Self | None:
        """Lock the user's row; None when there is no such user."""
        purses = cls._lock(connection, user_id) if user_id else []
        return purses[0] if purses else None

    @classmethod
    def lock(cls, connection: Connection, *user_ids: uuid.UUID) -> list[Self]:
        """Lock the rows of all, in one order; UserNotFound when one is missing.

        Returns the purses in the order in which the users were named.
        """
        purses = {purse.user_id: purse for purse in cls._lock(connection, *user_ids)}
        if len(purses) < len(user_ids):
            raise UserNotFound
        return [purses[user_id] for user_id in user_ids]

    @classmethod
    def _lock(cls, connection: Connection, *user_ids: uuid.UUID) -> list[Self]:
        rows = connection.execute(LOCK_USERS, {"user_ids": list(user_ids)})
        return [cls(connection, *row) for row in rows]

    def settle(self, key: str, credited: Decimal, reference: str) -> None:
        """Pay what is owed out of credits that have just come."""
        settled = min(self.owed, credited)
        if settled:
            self.move(
                MovementKind.SETTLEMENT,
                key,
                (PLATFORM_RECEIVABLE, user_account(self.user_id)),
                -settled,
                reference,
                to_balance=-settled,
                to_debt=-settled,
            )

    def cover(self, key: str, amount: Decimal, reference: str) -> Decimal:
        """See to it that the balance has the amount: what is missing is lent.

        Returns what is owed for it.
        """
        missing = max(amount - self.balance, _NOTHING)
        if missing:
            self.move(
                MovementKind.DEBT,
                key,
                (PLATFORM_RECEIVABLE, user_account(self.user_id)),
                missing,
                reference,
                to_balance=missing,
                to_debt=missing,
            )
        return missing

    def set_aside(self, amount: Decimal) -> None:
        """Freeze an amount that is there; below zero it can be spent again."""
        if amount:
            self.connection.execute(
                SET_ASIDE, {"user_id": self.user_id, "amount": amount}
            )
        self.balance -= amount
        self.frozen += amount

    def move(
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


@contextmanager
def when_full(refusal: type[AppError]) -> Iterator[None]:
    """An account that cannot hold that many credits is this refusal."""
    try:
        yield
    except DBAPIError as error:
        if sqlstate(error) == _OUT_OF_RANGE:
            raise refusal from None
        raise
