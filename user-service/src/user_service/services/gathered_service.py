"""Serves many purchases in one statement, where they do not concern one another."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from service_common.db import Database
from service_common.errors import AppError
from service_common.together import execute_together
from user_service.services.credit_service import CreditService, Movement
from user_service.services.gathered_statements import DEDUCT_MANY, READ_RISKS

RiskKey = tuple[uuid.UUID, str | None, str | None]


class GatheredService:
    """What CreditService and UserService do for one, for many."""

    def __init__(self, database: Database, credit: CreditService) -> None:
        self._database = database
        self._credit = credit

    def deduct_credits(self, movements: Sequence[Movement]) -> list[Decimal | AppError]:
        """Charge each once; the balance after it, or why not.

        Those that are plainly covered and concern different people go together. The
        rest, and all when that fails, go the ordinary way one by one.
        """
        charged = self._charge_together(_of_different_people(movements))
        return [
            charged[movement.operation_key]
            if movement.operation_key in charged
            else self._charge_alone(movement)
            for movement in movements
        ]

    def get_risks(self, asked: Sequence[RiskKey]) -> dict[RiskKey, Row[Any]]:
        """What UserService.get_risk answers, for those users who exist."""
        users, purposes, references = zip(*asked, strict=True)
        with self._database.statement() as connection:
            rows = connection.execute(
                READ_RISKS,
                {
                    "user_ids": list(users),
                    "purposes": list(purposes),
                    "references": list(references),
                },
            ).all()
        return {(row.user_id, row.purpose, row.reference): row for row in rows}

    def _charge_together(self, movements: Sequence[Movement]) -> dict[str, Decimal]:
        values = {
            "operation_keys": [movement.operation_key for movement in movements],
            "user_ids": [movement.user_id for movement in movements],
            "amounts": [movement.amount for movement in movements],
            "notes": [movement.reference for movement in movements],
            "purposes": [movement.purpose for movement in movements],
        }
        rows = execute_together(self._database, DEDUCT_MANY, values)
        return {row.operation_key: row.balance_after for row in rows}

    def _charge_alone(self, movement: Movement) -> Decimal | AppError:
        try:
            return self._credit.deduct_credits(movement)
        except AppError as error:
            return error


def _of_different_people(movements: Sequence[Movement]) -> list[Movement]:
    """The first of every person: two charges of one read each other's balance."""
    firsts: dict[uuid.UUID, Movement] = {}
    for movement in movements:
        firsts.setdefault(movement.user_id, movement)
    return list(firsts.values())
