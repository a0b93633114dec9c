"""Hold seats: all of them or none, for one buyer, for a limited time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from inventory_service.models import SeatStatus
from inventory_service.services.gathered_statements import RESERVE_MANY
from inventory_service.services.metrics import HOLDS, RELEASES
from inventory_service.services.patience import ROUND_WITHIN_S, tries
from inventory_service.services.records import SeatHold, in_hall_order, seat_info
from inventory_service.services.reserve_statement import RESERVE
from service_common.db import LOCK_NOT_AVAILABLE, Database, sqlstate
from service_common.errors import AppError, Conflict, InvalidInput, NotFound, Refusal
from service_common.gather import Gatherer
from service_common.request_context import get_request_id

log = structlog.get_logger()

SEATS_MAX = 10

Standing = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Reservation:
    """Which seats are wanted, by whom, under which ids."""

    seat_ids: tuple[UUID, ...]
    user_id: UUID
    hold_id: UUID
    order_id: UUID


@dataclass(frozen=True, slots=True)
class _Asked:
    """A reservation in a round, with the id of the request that it came with."""

    wanted: Reservation
    request_id: str


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
        self._rounds = Gatherer[_Asked, _Told](self._round)

    def reserve_seats(
        self, wanted: Reservation, *, time_left_s: float | None = None
    ) -> SeatHold:
        """Hold the seats, or answer the hold that this user has on them already.

        Raises SEAT_NOT_FOUND, SEAT_ALREADY_SOLD, SEAT_UNAVAILABLE or INVALID_INPUT;
        Busy when nobody can say yet who gets them.
        """
        _check_seat_ids(wanted.seat_ids)
        for attempt in tries(time_left_s):
            hold = self._in_round(wanted) if attempt == 0 else None
            if hold is not None:
                return hold
            standing = self._try(wanted, get_request_id())
            hold = None if standing is None else _decide(wanted, standing)
            if hold is not None:
                return hold
        raise AssertionError("tries() ends by raising")

    def _in_round(self, wanted: Reservation) -> SeatHold | None:
        """Decide it together with who asks at the same time; None: go on alone."""
        asked = _Asked(wanted, get_request_id())
        told = self._rounds.call(asked, timeout_s=ROUND_WITHIN_S)
        if told.standing is None:
            return None
        if told.alone:
            return _decide(wanted, told.standing)
        return _decide_in_round(wanted, told.standing)

    def _round(self, asked: Sequence[_Asked]) -> Sequence[_Told]:
        if len(asked) == 1:
            (one,) = asked
            return [_Told(self._try(one.wanted, one.request_id), alone=True)]
        try:
            with self._database.statement() as connection:
                rows = connection.execute(
                    RESERVE_MANY, {**_round_values(asked), "ttl_s": self._hold_ttl_s}
                ).all()
        except (DBAPIError, AppError):
            log.warning("gathered_holds_go_alone", holds=len(asked))
            return [_Told(None)] * len(asked)
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


def _check_seat_ids(seat_ids: tuple[UUID, ...]) -> None:
    problem = None
    if not 1 <= len(seat_ids) <= SEATS_MAX:
        problem = f"Between 1 and {SEATS_MAX} seats can be held at once."
    elif len(set(seat_ids)) != len(seat_ids):
        problem = "A seat is named twice."
    if problem is not None:
        raise InvalidInput(problem, details={"fields": {"seat_ids": [problem]}})


def _decide(wanted: Reservation, standing: Standing) -> SeatHold | None:
    """The hold that stands, a refusal, or None when the rows changed: try again."""
    asked = [row for row in standing if row.asked]
    if asked and asked[0].taken:
        _count(wanted, asked)
        return _hold_of(wanted, asked, existing=False)
    refusal = _malformed(wanted, asked)
    if refusal is not None:
        raise refusal
    if _is_own_hold(wanted, asked):
        HOLDS.labels("existing").inc()
        return _hold_of(asked[0], standing, existing=True)
    refusal = _taken_by_others(asked)
    if refusal is not None:
        HOLDS.labels("refused").inc()
        raise refusal
    if asked[0].hold_used:
        raise InvalidInput("This hold_id stands for other seats already.")
    return None


def _round_values(asked: Sequence[_Asked]) -> dict[str, Any]:
    """The parameters of RESERVE_MANY; a seat or hold asked for twice goes once."""
    holds = [one.wanted for one in asked]
    taken: set[UUID] = set()
    may_take: list[bool] = []
    for hold in holds:
        ids = {hold.hold_id, *hold.seat_ids}
        may_take.append(taken.isdisjoint(ids))
        taken |= ids
    return {
        "hold_ids": [hold.hold_id for hold in holds],
        "order_ids": [hold.order_id for hold in holds],
        "user_ids": [hold.user_id for hold in holds],
        "request_ids": [one.request_id for one in asked],
        "seat_counts": [len(hold.seat_ids) for hold in holds],
        "may_take": may_take,
        "wishing": [hold.hold_id for hold in holds for _ in hold.seat_ids],
        "wished": [seat_id for hold in holds for seat_id in hold.seat_ids],
    }


def _decide_in_round(wanted: Reservation, standing: Standing) -> SeatHold | None:
    """The hold, or a plain refusal; the rest needs a closer look."""
    if {row.seat_id for row in standing} != set(wanted.seat_ids):
        return None
    if standing[0].taken:
        _count(wanted, standing)
        return _hold_of(wanted, standing, existing=False)
    mine = any(row.held_by_user_id == wanted.user_id for row in standing)
    if mine or len({row.event_id for row in standing}) > 1:
        return None
    refusal = _taken_by_others(standing)
    if refusal is not None:
        HOLDS.labels("refused").inc()
        raise refusal
    return None


def _malformed(wanted: Reservation, asked: Standing) -> Refusal | None:
    missing = set(wanted.seat_ids) - {row.seat_id for row in asked}
    if missing:
        return NotFound(
            "There is no such seat.",
            code="SEAT_NOT_FOUND",
            details={"seat_ids": sorted(str(seat_id) for seat_id in missing)},
        )
    if len({row.event_id for row in asked}) > 1:
        problem = "The seats belong to two events."
        return InvalidInput(problem, details={"fields": {"seat_ids": [problem]}})
    return None


def _is_own_hold(wanted: Reservation, asked: Standing) -> bool:
    """Whether all of them stand under one hold of this user that is not over.

    A repeat of the call that made the hold finds it even when it is over: it asks what
    became of that hold, not for a new one.
    """
    return (
        len({row.hold_id for row in asked}) == 1
        and all(
            row.status == SeatStatus.HELD and row.held_by_user_id == wanted.user_id
            for row in asked
        )
        and (asked[0].live or asked[0].hold_id == wanted.hold_id)
    )


def _taken_by_others(asked: Standing) -> Refusal | None:
    sold = [
        row for row in asked if row.status in (SeatStatus.SOLD, SeatStatus.CHECKED_IN)
    ]
    if sold:
        return Conflict(
            "A seat is sold already.",
            code="SEAT_ALREADY_SOLD",
            details={"seat_ids": sorted(str(row.seat_id) for row in sold)},
        )
    held = [row for row in asked if not row.takeable]
    if held:
        return Conflict(
            "A seat is held by somebody.",
            code="SEAT_UNAVAILABLE",
            details={
                "seat_ids": sorted(str(row.seat_id) for row in held),
                "held_until": min(row.held_until for row in held),
            },
        )
    return None


def _hold_of(holder: Any, rows: Standing, *, existing: bool) -> SeatHold:
    first = rows[0]
    return SeatHold(
        hold_id=holder.hold_id,
        order_id=holder.order_id,
        event_id=first.event_id,
        user_id=holder.user_id if not existing else holder.held_by_user_id,
        held_until=first.until,
        ttl_seconds=first.ttl_seconds,
        seats=in_hall_order(seat_info(row) for row in rows),
        existing=existing,
    )


def _count(wanted: Reservation, asked: Standing) -> None:
    HOLDS.labels("made").inc()
    if asked[0].displaced:
        RELEASES.labels("take_over").inc(asked[0].displaced)
    log.info(
        "seats_held",
        hold_id=str(wanted.hold_id),
        seats=len(asked),
        displaced=asked[0].displaced,
    )
