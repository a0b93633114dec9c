"""Whose ticket it is, and how it changes hands under a claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text

from inventory_service.models import ClaimKind, ClaimState, SeatStatus
from inventory_service.services.claim_service import ClaimService, check_confirmable
from inventory_service.services.claim_statements import UPDATE_OWNER
from inventory_service.services.metrics import CLAIMS
from inventory_service.services.patience import tries
from inventory_service.services.records import Ticket, seat_info
from service_common.db import Database
from service_common.errors import InvalidInput, NotFound

log = structlog.get_logger()

TICKET_COLUMNS = """
    s.seat_id, s.row_number, s.seat_number, s.category, s.price, s.event_id,
    s.owner_user_id, s.held_by_user_id, s.status, s.ticket_version, s.price_paid,
    s.claim_id IS NOT NULL AS claimed
"""
_READ_TICKET = text(
    f"SELECT {TICKET_COLUMNS} FROM seats s WHERE s.seat_id = :seat_id"  # noqa: S608
)


_LIST_TICKETS = text(
    f"SELECT {TICKET_COLUMNS} FROM seats s"  # noqa: S608
    " WHERE s.seat_id = ANY(CAST(:seat_ids AS uuid[]))"
)


class OwnershipService:
    """Reads and changes owners."""

    def __init__(self, database: Database, claims: ClaimService) -> None:
        self._database = database
        self._claims = claims

    def get_ticket(self, seat_id: UUID) -> Ticket:
        """The seat with its owner; SEAT_NOT_FOUND."""
        with self._database.statement() as connection:
            row = connection.execute(_READ_TICKET, {"seat_id": seat_id}).first()
        if row is None:
            raise seat_not_found(seat_id)
        return ticket_of(row)

    def list_tickets(self, seat_ids: Sequence[UUID]) -> list[Ticket]:
        """The seats with their owners; unknown ones are left out."""
        wanted = {"seat_ids": [str(seat_id) for seat_id in seat_ids]}
        with self._database.statement() as connection:
            return [ticket_of(row) for row in connection.execute(_LIST_TICKETS, wanted)]

    def update_owner(
        self,
        claim_id: UUID,
        seat_id: UUID,
        new_owner_user_id: UUID,
        *,
        time_left_s: float | None = None,
    ) -> Ticket:
        """Give the claimed ticket to its new owner; a repeat answers how it stands."""
        facts = {
            "claim_id": claim_id,
            "seat_id": seat_id,
            "new_owner_user_id": new_owner_user_id,
        }
        for _ in tries(time_left_s):
            with self._database.statement() as connection:
                moved = connection.execute(UPDATE_OWNER, facts).first()
            if moved is not None:
                CLAIMS.labels("confirmed").inc()
                log.info("ticket_moved", claim_id=str(claim_id), seat_id=str(seat_id))
                return ticket_of(moved)
            claim = self._claims.find_claim(claim_id)
            check_confirmable(claim, ClaimKind.TRANSFER)
            if claim.seat_id != seat_id:
                raise InvalidInput("The claim is for another seat.")
            if claim.state == ClaimState.CONFIRMED:
                return self.get_ticket(seat_id)
        raise AssertionError("tries() ends by raising")


def seat_not_found(seat_id: UUID) -> NotFound:
    """404 SEAT_NOT_FOUND."""
    return NotFound(
        "There is no such seat.",
        code="SEAT_NOT_FOUND",
        details={"seat_ids": [str(seat_id)]},
    )


def ticket_of(row: Row[Any]) -> Ticket:
    """The ticket of a row that has TICKET_COLUMNS."""
    return Ticket(
        seat=seat_info(row),
        event_id=row.event_id,
        owner_user_id=row.owner_user_id,
        held_by_user_id=row.held_by_user_id,
        status=SeatStatus(row.status),
        ticket_version=row.ticket_version,
        price_paid=row.price_paid,
        claimed=row.claimed,
    )
