"""Claims and sales of many purchases at the same time, each in one statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from inventory_service.services.gathered_statements import CLAIM_HOLDS, CONFIRM_MANY
from inventory_service.services.patience import ROUND_WITHIN_S
from service_common.db import Database
from service_common.gather import Gatherer
from service_common.together import execute_together

Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class ClaimOfHold:
    """A purchase's claim."""

    claim_id: UUID
    hold_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A claim that is to be confirmed."""

    claim_id: UUID
    user_id: UUID


class ClaimRounds:
    """Gathers what comes at the same time; one that comes alone is done alone."""

    def __init__(
        self,
        database: Database,
        *,
        claim_alone: Callable[[ClaimOfHold], bool],
        confirm_alone: Callable[[Confirmation], Rows],
    ) -> None:
        self._database = database
        self._claim_alone = claim_alone
        self._confirm_alone = confirm_alone
        self._claiming = Gatherer[ClaimOfHold, bool](self.claim_many)
        self._confirming = Gatherer[Confirmation, Rows](self.confirm_many)

    def claim(self, asked: ClaimOfHold) -> bool:
        """Whether it has claimed; if not, it has to go on alone and hear why."""
        return self._claiming.call(asked, timeout_s=ROUND_WITHIN_S)

    def confirm(self, asked: Confirmation) -> Rows:
        """What it has sold; nothing when it has to go on alone."""
        return self._confirming.call(asked, timeout_s=ROUND_WITHIN_S)

    def claim_many(self, asked: Sequence[ClaimOfHold]) -> Sequence[bool]:
        """Which of them have claimed."""
        if len(asked) == 1:
            return [self._claim_alone(asked[0])]
        firsts = {one.hold_id: one for one in reversed(asked)}
        rows = execute_together(
            self._database,
            CLAIM_HOLDS,
            {
                "claim_ids": [one.claim_id for one in firsts.values()],
                "hold_ids": list(firsts),
                "user_ids": [one.user_id for one in firsts.values()],
            },
        )
        claimed = {row.claim_id for row in rows}
        return [one.claim_id in claimed and firsts[one.hold_id] is one for one in asked]

    def confirm_many(self, asked: Sequence[Confirmation]) -> Sequence[Rows]:
        """What each of them has sold."""
        if len(asked) == 1:
            return [self._confirm_alone(asked[0])]
        firsts = {one.claim_id: one for one in reversed(asked)}
        rows = execute_together(
            self._database,
            CONFIRM_MANY,
            {
                "claim_ids": list(firsts),
                "user_ids": [one.user_id for one in firsts.values()],
            },
        )
        sold: dict[UUID, list[Row[Any]]] = {}
        for row in rows:
            sold.setdefault(row.confirmed, []).append(row)
        return [
            sold.get(one.claim_id, []) if firsts[one.claim_id] is one else []
            for one in asked
        ]
