"""`/transfers/...`: a transfer up to its agreement, its completion or its failure."""

from __future__ import annotations

import uuid
from typing import Any

from order_service.schemas.transfer_schemas import (
    CompleteRequestSchema,
    CreateTransferRequestSchema,
    NothingRequestSchema,
    TransferReasonRequestSchema,
    TransferResponseSchema,
    VerifyPartyRequestSchema,
)
from order_service.services.swap_service import Swap, SwapService
from order_service.services.transfer_record import NewTransfer, TransferRecord
from order_service.services.transfer_service import TransferService
from service_common.access import internal
from service_common.http_json import Blueprint, path_uuid


def transfer_blueprint(transfers: TransferService, swaps: SwapService) -> Blueprint:
    """The routes that begin a transfer and bring it to an end."""
    bp = Blueprint("transfers", __name__, description="One transfer")

    @bp.post("/transfers")
    @internal
    @bp.arguments(CreateTransferRequestSchema)
    @bp.response(201, TransferResponseSchema)
    def create_transfer(body: dict[str, Any]) -> tuple[TransferRecord, int]:
        """Begin a transfer; a repeat answers 200 with it as it stands."""
        record, made = transfers.create_transfer(NewTransfer(**body))
        return record, 201 if made else 200

    @bp.get("/transfers/<transfer_id>")
    @internal
    @bp.response(200, TransferResponseSchema)
    def get_transfer(transfer_id: str) -> TransferRecord:
        """One transfer as it stands."""
        return transfers.get_transfer(parse_transfer_id(transfer_id))

    @bp.post("/transfers/<transfer_id>/otp-sent")
    @internal
    @bp.arguments(NothingRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def mark_otp_sent(_body: dict[str, Any], transfer_id: str) -> TransferRecord:
        """INITIATED → PENDING_OTP."""
        return transfers.mark_otp_sent(parse_transfer_id(transfer_id))

    @bp.post("/transfers/<transfer_id>/verified")
    @internal
    @bp.arguments(VerifyPartyRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def verify_party(body: dict[str, Any], transfer_id: str) -> TransferRecord:
        """One party has consented; with both it is agreed."""
        return transfers.verify_party(parse_transfer_id(transfer_id), body["party"])

    @bp.post("/transfers/<transfer_id>/fail")
    @internal
    @bp.arguments(TransferReasonRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def fail_transfer(body: dict[str, Any], transfer_id: str) -> TransferRecord:
        """Open and not agreed → FAILED."""
        return transfers.fail_transfer(parse_transfer_id(transfer_id), body["reason"])

    @bp.post("/transfers/<transfer_id>/swap-failed")
    @internal
    @bp.arguments(TransferReasonRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def fail_swap(body: dict[str, Any], transfer_id: str) -> TransferRecord:
        """Agreed → FAILED: its saga has ended without effect."""
        return transfers.fail_swap(parse_transfer_id(transfer_id), body["reason"])

    @bp.post("/transfers/<transfer_id>/complete")
    @internal
    @bp.arguments(CompleteRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def complete_transfer(body: dict[str, Any], transfer_id: str) -> TransferRecord:
        """Agreed → COMPLETED, with the buyer's order."""
        order_id = body.pop("order_id")
        swap = Swap(parse_transfer_id(transfer_id), **body)
        return swaps.complete_transfer(swap, order_id)

    return bp


def parse_transfer_id(raw: str) -> uuid.UUID:
    """An id out of a path."""
    return path_uuid(raw, "TRANSFER_NOT_FOUND", "transfer")
