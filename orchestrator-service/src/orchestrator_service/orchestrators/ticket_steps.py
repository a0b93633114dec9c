"""The beats at the ticket, which a transfer and its reversal have in common."""

from __future__ import annotations

from typing import Protocol

from orchestrator_service.clients.ticket_client import HeldTicket, TicketClient
from orchestrator_service.saga.declaration import Call, StepResult, UndoOutcome


class TicketMove(Protocol):
    """What these beats need to know of a saga's data."""

    @property
    def ticket(self) -> HeldTicket:
        """The ticket as its owner has it now, and no later one."""

    @property
    def new_owner_id(self) -> str:
        """Who gets it."""


class TicketSteps:
    """Claim it, give the claim up, hand it over."""

    def __init__(self, tickets: TicketClient) -> None:
        self._tickets = tickets

    def claim_ticket(self, data: TicketMove, call: Call) -> StepResult:
        """From here on the ticket can neither be used nor move otherwise."""
        self._tickets.claim_ticket(
            data.ticket, claim_id=call.saga_id, timeout_s=call.timeout_s
        )
        return {}

    def revoke_claim(self, data: TicketMove, call: Call) -> UndoOutcome:
        """The seat row decides whether the saga can still be given up."""
        revoked = self._tickets.revoke_ticket_claim(
            data.ticket, claim_id=call.saga_id, timeout_s=call.timeout_s
        )
        return UndoOutcome.UNDONE if revoked else UndoOutcome.TOO_LATE

    def update_owner(self, data: TicketMove, call: Call) -> StepResult:
        """The ticket is the new owner's; the old one's code is dead from here on."""
        self._tickets.update_owner(
            claim_id=call.saga_id,
            seat_id=data.ticket.seat_id,
            new_owner_user_id=data.new_owner_id,
            timeout_s=call.timeout_s,
        )
        return {}
