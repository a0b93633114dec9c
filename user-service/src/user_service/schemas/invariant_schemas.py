"""Invariants on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields


class InvariantSchema(Schema):
    """One sentence about the data, true or not."""

    name = fields.String()
    holds = fields.Boolean()
    violations = fields.Integer()
    examples = fields.List(fields.String())


class InvariantsResponseSchema(Schema):
    """All of them."""

    invariants = fields.List(fields.Nested(InvariantSchema))
