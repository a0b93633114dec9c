"""For operators: sagas, and whether everything still adds up."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from orchestrator_service.orchestrators.publication_orchestrator import (
    EVENT_PUBLICATION,
)
from orchestrator_service.refusals import SagaNotFound
from orchestrator_service.saga.log import SagaRecord, TraceEntry
from orchestrator_service.schemas.saga_schemas import (
    InvariantsSchema,
    SagaPageSchema,
    SagaQuerySchema,
    SagaSchema,
)
from orchestrator_service.services.invariants_service import InvariantsService
from orchestrator_service.services.reconciliation.findings import Verdict
from orchestrator_service.services.saga_query_service import (
    SagaFilter,
    SagaQueryService,
    StepView,
    duration_ms,
)
from service_common.access import Role, caller, only
from service_common.api_description import refuses
from service_common.errors import Forbidden
from service_common.http_json import Blueprint, format_time, page_of, path_uuid


def saga_blueprint(sagas: SagaQueryService, invariants: InvariantsService) -> Blueprint:
    """The routes of operations that go through the gateway."""
    bp = Blueprint("operations", __name__, description="Sagas and invariants")

    @bp.get("/admin/sagas")
    @only(Role.ADMIN)
    @bp.arguments(SagaQuerySchema, location="query")
    @bp.response(200, SagaPageSchema)
    def list_sagas(query: dict[str, Any]) -> Response:
        """Sagas, newest first."""
        wanted = SagaFilter(
            query.get("state"), query.get("kind"), query.get("older_than")
        )
        page, page_size = query["page"], query["page_size"]
        records, total = sagas.list_sagas(wanted, page=page, page_size=page_size)
        rows = [_saga_body(record) for record in records]
        return jsonify(page_of(rows, page=page, page_size=page_size, total=total))

    @bp.get("/admin/sagas/<saga_id>")
    @only(Role.ORGANISER, Role.ADMIN)
    @bp.response(200, SagaSchema)
    @refuses("404 SAGA_NOT_FOUND")
    def get_saga(saga_id: str) -> Response:
        """One saga with its steps; an organiser sees publications only."""
        saga = sagas.get_saga(_saga_id(saga_id))
        if caller().role is not Role.ADMIN and saga.kind != EVENT_PUBLICATION:
            raise Forbidden
        return jsonify(_detailed(saga))

    @bp.post("/admin/sagas/<saga_id>/retry")
    @only(Role.ADMIN)
    @bp.response(200, SagaSchema)
    @refuses("404 SAGA_NOT_FOUND", "409 SAGA_ALREADY_ENDED")
    def retry_saga(saga_id: str) -> Response:
        """Have a live or stuck saga driven at once."""
        return jsonify(_detailed(sagas.retry_saga(_saga_id(saga_id))))

    @bp.get("/admin/invariants")
    @only(Role.ADMIN)
    @bp.response(200, InvariantsSchema)
    def check_invariants() -> Response:
        """Each invariant: whether it holds, and what breaks it.

        One that was not judged to its end does not hold: nobody knows, and its
        `problem` says why and where the judge has stopped.
        """
        found = invariants.check()
        return jsonify(
            holds=all(verdict.holds for verdict in found),
            complete=all(verdict.complete for verdict in found),
            invariants=[_verdict_body(verdict) for verdict in found],
        )

    def _detailed(saga: SagaRecord) -> dict[str, Any]:
        steps = [_step_body(step) for step in sagas.list_steps(saga)]
        return {**_saga_body(saga), "steps": steps}

    return bp


def _saga_id(raw: str) -> str:
    return str(path_uuid(raw, SagaNotFound.default_code, "saga"))


def _saga_body(saga: SagaRecord) -> dict[str, Any]:
    reason = saga.reason
    return {
        "saga_id": saga.saga_id,
        "type": saga.kind,
        "version": saga.version,
        "subject": saga.subject,
        "state": saga.state,
        "reason": {"code": reason.code, "message": reason.message} if reason else None,
        "drives": saga.attempts,
        "request_id": saga.request_id,
        "created_at": format_time(saga.created_at),
        "finished_at": format_time(saga.finished_at) if saga.finished_at else None,
        "duration_ms": duration_ms(saga.created_at, saga.finished_at),
    }


def _step_body(step: StepView) -> dict[str, Any]:
    action = _tries_body(step.action) if step.action else _UNTRIED
    undo = step.compensation
    return {
        **action,
        "name": step.name,
        "kind": step.kind,
        "compensation": _tries_body(undo) if undo else None,
    }


_UNTRIED: dict[str, Any] = {
    "outcome": None,
    "attempts": 0,
    "started_at": None,
    "ended_at": None,
    "error": None,
}


def _tries_body(entry: TraceEntry) -> dict[str, Any]:
    return {
        "name": entry.step,
        "outcome": entry.outcome,
        "attempts": entry.attempts,
        "started_at": entry.started_at,
        "ended_at": entry.ended_at,
        "error": entry.error,
    }


def _verdict_body(verdict: Verdict) -> dict[str, Any]:
    return {
        "service": verdict.service,
        "number": verdict.number,
        "name": verdict.name,
        "holds": verdict.holds,
        "complete": verdict.complete,
        "problem": verdict.problem,
        "violations": verdict.violations,
        "examples": list(verdict.examples),
    }
