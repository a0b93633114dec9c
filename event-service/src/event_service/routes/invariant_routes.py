"""`GET /invariants`: whether everything in this database adds up."""

from __future__ import annotations

from typing import Any

from event_service.services.invariant_service import InvariantService
from service_common.access import internal
from service_common.http_json import Blueprint
from service_common.invariants import (
    InvariantsQuerySchema,
    InvariantsResponseSchema,
)


def invariant_blueprint(invariants: InvariantService) -> Blueprint:
    """The route of the reconciliation."""
    bp = Blueprint("invariants", __name__, description="Operations")

    @bp.get("/invariants")
    @internal
    @bp.arguments(InvariantsQuerySchema, location="query")
    @bp.response(200, InvariantsResponseSchema)
    def judge_invariants(query: dict[str, int]) -> dict[str, Any]:
        """Whether each invariant of this database holds."""
        return {"invariants": invariants.judge(budget_s=query["within_s"])}

    return bp
