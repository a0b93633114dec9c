"""Judges what must always be true of orders_db, in one snapshot."""

from __future__ import annotations

from order_service.services.invariant_rules import RULES
from service_common.db import Database
from service_common.invariants import BUDGET_S, Invariant, judge


class InvariantService:
    """Judges the invariants of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def judge(self, *, budget_s: float = BUDGET_S) -> list[Invariant]:
        """Every invariant, in one snapshot."""
        return judge(self._database, RULES, budget_s=budget_s)
