"""What must always be true of a database, asked of it in one way by every service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marshmallow import Schema, fields
from sqlalchemy import Connection, text

_EXAMPLES_MAX = 10


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule, how many break it, and a few of them by name."""

    name: str
    violations: int
    examples: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing breaks it."""
        return self.violations == 0


def judge(connection: Connection, violations: Mapping[str, str]) -> list[Invariant]:
    """Judge every rule; `violations` has, by its name, the query of what breaks it.

    Each query answers one column that names the offender. The queries are constants
    of their service, never input.
    """
    return [_judge(connection, name, query) for name, query in violations.items()]


def _judge(connection: Connection, name: str, query: str) -> Invariant:
    row = connection.execute(
        text(
            "SELECT count(*) AS violations,"  # noqa: S608 - constants, see above
            f" (array_agg(CAST(v.id AS text)))[1:{_EXAMPLES_MAX}] AS examples"
            f" FROM ({query}) AS v(id)"
        )
    ).one()
    return Invariant(name, row.violations, tuple(row.examples or ()))


class InvariantSchema(Schema):
    """One rule and what breaks it."""

    name = fields.String()
    holds = fields.Boolean()
    violations = fields.Integer()
    examples = fields.List(fields.String())


class InvariantsResponseSchema(Schema):
    """Every rule that one database can judge alone."""

    invariants = fields.List(fields.Nested(InvariantSchema))
