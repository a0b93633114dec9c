"""Saga `transfer`: scenario 2, step 7, the atomic swap, as a table.

    step               service     undo
    claim_ticket       inventory   revoke_claim    (arbiter)
    move_credits       user        return_credits  (pivot)
    update_owner       inventory
    complete_transfer  order

The saga's id is the transfer's: a transfer has one swap, whoever finds it undone. While
it is under way the transfer is agreed, and an agreed transfer can neither expire nor be
cancelled, so no step after the pivot can be refused.
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

TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class TransferData:
    """Everything the swap needs, fixed when it starts; amount in credits."""

    transfer_id: str
    order_id: str
    """Of the order that the buyer gets."""
    seat_id: str
    ticket_version: int
    """The seat's when the transfer was begun."""
    seller_id: str
    buyer_id: str
    amount: str

    @property
    def ticket(self) -> HeldTicket:
        """The ticket that was offered, and no other."""
        return HeldTicket(self.seat_id, self.seller_id, self.ticket_version)

    @property
    def new_owner_id(self) -> str:
        """The buyer."""
        return self.buyer_id

    @property
    def move(self) -> CreditMove:
        """The buyer pays the seller."""
        return CreditMove(self.buyer_id, self.seller_id, self.amount, self.transfer_id)


class TransferSteps(TicketSteps):
    """What each step says to which service."""

    def __init__(
        self, tickets: TicketClient, credits_: CreditClient, transfers: TransferClient
    ) -> None:
        super().__init__(tickets)
        self._credits = credits_
        self._transfers = transfers

    def move_credits(self, data: TransferData, call: Call) -> StepResult:
        """The pivot: once the buyer has paid, he gets the ticket."""
        balance = self._credits.transfer(
            data.move,
            operation_key=call.operation_key("move"),
            timeout_s=call.timeout_s,
        )
        return {"credit_balance": balance}

    def return_credits(self, data: TransferData, call: Call) -> UndoOutcome:
        """Give back what was moved, or keep it from ever being."""
        self._credits.undo_transfer(
            data.move,
            operation_key=call.operation_key("move"),
            timeout_s=call.timeout_s,
        )
        return UndoOutcome.UNDONE

    def complete_transfer(self, data: TransferData, call: Call) -> StepResult:
        """COMPLETED, with the buyer's order."""
        self._transfers.complete(
            data.transfer_id,
            saga_id=call.saga_id,
            order_id=data.order_id,
            ticket_version=data.ticket_version + 1,
            timeout_s=call.timeout_s,
        )
        return {}


def transfer_saga(steps: TransferSteps) -> Saga[TransferData]:
    """The declaration."""
    return Saga(
        kind=TRANSFER,
        version=1,
        data_class=TransferData,
        steps=(
            refusable(
                "claim_ticket",
                steps.claim_ticket,
                undo_name="revoke_claim",
                undo=steps.revoke_claim,
            ),
            pivot(
                "move_credits",
                steps.move_credits,
                undo_name="return_credits",
                undo=steps.return_credits,
            ),
            retriable("update_owner", steps.update_owner),
            retriable("complete_transfer", steps.complete_transfer),
        ),
    )
