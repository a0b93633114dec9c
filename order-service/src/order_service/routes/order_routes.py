"""`/orders/...`: the moves of one order."""

from __future__ import annotations

import uuid
from typing import Any

from order_service.schemas.order_schemas import (
    ConfirmOrderRequestSchema,
    CreateOrderRequestSchema,
    FailOrderRequestSchema,
    OrderResponseSchema,
)
from order_service.services.order_record import NewOrder, OrderRecord, Seat
from order_service.services.order_service import OrderService
from service_common.access import internal
from service_common.http_json import Blueprint, path_uuid


def order_blueprint(orders: OrderService) -> Blueprint:
    """The routes that make, move and read one order."""
    bp = Blueprint("orders", __name__, description="One order")

    @bp.post("/orders")
    @internal
    @bp.arguments(CreateOrderRequestSchema)
    @bp.response(201, OrderResponseSchema)
    def create_order(body: dict[str, Any]) -> tuple[OrderRecord, int]:
        """Write a PENDING order; a repeat answers 200 with the order as it stands."""
        record, made = orders.create_order(new_order(body.pop("order_id"), body))
        return record, 201 if made else 200

    @bp.get("/orders/<order_id>")
    @internal
    @bp.response(200, OrderResponseSchema)
    def get_order(order_id: str) -> OrderRecord:
        """One order as it stands."""
        return orders.get_order(_order_id(order_id))

    @bp.post("/orders/<order_id>/confirm")
    @internal
    @bp.arguments(ConfirmOrderRequestSchema)
    @bp.response(200, OrderResponseSchema)
    def confirm_order(body: dict[str, Any], order_id: str) -> OrderRecord:
        """PENDING → CONFIRMED by one saga, which may repeat it."""
        return orders.confirm_order(_order_id(order_id), body["saga_id"])

    @bp.post("/orders/<order_id>/fail")
    @internal
    @bp.arguments(FailOrderRequestSchema)
    @bp.response(200, OrderResponseSchema)
    def fail_order(body: dict[str, Any], order_id: str) -> OrderRecord:
        """PENDING or not yet written → FAILED."""
        reason = body.pop("reason")
        return orders.fail_order(new_order(_order_id(order_id), body), reason)

    return bp


def _order_id(raw: str) -> uuid.UUID:
    return path_uuid(raw, "ORDER_NOT_FOUND", "order")


def new_order(order_id: uuid.UUID, body: dict[str, Any]) -> NewOrder:
    """What a body says about an order."""
    seats = tuple(Seat(**seat) for seat in body.pop("seats"))
    return NewOrder(order_id=order_id, seats=seats, **body)
