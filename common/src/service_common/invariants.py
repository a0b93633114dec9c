"""What must always be true of a database, asked of it in one way by every service."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from marshmallow import Schema, fields, validate
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from service_common.db import Database, sqlstate

EXAMPLES_MAX = 10
# A caller waits ten seconds, unless he says how long; the rest is for the way.
BUDGET_S = 9
BUDGET_MAX_S = 600
_LEFT_AT_LEAST_S = 0.05
_QUERY_CANCELED = "57014"
# All rules look at one moment, so that no two of them contradict each other.
_ONE_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must be true.

    `number` is its number in docs/invariants.md, or empty. `query` answers one column,
    with what breaks the rule; `names` says what that is: an id of what. Queries are
    constants of their service, never input.
    """

    number: str
    name: str
    names: str
    query: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """What was found of one rule: how many break it, and a few of them by name.

    `complete` is False when it was not judged to the end: then nobody knows.
    """

    name: str
    violations: int
    examples: tuple[str, ...]
    number: str = ""
    names: str = ""
    complete: bool = True

    @property
    def holds(self) -> bool:
        """Whether all was looked at, and nothing breaks it."""
        return self.complete and self.violations == 0


def judge(
    database: Database, rules: Sequence[Rule], *, budget_s: float = BUDGET_S
) -> list[Invariant]:
    """Judge every rule in one snapshot, as far as the time goes.

    None may take more than half of what is left, so that a slow one leaves the others
    their time.
    """
    give_up_at = time.monotonic() + budget_s
    with database.transaction() as connection:
        connection.execute(_ONE_SNAPSHOT)
        return [_judge_until(connection, rule, give_up_at) for rule in rules]


def _judge_until(connection: Connection, rule: Rule, give_up_at: float) -> Invariant:
    left_s = give_up_at - time.monotonic()
    if left_s < _LEFT_AT_LEAST_S:
        return _not_judged(rule)
    try:
        # A statement that is cancelled ends its savepoint, not the snapshot.
        with connection.begin_nested():
            return _judge(connection, rule, left_s / 2)
    except DBAPIError as error:
        if sqlstate(error) == _QUERY_CANCELED:
            return _not_judged(rule)
        raise


def _judge(connection: Connection, rule: Rule, left_s: float) -> Invariant:
    connection.execute(text(f"SET LOCAL statement_timeout = {int(left_s * 1000)}"))
    row = connection.execute(
        text(
            "SELECT count(*) AS violations,"  # noqa: S608 - constants, see above
            f" array_agg(v.id) FILTER (WHERE v.nth <= {EXAMPLES_MAX}) AS examples"
            " FROM (SELECT CAST(found.id AS text) AS id, row_number() OVER () AS nth"
            f" FROM ({rule.query}) AS found(id)) AS v"
        )
    ).one()
    return Invariant(
        rule.name,
        row.violations,
        tuple(row.examples or ()),
        number=rule.number,
        names=rule.names,
    )


def _not_judged(rule: Rule) -> Invariant:
    return Invariant(
        rule.name, 0, (), number=rule.number, names=rule.names, complete=False
    )


class InvariantsQuerySchema(Schema):
    """How long the caller will wait for all rules."""

    within_s = fields.Integer(
        load_default=BUDGET_S, validate=validate.Range(1, BUDGET_MAX_S)
    )


class InvariantSchema(Schema):
    """One rule and what breaks it; `complete` is false when time ran out."""

    number = fields.String()
    name = fields.String()
    holds = fields.Boolean()
    complete = fields.Boolean()
    violations = fields.Integer()
    names = fields.String()
    examples = fields.List(fields.String())


class InvariantsResponseSchema(Schema):
    """Every rule that one database can judge alone."""

    invariants = fields.List(fields.Nested(InvariantSchema))
