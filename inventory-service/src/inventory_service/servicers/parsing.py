"""From messages to the domain's types; what does not fit is INVALID_INPUT."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import UUID

import grpc

from inventory_service.services.catalogue_service import SeatBlock
from inventory_service.services.claim_service import HoldTarget, Target, TicketTarget
from service_common.errors import InvalidInput
from service_common.stubs import inventory_pb2 as pb

_MONEY = re.compile(r"[0-9]{1,8}\.[0-9]{2}")
_HALL_LENGTH_MAX = 20


def parse_uuid(value: str, field: str) -> UUID:
    """An id in its canonical form."""
    try:
        parsed = UUID(value)
    except ValueError:
        raise _refused(field, "not a UUID") from None
    if str(parsed) != value.lower():
        raise _refused(field, "not a UUID")
    return parsed


def parse_hall(value: str, field: str) -> str:
    """The short name of a hall."""
    if not 1 <= len(value) <= _HALL_LENGTH_MAX or not value.isprintable():
        raise _refused(field, f"between 1 and {_HALL_LENGTH_MAX} characters")
    return value


def parse_block(block: pb.SeatBlock) -> SeatBlock:
    """A block of a seat plan; its price is a decimal string with two places."""
    if not _MONEY.fullmatch(block.price):
        raise _refused("blocks.price", "not an amount with two places")
    return SeatBlock(
        block.category, Decimal(block.price), tuple(block.rows), block.seats_per_row
    )


def parse_target(request: pb.ClaimSeatRequest | pb.RevokeClaimRequest) -> Target:
    """What a claim is for."""
    if request.WhichOneof("target") == "hold":
        return HoldTarget(
            hold_id=parse_uuid(request.hold.hold_id, "hold.hold_id"),
            user_id=parse_uuid(request.hold.user_id, "hold.user_id"),
        )
    if request.WhichOneof("target") == "ticket":
        ticket = request.ticket
        return TicketTarget(
            seat_id=parse_uuid(ticket.seat_id, "ticket.seat_id"),
            owner_user_id=parse_uuid(ticket.owner_user_id, "ticket.owner_user_id"),
            ticket_version=ticket.ticket_version,
        )
    raise _refused("target", "missing")


def time_left_s(context: grpc.ServicerContext) -> float | None:
    """How long the caller will wait; None when he set no deadline."""
    left_s: float | None = context.time_remaining()
    return left_s


def _refused(field: str, problem: str) -> InvalidInput:
    return InvalidInput(details={"fields": {field: [problem]}})
