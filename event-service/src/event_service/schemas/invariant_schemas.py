"""What the database says of itself, on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields


class InvariantSchema(Schema):
    """One invariant and what violates it."""

    name = fields.String()
    holds = fields.Boolean()
    violations = fields.Integer()
    examples = fields.List(fields.String())


class InvariantsResponseSchema(Schema):
    """Every invariant that this database can judge alone."""

    invariants = fields.List(fields.Nested(InvariantSchema))
