"""The inventory service's part of scenario 2: tickets and their owners, over gRPC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import grpc

from orchestrator_service.clients.inventory_types import Seat, SeatOwner
from service_common.grpc_client import GrpcCaller
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryStub

QUICK_S = 2.0


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """A ticket as its owner has it now; the next change of hands ends it."""

    seat_id: str
    owner_user_id: str
    ticket_version: int


class TicketClient:
    """One method per remote procedure, in its words."""

    def __init__(self, channel: grpc.Channel, caller: GrpcCaller) -> None:
        self._stub = InventoryStub(channel)  # type: ignore[no-untyped-call]
        self._caller = caller

    def get_seat_owner(self, seat_id: str) -> SeatOwner:
        """Who owns the seat, and which version of its ticket is valid."""
        answer: pb.SeatOwner = self._caller.call(
            self._stub.GetSeatOwner,
            pb.GetSeatOwnerRequest(seat_id=seat_id),
            timeout_s=QUICK_S,
            call="GetSeatOwner",
        )
        return _owner(answer)

    def list_seat_owners(self, seat_ids: Sequence[str]) -> dict[str, SeatOwner]:
        """The same for at most 100 seats, by their ids."""
        answer: pb.SeatOwners = self._caller.call(
            self._stub.ListSeatOwners,
            pb.ListSeatOwnersRequest(seat_ids=seat_ids),
            timeout_s=QUICK_S,
            call="ListSeatOwners",
        )
        return {owner.seat.seat_id: _owner(owner) for owner in answer.owners}

    def claim_ticket(
        self, ticket: HeldTicket, *, claim_id: str, timeout_s: float
    ) -> None:
        """Beat 1 of a transfer: from here on nobody can use the ticket or move it."""
        self._caller.call(
            self._stub.ClaimSeat,
            pb.ClaimSeatRequest(claim_id=claim_id, ticket=_target(ticket)),
            timeout_s=timeout_s,
            call="ClaimSeat",
        )

    def revoke_ticket_claim(
        self, ticket: HeldTicket, *, claim_id: str, timeout_s: float
    ) -> bool:
        """Undo of the claim; False when the ticket has already changed hands."""
        answer: pb.RevokeClaimResponse = self._caller.call(
            self._stub.RevokeClaim,
            pb.RevokeClaimRequest(claim_id=claim_id, ticket=_target(ticket)),
            timeout_s=timeout_s,
            call="RevokeClaim",
        )
        return answer.state == pb.REVOKED

    def update_owner(
        self, *, claim_id: str, seat_id: str, new_owner_user_id: str, timeout_s: float
    ) -> None:
        """Beat 3 of a transfer: the claimed ticket changes hands."""
        self._caller.call(
            self._stub.UpdateOwner,
            pb.UpdateOwnerRequest(
                claim_id=claim_id, seat_id=seat_id, new_owner_user_id=new_owner_user_id
            ),
            timeout_s=timeout_s,
            call="UpdateOwner",
        )


def _target(ticket: HeldTicket) -> pb.TicketTarget:
    return pb.TicketTarget(
        seat_id=ticket.seat_id,
        owner_user_id=ticket.owner_user_id,
        ticket_version=ticket.ticket_version,
    )


def _owner(owner: pb.SeatOwner) -> SeatOwner:
    return SeatOwner(
        seat=Seat.read(owner.seat),
        event_id=owner.event_id,
        owner_user_id=owner.owner_user_id or None,
        status=pb.SeatStatus.Name(owner.status),
        ticket_version=owner.ticket_version,
        price_paid=Decimal(owner.price_paid) if owner.price_paid else None,
    )
