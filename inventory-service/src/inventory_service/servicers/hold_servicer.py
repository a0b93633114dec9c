"""Scenario 1 at the door: hold, release, claim, confirm, revoke."""

from __future__ import annotations

import grpc

from inventory_service.servicers.messages import (
    claim_state_message,
    hold_message,
    sale_message,
)
from inventory_service.servicers.parsing import (
    parse_claim,
    parse_confirmation,
    parse_reservation,
    parse_target,
    parse_uuid,
    time_left_s,
)
from inventory_service.services.claim_service import ClaimService
from inventory_service.services.lock_service import LockService
from inventory_service.services.records import ReleaseReason
from inventory_service.services.release_service import ReleaseService
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryServicer as Generated


class HoldServicer(Generated):
    """The seats until they are sold."""

    locks: LockService
    releases: ReleaseService
    claims: ClaimService

    def ReserveSeat(  # noqa: N802 - the name of the rpc
        self, request: pb.ReserveSeatRequest, context: grpc.ServicerContext
    ) -> pb.SeatHold:
        """Hold seats."""
        wanted = parse_reservation(request)
        return hold_message(
            self.locks.reserve_seats(wanted, time_left_s=time_left_s(context))
        )

    def ReleaseSeat(  # noqa: N802 - the name of the rpc
        self, request: pb.ReleaseSeatRequest, context: grpc.ServicerContext
    ) -> pb.ReleaseSeatResponse:
        """Give seats back."""
        outcome = self.releases.release_hold(
            parse_uuid(request.hold_id, "hold_id"),
            reason=ReleaseReason(pb.ReleaseReason.Name(request.reason)),
            time_left_s=time_left_s(context),
        )
        return pb.ReleaseSeatResponse(outcome=outcome.value)

    def ClaimSeat(  # noqa: N802 - the name of the rpc
        self, request: pb.ClaimSeatRequest, context: grpc.ServicerContext
    ) -> pb.ClaimSeatResponse:
        """Make the seats answer to one saga."""
        wanted = parse_claim(request)
        return claim_state_message(
            self.claims.claim(
                wanted.claim_id, wanted.target, time_left_s=time_left_s(context)
            )
        )

    def RevokeClaim(  # noqa: N802 - the name of the rpc
        self, request: pb.RevokeClaimRequest, _context: grpc.ServicerContext
    ) -> pb.RevokeClaimResponse:
        """Undo a claim, or learn that it is too late."""
        state = self.claims.revoke(
            parse_uuid(request.claim_id, "claim_id"), parse_target(request)
        )
        return pb.RevokeClaimResponse(state=state.value)

    def ConfirmSeat(  # noqa: N802 - the name of the rpc
        self, request: pb.ConfirmSeatRequest, context: grpc.ServicerContext
    ) -> pb.ConfirmSeatResponse:
        """Sell the claimed seats."""
        wanted = parse_confirmation(request)
        return sale_message(
            self.claims.confirm_seats(
                wanted.claim_id, wanted.user_id, time_left_s=time_left_s(context)
            )
        )
