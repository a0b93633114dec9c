"""Which seats a buyer wants, and what he is told of them by how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row

from inventory_service.models import SeatStatus
from inventory_service.services.metrics import HOLDS, RELEASES
from inventory_service.services.records import SeatHold, in_hall_order, seat_info
from service_common.errors import Conflict, InvalidInput, NotFound, Refusal

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

    def __post_init__(self) -> None:
        """INVALID_INPUT unless they can be held together."""
        problem = None
        if not 1 <= len(self.seat_ids) <= SEATS_MAX:
            problem = f"Between 1 and {SEATS_MAX} seats can be held at once."
        elif len(set(self.seat_ids)) != len(self.seat_ids):
            problem = "A seat is named twice."
        if problem is not None:
            raise InvalidInput(problem, details={"fields": {"seat_ids": [problem]}})


def decide(wanted: Reservation, standing: Standing) -> SeatHold | None:
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


def decide_in_round(wanted: Reservation, standing: Standing) -> SeatHold | None:
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
