"""Sagas and invariants on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from orchestrator_service.saga.log import SagaState
from orchestrator_service.schemas.fields import PaginationSchema, page_fields

_AGE_MAX_S = 10_000_000
_STATES = [state.value for state in SagaState]


class SagaQuerySchema(Schema):
    """Which sagas to list."""

    page = page_fields()["page"]
    page_size = page_fields()["page_size"]
    state = fields.String(validate=validate.OneOf(_STATES))
    kind = fields.String(validate=validate.Length(max=50))
    older_than = fields.Integer(
        validate=validate.Range(min=0, max=_AGE_MAX_S),
        metadata={"description": "Seconds since its start."},
    )


class TriesSchema(Schema):
    """What the tries of a step or its undo came to."""

    name = fields.String()
    outcome = fields.String()
    attempts = fields.Integer()
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime()
    error = fields.String(allow_none=True)


class SagaStepSchema(Schema):
    """One declared step."""

    name = fields.String()
    kind = fields.String()
    outcome = fields.String(allow_none=True)
    attempts = fields.Integer()
    started_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    error = fields.String(allow_none=True)
    compensation = fields.Nested(TriesSchema, allow_none=True)


class ReasonSchema(Schema):
    """Why a saga turned back."""

    code = fields.String()
    message = fields.String()


class SagaSummarySchema(Schema):
    """A saga as its log has it."""

    saga_id = fields.UUID()
    type = fields.String()
    version = fields.Integer()
    subject = fields.String()
    state = fields.String(validate=validate.OneOf(_STATES))
    reason = fields.Nested(ReasonSchema, allow_none=True)
    drives = fields.Integer()
    request_id = fields.String()
    created_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)
    duration_ms = fields.Integer(allow_none=True)


class SagaPageSchema(Schema):
    """A page of sagas, newest first."""

    data = fields.List(fields.Nested(SagaSummarySchema))
    pagination = fields.Nested(PaginationSchema)


class SagaSchema(SagaSummarySchema):
    """A saga with its steps."""

    steps = fields.List(fields.Nested(SagaStepSchema))


class InvariantSchema(Schema):
    """One thing that must hold."""

    service = fields.String(metadata={"description": "Whose rule it is."})
    number = fields.String(
        metadata={"description": "As in the list of invariants; may be empty."}
    )
    name = fields.String()
    holds = fields.Boolean()
    complete = fields.Boolean(
        metadata={"description": "False: not judged to its end, so nobody knows."}
    )
    problem = fields.String(
        allow_none=True,
        metadata={"description": "Why it is not complete, and where it stopped."},
    )
    violations = fields.Integer()
    examples = fields.List(
        fields.String(), metadata={"description": "At most ten of what breaks it."}
    )


class InvariantsSchema(Schema):
    """All of them."""

    holds = fields.Boolean(
        metadata={"description": "All were judged to their end, and hold."}
    )
    complete = fields.Boolean()
    invariants = fields.List(fields.Nested(InvariantSchema))
