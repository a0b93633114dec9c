"""Sagas and invariants on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from orchestrator_service.saga.log import SagaState
from orchestrator_service.schemas.fields import page_fields

_AGE_MAX_S = 10_000_000


class SagaQuerySchema(Schema):
    """Which sagas to list."""

    page = page_fields()["page"]
    page_size = page_fields()["page_size"]
    state = fields.String(validate=validate.OneOf([state.value for state in SagaState]))
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
    started_at = fields.String()
    ended_at = fields.String()
    error = fields.String(allow_none=True)


class SagaStepSchema(Schema):
    """One declared step."""

    name = fields.String()
    kind = fields.String()
    outcome = fields.String(allow_none=True)
    attempts = fields.Integer()
    started_at = fields.String(allow_none=True)
    ended_at = fields.String(allow_none=True)
    error = fields.String(allow_none=True)
    compensation = fields.Nested(TriesSchema, allow_none=True)


class SagaSchema(Schema):
    """A saga as its log has it."""

    saga_id = fields.String()
    type = fields.String()
    version = fields.Integer()
    subject = fields.String()
    state = fields.String()
    reason = fields.Dict(allow_none=True)
    drives = fields.Integer()
    request_id = fields.String()
    created_at = fields.String()
    finished_at = fields.String(allow_none=True)
    duration_ms = fields.Integer(allow_none=True)
    steps = fields.List(fields.Nested(SagaStepSchema))


class InvariantSchema(Schema):
    """One thing that must hold."""

    service = fields.String()
    name = fields.String()
    holds = fields.Boolean()
    violations = fields.Integer()
    examples = fields.List(fields.String())


class InvariantsSchema(Schema):
    """All of them."""

    holds = fields.Boolean()
    invariants = fields.List(fields.Nested(InvariantSchema))
