"""What the reconciliation compares with the other services, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, TextClause

from order_service.models import OrderStatus
from order_service.models.fact_queries import (
    LIVE_SEATS,
    LIVE_SEATS_OF,
    ORDERS_BY_ID,
    ORDERS_BY_SAGA,
    ORDERS_OF_SAGAS,
)
from service_common.db import Database

Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class FactsPage:
    """Some facts in the order of their key; `following` is None at the end."""

    facts: Rows
    following: uuid.UUID | None


class FactService:
    """Facts, read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_orders(
        self,
        *,
        after: uuid.UUID | None,
        limit: int,
        status: OrderStatus | None,
        older_than_s: int,
    ) -> FactsPage:
        """Orders by their ids; `older_than_s` on the clock of this database."""
        filters = {"status": status and status.value, "older_than_s": older_than_s}
        return self._page(ORDERS_BY_ID, "order_id", after, limit, filters)

    def list_orders_by_saga(self, *, after: uuid.UUID | None, limit: int) -> FactsPage:
        """Orders that a saga has confirmed, by the ids of their sagas."""
        return self._page(ORDERS_BY_SAGA, "saga_id", after, limit)

    def find_orders_of_sagas(self, saga_ids: Sequence[uuid.UUID]) -> Rows:
        """The orders that these sagas have confirmed."""
        return self._find(ORDERS_OF_SAGAS, saga_ids)

    def list_live_seats(self, *, after: uuid.UUID | None, limit: int) -> FactsPage:
        """Seats with the order they are sold by now, by the ids of the seats."""
        return self._page(LIVE_SEATS, "seat_id", after, limit)

    def find_live_seats(self, seat_ids: Sequence[uuid.UUID]) -> Rows:
        """The orders that these seats are sold by now."""
        return self._find(LIVE_SEATS_OF, seat_ids)

    def _page(
        self,
        statement: TextClause,
        key: str,
        after: uuid.UUID | None,
        limit: int,
        filters: dict[str, Any] | None = None,
    ) -> FactsPage:
        with self._database.statement() as connection:
            facts = connection.execute(
                statement, {"after": after, "limit": limit, **(filters or {})}
            ).all()
        full = len(facts) >= limit
        return FactsPage(facts, getattr(facts[-1], key) if full else None)

    def _find(self, statement: TextClause, ids: Sequence[uuid.UUID]) -> Rows:
        with self._database.statement() as connection:
            return connection.execute(statement, {"ids": list(ids)}).all()
