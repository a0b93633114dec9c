"""From the domain's types to messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import Row

from inventory_service.models import ClaimState
from inventory_service.services.offline_service import MergedScan
from inventory_service.services.records import (
    Sale,
    SeatHold,
    SeatInfo,
    Ticket,
    TicketState,
    seat_info,
)
from service_common.invariants import Invariant
from service_common.stubs import inventory_pb2 as pb


def timestamp(moment: datetime) -> Timestamp:
    """A moment as it travels."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def seat_message(seat: SeatInfo) -> pb.Seat:
    """Which seat it is."""
    return pb.Seat(
        seat_id=str(seat.seat_id),
        row_number=seat.row_number,
        seat_number=seat.seat_number,
        category=seat.category,
        price=f"{seat.price:.2f}",
    )


def hold_message(hold: SeatHold) -> pb.SeatHold:
    """A hold."""
    return pb.SeatHold(
        hold_id=str(hold.hold_id),
        order_id=str(hold.order_id),
        event_id=str(hold.event_id),
        user_id=str(hold.user_id),
        held_until=timestamp(hold.held_until),
        ttl_seconds=hold.ttl_seconds,
        seats=[seat_message(seat) for seat in hold.seats],
        existing=hold.existing,
    )


def sale_message(sale: Sale) -> pb.ConfirmSeatResponse:
    """What was sold."""
    return pb.ConfirmSeatResponse(
        event_id=str(sale.event_id),
        seats=[
            pb.SoldSeat(
                seat=seat_message(sold.seat), ticket_version=sold.ticket_version
            )
            for sold in sale.seats
        ],
    )


def owner_message(ticket: Ticket) -> pb.SeatOwner:
    """Whose it is."""
    return pb.SeatOwner(
        seat=seat_message(ticket.seat),
        event_id=str(ticket.event_id),
        owner_user_id=str(ticket.owner_user_id or ""),
        status=ticket.status.value,
        ticket_version=ticket.ticket_version,
        price_paid="" if ticket.price_paid is None else f"{ticket.price_paid:.2f}",
        claimed=ticket.claimed,
    )


def state_message(state: TicketState) -> pb.TicketState:
    """The ticket as the gate sees it."""
    message = pb.TicketState(
        ticket=owner_message(state.ticket),
        checked_in_hall_id=state.checked_in_hall_id or "",
        held_by_user_id=str(state.ticket.held_by_user_id or ""),
        same_scan=state.same_scan,
    )
    if state.checked_in_at is not None:
        message.checked_in_at.FromDatetime(state.checked_in_at)
    return message


def admission_message(admission: tuple[bool, TicketState]) -> pb.MarkCheckedInResponse:
    """Whether a ticket was let in, and how it stands."""
    checked_in, state = admission
    return pb.MarkCheckedInResponse(checked_in=checked_in, state=state_message(state))


def claim_state_message(state: ClaimState) -> pb.ClaimSeatResponse:
    """How a claim stands."""
    return pb.ClaimSeatResponse(state=state.value)


def merged_message(merged: MergedScan) -> pb.MergeScanResponse:
    """What became of a scan that a scanner decided alone."""
    return pb.MergeScanResponse(
        result=merged.result.value,
        conflicts=[
            pb.GateEntry(
                scan_id=str(entry.scan_id),
                staff_id=str(entry.staff_id),
                hall_id=entry.hall_id,
                scanned_at=timestamp(entry.scanned_at),
            )
            for entry in merged.conflicts
        ],
    )


def scan_message(row: Row[Any]) -> pb.Scan:
    """One row of the gate's log."""
    message = pb.Scan(
        log_id=str(row.log_id),
        scanned_at=timestamp(row.scanned_at),
        result=row.result,
        event_id=str(row.event_id or ""),
        presented_seat_id=row.presented_seat_id,
        ticket_version=row.ticket_version or 0,
        staff_id=str(row.scanned_by_staff_id),
        hall_id_presented=row.hall_id_presented or "",
        hall_id_expected=row.hall_id_expected or "",
        admitted=row.admitted,
        recorded_at=timestamp(row.recorded_at),
    )
    if row.seat_id is not None:
        message.seat.CopyFrom(seat_message(seat_info(row)))
    return message


def claim_message(row: Row[Any]) -> pb.Claim:
    """One claim, for reconciliation."""
    return pb.Claim(
        claim_id=str(row.claim_id),
        kind=row.kind,
        state=row.state,
        hold_id=str(row.hold_id or ""),
        seat_count=row.seat_count,
        claimed_at=timestamp(row.created_at),
        seat_id=str(row.seat_id or ""),
    )


def seat_fact_message(row: Row[Any]) -> pb.SeatFact:
    """One seat and whose it is, for reconciliation."""
    return pb.SeatFact(
        seat_id=str(row.seat_id),
        owner_user_id=str(row.owner_user_id or ""),
        order_id=str(row.order_id or ""),
        ticket_version=row.ticket_version,
        claim_id=str(row.claim_id or ""),
    )


def invariant_message(invariant: Invariant) -> pb.Invariant:
    """One invariant."""
    return pb.Invariant(
        name=invariant.name,
        holds=invariant.holds,
        violations=invariant.violations,
        examples=invariant.examples,
        number=invariant.number,
        names=invariant.names,
        complete=invariant.complete,
    )
