"""Rounds of holds, claims and sales: each outcome is what it would be alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from inventory_service.services.claim_rounds import ClaimOfHold, Confirmation
from inventory_service.services.claim_service import ClaimService
from inventory_service.services.claim_targets import HoldTarget
from inventory_service.services.hold_decision import Reservation
from inventory_service.services.lock_service import LockService
from inventory_service.services.together import Asked
from service_common.db import Database
from service_common.errors import Conflict
from support.races import race

Query = Callable[..., list[Any]]
BUYER = uuid.UUID(int=7)


def _wanted(*seats: str, user_id: uuid.UUID | None = None) -> Reservation:
    return Reservation(
        tuple(uuid.UUID(seat) for seat in seats),
        user_id or uuid.uuid4(),
        uuid.uuid4(),
        uuid.uuid4(),
    )


def _round(locks: LockService, *wanted: Reservation) -> list[list[bool] | None]:
    """Whether each seat of each was taken in one round; None: not told."""
    told = locks._round([Asked(one, f"request-{n}") for n, one in enumerate(wanted)])
    return [
        None if one.standing is None else [row.taken for row in one.standing]
        for one in told
    ]


@pytest.fixture
def locks(database: Database) -> LockService:
    return LockService(database, hold_ttl_s=300)


def _outbox(query: Query, hold: Reservation) -> list[tuple[str, str]]:
    rows = query(
        "SELECT payload->>'order_id' AS order_id, request_id FROM outbox"
        " WHERE payload->>'hold_id' = :hold",
        hold=str(hold.hold_id),
    )
    return [(row.order_id, row.request_id) for row in rows]


def test_round_holds_what_is_free_and_tells_of_each_hold_once(
    locks: LockService, seats: list[str], query: Query
) -> None:
    one, pair = _wanted(seats[0]), _wanted(seats[1], seats[2])

    assert _round(locks, one, pair) == [[True], [True, True]]

    assert _outbox(query, one) == [(str(one.order_id), "request-0")]
    assert _outbox(query, pair) == [(str(pair.order_id), "request-1")]


def test_seat_that_two_of_a_round_want_goes_to_the_first(
    locks: LockService, seats: list[str], query: Query
) -> None:
    first, second, third = (
        _wanted(seats[0]),
        _wanted(seats[0], seats[1]),
        _wanted(seats[2]),
    )

    assert _round(locks, first, second, third) == [[True], [False, False], [True]]

    assert _outbox(query, second) == []
    with pytest.raises(Conflict):
        locks.reserve_seats(second)


def test_all_or_nothing_holds_in_a_round_too(
    locks: LockService, seats: list[str], query: Query
) -> None:
    locks.reserve_seats(_wanted(seats[1]))
    half, whole = _wanted(seats[0], seats[1]), _wanted(seats[3])

    taken = _round(locks, half, whole)

    assert taken == [[False, False], [True]]
    assert query("SELECT 1 FROM seats WHERE hold_id = :h", h=half.hold_id) == []


def test_locked_seat_is_passed_over_and_the_others_are_held(
    locks: LockService, database: Database, seats: list[str]
) -> None:
    with database.transaction() as other:
        other.execute(
            text("SELECT 1 FROM seats WHERE seat_id = :s FOR UPDATE"), {"s": seats[0]}
        )
        taken = _round(locks, _wanted(seats[0]), _wanted(seats[1]))

    assert taken == [[False], [True]]


def test_claims_and_sales_of_a_round_are_those_that_are_plainly_good(
    database: Database, locks: LockService, seats: list[str], query: Query
) -> None:
    claims = ClaimService(database)
    holds = [locks.reserve_seats(_wanted(seat, user_id=BUYER)) for seat in seats[:3]]
    ids = [uuid.uuid4() for _ in holds]
    asked = [
        ClaimOfHold(ids[0], holds[0].hold_id, BUYER),
        ClaimOfHold(ids[1], holds[1].hold_id, uuid.uuid4()),  # somebody else's
        ClaimOfHold(ids[2], holds[2].hold_id, BUYER),
        ClaimOfHold(uuid.uuid4(), holds[0].hold_id, BUYER),  # a second payment
    ]

    assert claims._rounds.claim_many(asked) == [True, False, True, False]

    claims.revoke(ids[2], HoldTarget(holds[2].hold_id, BUYER))
    sold = claims._rounds.confirm_many(
        [
            Confirmation(ids[0], BUYER),
            Confirmation(ids[1], BUYER),
            Confirmation(ids[2], BUYER),
        ]
    )
    assert [[str(row.seat_id) for row in rows] for rows in sold] == [[seats[0]], [], []]
    states = query(
        "SELECT claim_id, state FROM seat_claims WHERE claim_id = ANY(:i)", i=ids
    )
    assert {row.claim_id: row.state for row in states} == {
        ids[0]: "CONFIRMED",
        ids[2]: "REVOKED",
    }


def test_claim_that_was_revoked_before_it_came_spoils_no_other(
    database: Database, locks: LockService, seats: list[str]
) -> None:
    claims = ClaimService(database)
    holds = [locks.reserve_seats(_wanted(seat, user_id=BUYER)) for seat in seats[:2]]
    ids = [uuid.uuid4(), uuid.uuid4()]
    claims.revoke(ids[0], HoldTarget(holds[0].hold_id, BUYER))

    done = claims._rounds.claim_many(
        [
            ClaimOfHold(claim, hold.hold_id, BUYER)
            for claim, hold in zip(ids, holds, strict=True)
        ]
    )

    assert done == [False, True]


def test_many_purchases_at_once_each_get_their_own_seat(
    database: Database, locks: LockService, seats: list[str]
) -> None:
    claims = ClaimService(database)

    def buy(seat: str) -> str:
        wanted = _wanted(seat, user_id=BUYER)
        hold = locks.reserve_seats(wanted)
        claim_id = uuid.uuid4()
        claims.claim(claim_id, HoldTarget(hold.hold_id, BUYER))
        [sold] = claims.confirm_seats(claim_id, BUYER).seats
        return str(sold.seat.seat_id)

    assert race(*(lambda seat=seat: buy(seat) for seat in seats)) == seats
