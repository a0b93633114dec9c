"""For the reconciliation: invariants of this database, and facts to judge the rest."""

from __future__ import annotations

import uuid
from typing import Any

from order_service.schemas.fact_schemas import (
    IdsRequestSchema,
    OrderFactsSchema,
    OrdersQuerySchema,
    PageQuerySchema,
    SeatFactsSchema,
)
from order_service.services.fact_service import FactService, FactsPage
from order_service.services.invariant_service import InvariantService
from service_common.access import internal
from service_common.http_json import Blueprint
from service_common.invariants import (
    InvariantsQuerySchema,
    InvariantsResponseSchema,
)


def fact_blueprint(facts: FactService, invariants: InvariantService) -> Blueprint:
    """The routes of the reconciliation."""
    bp = Blueprint("facts", __name__, description="Reconciliation")

    @bp.get("/orders/facts")
    @internal
    @bp.arguments(OrdersQuerySchema, location="query")
    @bp.response(200, OrderFactsSchema)
    def list_orders(query: dict[str, Any]) -> dict[str, Any]:
        """Orders, paged by order_id."""
        return _page_body(facts.list_orders(**query))

    @bp.get("/orders/facts/by-saga")
    @internal
    @bp.arguments(PageQuerySchema, location="query")
    @bp.response(200, OrderFactsSchema)
    def list_orders_by_saga(query: dict[str, Any]) -> dict[str, Any]:
        """Orders that a saga has confirmed, paged by saga_id."""
        return _page_body(facts.list_orders_by_saga(**query))

    @bp.post("/orders/facts/by-saga")
    @internal
    @bp.arguments(IdsRequestSchema)
    @bp.response(200, OrderFactsSchema)
    def find_orders_of_sagas(body: dict[str, list[uuid.UUID]]) -> dict[str, Any]:
        """Orders of the sagas that are named."""
        return {"data": facts.find_orders_of_sagas(body["ids"]), "next": None}

    @bp.get("/orders/facts/seats")
    @internal
    @bp.arguments(PageQuerySchema, location="query")
    @bp.response(200, SeatFactsSchema)
    def list_live_seats(query: dict[str, Any]) -> dict[str, Any]:
        """Seats with the order they are sold by now, paged by seat_id."""
        return _page_body(facts.list_live_seats(**query))

    @bp.post("/orders/facts/seats")
    @internal
    @bp.arguments(IdsRequestSchema)
    @bp.response(200, SeatFactsSchema)
    def find_live_seats(body: dict[str, list[uuid.UUID]]) -> dict[str, Any]:
        """The same for the seats that are named."""
        return {"data": facts.find_live_seats(body["ids"]), "next": None}

    @bp.get("/invariants")
    @internal
    @bp.arguments(InvariantsQuerySchema, location="query")
    @bp.response(200, InvariantsResponseSchema)
    def judge_invariants(query: dict[str, int]) -> dict[str, Any]:
        """Whether each invariant of this database holds."""
        return {"invariants": invariants.judge(budget_s=query["within_s"])}

    return bp


def _page_body(page: FactsPage) -> dict[str, Any]:
    return {"data": page.facts, "next": page.following}
