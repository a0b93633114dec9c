"""`/invariants`: whether the data is as it must be."""

from __future__ import annotations

from service_common.access import internal
from service_common.http_json import Blueprint
from service_common.invariants import Invariant, InvariantsResponseSchema
from user_service.services.invariant_service import InvariantService


def create_invariant_blueprint(invariants: InvariantService) -> Blueprint:
    """The route `/invariants`."""
    bp = Blueprint("invariants", __name__, description="Operations")

    @bp.get("/invariants")
    @internal
    @bp.response(200, InvariantsResponseSchema)
    def judge_invariants() -> dict[str, list[Invariant]]:
        """Judge every invariant that this database can judge alone."""
        return {"invariants": invariants.judge()}

    return bp
