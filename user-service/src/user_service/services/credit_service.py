"""Moves credits: charges, their undoing, and top-ups, each exactly once a key."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import Connection, Row
from sqlalchemy.exc import DBAPIError

from service_common.db import Database, constraint_name, sqlstate
from service_common.errors import Busy
from user_service.models.credit_ledger import (
    PLATFORM_SALES,
    PLATFORM_STRIPE,
    REVERSAL_SUFFIX,
    MovementKind,
    user_account,
)
from user_service.models.otp_challenge import OtpPurpose
from user_service.models.user import BALANCE_NOT_NEGATIVE
from user_service.services.ledger_statements import (
    MOVE,
    READ_BALANCE,
    READ_OPERATION,
    READ_PAYER,
    REVERSE,
)
from user_service.services.refusals import (
    CreditLimitExceeded,
    InsufficientCredits,
    OperationKeyReused,
    OperationReversed,
    OtpRequired,
    RefundDoesNotFit,
    UserNotFound,
)

log = structlog.get_logger()

# A charge that lost against another one looks again at what is left, but not for ever.
_TRIES_MAX = 3
_OUT_OF_RANGE = "22003"
_PLATFORM_ACCOUNTS = {
    MovementKind.DEDUCT: PLATFORM_SALES,
    MovementKind.TOPUP: PLATFORM_STRIPE,
}


class ReverseOutcome(StrEnum):
    """What undoing a charge came to."""

    REFUNDED = "REFUNDED"
    TOMBSTONED = "TOMBSTONED"


@dataclass(frozen=True, slots=True)
class Movement:
    """What somebody asks for; `amount` is always positive, `kind` says whereto.

    Where a `purpose` is named, a flagged payer has to have entered the one-time code
    for it and the reference.
    """

    operation_key: str
    user_id: uuid.UUID
    amount: Decimal
    reference: str
    purpose: OtpPurpose | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """A charge that is undone for good."""

    outcome: ReverseOutcome
    credit_balance: Decimal


class CreditService:
    """The only one who changes a balance."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def deduct_credits(self, movement: Movement) -> Decimal:
        """Charge once; returns the balance after it, the same at every repetition."""
        return self._move(movement, MovementKind.DEDUCT)

    def top_up_credits(self, movement: Movement) -> Decimal:
        """Add paid credits once; returns the balance after it."""
        return self._move(movement, MovementKind.TOPUP)

    def reverse_deduct(self, movement: Movement) -> Reversal:
        """Give a charge back, or see to it that it can never happen any more."""
        try:
            with self._database.statement() as connection:
                row = connection.execute(
                    REVERSE, {**_names(movement), "amount": movement.amount}
                ).one()
                return self._reversal(connection, movement, row)
        except DBAPIError as error:
            if sqlstate(error) == _OUT_OF_RANGE:
                log.error("refund_does_not_fit", user_id=str(movement.user_id))
                raise RefundDoesNotFit from None
            raise

    def _move(self, movement: Movement, kind: MovementKind) -> Decimal:
        with self._database.statement() as connection:
            for _ in range(_TRIES_MAX):
                balance_after = _execute_move(connection, movement, kind)
                if balance_after is not None:
                    return balance_after
                operation = _find_operation(connection, movement)
                if operation is not None:
                    return _replayed(operation, movement, kind)
                _check_covered(connection, movement, kind)
        raise Busy("The balance keeps changing. Please try again.")

    def _reversal(
        self, connection: Connection, movement: Movement, row: Row[Any]
    ) -> Reversal:
        if row.kind == MovementKind.TOMBSTONE and row.user_id == movement.user_id:
            balance = connection.execute(
                READ_BALANCE, {"user_id": movement.user_id}
            ).scalar_one_or_none()
            return Reversal(ReverseOutcome.TOMBSTONED, balance or Decimal(0))
        charge = (MovementKind.DEDUCT, movement.user_id, movement.amount)
        if (row.kind, row.user_id, row.amount) != charge:
            raise OperationKeyReused
        balance_after = row.balance_after
        if balance_after is None:  # an earlier call refunded it
            operation = connection.execute(READ_OPERATION, _names(movement)).one()
            balance_after = operation.balance_after_refund
        return Reversal(ReverseOutcome.REFUNDED, balance_after)


def _names(movement: Movement) -> dict[str, object]:
    return {
        "operation_key": movement.operation_key,
        "reversal_key": movement.operation_key + REVERSAL_SUFFIX,
        "user_id": movement.user_id,
        "user_account": user_account(movement.user_id),
        "reference": movement.reference,
    }


def _platform_amount(movement: Movement, kind: MovementKind) -> Decimal:
    return movement.amount if kind is MovementKind.DEDUCT else -movement.amount


def _execute_move(
    connection: Connection, movement: Movement, kind: MovementKind
) -> Decimal | None:
    """The balance after it; None when nothing happened."""
    parameters = {
        **_names(movement),
        "kind": kind,
        "platform_account": _PLATFORM_ACCOUNTS[kind],
        "platform_amount": _platform_amount(movement, kind),
        "purpose": movement.purpose,
    }
    try:
        moved = connection.execute(MOVE, parameters).scalar_one_or_none()
    except DBAPIError as error:
        if constraint_name(error) == BALANCE_NOT_NEGATIVE:
            return None
        if sqlstate(error) == _OUT_OF_RANGE:
            raise CreditLimitExceeded from None
        raise
    return None if moved is None else Decimal(moved)


def _find_operation(connection: Connection, movement: Movement) -> Row[Any] | None:
    return connection.execute(READ_OPERATION, _names(movement)).one_or_none()


def _replayed(operation: Row[Any], movement: Movement, kind: MovementKind) -> Decimal:
    """The recorded result, when it is the same movement and still stands."""
    if operation.user_id != movement.user_id:
        raise OperationKeyReused
    if operation.kind == MovementKind.TOMBSTONE and kind is MovementKind.DEDUCT:
        raise OperationReversed
    if (operation.kind, operation.platform_amount) != (
        kind,
        _platform_amount(movement, kind),
    ):
        raise OperationKeyReused
    if operation.balance_after_refund is not None:
        raise OperationReversed
    return Decimal(operation.balance_after)


def _check_covered(
    connection: Connection, movement: Movement, kind: MovementKind
) -> None:
    """Say why nothing moved, or return because by now it would."""
    payer = connection.execute(
        READ_PAYER,
        {
            "user_id": movement.user_id,
            "purpose": movement.purpose,
            "reference": movement.reference,
        },
    ).one_or_none()
    if payer is None:
        raise UserNotFound
    if kind is not MovementKind.DEDUCT:
        return
    if not payer.may_pay:
        raise OtpRequired(movement.reference)
    if payer.credit_balance < movement.amount:
        raise InsufficientCredits(
            required=movement.amount, available=payer.credit_balance
        )
