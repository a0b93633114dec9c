"""Moves credits from one person to another, and back, each exactly once a key."""

from __future__ import annotations

from decimal import Decimal

import structlog

from service_common.db import Database
from user_service.models.credit_ledger import SETTLED_SUFFIX, MovementKind
from user_service.services.credit_service import Reversal
from user_service.services.purse import Purse, when_full
from user_service.services.refusals import (
    CreditLimitExceeded,
    InsufficientCredits,
    RefundDoesNotFit,
)
from user_service.services.two_party_ledger import (
    Transfer,
    begin_undo,
    find_done,
    move_between,
    take_key,
    undo_between,
)

log = structlog.get_logger()


class TransferService:
    """One transaction a call; a repeated call answers what the first one did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def transfer_credits(self, transfer: Transfer) -> Decimal:
        """Pay once; returns the payer's balance after it.

        What the payee owes is settled from it at once.
        """
        with (
            when_full(CreditLimitExceeded),
            self._database.transaction() as connection,
        ):
            if not take_key(connection, transfer, MovementKind.TRANSFER):
                done = find_done(connection, transfer, MovementKind.TRANSFER)
                return Decimal(done.payer_balance)
            payer, payee = Purse.lock(connection, transfer.payer_id, transfer.payee_id)
            if payer.balance < transfer.amount:
                raise InsufficientCredits(
                    required=transfer.amount, available=payer.balance
                )
            move_between(payer, payee, transfer, MovementKind.TRANSFER)
            settled_key = f"{transfer.operation_key}{SETTLED_SUFFIX}"
            payee.settle(settled_key, transfer.amount, transfer.reference)
        log.info("credits_transferred", operation_key=transfer.operation_key)
        return payer.balance

    def reverse_transfer(self, transfer: Transfer) -> Reversal:
        """Undo a transfer, or see to it that it can never happen any more.

        Returns the payer's balance. What the payee no longer has he owes.
        """
        with (
            when_full(RefundDoesNotFit),
            self._database.transaction() as connection,
        ):
            undone = begin_undo(
                connection,
                transfer,
                MovementKind.TRANSFER,
                MovementKind.TRANSFER_REVERSAL,
            )
            if undone is None:
                payer, payee = Purse.lock(
                    connection, transfer.payer_id, transfer.payee_id
                )
                undone = undo_between(
                    payer, payee, transfer, MovementKind.TRANSFER_REVERSAL
                )
        log.info(
            "transfer_reversed",
            operation_key=transfer.operation_key,
            outcome=undone.outcome,
        )
        return Reversal(undone.outcome, undone.payer_balance)
