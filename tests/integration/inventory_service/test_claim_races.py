"""Random schedules of everything that can happen to a few seats at once.

Each round gives eight threads three seats and every operation there is, with holds that
last a few milliseconds. What was answered is written down, and compared with the tables
when the dust has settled: no answer may be contradicted by what stands there.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from inventory_service.models import ClaimState
from inventory_service.services.claim_service import ClaimService
from inventory_service.services.claim_targets import HoldTarget
from inventory_service.services.hold_decision import Reservation
from inventory_service.services.invariant_service import InvariantService
from inventory_service.services.lock_service import LockService
from inventory_service.services.records import ReleaseReason, SeatHold
from inventory_service.services.release_service import ReleaseService
from service_common.db import DEADLOCK_DETECTED, Database
from service_common.errors import Refusal, Unavailable
from support.inventory_calls import InventoryCalls, new_id
from support.races import race
from support.waiting import eventually

Query = Callable[..., list[Any]]

THREADS = 8
ROUNDS = 40
# A busy machine reaches the interesting places later.
ROUNDS_AT_MOST = 400
MOVES = 12


@dataclass
class History:
    """What was asked for and answered, by claim and by hold."""

    holds: list[SeatHold] = field(default_factory=list)
    claims: dict[UUID, SeatHold] = field(default_factory=dict)
    answers: dict[UUID, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    deadlocks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, claim_id: UUID, answer: str) -> None:
        with self.lock:
            self.answers[claim_id][answer] += 1

    def reached_all_places(self) -> bool:
        """Whether something was claimed, sold, revoked, and revoked too late."""
        seen = sum(self.answers.values(), Counter[str]())
        return min(seen["claimed"], seen["sold"], seen["revoked"], seen["too late"]) > 0


class Chaos:
    """One thread's random moves."""

    def __init__(
        self, database: Database, history: History, seat_ids: list[UUID], seed: str
    ) -> None:
        self.locks = LockService(database, hold_ttl_s=0.02)
        self.releases = ReleaseService(database)
        self.claims = ClaimService(database)
        self.history = history
        self.seat_ids = seat_ids
        self.rng = random.Random(seed)  # noqa: S311 - a schedule that can be repeated

    def run(self) -> None:
        moves = [self.reserve, self.claim, self.confirm, self.revoke, self.release]
        for _ in range(MOVES):
            move = self.rng.choices([*moves, self.sweep], (4, 4, 3, 2, 2, 1))[0]
            try:
                move()
            except Refusal:
                continue
            except Unavailable as unknown:
                cause = getattr(unknown.__cause__, "orig", None)
                if getattr(cause, "pgcode", None) == DEADLOCK_DETECTED:
                    self.history.deadlocks += 1

    def reserve(self) -> None:
        wanted = self.rng.sample(self.seat_ids, self.rng.randint(1, 3))
        hold = self.locks.reserve_seats(
            Reservation(tuple(wanted), uuid.uuid4(), uuid.uuid4(), uuid.uuid4())
        )
        with self.history.lock:
            self.history.holds.append(hold)

    def claim(self) -> None:
        hold, claim_id = self._a_hold(), uuid.uuid4()
        with self.history.lock:
            self.history.claims[claim_id] = hold
        self.claims.claim(claim_id, HoldTarget(hold.hold_id, hold.user_id))
        self.history.note(claim_id, "claimed")

    def confirm(self) -> None:
        claim_id, hold = self._a_claim()
        sale = self.claims.confirm_seats(claim_id, hold.user_id)
        assert len(sale.seats) == len(hold.seats)
        self.history.note(claim_id, "sold")

    def revoke(self) -> None:
        claim_id, hold = self._a_claim()
        target = HoldTarget(hold.hold_id, hold.user_id)
        state = self.claims.revoke(claim_id, target)
        self.history.note(
            claim_id, "revoked" if state is ClaimState.REVOKED else "too late"
        )

    def release(self) -> None:
        reason = (
            ReleaseReason.RELEASED_BY_HOLDER
            if self.rng.random() < 0.3
            else ReleaseReason.HOLD_EXPIRED
        )
        self.releases.release_hold(self._a_hold().hold_id, reason=reason)

    def sweep(self) -> None:
        self.releases.sweep_due_holds()

    def _a_hold(self) -> SeatHold:
        with self.history.lock:
            recent = self.history.holds[-3:]
        hold: SeatHold = self._one_of(recent)
        return hold

    def _a_claim(self) -> tuple[UUID, SeatHold]:
        with self.history.lock:
            recent = list(self.history.claims.items())[-4:]
        claim: tuple[UUID, SeatHold] = self._one_of(recent)
        return claim

    def _one_of(self, things: list[Any]) -> Any:
        if not things:
            raise Refusal("nothing to choose from yet")
        return self.rng.choice(things)


def settle(database: Database, history: History) -> None:
    """Give every claim up, as its saga would, and let every hold run out."""
    claims, releases = ClaimService(database), ReleaseService(database)
    for claim_id, hold in history.claims.items():
        claims.revoke(claim_id, HoldTarget(hold.hold_id, hold.user_id))
    eventually(
        lambda: (releases.sweep_due_holds(), _held(database, history))[1],
        lambda held: held == 0,
        within_s=10,
        every_s=0.01,
    )


