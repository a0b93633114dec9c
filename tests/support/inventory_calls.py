"""The inventory as its callers see it: over a real gRPC channel."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from service_common.grpc_client import GrpcCaller
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryStub

TIMEOUT_S = 10.0


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class SeenMap:
    """A seat map, or what has changed of it, out of all its parts."""

    version: int
    etag: str
    not_modified: bool
    seats: list[dict[str, Any]]


class InventoryCalls:
    """Each rpc with the arguments that tests vary."""

    def __init__(self, channel: grpc.Channel, service_token: str) -> None:
        self.stub: Any = InventoryStub(channel)  # type: ignore[no-untyped-call]
        self.caller = GrpcCaller("inventory", service_token)

    def call(self, rpc: str, request: Any, timeout_s: float = TIMEOUT_S) -> Any:
        method = getattr(self.stub, rpc)
        return self.caller.call(method, request, timeout_s=timeout_s, call=rpc)

    def reserve(
        self,
        seat_ids: Iterable[str],
        *,
        user_id: str | None = None,
        hold_id: str | None = None,
        order_id: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> pb.SeatHold:
        request = pb.ReserveSeatRequest(
            seat_ids=seat_ids,
            user_id=user_id or new_id(),
            hold_id=hold_id or new_id(),
            order_id=order_id or new_id(),
        )
        hold: pb.SeatHold = self.call("ReserveSeat", request, timeout_s)
        return hold

    def release(self, hold_id: str, *, by_holder: bool = False) -> str:
        reason = pb.RELEASED_BY_HOLDER if by_holder else pb.HOLD_EXPIRED
        request = pb.ReleaseSeatRequest(hold_id=hold_id, reason=reason)
        answer = self.call("ReleaseSeat", request)
        return pb.ReleaseOutcome.Name(answer.outcome)

    def claim(self, claim_id: str, hold: pb.SeatHold) -> str:
        request = pb.ClaimSeatRequest(claim_id=claim_id, hold=hold_target(hold))
        return pb.ClaimState.Name(self.call("ClaimSeat", request).state)

    def revoke(self, claim_id: str, hold: pb.SeatHold) -> str:
        request = pb.RevokeClaimRequest(claim_id=claim_id, hold=hold_target(hold))
        return pb.ClaimState.Name(self.call("RevokeClaim", request).state)

    def confirm(self, claim_id: str, user_id: str) -> pb.ConfirmSeatResponse:
        request = pb.ConfirmSeatRequest(claim_id=claim_id, user_id=user_id)
        sale: pb.ConfirmSeatResponse = self.call("ConfirmSeat", request)
        return sale

    def buy(self, seat_ids: Sequence[str], user_id: str) -> pb.ConfirmSeatResponse:
        hold = self.reserve(seat_ids, user_id=user_id)
        claim_id = new_id()
        self.claim(claim_id, hold)
        return self.confirm(claim_id, user_id)

    def owner(self, seat_id: str) -> pb.SeatOwner:
        request = pb.GetSeatOwnerRequest(seat_id=seat_id)
        owner: pb.SeatOwner = self.call("GetSeatOwner", request)
        return owner

    def status(self, seat_id: str) -> str:
        return pb.SeatStatus.Name(self.owner(seat_id).status)

    def claim_ticket(
        self, claim_id: str, seat_id: str, owner: str, version: int
    ) -> str:
        target = pb.TicketTarget(
            seat_id=seat_id, owner_user_id=owner, ticket_version=version
        )
        request = pb.ClaimSeatRequest(claim_id=claim_id, ticket=target)
        return pb.ClaimState.Name(self.call("ClaimSeat", request).state)

    def revoke_ticket(
        self, claim_id: str, seat_id: str, owner: str, version: int
    ) -> str:
        target = pb.TicketTarget(
            seat_id=seat_id, owner_user_id=owner, ticket_version=version
        )
        request = pb.RevokeClaimRequest(claim_id=claim_id, ticket=target)
        return pb.ClaimState.Name(self.call("RevokeClaim", request).state)

    def update_owner(self, claim_id: str, seat_id: str, new_owner: str) -> pb.SeatOwner:
        request = pb.UpdateOwnerRequest(
            claim_id=claim_id, seat_id=seat_id, new_owner_user_id=new_owner
        )
        owner: pb.SeatOwner = self.call("UpdateOwner", request)
        return owner

    def check_in(
        self,
        seat_id: str,
        event_id: str,
        version: int,
        *,
        scan_id: str | None = None,
        repeats_within_s: int = 0,
    ) -> pb.MarkCheckedInResponse:
        request = pb.MarkCheckedInRequest(
            seat_id=seat_id,
            event_id=event_id,
            ticket_version=version,
            staff_id=new_id(),
            hall_id_presented="HALL-A",
            hall_id_expected="HALL-A",
            scan=pb.ScanIdentity(
                scan_id=scan_id or new_id(), repeats_within_s=repeats_within_s
            ),
        )
        answer: pb.MarkCheckedInResponse = self.call("MarkCheckedIn", request)
        return answer

    def create_seats(self, event_id: str, *blocks: pb.SeatBlock) -> int:
        request = pb.CreateSeatsRequest(event_id=event_id, blocks=blocks)
        created: int = self.call("CreateSeats", request, 60).seats_created
        return created

    def delete_seats(self, event_id: str) -> int:
        request = pb.DeleteSeatsRequest(event_id=event_id)
        deleted: int = self.call("DeleteSeats", request, 60).seats_deleted
        return deleted

    def map_parts(self, event_id: str, **asked: Any) -> list[pb.SeatMapPart]:
        request = pb.ReadSeatMapRequest(event_id=event_id, **asked)
        return list(self.caller.stream(self.stub.ReadSeatMap, request, timeout_s=30))

    def seat_map(self, event_id: str, **asked: Any) -> SeenMap:
        """The map as a reader sees it; `known_etag` or `since` may be asked with."""
        parts = self.map_parts(event_id, **asked)
        seats = json.loads(b"[" + b"".join(part.seats for part in parts) + b"]")
        first = parts[0]
        return SeenMap(first.version, first.etag, first.not_modified, seats)

    def violations(self) -> dict[str, int]:
        answer = self.call("CheckInvariants", pb.CheckInvariantsRequest())
        return {
            found.name: found.violations
            for found in answer.invariants
            if not found.holds
        }


def hold_target(hold: pb.SeatHold) -> pb.HoldTarget:
    return pb.HoldTarget(hold_id=hold.hold_id, user_id=hold.user_id)


def a_block(
    rows: Sequence[str] = ("A",),
    seats_per_row: int = 10,
    category: str = "CAT1",
    price: str = "350.00",
) -> pb.SeatBlock:
    return pb.SeatBlock(
        category=category, price=price, rows=rows, seats_per_row=seats_per_row
    )


def as_json_time(moment: Timestamp) -> str:
    """How the map writes a moment."""
    return moment.ToDatetime().isoformat(timespec="microseconds") + "Z"
