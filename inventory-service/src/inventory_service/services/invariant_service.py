"""What must always be true of this database, asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text

from inventory_service.services.invariant_rules import RULES
from service_common.db import Database
from service_common.errors import InvalidInput
from service_common.invariants import BUDGET_S, Invariant, judge

# How many rows or ids there may be in one question or answer.
FACTS_MAX = 1000
_FIRST = UUID(int=0)

# A hold that was sold stands on its seats for good; one that was released is over once
# the outbox has told it.
_ENDED_HOLDS = text(
    """
    SELECT asked.hold_id FROM unnest(CAST(:hold_ids AS uuid[])) AS asked (hold_id)
     WHERE NOT EXISTS (SELECT 1 FROM seats s WHERE s.hold_id = asked.hold_id)
       AND NOT EXISTS (SELECT 1 FROM outbox o
                        WHERE o.topic = 'hold.released'
                          AND o.payload ->> 'hold_id' = CAST(asked.hold_id AS text))
    """
)
_CLAIM = "SELECT claim_id, kind, state, hold_id, seat_id, seat_count, created_at"
_CLAIMS = text(
    f"""
    {_CLAIM} FROM seat_claims WHERE claim_id > :after ORDER BY claim_id LIMIT :limit
    """
)
_CLAIMS_BY_ID = text(
    f"""
    {_CLAIM} FROM seat_claims WHERE claim_id = ANY(CAST(:ids AS uuid[]))
    """
)
_SEAT = "SELECT seat_id, owner_user_id, order_id, ticket_version, claim_id"
_SOLD_SEATS = text(
    f"""
    {_SEAT} FROM seats WHERE seat_id > :after AND owner_user_id IS NOT NULL
     ORDER BY seat_id LIMIT :limit
    """
)
_SEATS_BY_ID = text(
    f"""
    {_SEAT} FROM seats WHERE seat_id = ANY(CAST(:ids AS uuid[]))
    """
)


class InvariantService:
    """Judges this database, and hands out what others need to judge the rest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def check_invariants(self, *, budget_s: float = BUDGET_S) -> list[Invariant]:
        """Every invariant with its violations, in one snapshot."""
        return judge(self._database, RULES, budget_s=budget_s)

    def list_claims(self, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
        """A page of claims, in the order of their ids."""
        return self._page(_CLAIMS, after, limit)

    def find_claims(self, claim_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
        """These claims, as far as there are any."""
        return self._find(_CLAIMS_BY_ID, claim_ids)

    def list_sold_seats(self, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
        """A page of the seats that have an owner, in the order of their ids."""
        return self._page(_SOLD_SEATS, after, limit)

    def find_seats(self, seat_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
        """These seats, sold or not."""
        return self._find(_SEATS_BY_ID, seat_ids)

    def find_ended_holds(self, hold_ids: Sequence[UUID]) -> list[UUID]:
        """Those that are over, and of whose end the order service has been told."""
        _check_count(len(hold_ids), "hold_ids", least=0)
        with self._database.statement() as connection:
            rows = connection.execute(_ENDED_HOLDS, {"hold_ids": list(hold_ids)})
            return [row.hold_id for row in rows]

    def _page(
        self, statement: TextClause, after: UUID | None, limit: int
    ) -> Sequence[Row[Any]]:
        _check_count(limit, "limit", least=1)
        with self._database.statement() as connection:
            return connection.execute(
                statement, {"after": after or _FIRST, "limit": limit}
            ).all()

    def _find(self, statement: TextClause, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
        _check_count(len(ids), "ids", least=0)
        with self._database.statement() as connection:
            return connection.execute(statement, {"ids": list(ids)}).all()


def _check_count(count: int, field: str, *, least: int) -> None:
    if not least <= count <= FACTS_MAX:
        raise InvalidInput(
            details={"fields": {field: [f"not within {least} and {FACTS_MAX}"]}}
        )
