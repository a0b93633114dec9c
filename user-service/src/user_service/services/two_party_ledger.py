"""What operations between two people have in common, within one transaction.

An operation takes its key, then locks both people, then moves. Its undo takes the key
of the operation itself, or waits for it, and so finds out whether there is something
to undo; then it takes the key of the undo.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from user_service.models.credit_ledger import (
    OWED_SUFFIX,
    REVERSAL_SUFFIX,
    SETTLED_SUFFIX,
    MovementKind,
    user_account,
)
from user_service.services.credit_service import ReverseOutcome
from user_service.services.ledger_statements import READ_BALANCE
from user_service.services.purse import Purse
from user_service.services.refusals import OperationKeyReused, OperationReversed
from user_service.services.two_party_statements import (
    BURY,
    MOVE_BETWEEN,
    READ_TWO_PARTY,
    TAKE_KEY,
)

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Credits that one person pays to another; `amount` is always positive."""

    operation_key: str
    payer_id: uuid.UUID
    payee_id: uuid.UUID
    amount: Decimal
    reference: str

    @property
    def reversal_key(self) -> str:
        """The key of the undo."""
        return f"{self.operation_key}{REVERSAL_SUFFIX}"

    @property
    def names(self) -> dict[str, object]:
        """As the statements know it."""
        return {
            "operation_key": self.operation_key,
            "payer_id": self.payer_id,
            "payer_account": user_account(self.payer_id),
            "payee_id": self.payee_id,
            "payee_account": user_account(self.payee_id),
            "reference": self.reference,
        }


@dataclass(frozen=True, slots=True)
class Undone:
    """An operation that is undone for good, and what both have then."""

    outcome: ReverseOutcome
    payer_balance: Decimal
    payee_balance: Decimal


def take_key(connection: Connection, transfer: Transfer, kind: MovementKind) -> bool:
    """Begin, unless somebody has begun (and ended) under this key before."""
    names = {**transfer.names, "kind": kind, "amount": transfer.amount}
    return connection.execute(TAKE_KEY, names).rowcount == 1


def find_done(
    connection: Connection, transfer: Transfer, kind: MovementKind
) -> Row[Any]:
    """The operation of which this is a repetition, when it still stands."""
    row = _read(connection, transfer)
    if _is_tombstone_of(row, transfer):
        raise OperationReversed
    _check_same(row, transfer, kind)
    if row.undone:
        raise OperationReversed
    return row


def move_between(
    payer: Purse,
    payee: Purse,
    transfer: Transfer,
    kind: MovementKind,
    *,
    to_frozen: Decimal = _NOTHING,
) -> None:
    """Pay the amount; `to_frozen` is what the payer's frozen credits change by."""
    _move(
        payer, payee, transfer, transfer.operation_key, kind, transfer.amount, to_frozen
    )


def begin_undo(
    connection: Connection, transfer: Transfer, kind: MovementKind, undo: MovementKind
) -> Undone | None:
    """None when it is to be done now; the key of the undo is taken then.

    Where nothing was done the key stays taken by a tombstone, which refuses whoever
    comes late.
    """
    tombstone = {**transfer.names, "kind": MovementKind.TOMBSTONE, "amount": _NOTHING}
    if connection.execute(TAKE_KEY, tombstone).rowcount:
        connection.execute(BURY, tombstone)
        return _tombstoned(connection, transfer)
    row = _read(connection, transfer)
    if _is_tombstone_of(row, transfer):
        return _tombstoned(connection, transfer)
    _check_same(row, transfer, kind)
    names = {
        **transfer.names,
        "operation_key": transfer.reversal_key,
        "kind": undo,
        "amount": -transfer.amount,
    }
    if connection.execute(TAKE_KEY, names).rowcount:
        return None
    row = _read(connection, transfer)
    return Undone(
        ReverseOutcome.REFUNDED, row.payer_balance_undone, row.payee_balance_undone
    )


def undo_between(
    payer: Purse,
    payee: Purse,
    transfer: Transfer,
    undo: MovementKind,
    *,
    to_frozen: Decimal = _NOTHING,
) -> Undone:
    """Give the amount back whole; what the payee has no longer he owes.

    What the payer gets to spend settles what he owes.
    """
    key = transfer.reversal_key
    payee.cover(f"{key}{OWED_SUFFIX}", transfer.amount, transfer.reference)
    _move(payer, payee, transfer, key, undo, -transfer.amount, to_frozen)
    payer.settle(
        f"{key}{SETTLED_SUFFIX}", transfer.amount - to_frozen, transfer.reference
    )
    return Undone(ReverseOutcome.REFUNDED, payer.balance, payee.balance)


def _move(
    payer: Purse,
    payee: Purse,
    transfer: Transfer,
    key: str,
    kind: MovementKind,
    amount: Decimal,
    to_frozen: Decimal,
) -> None:
    """`amount` is what the payee gets, below zero in an undo."""
    to_balance = -amount - to_frozen
    payer.connection.execute(
        MOVE_BETWEEN,
        {
            **transfer.names,
            "operation_key": key,
            "kind": kind,
            "amount": amount,
            "payer_to_balance": to_balance,
            "payer_to_frozen": to_frozen,
        },
    )
    payee.balance += amount
    payer.balance += to_balance
    payer.frozen += to_frozen


def _read(connection: Connection, transfer: Transfer) -> Row[Any]:
    return connection.execute(
        READ_TWO_PARTY,
        {
            "operation_key": transfer.operation_key,
            "owed_key": f"{transfer.operation_key}{OWED_SUFFIX}",
            "settled_key": f"{transfer.operation_key}{SETTLED_SUFFIX}",
            "reversal_key": transfer.reversal_key,
            "undo_settled_key": f"{transfer.reversal_key}{SETTLED_SUFFIX}",
        },
    ).one()


def _is_tombstone_of(row: Row[Any], transfer: Transfer) -> bool:
    return row.kind == MovementKind.TOMBSTONE and _accounts(row) == (
        user_account(transfer.payer_id),
        user_account(transfer.payee_id),
    )


def _check_same(row: Row[Any], transfer: Transfer, kind: MovementKind) -> None:
    accounts = (user_account(transfer.payer_id), user_account(transfer.payee_id))
    if (row.kind, row.amount, _accounts(row)) != (kind, transfer.amount, accounts):
        raise OperationKeyReused


def _accounts(row: Row[Any]) -> tuple[str, str]:
    return row.payer_account, row.payee_account


def _tombstoned(connection: Connection, transfer: Transfer) -> Undone:
    payer, payee = (
        connection.execute(READ_BALANCE, {"user_id": user_id}).scalar_one_or_none()
        or _NOTHING
        for user_id in (transfer.payer_id, transfer.payee_id)
    )
    return Undone(ReverseOutcome.TOMBSTONED, payer, payee)
