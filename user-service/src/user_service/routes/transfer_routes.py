"""`/credits`: credits between two people, for the services that order them."""

from __future__ import annotations

from typing import Any

from service_common.access import internal
from service_common.http_json import Blueprint
from user_service.schemas.credit_schemas import ReverseResponseSchema
from user_service.schemas.transfer_schemas import (
    TransferRequestSchema,
    TransferResponseSchema,
)
from user_service.services.credit_service import Reversal
from user_service.services.transfer_service import TransferService
from user_service.services.two_party_ledger import Transfer


def create_transfer_blueprint(transfers: TransferService) -> Blueprint:
    """The routes under `/credits` that concern two people."""
    bp = Blueprint("transfers", __name__, url_prefix="/credits", description="Credits")

    @bp.post("/transfer")
    @internal
    @bp.arguments(TransferRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def transfer_credits(transfer: Transfer) -> dict[str, Any]:
        """Pay somebody else, once a key."""
        return {"credit_balance": transfers.transfer_credits(transfer)}

    @bp.post("/transfer/reverse")
    @internal
    @bp.arguments(TransferRequestSchema)
    @bp.response(200, ReverseResponseSchema)
    def reverse_transfer(transfer: Transfer) -> Reversal:
        """Undo a transfer, or block it when it has not come yet."""
        return transfers.reverse_transfer(transfer)

    return bp
