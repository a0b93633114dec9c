"""`/credits`: credits between two people, for the services that order them."""

from __future__ import annotations

from typing import Any

from service_common.access import internal
from service_common.http_json import Blueprint
from user_service.schemas.credit_schemas import (
    MovementRequestSchema,
    ReverseResponseSchema,
)
from user_service.schemas.transfer_schemas import (
    FreezeResponseSchema,
    ReturnRequestSchema,
    ReturnResponseSchema,
    TransferRequestSchema,
    TransferResponseSchema,
    UnfreezeRequestSchema,
    UnfreezeResponseSchema,
)
from user_service.services.credit_service import Movement, Reversal
from user_service.services.freeze_service import (
    FreezeService,
    Frozen,
    Release,
    Unfrozen,
)
from user_service.services.return_service import Return, Returned, ReturnService
from user_service.services.transfer_service import TransferService
from user_service.services.two_party_ledger import Transfer


def create_transfer_blueprint(
    transfers: TransferService, freezes: FreezeService, returns: ReturnService
) -> Blueprint:
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

    @bp.post("/freeze")
    @internal
    @bp.arguments(MovementRequestSchema)
    @bp.response(200, FreezeResponseSchema)
    def freeze_credits(freeze: Movement) -> Frozen:
        """Set aside what is there of an amount."""
        return freezes.freeze_credits(freeze)

    @bp.post("/unfreeze")
    @internal
    @bp.arguments(UnfreezeRequestSchema)
    @bp.response(200, UnfreezeResponseSchema)
    def unfreeze_credits(release: Release) -> Unfrozen:
        """Give back what was set aside, or block it when it has not come yet."""
        return freezes.unfreeze_credits(release)

    @bp.post("/return")
    @internal
    @bp.arguments(ReturnRequestSchema)
    @bp.response(200, ReturnResponseSchema)
    def return_credits(due: Return) -> Returned:
        """Pay somebody back whole, with what is frozen first."""
        return returns.return_credits(due)

    @bp.post("/return/reverse")
    @internal
    @bp.arguments(ReturnRequestSchema)
    @bp.response(200, ReverseResponseSchema)
    def reverse_return(due: Return) -> Reversal:
        """Undo a return, or block it when it has not come yet."""
        return returns.reverse_return(due)

    return bp
