"""Judges what must always be true of orders_db, in one snapshot."""

from __future__ import annotations

from order_service.services.invariant_rules import RULES
from service_common.db import Database
from service_common.invariants import Invariant, judge


class InvariantService:
    """Judges the invariants of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def judge(self) -> list[Invariant]:
        """Every invariant, in one snapshot."""
        return judge(self._database, RULES)
