"""Thousands of movements, repeated, out of order, at once: nothing may get lost."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, text

from builders.users import a_movement, an_account, balance_of, until_decided
from service_common.db import Database, DatabaseSettings
from user_service.services.credit_service import CreditService, Movement
from user_service.services.refusals import InsufficientCredits, OperationReversed

SEED = 20260615
THREADS = 12
USERS = 5
OPERATIONS = 900
# Every operation comes about this many times, each time from any thread.
REPEATS = 12
STRAYS = 0.1
START = "400.00"


@pytest.fixture
def patient(users_database: DatabaseSettings) -> Iterator[Database]:
    """Connections that wait long for a lock.

    PostgreSQL looks for a deadlock after a second; the service's own 200 ms would end
    every one before, and it would pass for a busy row.
    """
    database = Database(
        users_database, pool_size=THREADS, application_name="user-storm"
    )

    @event.listens_for(database.engine, "connect")
    def wait_long(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0; SET statement_timeout = '20s'")
        connection.commit()

    yield database
    database.dispose()


@dataclass
class Seen:
    """What one thread was told about each operation."""

    charged: set[str] = field(default_factory=set)
    topped_up: set[str] = field(default_factory=set)
    reversed: set[str] = field(default_factory=set)

    def add(self, other: Seen) -> None:
        self.charged |= other.charged
        self.topped_up |= other.topped_up
        self.reversed |= other.reversed


def _a_plan(users: list[uuid.UUID], rng: random.Random) -> list[tuple[str, Movement]]:
    """Deducts, most of them with reverses, and top-ups, each repeated.

    Most repetitions come at nearly the same time, a few long after or before.
    """
    calls: list[tuple[float, str, Movement]] = []
    for number in range(OPERATIONS):
        movement = a_movement(rng.choice(users), f"{rng.randint(1, 9000) / 100:.2f}")
        verbs = rng.choice([["deduct"], ["deduct", "reverse"], ["top-up"]])
        for verb in verbs:
            for _ in range(rng.randint(1, 2 * REPEATS)):
                stray = rng.random() < STRAYS
                when = rng.uniform(0, OPERATIONS) if stray else number + rng.random()
                calls.append((when, verb, movement))
    calls.sort(key=lambda call: call[0])
    return [(verb, movement) for _, verb, movement in calls]


def _carry_out(credit: CreditService, plan: list[tuple[str, Movement]]) -> Seen:
    seen = Seen()
    for verb, movement in plan:
        key = movement.operation_key
        if verb == "reverse":
            until_decided(partial(credit.reverse_deduct, movement))
            seen.reversed.add(key)
        elif verb == "top-up":
            until_decided(partial(credit.top_up_credits, movement))
            seen.topped_up.add(key)
        else:
            try:
                until_decided(partial(credit.deduct_credits, movement))
                seen.charged.add(key)
            except (InsufficientCredits, OperationReversed):
                continue
    return seen


def _expected_balances(
    users: list[uuid.UUID], plan: list[tuple[str, Movement]], seen: Seen
) -> dict[uuid.UUID, Decimal]:
    """What every answer together promises."""
    expected = dict.fromkeys(users, Decimal(START))
    for movement in {movement for _, movement in plan}:
        key = movement.operation_key
        if key in seen.topped_up:
            expected[movement.user_id] += movement.amount
        elif key in seen.charged and key not in seen.reversed:
            expected[movement.user_id] -= movement.amount
    return expected


def _ledger_sums(database: Database) -> dict[str, Decimal]:
    with database.statement() as connection:
        rows = connection.execute(
            text("SELECT account, sum(amount) AS total FROM credit_ledger GROUP BY 1")
        )
        return defaultdict(Decimal, {row.account: row.total for row in rows})


@pytest.mark.slow
@pytest.mark.usefixtures("everything_adds_up")
def test_storm_of_movements_ends_with_what_every_answer_promised(
    database: Database, patient: Database
) -> None:
    credit = CreditService(patient)
    rng = random.Random(SEED)  # noqa: S311 - a test that can be repeated
    users = [an_account(database, START) for _ in range(USERS)]
    plan = _a_plan(users, rng)

    seen = Seen()
    with ThreadPoolExecutor(THREADS) as threads:
        shares = [plan[number::THREADS] for number in range(THREADS)]
        for part in threads.map(lambda share: _carry_out(credit, share), shares):
            seen.add(part)

    expected = _expected_balances(users, plan, seen)
    assert {user: balance_of(database, user) for user in users} == expected
    sums = _ledger_sums(database)
    assert {user: sums[f"user:{user}"] for user in users} == expected
    assert sum(sums.values()) == 0
    # The storm was one: charges stood, were refunded, and came too late.
    assert min(len(seen.charged - seen.reversed), len(seen.topped_up)) > OPERATIONS / 9
    assert seen.charged & seen.reversed
    assert seen.reversed - seen.charged
