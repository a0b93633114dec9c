"""Lists and sums over many orders."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from order_service.schemas.ledger_schemas import (
    PaidSeatSchema,
    SummaryQuerySchema,
    SummaryResponseSchema,
)
from order_service.schemas.order_schemas import (
    ListOrdersQuerySchema,
    OrderListResponseSchema,
)
from order_service.services.ledger_service import (
    LedgerService,
    OrderFilter,
    SalesSummary,
)
from service_common.access import internal
from service_common.http_json import Blueprint, page_of, path_uuid


def ledger_blueprint(ledger: LedgerService) -> Blueprint:
    """The routes that read many orders."""
    bp = Blueprint("ledger", __name__, description="Many orders at once")

    @bp.get("/orders")
    @internal
    @bp.arguments(ListOrdersQuerySchema, location="query")
    @bp.response(200, OrderListResponseSchema)
    def list_orders(query: dict[str, Any]) -> Mapping[str, Any]:
        """Orders, newest first."""
        page, page_size = query.pop("page"), query.pop("page_size")
        records, total = ledger.list_orders(
            OrderFilter(**query), page=page, page_size=page_size
        )
        return page_of(records, page=page, page_size=page_size, total=total)

    @bp.get("/orders/paid-seats/<seat_id>")
    @internal
    @bp.response(200, PaidSeatSchema)
    def is_seat_paid(seat_id: str) -> Mapping[str, Any]:
        """Whether a confirmed order has the seat."""
        asked = parse_seat_id(seat_id)
        return {"seat_id": asked, "paid": asked in ledger.find_paid_seats([asked])}

    @bp.get("/orders/summary")
    @internal
    @bp.arguments(SummaryQuerySchema, location="query")
    @bp.response(200, SummaryResponseSchema)
    def summarise_sales(query: dict[str, Any]) -> SalesSummary:
        """The sales of one event, in all and by the hour."""
        return ledger.summarise(query["event_id"])

    return bp


def parse_seat_id(raw: str) -> uuid.UUID:
    """A seat's id out of a path."""
    return path_uuid(raw, "SEAT_NOT_FOUND", "seat")
