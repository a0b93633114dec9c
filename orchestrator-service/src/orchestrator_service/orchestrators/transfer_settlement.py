"""Does what a transfer's row says is still owed to the other services.

Whoever decides something about a transfer writes the decision and the task that
follows from it into one row, in one statement. The task is then carried out here: by
the request that decided, and by the recovery process for a request that died. Every
task may be carried out any number of times.
"""

from __future__ import annotations

import uuid

import structlog

from orchestrator_service.clients.credit_client import CreditClient
from orchestrator_service.clients.transfer_client import (
    Party,
    Task,
    Transfer,
    TransferClient,
)
from orchestrator_service.clients.user_client import (
    TRANSFER_BUYER,
    TRANSFER_SELLER,
    OtpChallenge,
    UserClient,
)
from orchestrator_service.orchestrators.reversal_saga import ReversalData
from orchestrator_service.orchestrators.transfer_saga import TransferData
from orchestrator_service.saga.declaration import Saga
from orchestrator_service.saga.drive import Result
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.log import SagaState
from service_common.errors import AppError

log = structlog.get_logger()


class TransferSettlement:
    """One method per task, and one that knows which is due."""

    def __init__(
        self,
        *,
        engine: Engine,
        swap: Saga[TransferData],
        reversal: Saga[ReversalData],
        transfers: TransferClient,
        credits_: CreditClient,
        users: UserClient,
    ) -> None:
        self._engine = engine
        self._swap = swap
        self._reversal = reversal
        self._transfers = transfers
        self._credits = credits_
        self._users = users

    def settle(self, transfer: Transfer) -> None:
        """Carry out whatever is owed; a saga may be left to recovery."""
        match transfer.unsettled:
            case Task.SWAP:
                self.swap(transfer)
            case Task.REVERSE:
                self.reverse(transfer)
            case Task.FREEZE:
                self.freeze(transfer)
            case Task.UNFREEZE:
                self.unfreeze(transfer)
            case Task.CODES:
                self.withdraw_codes(transfer)
            case None:
                pass

    def settle_quietly(self, transfer: Transfer) -> None:
        """The same as a courtesy: what does not work now, recovery will do."""
        try:
            self.settle(transfer)
        except AppError as error:
            log.warning(
                "transfer_left_unsettled",
                transfer_id=transfer.transfer_id,
                task=transfer.unsettled,
                code=error.code,
            )

    def swap(self, transfer: Transfer, *, join_wait_s: float = 0) -> Result:
        """Seat and credits change hands; a swap that was turned back ends it."""
        result = self._engine.run(
            self._swap,
            subject=transfer.transfer_id,
            saga_id=transfer.transfer_id,
            data=TransferData(
                transfer_id=transfer.transfer_id,
                order_id=str(uuid.uuid4()),
                seat_id=transfer.seat_id,
                ticket_version=transfer.ticket_version,
                seller_id=transfer.seller_id,
                buyer_id=transfer.buyer_id,
                amount=transfer.credits_amount,
            ),
        )
        result = self._engine.wait_for_end(result, within_s=join_wait_s)
        if result.state is SagaState.FAILED:
            self._transfers.fail_swap(transfer.transfer_id, _code(result))
        return result

    def reverse(self, transfer: Transfer, *, join_wait_s: float = 0) -> Result:
        """Seat and credits go back; one that was turned back may be tried again."""
        if transfer.completed_version is None:
            raise AssertionError("only what was completed can be reversed")
        result = self._engine.run(
            self._reversal,
            subject=transfer.transfer_id,
            saga_id=reversal_saga_id(transfer),
            data=ReversalData(
                transfer_id=transfer.transfer_id,
                seat_id=transfer.seat_id,
                ticket_version=transfer.completed_version,
                seller_id=transfer.seller_id,
                buyer_id=transfer.buyer_id,
                amount=transfer.credits_amount,
                freeze_key=_freeze_key(transfer),
            ),
        )
        result = self._engine.wait_for_end(result, within_s=join_wait_s)
        if result.state is SagaState.FAILED:
            self._settled(transfer, Task.REVERSE, transfer.reversal_no)
        return result

    def freeze(self, transfer: Transfer) -> None:
        """Set the seller's proceeds aside, as far as they are there."""
        self._credits.freeze(
            operation_key=_freeze_key(transfer),
            user_id=transfer.seller_id,
            amount=transfer.credits_amount,
            reference=transfer.transfer_id,
        )
        self._settled(transfer, Task.FREEZE, transfer.dispute_no)

    def unfreeze(self, transfer: Transfer) -> None:
        """Let the seller have them again."""
        self._credits.unfreeze(
            operation_key=_freeze_key(transfer),
            user_id=transfer.seller_id,
            reference=transfer.transfer_id,
        )
        self._settled(transfer, Task.UNFREEZE, transfer.dispute_no)

    def withdraw_codes(self, transfer: Transfer) -> None:
        """The codes of a transfer that failed are good for nothing any more."""
        for party in Party:
            self._users.withdraw_otp(challenge_of(transfer, party))
        self._settled(transfer, Task.CODES, 0)

    def _settled(self, transfer: Transfer, task: Task, number: int) -> None:
        self._transfers.mark_settled(transfer.transfer_id, task, number)


def challenge_of(transfer: Transfer, party: Party) -> OtpChallenge:
    """What this party's code is for."""
    purpose = TRANSFER_SELLER if party is Party.SELLER else TRANSFER_BUYER
    return OtpChallenge(transfer.user_id_of(party), purpose, transfer.transfer_id)


def reversal_saga_id(transfer: Transfer) -> str:
    """One saga for each time that an admin asks for the reversal."""
    name = f"reversal:{transfer.reversal_no}"
    return str(uuid.uuid5(uuid.UUID(transfer.transfer_id), name))


def _freeze_key(transfer: Transfer) -> str:
    return f"{transfer.transfer_id}:freeze:{transfer.dispute_no}"


def _code(result: Result) -> str:
    return result.reason.code if result.reason else "SERVICE_UNAVAILABLE"
