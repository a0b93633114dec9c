"""Tickets as their owners have them: which there are, and a code for the gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator_service.clients.event_client import EventClient
from orchestrator_service.clients.ticket_client import TicketClient
from orchestrator_service.clients.transfer_client import TransferClient
from orchestrator_service.refusals import NotSeatOwner, SeatNotSold
from orchestrator_service.services.qr_service import QrService, Ticket

_SOLD = "SOLD"
# What a ticket is to somebody who no longer has it; what its owner does with it is
# nobody else's business.
_TRANSFERRED = "TRANSFERRED"
_INNER_FIELDS = ("event_id", "owned")
_EVENT_FIELDS = ("event_id", "name", "type", "venue", "hall_id", "event_date", "status")


class TicketOrchestrator:
    """Lists tickets and hands out codes."""

    def __init__(
        self,
        *,
        tickets: TicketClient,
        transfers: TransferClient,
        events: EventClient,
        qr: QrService,
    ) -> None:
        self._tickets = tickets
        self._transfers = transfers
        self._events = events
        self._qr = qr

    def list_tickets(self, user_id: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """A page of the tickets that somebody owns, has bought or has sold."""
        page = self._transfers.list_tickets({**query, "user_id": user_id})
        owned = [row["seat_id"] for row in page["data"] if row["owned"]]
        owners = self._tickets.list_seat_owners(owned) if owned else {}
        statuses = {seat_id: owner.status for seat_id, owner in owners.items()}
        rows = [
            self._ticket(row, statuses.get(row["seat_id"], _TRANSFERRED))
            for row in page["data"]
        ]
        return {**page, "data": rows}

    def issue_code(self, user_id: str, seat_id: str) -> Ticket:
        """A fresh code for the owner of a ticket that was not used yet.

        Refusals: SEAT_NOT_FOUND, NOT_SEAT_OWNER, SEAT_UNAVAILABLE.
        """
        owner = self._tickets.get_seat_owner(seat_id)
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

    def _ticket(self, row: Mapping[str, Any], status: str) -> dict[str, Any]:
        event = self._events.get_published_event(row["event_id"]).document
        kept = {name: value for name, value in row.items() if name not in _INNER_FIELDS}
        return {
            **kept,
            "event": {field: event[field] for field in _EVENT_FIELDS},
            "status": status,
        }
