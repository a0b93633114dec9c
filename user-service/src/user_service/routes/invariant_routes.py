"""For the reconciliation: invariants of this database, and facts to judge the rest."""

from __future__ import annotations

from typing import Any

from service_common.access import internal
from service_common.http_json import Blueprint
from service_common.invariants import (
    Invariant,
    InvariantsQuerySchema,
    InvariantsResponseSchema,
)
from user_service.schemas.fact_schemas import (
    DriftResponseSchema,
    FactsQuerySchema,
    FactsRequestSchema,
    FactsResponseSchema,
)
from user_service.services.credit_facts import CreditFacts
from user_service.services.invariant_service import InvariantService


def create_invariant_blueprint(
    invariants: InvariantService, facts: CreditFacts
) -> Blueprint:
    """The routes of the reconciliation."""
    bp = Blueprint("invariants", __name__, description="Reconciliation")

    @bp.get("/invariants")
    @internal
    @bp.arguments(InvariantsQuerySchema, location="query")
    @bp.response(200, InvariantsResponseSchema)
    def judge_invariants(query: dict[str, int]) -> dict[str, list[Invariant]]:
        """Judge every invariant that this database can judge alone."""
        return {"invariants": invariants.judge(budget_s=query["within_s"])}

    @bp.get("/credits/facts")
    @internal
    @bp.arguments(FactsQuerySchema, location="query")
    @bp.response(200, FactsResponseSchema)
    def list_facts(query: dict[str, Any]) -> dict[str, Any]:
        """List every operation with what is left of it."""
        found = facts.list_facts(**query)
        return {"data": found.facts, "next": found.following}

    @bp.post("/credits/facts")
    @internal
    @bp.arguments(FactsRequestSchema)
    @bp.response(200, FactsResponseSchema)
    def find_facts(body: dict[str, list[str]]) -> dict[str, Any]:
        """The same for the operations that are named."""
        return {"data": facts.find_facts(body["operation_keys"]), "next": None}

    @bp.get("/credits/drift")
    @internal
    @bp.response(200, DriftResponseSchema)
    def measure_drift() -> dict[str, Any]:
        """How far balances and ledger are apart."""
        return {"drift": facts.measure_drift()}

    return bp
