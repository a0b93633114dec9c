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
    def move(self) -> CreditMove:
        """The seller pays the buyer back."""
        return CreditMove(self.seller_id, self.buyer_id, self.amount, self.transfer_id)


class ReversalSteps:
    """What each step says to which service."""

    def __init__(
        self, tickets: TicketClient, credits_: CreditClient, transfers: TransferClient
    ) -> None:
        self._tickets = tickets
        self._credits = credits_
        self._transfers = transfers

    def claim_ticket(self, data: ReversalData, call: Call) -> StepResult:
        """Only if the buyer still has it, unused."""
        self._tickets.claim_ticket(
            data.ticket, claim_id=call.saga_id, timeout_s=call.timeout_s
        )
        return {}

    def revoke_claim(self, data: ReversalData, call: Call) -> UndoOutcome:
        """The seat row decides whether the reversal can still be given up."""
        revoked = self._tickets.revoke_ticket_claim(
            data.ticket, claim_id=call.saga_id, timeout_s=call.timeout_s
        )
        return UndoOutcome.UNDONE if revoked else UndoOutcome.TOO_LATE

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

    def update_owner(self, data: ReversalData, call: Call) -> StepResult:
        """The ticket is the seller's again; the buyer's code is dead from here on."""
        self._tickets.update_owner(
            claim_id=call.saga_id,
            seat_id=data.seat_id,
            new_owner_user_id=data.seller_id,
            timeout_s=call.timeout_s,
        )
        return {}

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
