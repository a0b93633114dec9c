"""Judges what must always be true of users_db, in one snapshot."""

from __future__ import annotations

from service_common.db import Database
from service_common.invariants import BUDGET_S, Invariant, judge
from user_service.services.invariant_rules import RULES


class InvariantService:
    """Looks at everything at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def judge(self, *, budget_s: float = BUDGET_S) -> list[Invariant]:
        """Every invariant that this database can judge alone."""
        return judge(self._database, RULES, budget_s=budget_s)
