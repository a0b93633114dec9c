"""The inventory service, over gRPC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from orchestrator_service.clients.inventory_types import (
    ReleaseOutcome,
    ReleaseReason,
    Seat,
    SeatHold,
    SeatMap,
    SoldSeat,
)
from service_common.grpc_client import GrpcCaller
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryStub

QUICK_S = 2.0
LISTING_S = 10.0


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """What a hold is asked for with; the ids are ours, so a repeat finds its own."""

    seat_ids: Sequence[str]
    user_id: str
    hold_id: str
    order_id: str


class InventoryClient:
    """One method per remote procedure, in its words."""

    def __init__(self, channel: grpc.Channel, caller: GrpcCaller) -> None:
        self._stub = InventoryStub(channel)  # type: ignore[no-untyped-call]
        self._caller = caller

    def reserve_seat(self, hold: HoldRequest, timeout_s: float = QUICK_S) -> SeatHold:
        """Hold 1 to 10 seats of one event, all or nothing."""
        answer: pb.SeatHold = self._caller.call(
            self._stub.ReserveSeat,
            pb.ReserveSeatRequest(
                seat_ids=hold.seat_ids,
                user_id=hold.user_id,
                hold_id=hold.hold_id,
                order_id=hold.order_id,
            ),
            timeout_s=timeout_s,
            call="ReserveSeat",
        )
        return SeatHold(
            hold_id=answer.hold_id,
            order_id=answer.order_id,
            event_id=answer.event_id,
            user_id=answer.user_id,
            held_until=_moment(answer.held_until),
            ttl_seconds=answer.ttl_seconds,
            seats=tuple(Seat.read(seat) for seat in answer.seats),
            existing=answer.existing,
        )

    def release_seat(self, hold_id: str, reason: ReleaseReason) -> ReleaseOutcome:
        """Give the seats of a hold back before it is due."""
        answer: pb.ReleaseSeatResponse = self._caller.call(
            self._stub.ReleaseSeat,
            pb.ReleaseSeatRequest(hold_id=hold_id, reason=reason.value),
            timeout_s=QUICK_S,
            call="ReleaseSeat",
        )
        return ReleaseOutcome(pb.ReleaseOutcome.Name(answer.outcome))

    def claim_hold(
        self, *, claim_id: str, hold_id: str, user_id: str, timeout_s: float
    ) -> None:
        """Beat 1 of a purchase: from here on the hold cannot expire."""
        self._caller.call(
            self._stub.ClaimSeat,
            pb.ClaimSeatRequest(
                claim_id=claim_id, hold=pb.HoldTarget(hold_id=hold_id, user_id=user_id)
            ),
            timeout_s=timeout_s,
            call="ClaimSeat",
        )

    def revoke_hold_claim(
        self, *, claim_id: str, hold_id: str, user_id: str, timeout_s: float
    ) -> bool:
        """Undo of the claim; False when the seats have already changed hands."""
        answer: pb.RevokeClaimResponse = self._caller.call(
            self._stub.RevokeClaim,
            pb.RevokeClaimRequest(
                claim_id=claim_id, hold=pb.HoldTarget(hold_id=hold_id, user_id=user_id)
            ),
            timeout_s=timeout_s,
            call="RevokeClaim",
        )
        return answer.state == pb.REVOKED

    def confirm_seat(
        self, *, claim_id: str, user_id: str, timeout_s: float
    ) -> tuple[SoldSeat, ...]:
        """Beat 3 of a purchase: the claimed seats become SOLD."""
        answer: pb.ConfirmSeatResponse = self._caller.call(
            self._stub.ConfirmSeat,
            pb.ConfirmSeatRequest(claim_id=claim_id, user_id=user_id),
            timeout_s=timeout_s,
            call="ConfirmSeat",
        )
        return tuple(
            SoldSeat(sold.seat.seat_id, sold.ticket_version) for sold in answer.seats
        )

    def create_seats(
        self, event_id: str, blocks: Sequence[pb.SeatBlock], timeout_s: float
    ) -> int:
        """Create all seats of an event at once; returns how many there are."""
        answer: pb.CreateSeatsResponse = self._caller.call(
            self._stub.CreateSeats,
            pb.CreateSeatsRequest(event_id=event_id, blocks=blocks),
            timeout_s=timeout_s,
            call="CreateSeats",
        )
        return answer.seats_created

    def delete_seats(self, event_id: str, timeout_s: float) -> None:
        """Undo of the creation; a creation that comes later is refused."""
        self._caller.call(
            self._stub.DeleteSeats,
            pb.DeleteSeatsRequest(event_id=event_id),
            timeout_s=timeout_s,
            call="DeleteSeats",
        )

    def read_seat_map(self, event_id: str, known_etag: str) -> SeatMap | None:
        """The seat map; None when it is still the one that the etag names."""
        return self._read_map(
            pb.ReadSeatMapRequest(event_id=event_id, known_etag=known_etag)
        )

    def read_seat_changes(self, event_id: str, since: int) -> SeatMap:
        """The seats that the reader of a version has not seen as they are now."""
        changes = self._read_map(pb.ReadSeatMapRequest(event_id=event_id, since=since))
        if changes is None:
            raise AssertionError("changes are never unmodified")
        return changes

    def _read_map(self, request: pb.ReadSeatMapRequest) -> SeatMap | None:
        parts: Iterator[pb.SeatMapPart] = self._caller.stream(
            self._stub.ReadSeatMap, request, timeout_s=LISTING_S
        )
        first = next(parts)
        if first.not_modified:
            return None
        seats = b"".join([first.seats, *(part.seats for part in parts)])
        return SeatMap(first.version, first.etag, seats)

    def count_seats(self, event_id: str) -> dict[str, int]:
        """How many seats of the event are in which status."""
        answer: pb.SeatCounts = self._caller.call(
            self._stub.CountSeats,
            pb.CountSeatsRequest(event_id=event_id),
            timeout_s=QUICK_S,
            call="CountSeats",
        )
        return {
            "AVAILABLE": answer.available,
            "HELD": answer.held,
            "SOLD": answer.sold,
            "CHECKED_IN": answer.checked_in,
        }


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)
