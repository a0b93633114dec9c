"""Reads what a person's credits went through."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from service_common.db import Database
from user_service.models.credit_ledger import user_account
from user_service.services.ledger_statements import (
    COUNT_HISTORY,
    READ_HISTORY,
)

Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some entries of one person, and how many there are."""

    entries: Rows
    total: int


class CreditHistory:
    """What happened to credits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_entries(
        self, user_id: uuid.UUID, *, page: int, page_size: int
    ) -> HistoryPage:
        """One page of a person's entries, newest first."""
        account = {"user_account": user_account(user_id)}
        window = {"page_size": page_size, "offset": (page - 1) * page_size}
        with self._database.statement() as connection:
            total = connection.execute(COUNT_HISTORY, account).scalar_one()
            entries = connection.execute(READ_HISTORY, {**account, **window}).all()
        return HistoryPage(entries, total)
