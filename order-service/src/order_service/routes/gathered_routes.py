"""The calls of a purchase that other services may gather."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from order_service.routes.ledger_routes import parse_seat_id
from order_service.routes.order_routes import new_order
from order_service.schemas.ledger_schemas import PaidSeatSchema
from order_service.schemas.order_schemas import (
    ConfirmOrderRequestSchema,
    CreateOrderRequestSchema,
    OrderResponseSchema,
)
from order_service.services.gathered_service import GatheredService
from order_service.services.ledger_service import LedgerService
from order_service.services.order_record import NewOrder, OrderRecord
from service_common.errors import AppError, NotFound
from service_common.gathered_calls import (
    Answer,
    GatheredCall,
    Handler,
    load_gathered,
)
from service_common.http_json import path_uuid

_CREATE = CreateOrderRequestSchema()
_CONFIRM = ConfirmOrderRequestSchema()
_ORDER = OrderResponseSchema()
_PAID_SEAT = PaidSeatSchema()

Asked = TypeVar("Asked")
Found = TypeVar("Found")


def gathered_handlers(
    gathered: GatheredService, ledger: LedgerService
) -> Mapping[str, Handler]:
    """By the names that callers have for them."""

    def create_order(calls: Sequence[GatheredCall]) -> list[Answer | AppError]:
        return _carry_out(calls, _created, gathered.create_orders, _creation_answer)

    def confirm_order(calls: Sequence[GatheredCall]) -> list[Answer | AppError]:
        return _carry_out(calls, _confirmed, gathered.confirm_orders, _order_answer)

    def get_order(calls: Sequence[GatheredCall]) -> list[Answer | AppError]:
        def look_up(ids: Sequence[uuid.UUID]) -> list[OrderRecord | AppError]:
            found = gathered.get_orders(ids)
            return [found.get(order_id) or _no_such_order() for order_id in ids]

        return _carry_out(calls, _order_id, look_up, _order_answer)

    def is_seat_paid(calls: Sequence[GatheredCall]) -> list[Answer | AppError]:
        def look_up(ids: Sequence[uuid.UUID]) -> list[Mapping[str, Any]]:
            paid = ledger.find_paid_seats(ids)
            return [{"seat_id": one, "paid": one in paid} for one in ids]

        return _carry_out(calls, _seat_id, look_up, _seat_answer)

    return {
        "create_order": create_order,
        "confirm_order": confirm_order,
        "get_order": get_order,
        "is_seat_paid": is_seat_paid,
    }


def _carry_out(
    calls: Sequence[GatheredCall],
    parse: Callable[[GatheredCall], Asked],
    do: Callable[[Sequence[Asked]], Sequence[Found | AppError]],
    answer: Callable[[Found], Answer],
) -> list[Answer | AppError]:
    """Parse each, do all that parse, and answer in the order of the calls."""
    outcomes: dict[int, Answer | AppError] = {}
    asked: dict[int, Asked] = {}
    for number, call in enumerate(calls):
        try:
            asked[number] = parse(call)
        except AppError as error:
            outcomes[number] = error
    done = do(list(asked.values())) if asked else []
    for number, found in zip(asked, done, strict=True):
        outcomes[number] = found if isinstance(found, AppError) else answer(found)
    return [outcomes[number] for number in range(len(calls))]


def _created(call: GatheredCall) -> NewOrder:
    body: dict[str, Any] = load_gathered(_CREATE, call.body)
    return new_order(body.pop("order_id"), body)


def _confirmed(call: GatheredCall) -> tuple[uuid.UUID, uuid.UUID]:
    body: dict[str, Any] = load_gathered(_CONFIRM, call.body)
    return _order_id(call), body["saga_id"]


def _order_id(call: GatheredCall) -> uuid.UUID:
    raw = call.names[0] if call.names else ""
    return path_uuid(raw, "ORDER_NOT_FOUND", "order")


def _seat_id(call: GatheredCall) -> uuid.UUID:
    return parse_seat_id(call.names[0] if call.names else "")


def _seat_answer(found: Mapping[str, Any]) -> Answer:
    return Answer(200, _PAID_SEAT.dump(found))


def _creation_answer(created: tuple[OrderRecord, bool]) -> Answer:
    record, made = created
    return Answer(201 if made else 200, _ORDER.dump(record))


def _order_answer(record: OrderRecord) -> Answer:
    return Answer(200, _ORDER.dump(record))


def _no_such_order() -> NotFound:
    return NotFound("There is no such order.", code="ORDER_NOT_FOUND")
