"""Whatever ends holds races over a few seats, and a witness looks on.

Messages come early, late, twice and for holds of long ago; sweeper, holders, the next
buyers and payments want the same seats at the same moment. Nobody may lose a seat that
is still his.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import pytest

from inventory_service.services.claim_service import ClaimService
from inventory_service.services.claim_targets import HoldTarget
from inventory_service.services.hold_decision import Reservation
from inventory_service.services.lock_service import LockService
from inventory_service.services.records import ReleaseReason, SeatHold
from inventory_service.services.release_service import ReleaseService
from local_stack import Stack
from service_common.db import Database, DatabaseSettings
from service_common.errors import Refusal, Unavailable
from support.races import race
from support.release_audit import ReleaseAudit

THREADS = 8
ROUNDS = 25
MOVES = 16
HOLD_TTL_S = 0.02

T = TypeVar("T")


@dataclass
class Seen:
    """What the threads of a round know of each other's holds, and what was found."""

    holds: list[SeatHold] = field(default_factory=list)
    claims: list[tuple[UUID, SeatHold]] = field(default_factory=list)
    given_back: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Mover:
    """One thread: random moves, until it has made them all."""

    def __init__(
        self, database: Database, seen: Seen, seat_ids: list[UUID], seed: str
    ) -> None:
        self.locks = LockService(database, hold_ttl_s=HOLD_TTL_S)
        self.releases = ReleaseService(database)
        self.claims = ClaimService(database)
        self.seen = seen
        self.seat_ids = seat_ids
        self.rng = random.Random(seed)  # noqa: S311 - a schedule that can be repeated

    def run(self) -> None:
        moves: dict[Callable[[], None], int] = {
            self.reserve: 5,
            self.message: 6,
            self.sweep: 1,
            self.give_back: 1,
            self.claim: 3,
            self.confirm: 1,
            self.revoke: 2,
        }
        for _ in range(MOVES):
            (move,) = self.rng.choices(list(moves), list(moves.values()))
            try:
                move()
            except (Refusal, Unavailable):
                continue

    def reserve(self) -> None:
        wanted = tuple(self.rng.sample(self.seat_ids, self.rng.randint(1, 3)))
        hold = self.locks.reserve_seats(
            Reservation(wanted, uuid.uuid4(), uuid.uuid4(), uuid.uuid4())
        )
        with self.seen.lock:
            self.seen.holds.append(hold)

    def message(self) -> None:
        """Of any hold there ever was on these seats, and twice."""
        hold = self._one_of(self.seen.holds)
        for _ in range(2):
            outcome = self.releases.release_hold(hold.hold_id)
            self.seen.outcomes[outcome] += 1

    def sweep(self) -> None:
        self.seen.outcomes["SWEPT"] += self.releases.sweep_due_holds()

    def give_back(self) -> None:
        hold = self._one_of(self.seen.holds[-2:])
        self.seen.given_back.add(str(hold.hold_id))
        self.releases.release_hold(
            hold.hold_id, reason=ReleaseReason.RELEASED_BY_HOLDER
        )

    def claim(self) -> None:
        hold, claim_id = self._one_of(self.seen.holds[-3:]), uuid.uuid4()
        self.claims.claim(claim_id, HoldTarget(hold.hold_id, hold.user_id))
        with self.seen.lock:
            self.seen.claims.append((claim_id, hold))

    def confirm(self) -> None:
        claim_id, hold = self._one_of(self.seen.claims[-2:])
        self.claims.confirm_seats(claim_id, hold.user_id)
        self.seen.outcomes["SOLD"] += 1

    def revoke(self) -> None:
        claim_id, hold = self._one_of(self.seen.claims[-2:])
        self.claims.revoke(claim_id, HoldTarget(hold.hold_id, hold.user_id))

    def _one_of(self, things: list[T]) -> T:
        if not things:
            raise Refusal("nothing to choose from yet")
        return self.rng.choice(things)


@pytest.fixture
def audit(
    infrastructure: Stack, seats_database: DatabaseSettings
) -> Iterator[ReleaseAudit]:
    dsn = infrastructure.postgres.superuser_dsn(seats_database.name)
    audit = ReleaseAudit(dsn)
    with audit.watching():
        yield audit


@pytest.mark.parametrize("seed", range(2))
def test_no_release_takes_a_seat_from_who_has_it_still(
    database: Database,
    a_few_seats: Callable[[], list[UUID]],
    audit: ReleaseAudit,
    seed: int,
) -> None:
    given_back: set[str] = set()
    outcomes: Counter[str] = Counter()
    for number in range(ROUNDS):
        seen, seat_ids = Seen(), a_few_seats()
        movers = [
            Mover(database, seen, seat_ids, f"{seed}/{number}/{thread}")
            for thread in range(THREADS)
        ]
        assert [failed for failed in race(*[m.run for m in movers]) if failed] == []
        given_back |= seen.given_back
        outcomes += seen.outcomes

    assert audit.contradictions() == []
    assert audit.ended_early() <= given_back
    # The schedule has to reach the interesting places, else it proves nothing.
    places = ("RELEASED", "NOT_DUE", "CLAIMED", "ALREADY_SOLD", "SWEPT", "SOLD")
    assert min(outcomes[place] for place in places) > 0, outcomes
    assert min(audit.released(), audit.taken_over()) > 0
