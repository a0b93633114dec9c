"""`/credits`: one's own credits, and the movements that other services order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service_common.access import caller, internal, signed_in
from service_common.api_description import refuses
from service_common.http_json import Blueprint, page_of
from user_service.schemas.credit_schemas import (
    BalanceResponseSchema,
    CreditEntriesResponseSchema,
    DeductResponseSchema,
    MovementRequestSchema,
    PageQuerySchema,
    ReverseResponseSchema,
)
from user_service.services.credit_history import CreditHistory
from user_service.services.credit_service import CreditService, Movement, Reversal
from user_service.services.user_service import UserService

CURRENCY = "SGD"


def create_credit_blueprint(
    credit: CreditService, history: CreditHistory, users: UserService
) -> Blueprint:
    """The routes under `/credits`."""
    bp = Blueprint("credits", __name__, url_prefix="/credits", description="Credits")

    @bp.get("/balance")
    @signed_in
    @bp.response(200, BalanceResponseSchema)
    @refuses("404 USER_NOT_FOUND")
    def get_balance() -> dict[str, Any]:
        """Read the caller's credits."""
        user = users.get_user(caller().user_id)
        return {
            "user_id": user.user_id,
            "credit_balance": user.credit_balance,
            "credits_frozen": user.credits_frozen,
            "currency": CURRENCY,
        }

    @bp.get("/entries")
    @signed_in
    @bp.arguments(PageQuerySchema, location="query")
    @bp.response(200, CreditEntriesResponseSchema)
    def list_entries(query: dict[str, int]) -> Mapping[str, Any]:
        """List what the caller's credits went through, newest first."""
        found = history.list_entries(caller().user_id, **query)
        return page_of(list(found.entries), **query, total=found.total)

    @bp.post("/deduct")
    @internal
    @bp.arguments(MovementRequestSchema)
    @bp.response(200, DeductResponseSchema)
    def deduct_credits(movement: Movement) -> dict[str, Any]:
        """Charge once a key."""
        return {"credit_balance": credit.deduct_credits(movement)}

    @bp.post("/reverse")
    @internal
    @bp.arguments(MovementRequestSchema)
    @bp.response(200, ReverseResponseSchema)
    def reverse_deduct(movement: Movement) -> Reversal:
        """Undo a charge, or block it when it has not come yet."""
        return credit.reverse_deduct(movement)

    return bp
