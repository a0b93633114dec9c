"""Hold seats: all of them or none, for one buyer, for a limited time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from inventory_service.services.gathered_statements import RESERVE_MANY
from inventory_service.services.hold_decision import (
    Reservation,
    Standing,
    decide,
    decide_in_round,
)
from inventory_service.services.patience import ROUND_WITHIN_S, tries
from inventory_service.services.records import SeatHold
from inventory_service.services.reserve_statement import RESERVE
from inventory_service.services.together import Asked, tell_each
from service_common.db import LOCK_NOT_AVAILABLE, Database, sqlstate
from service_common.errors import AppError
from service_common.gather import Gatherer
from service_common.request_context import get_request_id
from service_common.together import execute_together


@dataclass(frozen=True, slots=True)
class _Told:
    """How its seats stand after the round; None where the round could not say."""

    standing: Standing | None
    alone: bool = False


class LockService:
    """Makes holds."""

    def __init__(self, database: Database, *, hold_ttl_s: float) -> None:
        self._database = database
        self._hold_ttl_s = hold_ttl_s
        self._rounds = Gatherer[Asked[Reservation], _Told](self._round)

    def reserve_seats(
        self, wanted: Reservation, *, time_left_s: float | None = None
    ) -> SeatHold:
        """Hold the seats, or answer the hold that this user has on them already.

        Raises SEAT_NOT_FOUND, SEAT_ALREADY_SOLD, SEAT_UNAVAILABLE or INVALID_INPUT;
        Busy when nobody can say yet who gets them.
        """
        for attempt in tries(time_left_s):
            hold = self._in_round(wanted) if attempt == 0 else None
            if hold is not None:
                return hold
            standing = self._try(wanted, get_request_id())
            hold = None if standing is None else decide(wanted, standing)
            if hold is not None:
                return hold
        raise AssertionError("tries() ends by raising")

    def reserve_together(
        self, asked: Sequence[Asked[Reservation]]
    ) -> list[SeatHold | AppError | None]:
        """The hold of each, or a plain refusal; None: it has to come by itself."""
        return tell_each(asked, self._round(asked), _hear)

    def _in_round(self, wanted: Reservation) -> SeatHold | None:
        """Decide it together with who asks at the same time; None: go on alone."""
        asked = Asked(wanted, get_request_id())
        return _hear(wanted, self._rounds.call(asked, timeout_s=ROUND_WITHIN_S))

    def _round(self, asked: Sequence[Asked[Reservation]]) -> Sequence[_Told]:
        if len(asked) == 1:
            (one,) = asked
            return [_Told(self._try(one.wanted, one.request_id), alone=True)]
        may_take = _may_take([one.wanted for one in asked])
        told = self._together(asked, may_take)
        # Who gave way to a neighbour looks again, now that the neighbour has the seat.
        gave_way = [
            number
            for number, may in enumerate(may_take)
            if not may and _stood_free(told[number].standing)
        ]
        if gave_way:
            losers = [asked[number] for number in gave_way]
            again = self._together(losers, _may_take([one.wanted for one in losers]))
            for number, what in zip(gave_way, again, strict=True):
                told[number] = what
        return told

    def _together(
        self, asked: Sequence[Asked[Reservation]], may_take: Sequence[bool]
    ) -> list[_Told]:
        values = {**_round_values(asked), "may_take": may_take}
        rows = execute_together(
            self._database, RESERVE_MANY, {**values, "ttl_s": self._hold_ttl_s}
        )
        standing: dict[UUID, list[Row[Any]]] = {}
        for row in rows:
            standing.setdefault(row.wanted_by, []).append(row)
        return [_Told(standing.get(one.wanted.hold_id)) for one in asked]

    def _try(self, wanted: Reservation, request_id: str) -> Standing | None:
        """What stands on the seats after one try; None when a row was locked."""
        with self._database.statement() as connection:
            try:
                return connection.execute(
                    RESERVE,
                    {
                        "seat_ids": list(wanted.seat_ids),
                        "user_id": wanted.user_id,
                        "hold_id": wanted.hold_id,
                        "order_id": wanted.order_id,
                        "ttl_s": self._hold_ttl_s,
                        "request_id": request_id,
                    },
                ).all()
            except DBAPIError as error:
                if sqlstate(error) == LOCK_NOT_AVAILABLE:
                    return None
                raise


def _may_take(holds: Sequence[Reservation]) -> list[bool]:
    """Which of them may take their seats: of those that share one only the first."""
    taken: set[UUID] = set()
    may_take: list[bool] = []
    for hold in holds:
        ids = {hold.hold_id, *hold.seat_ids}
        may_take.append(taken.isdisjoint(ids))
        taken |= ids
    return may_take


def _round_values(asked: Sequence[Asked[Reservation]]) -> dict[str, Any]:
    """The parameters of RESERVE_MANY, but for who may take and for how long."""
    holds = [one.wanted for one in asked]
    return {
        "hold_ids": [hold.hold_id for hold in holds],
        "order_ids": [hold.order_id for hold in holds],
        "user_ids": [hold.user_id for hold in holds],
        "request_ids": [one.request_id for one in asked],
        "seat_counts": [len(hold.seat_ids) for hold in holds],
        "wishing": [hold.hold_id for hold in holds for _ in hold.seat_ids],
        "wished": [seat_id for hold in holds for seat_id in hold.seat_ids],
    }


def _stood_free(standing: Standing | None) -> bool:
    return standing is not None and all(row.takeable for row in standing)


def _hear(wanted: Reservation, told: _Told) -> SeatHold | None:
    """What a round has decided for one of it; None: it goes on alone."""
    if told.standing is None:
        return None
    if told.alone:
        return decide(wanted, told.standing)
    return decide_in_round(wanted, told.standing)