def _held(database: Database, history: History) -> int:
    """On how many seats the holds of this history still stand."""
    question = text(
        "SELECT count(*) FROM seats WHERE status = 'HELD' AND hold_id = ANY(:hold_ids)"
    )
    hold_ids = [hold.hold_id for hold in history.holds]
    with database.statement() as connection:
        return int(connection.execute(question, {"hold_ids": hold_ids}).scalar_one())


def check(history: History, query: Query) -> None:
    claims = {row.claim_id: row for row in query("SELECT * FROM seat_claims")}
    sold = {row.hold_id for row in query("SELECT * FROM seats WHERE status = 'SOLD'")}
    told = Counter(
        UUID(row.payload["hold_id"])
        for row in query("SELECT payload FROM outbox WHERE topic = 'hold.released'")
    )
    for claim_id, answers in history.answers.items():
        if answers["sold"] or answers["too late"]:
            assert claims[claim_id].state == "CONFIRMED"
            assert history.claims[claim_id].hold_id in sold
            assert not answers["revoked"]
        elif answers["revoked"]:
            assert claims[claim_id].state == "REVOKED"
    # Every hold ended exactly once: sold, or told to be released.
    for hold in history.holds:
        assert told[hold.hold_id] == (0 if hold.hold_id in sold else 1), hold.hold_id
    assert query("SELECT 1 FROM seats WHERE status = 'HELD'") == []


@pytest.mark.parametrize("seed", range(3))
def test_no_answer_is_contradicted_by_what_stands_in_the_tables(
    database: Database,
    inventory: InventoryCalls,
    query: Query,
    a_few_seats: Callable[[], list[UUID]],
    seed: int,
) -> None:
    history = History()
    for number in range(ROUNDS_AT_MOST):
        if number >= ROUNDS and history.reached_all_places():
            break
        seat_ids = a_few_seats()
        chaos = [
            Chaos(database, history, seat_ids, f"{seed}/{number}/{thread}")
            for thread in range(THREADS)
        ]
        failed = [result for result in race(*[c.run for c in chaos]) if result]
        assert failed == []
    settle(database, history)

    check(history, query)
    assert history.deadlocks == 0
    assert history.reached_all_places(), "a schedule that meets nothing proves nothing"
    broken = {
        found.name
        for found in InvariantService(database).check_invariants()
        if not found.holds
    }
    # Nobody relays here, so what a slow machine wrote long ago is still to be told.
    assert broken - {"outbox_drained"} == set()


@pytest.mark.parametrize("attempt", range(10))
def test_claims_of_two_payments_race_and_one_gets_the_hold(
    inventory: InventoryCalls, seats: list[str], attempt: int
) -> None:
    hold = inventory.reserve(seats[:3])

    results = race(*[lambda: inventory.claim(new_id(), hold) for _ in range(6)])

    assert results.count("OPEN") == 1
    refused = {getattr(result, "code", "") for result in results if result != "OPEN"}
    assert refused == {"PAYMENT_IN_PROGRESS"}


@pytest.mark.parametrize("attempt", range(20))
def test_revoke_races_confirm_and_both_say_the_same(
    inventory: InventoryCalls, seats: list[str], attempt: int
) -> None:
    hold, claim_id = inventory.reserve(seats[:3]), new_id()
    inventory.claim(claim_id, hold)

    *confirmed, revoked = race(
        *[partial(inventory.confirm, claim_id, hold.user_id)] * 3,
        partial(inventory.revoke, claim_id, hold),
    )

    refusals = [getattr(result, "code", None) for result in confirmed]
    if revoked == "REVOKED":
        assert refusals == ["CLAIM_REVOKED"] * 3
        assert inventory.status(seats[0]) == "HELD"
    else:
        assert revoked == "CONFIRMED"
        assert refusals == [None] * 3
        assert inventory.status(seats[0]) == "SOLD"


@pytest.mark.parametrize("attempt", range(20))
def test_revoke_races_claim_and_the_claim_does_not_outlive_it(
    inventory: InventoryCalls, seats: list[str], attempt: int
) -> None:
    hold, claim_id = inventory.reserve(seats[:3]), new_id()

    race(
        *[partial(inventory.claim, claim_id, hold)] * 3,
        partial(inventory.revoke, claim_id, hold),
    )

    assert not inventory.owner(seats[0]).claimed
    assert inventory.claim(new_id(), hold) == "OPEN"
    assert inventory.violations() == {}


@pytest.mark.parametrize("attempt", range(20))
def test_release_races_claim_and_exactly_one_of_them_has_the_seats(
    inventory: InventoryCalls,
    seats: list[str],
    released: Callable[[], list[dict[str, Any]]],
    attempt: int,
) -> None:
    hold, claim_id = inventory.reserve(seats[:3]), new_id()

    claimed, outcome = race(
        partial(inventory.claim, claim_id, hold),
        partial(inventory.release, hold.hold_id, by_holder=True),
    )

    if claimed == "OPEN":
        assert outcome == "CLAIMED"
        assert released() == []
    else:
        assert claimed.code == "HOLD_EXPIRED"
        assert outcome == "RELEASED"
        assert len(released()) == 1
