"""Saga `reversal`: scenario 2 undone, seat to the seller and credits to the buyer.

    step            service     undo
    claim_ticket    inventory   revoke_claim       (arbiter)
    return_credits  user        undo_return        (pivot)
    update_owner    inventory
    mark_reversed   order

The same four beats as the transfer. The claim asks for the very ticket that the
transfer gave the buyer, so one that was used or moved on cannot be reversed. The buyer
gets all of it back; what the seller no longer has, he owes. While the saga is under way
the transfer's row says so, and nothing else can be decided about it.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_service.clients.credit_client import CreditClient, CreditMove
from orchestrator_service.clients.ticket_client import HeldTicket, TicketClient
from orchestrator_service.clients.transfer_client import TransferClient
from orchestrator_service.orchestrators.ticket_steps import TicketSteps
from orchestrator_service.saga.declaration import (
    Call,
    Saga,
    StepResult,
    UndoOutcome,
    pivot,
    refusable,
    retriable,
)

REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class ReversalData:
    """Everything the reversal needs, fixed when it starts; amount in credits."""

    transfer_id: str
    seat_id: str
    ticket_version: int
    """The one that the transfer gave the buyer."""
    seller_id: str
    buyer_id: str
    amount: str
    freeze_key: str
    """Under which the dispute set the seller's proceeds aside."""

    @property
    def ticket(self) -> HeldTicket:
        """The ticket that the buyer got, and no later one."""
        return HeldTicket(self.seat_id, self.buyer_id, self.ticket_version)

    @property
    def new_owner_id(self) -> str:
        """The seller has it back."""
        return self.seller_id

    @property
    def move(self) -> CreditMove:
        """The seller pays the buyer back."""
        return CreditMove(self.seller_id, self.buyer_id, self.amount, self.transfer_id)


class ReversalSteps(TicketSteps):
    """What each step says to which service."""

    def __init__(
        self, tickets: TicketClient, credits_: CreditClient, transfers: TransferClient
    ) -> None:
        super().__init__(tickets)
        self._credits = credits_
        self._transfers = transfers

    def return_credits(self, data: ReversalData, call: Call) -> StepResult:
        """The pivot: the buyer is made whole."""
        return self._credits.give_back(
            data.move,
            operation_key=call.operation_key("return"),
            freeze_key=data.freeze_key,
            timeout_s=call.timeout_s,
        )

    def undo_return(self, data: ReversalData, call: Call) -> UndoOutcome:
        """As it was, with what is frozen frozen; or it never happens."""
        self._credits.undo_give_back(
            data.move,
            operation_key=call.operation_key("return"),
            freeze_key=data.freeze_key,
            timeout_s=call.timeout_s,
        )
        return UndoOutcome.UNDONE

    def mark_reversed(self, data: ReversalData, call: Call) -> StepResult:
        """REVERSED, with both orders."""
        self._transfers.mark_reversed(
            data.transfer_id,
            saga_id=call.saga_id,
            ticket_version=data.ticket_version + 1,
            timeout_s=call.timeout_s,
        )
        return {}


def reversal_saga(steps: ReversalSteps) -> Saga[ReversalData]:
    """The declaration."""
    return Saga(
        kind=REVERSAL,
        version=1,
        data_class=ReversalData,
        steps=(
            refusable(
                "claim_ticket",
                steps.claim_ticket,
                undo_name="revoke_claim",
                undo=steps.revoke_claim,
            ),
            pivot(
                "return_credits",
                steps.return_credits,
                undo_name="undo_return",
                undo=steps.undo_return,
            ),
            retriable("update_owner", steps.update_owner),
            retriable("mark_reversed", steps.mark_reversed),
        ),
    )
