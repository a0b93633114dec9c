"""Scenario 2 when something is wrong: dispute, uphold, reverse."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_service.clients.transfer_client import (
    Task,
    Transfer,
    TransferClient,
)
from orchestrator_service.orchestrators.transfer_access import Viewer, read_transfer
from orchestrator_service.orchestrators.transfer_settlement import TransferSettlement
from orchestrator_service.refusals import NotSeatOwner, SeatNotSold
from orchestrator_service.saga.drive import Result
from orchestrator_service.saga.log import SagaState
from orchestrator_service.transfer_refusals import TicketMovedOn, TicketUsed
from service_common.errors import AppError

# How long a second admin waits for the reversal that the first has begun.
_JOIN_WAIT_S = 1.5


@dataclass(frozen=True, slots=True)
class Reversed:
    """A transfer after its reversal; `pending`: recovery finishes it."""

    transfer: Transfer
    pending: bool


class DisputeOrchestrator:
    """What becomes of a transfer that somebody complains about."""

    def __init__(
        self, *, transfers: TransferClient, settlement: TransferSettlement
    ) -> None:
        self._transfers = transfers
        self._settlement = settlement

    def dispute(self, viewer: Viewer, transfer_id: str, reason: str) -> Transfer:
        """COMPLETED → DISPUTED; the seller's proceeds are frozen, as far as there.

        Refusals: TRANSFER_NOT_FOUND, FORBIDDEN, TRANSFER_INVALID_STATE.
        """
        self._settle_first(read_transfer(self._transfers, viewer, transfer_id))
        disputed = self._transfers.dispute(
            transfer_id, reason=reason, user_id=viewer.user_id
        )
        self._settlement.settle_quietly(disputed)
        return disputed

    def uphold(self, transfer_id: str) -> Transfer:
        """DISPUTED → COMPLETED; the proceeds are the seller's again.

        Refusals: TRANSFER_NOT_FOUND, TRANSFER_INVALID_STATE.
        """
        self._settle_first(self._transfers.get(transfer_id))
        upheld = self._transfers.uphold(transfer_id)
        self._settlement.settle_quietly(upheld)
        return upheld

    def reverse(self, transfer_id: str) -> Reversed:
        """DISPUTED → REVERSED: the seat to the seller, the credits to the buyer.

        Refusals: TRANSFER_NOT_FOUND, TRANSFER_INVALID_STATE; TICKET_USED,
        TICKET_MOVED_ON and SEAT_UNAVAILABLE leave it DISPUTED.
        """
        self._settle_first(self._transfers.get(transfer_id))
        transfer = self._transfers.begin_reversal(transfer_id)
        result = self._settlement.reverse(transfer, join_wait_s=_JOIN_WAIT_S)
        if result.state is SagaState.FAILED:
            raise _refusal(result, transfer)
        return Reversed(
            self._transfers.get(transfer_id),
            pending=result.state is not SagaState.DONE,
        )

    def _settle_first(self, transfer: Transfer) -> None:
        """What an earlier decision still owes, before the next one is taken."""
        if transfer.unsettled in (Task.FREEZE, Task.UNFREEZE):
            self._settlement.settle(transfer)


def _refusal(result: Result, transfer: Transfer) -> AppError:
    """What turned the reversal back, in the words of the public contract."""
    error = result.error(unanswered="The reversal could not be made; nothing moved.")
    if error.code == NotSeatOwner.default_code:
        return TicketMovedOn(transfer.seat_id)
    if error.details.get("status") == "CHECKED_IN":
        return TicketUsed(transfer.seat_id)
    if error.code == "CLAIM_REVOKED":
        return SeatNotSold(transfer.seat_id, "SOLD")
    return error
