"""Reading many transfers: lists, what is unsettled, facts, and tickets."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from order_service.models import Party, TransferStatus
from order_service.models.transfer_queries import (
    LIST_TICKETS,
    LIST_TRANSFERS,
    LIST_UNSETTLED,
    TRANSFER_FACTS,
)
from order_service.services.transfer_record import TransferRecord, transfer_of
from service_common.db import Database


@dataclass(frozen=True, slots=True)
class TransferFilter:
    """Which transfers a list is asked for; None means all."""

    user_id: uuid.UUID | None = None
    role: Party | None = None
    status: TransferStatus | None = None

    def as_parameters(self) -> dict[str, Any]:
        """The parameters of LIST_TRANSFERS."""
        return {
            "seller_id": self.user_id if self.role is Party.SELLER else None,
            "buyer_id": self.user_id if self.role is Party.BUYER else None,
            "party_id": self.user_id if self.role is None else None,
            "status": self.status and self.status.value,
        }


class TransferLedger:
    """Transfers and tickets, read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_transfers(
        self, wanted: TransferFilter, *, page: int, page_size: int
    ) -> tuple[list[TransferRecord], int]:
        """One page, newest first, and how many there are in all."""
        with self._database.statement() as connection:
            rows = connection.execute(
                LIST_TRANSFERS,
                {**wanted.as_parameters(), **_window(page, page_size)},
            ).all()
        # A page beyond the end is one row that carries nothing but the count.
        found = [transfer_of(row) for row in rows if row.transfer_id is not None]
        return found, rows[0].total_found

    def list_unsettled(
        self, *, older_than_s: float, limit: int
    ) -> list[TransferRecord]:
        """Those for which the other services are owed something, longest first."""
        with self._database.statement() as connection:
            rows = connection.execute(
                LIST_UNSETTLED, {"older_than_s": older_than_s, "limit": limit}
            ).all()
        return [transfer_of(row) for row in rows]

    def list_facts(
        self, *, after: uuid.UUID | None, limit: int
    ) -> tuple[list[TransferRecord], uuid.UUID | None]:
        """Transfers in the order of their ids, and the key to go on after, if any."""
        with self._database.statement() as connection:
            rows = connection.execute(
                TRANSFER_FACTS, {"after": after, "limit": limit + 1}
            ).all()
        facts = [transfer_of(row) for row in rows[:limit]]
        return facts, facts[-1].transfer_id if len(rows) > limit else None

    def list_tickets(
        self, user_id: uuid.UUID, scope: str, *, page: int, page_size: int
    ) -> tuple[list[RowMapping], int]:
        """One page of tickets, newest first, and how many there are in all.

        `scope`: owned, purchased (also what was sold on since), or sold.
        """
        with self._database.statement() as connection:
            rows = connection.execute(
                LIST_TICKETS,
                {"user_id": user_id, "scope": scope, **_window(page, page_size)},
            ).all()
        found = [row._mapping for row in rows if row.seat_id is not None]  # noqa: SLF001
        return found, rows[0].total_found


def _window(page: int, page_size: int) -> dict[str, int]:
    return {"limit": page_size, "offset": (page - 1) * page_size}
