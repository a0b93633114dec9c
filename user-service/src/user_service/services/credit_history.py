"""Reads credits: a person's balance and history, and the facts for reconciliation."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from service_common.db import Database
from user_service.models.credit_ledger import REVERSAL_SUFFIX, user_account
from user_service.services.ledger_statements import (
    COUNT_HISTORY,
    READ_FACTS,
    READ_HISTORY,
)

Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some entries of one person, and how many there are."""

    entries: Rows
    total: int


@dataclass(frozen=True, slots=True)
class FactsPage:
    """Operations in the order of their keys; `next_key` is None at the end."""

    facts: Rows
    next_key: str | None


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

    def list_facts(self, *, after: str, limit: int) -> FactsPage:
        """The operations whose keys follow `after`."""
        with self._database.statement() as connection:
            facts = connection.execute(
                READ_FACTS,
                {"after": after, "limit": limit, "reversal_suffix": REVERSAL_SUFFIX},
            ).all()
        full = len(facts) == limit
        return FactsPage(facts, facts[-1].operation_key if full else None)
