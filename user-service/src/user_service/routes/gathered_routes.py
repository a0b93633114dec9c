"""The calls of a purchase that other services may gather."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from service_common.errors import AppError
from service_common.gathered_calls import (
    Answer,
    GatheredCall,
    Handler,
    load_gathered,
)
from service_common.http_json import path_uuid
from user_service.schemas.credit_schemas import MovementRequestSchema
from user_service.schemas.user_schemas import RiskQuerySchema
from user_service.services.credit_service import Movement
from user_service.services.gathered_service import GatheredService, RiskKey
from user_service.services.refusals import UserNotFound

_MOVEMENT = MovementRequestSchema()
_RISK_QUERY = RiskQuerySchema()


def gathered_handlers(gathered: GatheredService) -> Mapping[str, Handler]:
    """By the names that callers have for them."""

    def deduct_credits(calls: Sequence[GatheredCall]) -> list[Answer | AppError]:
        movements = [_movement(call) for call in calls]
        good = [one for one in movements if isinstance(one, Movement)]
        balances = iter(gathered.deduct_credits(good)) if good else iter(())
        return [
            one if isinstance(one, AppError) else _balance_answer(next(balances))
            for one in movements
        ]

    def get_risk(calls: Sequence[GatheredCall]) -> list[Answer | AppError]:
        keys = [_risk_key(call) for call in calls]
        good = [key for key in keys if not isinstance(key, AppError)]
        found = gathered.get_risks(good) if good else {}
        return [
            key if isinstance(key, AppError) else _risk_answer(found.get(key))
            for key in keys
        ]

    return {"deduct_credits": deduct_credits, "get_risk": get_risk}


def _movement(call: GatheredCall) -> Movement | AppError:
    try:
        movement: Movement = load_gathered(_MOVEMENT, call.body)
    except AppError as error:
        return error
    return movement


def _balance_answer(balance: Decimal | AppError) -> Answer | AppError:
    if isinstance(balance, AppError):
        return balance
    return Answer(200, {"credit_balance": balance})


def _risk_key(call: GatheredCall) -> RiskKey | AppError:
    try:
        query: dict[str, Any] = load_gathered(_RISK_QUERY, call.query)
        user_id: uuid.UUID = path_uuid(
            call.names[0] if call.names else "", UserNotFound.default_code, "user"
        )
    except AppError as error:
        return error
    return user_id, query.get("purpose"), query.get("reference")


def _risk_answer(row: Any) -> Answer | AppError:
    if row is None:
        return UserNotFound()
    document = {
        "user_id": row.user_id,
        "is_flagged": row.is_flagged,
        "credit_balance": row.credit_balance,
    }
    if row.purpose is not None:
        document["otp_verified"] = row.otp_verified
    return Answer(200, document)
