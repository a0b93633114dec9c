"""A buyer's orders."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from orchestrator_service.clients.order_client import Order, OrderClient
from orchestrator_service.orchestrators.purchase_saga import PURCHASE
from orchestrator_service.refusals import NotYourOrder, OrderNotFound
from orchestrator_service.saga.log import SagaRecord
from orchestrator_service.schemas.purchase_schemas import (
    OrderPageSchema,
    OrderQuerySchema,
    OrderSchema,
)
from orchestrator_service.services.saga_query_service import SagaQueryService
from service_common.access import Role, caller, signed_in
from service_common.api_description import refuses
from service_common.http_json import Blueprint, path_uuid

_PUBLIC_FIELDS = (
    "order_id",
    "seats",
    "event_id",
    "status",
    "total",
    "currency",
    "credits_charged",
    "created_at",
    "confirmed_at",
)


def order_blueprint(orders: OrderClient, sagas: SagaQueryService) -> Blueprint:
    """The routes of orders; they are written by reserving and paying."""
    bp = Blueprint("orders", __name__, description="Scenario 1: purchase")

    @bp.get("/orders")
    @signed_in
    @bp.arguments(OrderQuerySchema, location="query")
    @bp.response(200, OrderPageSchema)
    def list_orders(query: dict[str, Any]) -> Response:
        """The caller's orders, newest first."""
        page = orders.list_orders({**query, "user_id": str(caller().user_id)})
        return jsonify({**page, "data": [_order_body(row) for row in page["data"]]})

    @bp.get("/orders/<order_id>")
    @signed_in
    @bp.response(200, OrderSchema)
    @refuses("403 FORBIDDEN", "404 ORDER_NOT_FOUND")
    def get_order(order_id: str) -> Response:
        """One order of the caller's."""
        order = orders.get_order(parse_order_id(order_id))
        mine = order["user_id"] == str(caller().user_id)
        if not mine and caller().role is not Role.ADMIN:
            raise NotYourOrder
        body = _order_body(order)
        if order["status"] == "PENDING":
            body["payment"] = _payment_body(
                sagas.find_latest(PURCHASE, order["order_id"])
            )
        return jsonify(body)

    return bp


def _payment_body(attempt: SagaRecord | None) -> dict[str, Any] | None:
    """How the latest attempt to pay stands: what a 202 is followed up with."""
    if attempt is None:
        return None
    code = attempt.reason.code if attempt.reason else None
    return {"state": attempt.state, "code": code}


def parse_order_id(raw: str) -> str:
    """An order's id out of a path, or ORDER_NOT_FOUND."""
    return str(path_uuid(raw, OrderNotFound.default_code, "order"))


def _order_body(order: Order) -> dict[str, Any]:
    body = {field: order[field] for field in _PUBLIC_FIELDS}
    if order["failure_reason"]:
        body["failure_reason"] = order["failure_reason"]
    return {**seat_id_when_one(order["seats"]), **body}


def seat_id_when_one(seats: list[dict[str, Any]]) -> dict[str, Any]:
    """The reference's `seat_id`, beside `seats`."""
    return {"seat_id": seats[0]["seat_id"]} if len(seats) == 1 else {}
