"""How inventory-service is called: all clients of it share a caller, and its rounds."""

from __future__ import annotations

import grpc

from service_common.grpc_client import GrpcCaller
from service_common.grpc_gathering import GatheringCaller
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryStub

# The calls that come in crowds, each with what it answers.
_GATHERED = {
    "ReserveSeat": pb.SeatHold,
    "ClaimSeat": pb.ClaimSeatResponse,
    "ConfirmSeat": pb.ConfirmSeatResponse,
    "VerifyTicket": pb.TicketState,
    "MarkCheckedIn": pb.MarkCheckedInResponse,
}


def gathering_caller(channel: grpc.Channel, service_token: str) -> GrpcCaller:
    """A caller that lets those calls travel together."""
    stub = InventoryStub(channel)  # type: ignore[no-untyped-call]
    return GatheringCaller(
        "inventory-service",
        service_token,
        carry_out=stub.CarryOutCalls,
        answers=_GATHERED,
    )
