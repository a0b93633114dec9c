"""Gives credits back that somebody should not have had, whoever has them now."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from service_common.db import Database
from user_service.models.credit_freeze import FreezeState
from user_service.models.credit_ledger import (
    OWED_SUFFIX,
    SETTLED_SUFFIX,
    UNFROZEN_SUFFIX,
    MovementKind,
)
from user_service.services.credit_service import Reversal
from user_service.services.freeze_service import lock_freeze
from user_service.services.freeze_statements import LOCK_TAKEN, PUT_BACK, TAKE
from user_service.services.purse import Purse, when_full
from user_service.services.refusals import CreditLimitExceeded, RefundDoesNotFit
from user_service.services.two_party_ledger import (
    Transfer,
    begin_undo,
    find_done,
    move_between,
    take_key,
    undo_between,
)

log = structlog.get_logger()

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Return:
    """A payment that is due, and the freeze that was to make it sure."""

    payment: Transfer
    freeze_key: str


@dataclass(frozen=True, slots=True)
class Returned:
    """The payee's balance after it, and what the payer paid it from."""

    credit_balance: Decimal
    from_frozen: Decimal
    from_balance: Decimal
    owed: Decimal


class ReturnService:
    """One transaction a call; a repeated call answers what the first one did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def return_credits(self, due: Return) -> Returned:
        """Make the payee whole: from the freeze, then the balance, then a debt.

        The freeze is used up by it, whatever it held.
        """
        with (
            when_full(CreditLimitExceeded),
            self._database.transaction() as connection,
        ):
            if not take_key(connection, due.payment, MovementKind.RETURN):
                return _returned_before(connection, due.payment)
            done = _return(connection, due)
        log.info(
            "credits_returned",
            operation_key=due.payment.operation_key,
            owed=f"{done.owed:.2f}",
        )
        return done

    def reverse_return(self, due: Return) -> Reversal:
        """Undo a return, or see to it that it can never happen any more.

        Returns the payee's balance. What was frozen is frozen again; of the rest the
        payer's debt is settled first, so what he owed for it he owes no longer, and
        what he has paid of that meanwhile he has back.
        """
        payment = due.payment
        with (
            when_full(RefundDoesNotFit),
            self._database.transaction() as connection,
        ):
            undone = begin_undo(
                connection, payment, MovementKind.RETURN, MovementKind.RETURN_REVERSAL
            )
            if undone is None:
                freeze = _find_taken(connection, payment)
                payer, payee = Purse.lock(
                    connection, payment.payer_id, payment.payee_id
                )
                undone = undo_between(
                    payer,
                    payee,
                    payment,
                    MovementKind.RETURN_REVERSAL,
                    to_frozen=_freeze_again(connection, freeze),
                )
        log.info(
            "return_reversed",
            operation_key=payment.operation_key,
            outcome=undone.outcome,
        )
        return Reversal(undone.outcome, undone.payee_balance)


def _return(connection: Connection, due: Return) -> Returned:
    payment, key = due.payment, due.payment.operation_key
    freeze = lock_freeze(
        connection, due.freeze_key, payment.payer_id, payment.reference
    )
    payer, payee = Purse.lock(connection, payment.payer_id, payment.payee_id)
    from_frozen = min(freeze.held, payment.amount)
    if freeze.state == FreezeState.FROZEN:
        connection.execute(
            TAKE,
            {
                "operation_key": freeze.operation_key,
                "taken": from_frozen,
                "taken_by": key,
            },
        )
    # More was frozen than is due: the rest is his again.
    spare = freeze.held - from_frozen
    payer.set_aside(-spare)
    payer.settle(f"{key}{UNFROZEN_SUFFIX}", spare, payment.reference)
    rest = payment.amount - from_frozen
    owed = payer.cover(f"{key}{OWED_SUFFIX}", rest, payment.reference)
    move_between(payer, payee, payment, MovementKind.RETURN, to_frozen=-from_frozen)
    payee.settle(f"{key}{SETTLED_SUFFIX}", payment.amount, payment.reference)
    return Returned(payee.balance, from_frozen, rest - owed, owed)


def _returned_before(connection: Connection, payment: Transfer) -> Returned:
    done = find_done(connection, payment, MovementKind.RETURN)
    freeze = _find_taken(connection, payment)
    from_frozen = freeze.taken if freeze else _NOTHING
    from_balance = payment.amount - from_frozen - done.owed
    return Returned(done.payee_balance, from_frozen, from_balance, done.owed)


def _find_taken(connection: Connection, payment: Transfer) -> Row[Any] | None:
    """The freeze that the return has used up, locked."""
    return connection.execute(
        LOCK_TAKEN, {"taken_by": payment.operation_key}
    ).one_or_none()


def _freeze_again(connection: Connection, freeze: Row[Any] | None) -> Decimal:
    """What is to be frozen again; nothing when it was released meanwhile."""
    if freeze is None or freeze.state != FreezeState.TAKEN:
        return _NOTHING
    connection.execute(PUT_BACK, {"operation_key": freeze.operation_key})
    return Decimal(freeze.taken)
