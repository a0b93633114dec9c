"""A ticket as its owner carries it: a code that is fresh for a minute."""

from __future__ import annotations

from orchestrator_service.clients.event_client import EventClient
from orchestrator_service.clients.inventory_client import InventoryClient
from orchestrator_service.refusals import NotSeatOwner, SeatNotSold
from orchestrator_service.services.qr_service import QrService, Ticket

_SOLD = "SOLD"


class TicketOrchestrator:
    """Hands codes to owners."""

    def __init__(
        self, *, inventory: InventoryClient, events: EventClient, qr: QrService
    ) -> None:
        self._inventory = inventory
        self._events = events
        self._qr = qr

    def issue_code(self, user_id: str, seat_id: str) -> Ticket:
        """A fresh code for the owner of a ticket that was not used yet.

        Refusals: SEAT_NOT_FOUND, NOT_SEAT_OWNER, SEAT_UNAVAILABLE.
        """
        owner = self._inventory.get_seat_owner(seat_id)
        if owner.owner_user_id not in (None, user_id):
            raise NotSeatOwner
        if owner.status != _SOLD:
            raise SeatNotSold(seat_id, owner.status)
        event = self._events.get_published_event(owner.event_id)
        return self._qr.issue(
            seat_id=seat_id,
            event_id=owner.event_id,
            hall_id=event.hall_id,
            ticket_version=owner.ticket_version,
        )
