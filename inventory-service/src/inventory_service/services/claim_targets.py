"""What a claim is for, and why it cannot be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from inventory_service.models import ClaimKind, ClaimState, SeatStatus
from service_common.errors import (
    Conflict,
    Forbidden,
    Gone,
    InvalidInput,
    NotFound,
    Refusal,
)


@dataclass(frozen=True, slots=True)
class HoldTarget:
    """A claim for the seats of a hold: a purchase."""

    hold_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class TicketTarget:
    """A claim for a sold seat, as its owner has it now: a transfer."""

    seat_id: UUID
    owner_user_id: UUID
    ticket_version: int


Target = HoldTarget | TicketTarget


@dataclass(frozen=True, slots=True)
class WantedClaim:
    """A claim that is to be made, under its id."""

    claim_id: UUID
    target: Target


def target_columns(target: Target) -> dict[str, Any]:
    """The target as a row of `seat_claims` has it."""
    if isinstance(target, HoldTarget):
        return {
            "kind": ClaimKind.PURCHASE,
            "hold_id": target.hold_id,
            "seat_id": None,
        }
    return {"kind": ClaimKind.TRANSFER, "hold_id": None, "seat_id": target.seat_id}


def known_state(known: Any, target: Target) -> ClaimState:
    """How a claim stands that was made before; CLAIM_REVOKED, or another's id."""
    if known.state == ClaimState.REVOKED:
        raise Conflict("The claim was given up.", code="CLAIM_REVOKED")
    wanted = target_columns(target)
    if (known.hold_id, known.seat_id) != (wanted["hold_id"], wanted["seat_id"]):
        raise InvalidInput("This claim_id stands for another target already.")
    return ClaimState(known.state)


def why_hold_not(seats: Sequence[Row[Any]], target: HoldTarget) -> Refusal | None:
    """What keeps the seats of a hold from being claimed; None: try again."""
    seat_ids = {"seat_ids": sorted(str(row.seat_id) for row in seats)}
    if not seats:
        return Gone("The hold is over.", code="HOLD_EXPIRED", details=seat_ids)
    if any(row.status != SeatStatus.HELD for row in seats):
        return Conflict(
            "The seats are sold already.", code="SEAT_ALREADY_SOLD", details=seat_ids
        )
    if any(row.held_by_user_id != target.user_id for row in seats):
        return Forbidden("The hold belongs to somebody else.")
    if any(row.claim_id is not None for row in seats):
        return Conflict(
            "Another payment for these seats is under way.",
            code="PAYMENT_IN_PROGRESS",
            details=seat_ids,
        )
    if not all(row.live for row in seats):
        return Gone("The hold is over.", code="HOLD_EXPIRED", details=seat_ids)
    return None


def why_ticket_not(seat: Any, target: TicketTarget) -> Refusal | None:
    """What keeps a ticket from being claimed; None: try again."""
    details: dict[str, Any] = {"seat_ids": [str(target.seat_id)]}
    if seat is None:
        return NotFound(
            "There is no such seat.", code="SEAT_NOT_FOUND", details=details
        )
    details["status"] = seat.status
    if (
        seat.owner_user_id != target.owner_user_id
        or seat.ticket_version != target.ticket_version
    ):
        return Forbidden(
            "The ticket belongs to somebody else.",
            code="NOT_SEAT_OWNER",
            details=details,
        )
    if seat.status != SeatStatus.SOLD or seat.claim_id is not None:
        return Conflict(
            "The ticket cannot change hands now.",
            code="SEAT_UNAVAILABLE",
            details=details,
        )
    return None
