"""From messages to the domain's types; what does not fit is INVALID_INPUT."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from inventory_service.models import ScanResult
from inventory_service.services.catalogue_service import SeatBlock
from inventory_service.services.claim_rounds import Confirmation
from inventory_service.services.claim_targets import (
    HoldTarget,
    Target,
    TicketTarget,
    WantedClaim,
)
from inventory_service.services.hold_decision import Reservation
from inventory_service.services.verification_service import Look, Scan, ScanIdentity
from service_common.errors import InvalidInput
from service_common.invariants import BUDGET_MAX_S, BUDGET_S
from service_common.stubs import inventory_pb2 as pb

_MONEY = re.compile(r"[0-9]{1,8}\.[0-9]{2}")
_HALL_LENGTH_MAX = 20
_PRESENTED_LENGTH_MAX = 64
_PAGE_MAX = 1_000_000
_PAGE_SIZE_MAX = 100


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


def parse_optional_uuid(value: str, field: str) -> UUID | None:
    """An id, or None where the text is empty."""
    return parse_uuid(value, field) if value else None


def parse_identity(scan: pb.ScanIdentity) -> ScanIdentity:
    """Which scan it is."""
    if scan.repeats_within_s < 0:
        raise _refused("scan.repeats_within_s", "negative")
    return ScanIdentity(parse_uuid(scan.scan_id, "scan.scan_id"), scan.repeats_within_s)


def parse_result(value: pb.ScanResult) -> ScanResult:
    """What a scan came to."""
    try:
        return ScanResult(pb.ScanResult.Name(value))
    except ValueError:
        raise _refused("result", "not a result") from None


def parse_rejection(value: pb.ScanResult) -> ScanResult:
    """What a scan came to that let nobody in: SUCCESS is written by the admission."""
    result = parse_result(value)
    if result is ScanResult.SUCCESS:
        raise _refused("result", "not a rejection")
    return result


def parse_moment(stamp: Timestamp, field: str) -> datetime:
    """A moment that was given, and that both languages can write."""
    try:
        moment = stamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise _refused(field, "not a moment") from None
    if moment.timestamp() <= 0:
        raise _refused(field, "missing")
    return moment


def parse_presented(value: str) -> str:
    """What a code called its seat."""
    if not 1 <= len(value) <= _PRESENTED_LENGTH_MAX or not value.isprintable():
        raise _refused("presented_seat_id", f"not 1 to {_PRESENTED_LENGTH_MAX} letters")
    return value


def parse_within(within_s: int) -> int:
    """How long all invariants may take; 0 is the usual."""
    if not 0 <= within_s <= BUDGET_MAX_S:
        raise _refused("within_s", f"not within 0 and {BUDGET_MAX_S}")
    return within_s or BUDGET_S


def parse_page(request: pb.ListScansRequest) -> tuple[int, int]:
    """Which page, and how long one is."""
    if not 1 <= request.page <= _PAGE_MAX:
        raise _refused("page", f"not within 1 and {_PAGE_MAX}")
    if not 1 <= request.page_size <= _PAGE_SIZE_MAX:
        raise _refused("page_size", f"not within 1 and {_PAGE_SIZE_MAX}")
    return request.page, request.page_size


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


def parse_reservation(request: pb.ReserveSeatRequest) -> Reservation:
    """Which seats are wanted."""
    return Reservation(
        seat_ids=tuple(parse_uuid(raw, "seat_ids") for raw in request.seat_ids),
        user_id=parse_uuid(request.user_id, "user_id"),
        hold_id=parse_uuid(request.hold_id, "hold_id"),
        order_id=parse_uuid(request.order_id, "order_id"),
    )


def parse_claim(request: pb.ClaimSeatRequest) -> WantedClaim:
    """A claim under its id."""
    return WantedClaim(parse_uuid(request.claim_id, "claim_id"), parse_target(request))


def parse_confirmation(request: pb.ConfirmSeatRequest) -> Confirmation:
    """Which claim is to be confirmed."""
    return Confirmation(
        claim_id=parse_uuid(request.claim_id, "claim_id"),
        user_id=parse_uuid(request.user_id, "user_id"),
    )


def parse_look(request: pb.VerifyTicketRequest) -> Look:
    """Whose state the gate asks for, and which scan asks."""
    return Look(
        seat_id=parse_uuid(request.seat_id, "seat_id"),
        identity=parse_identity(request.scan) if request.HasField("scan") else None,
    )


def parse_scan(request: pb.MarkCheckedInRequest) -> Scan:
    """A ticket that is shown, and where."""
    return Scan(
        seat_id=parse_uuid(request.seat_id, "seat_id"),
        event_id=parse_uuid(request.event_id, "event_id"),
        ticket_version=request.ticket_version,
        staff_id=parse_uuid(request.staff_id, "staff_id"),
        hall_id_presented=parse_hall(request.hall_id_presented, "hall_id_presented"),
        hall_id_expected=parse_hall(request.hall_id_expected, "hall_id_expected"),
        identity=parse_identity(request.scan),
    )


def time_left_s(context: grpc.ServicerContext) -> float | None:
    """How long the caller will wait; None when he set no deadline."""
    left_s: float | None = context.time_remaining()
    return left_s


def _refused(field: str, problem: str) -> InvalidInput:
    return InvalidInput(details={"fields": {field: [problem]}})
