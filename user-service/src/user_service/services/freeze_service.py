"""Sets credits aside while a dispute lasts, and gives them back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from service_common.db import Database
from user_service.models.credit_freeze import FreezeState
from user_service.models.credit_ledger import UNFROZEN_SUFFIX
from user_service.services.credit_service import Movement
from user_service.services.freeze_statements import (
    LOCK_FREEZE,
    MAKE_FREEZE,
    RECORD_FREEZE,
    RELEASE,
)
from user_service.services.purse import Purse, when_full
from user_service.services.refusals import (
    CreditLimitExceeded,
    OperationKeyReused,
    RefundDoesNotFit,
)

log = structlog.get_logger()

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Release:
    """The end of a freeze, whose key it names."""

    operation_key: str
    user_id: uuid.UUID
    reference: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """How much was set aside, and what the user had after it."""

    frozen: Decimal
    credit_balance: Decimal
    credits_frozen: Decimal


@dataclass(frozen=True, slots=True)
class Unfrozen:
    """How much was given back, and what the user had after it."""

    unfrozen: Decimal
    credit_balance: Decimal
    credits_frozen: Decimal


def lock_freeze(
    connection: Connection, operation_key: str, user_id: uuid.UUID, reference: str
) -> Row[Any]:
    """The freeze under this key, locked; made when nobody has asked for it yet.

    OperationKeyReused when it is somebody else's.
    """
    connection.execute(
        MAKE_FREEZE,
        {"operation_key": operation_key, "user_id": user_id, "reference": reference},
    )
    freeze = connection.execute(LOCK_FREEZE, {"operation_key": operation_key}).one()
    if freeze.user_id != user_id:
        raise OperationKeyReused
    return freeze


class FreezeService:
    """One transaction a call; a repeated call answers what the first one did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def freeze_credits(self, freeze: Movement) -> Frozen:
        """Set aside what is there of the amount, maybe nothing.

        After its release, or a return that used it up, nothing.
        """
        with (
            when_full(CreditLimitExceeded),
            self._database.transaction() as connection,
        ):
            row = lock_freeze(
                connection, freeze.operation_key, freeze.user_id, freeze.reference
            )
            if row.asked is not None:
                return _frozen_before(row, freeze)
            (purse,) = Purse.lock(connection, freeze.user_id)
            due = row.state == FreezeState.FROZEN
            frozen = min(purse.balance, freeze.amount) if due else _NOTHING
            purse.set_aside(frozen)
            done = Frozen(frozen, purse.balance, purse.frozen)
            _record(connection, freeze, done)
        log.info("credits_frozen", operation_key=freeze.operation_key)
        return done

    def unfreeze_credits(self, release: Release) -> Unfrozen:
        """Give back what is set aside; a freeze that comes later does nothing.

        What the user owes is settled from it at once.
        """
        with (
            when_full(RefundDoesNotFit),
            self._database.transaction() as connection,
        ):
            row = lock_freeze(
                connection, release.operation_key, release.user_id, release.reference
            )
            if row.state == FreezeState.RELEASED:
                return Unfrozen(
                    row.unfrozen, row.balance_when_released, row.frozen_when_released
                )
            done = _release(connection, release, row.held)
        log.info("credits_unfrozen", operation_key=release.operation_key)
        return done


def _frozen_before(row: Row[Any], freeze: Movement) -> Frozen:
    if row.asked != freeze.amount:
        raise OperationKeyReused
    return Frozen(row.frozen, row.balance_when_frozen, row.frozen_when_frozen)


def _record(connection: Connection, freeze: Movement, done: Frozen) -> None:
    connection.execute(
        RECORD_FREEZE,
        {
            "operation_key": freeze.operation_key,
            "asked": freeze.amount,
            "frozen": done.frozen,
            "credit_balance": done.credit_balance,
            "credits_frozen": done.credits_frozen,
        },
    )


def _release(connection: Connection, release: Release, held: Decimal) -> Unfrozen:
    purse = Purse.find(connection, release.user_id)
    balance = frozen = _NOTHING
    if purse is not None:
        purse.set_aside(-held)
        key = f"{release.operation_key}{UNFROZEN_SUFFIX}"
        purse.settle(key, held, release.reference)
        balance, frozen = purse.balance, purse.frozen
    done = Unfrozen(held, balance, frozen)
    connection.execute(
        RELEASE,
        {
            "operation_key": release.operation_key,
            "unfrozen": done.unfrozen,
            "credit_balance": done.credit_balance,
            "credits_frozen": done.credits_frozen,
        },
    )
    return done
