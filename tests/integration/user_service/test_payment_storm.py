"""Webhooks as they come on a bad day: many, shuffled, repeated, all at once."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial

import pytest
import requests
from sqlalchemy import text

from builders.payments import Payment, signed
from builders.users import a_movement, an_account, balance_of, until_decided
from service_common.db import Database
from support.waiting import eventually
from user_service.services.credit_service import CreditService
from user_service.services.refusals import InsufficientCredits

SEED = 20260615
PAYMENTS, DELIVERIES = 50, 200
USERS = 5
THREADS = 12
DELIVERY_DEADLINE_S = 30.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("everything_adds_up", "no_deadlock"),
]


@pytest.fixture
def no_deadlock(database: Database) -> Iterator[None]:
    """Whoever delivers again would not notice one."""
    before = _deadlocks(database)
    yield
    assert _deadlocks(database) == before


def _deadlocks(database: Database) -> int:
    count = text("SELECT deadlocks FROM pg_stat_database WHERE datname = :name")
    with database.statement() as connection:
        name = {"name": database.engine.url.database}
        return int(connection.execute(count, name).scalar_one())


def _deliver(app_url: str, body: bytes) -> None:
    """Deliver until it is taken, as Stripe does."""
    eventually(
        lambda: (
            requests.post(
                f"{app_url}/webhooks/stripe",
                data=body,
                headers=signed(body),
                timeout=10,
            ).status_code
        ),
        lambda status: status == requests.codes.ok,
        within_s=DELIVERY_DEADLINE_S,
    )


def test_each_of_fifty_payments_is_credited_once_by_two_hundred_deliveries(
    app_url: str, database: Database
) -> None:
    rng = random.Random(SEED)  # noqa: S311 - a test that can be repeated
    users = [an_account(database) for _ in range(USERS)]
    payments = [
        Payment(str(rng.choice(users)), cents=rng.randint(100, 100_000))
        for _ in range(PAYMENTS)
    ]
    again = rng.choices(payments, k=DELIVERIES - PAYMENTS)
    bodies = [payment.succeeded() for payment in [*payments, *again]]
    rng.shuffle(bodies)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(partial(_deliver, app_url), bodies))

    expected: dict[uuid.UUID, Decimal] = defaultdict(Decimal)
    for payment in payments:
        expected[uuid.UUID(payment.user_id)] += Decimal(payment.cents) / 100
    assert {user: balance_of(database, user) for user in users} == expected


def test_storm_of_payments_refunds_disputes_and_purchases_adds_up(
    app_url: str, database: Database
) -> None:
    rng = random.Random(SEED)  # noqa: S311 - a test that can be repeated
    users = [an_account(database, "100.00") for _ in range(USERS)]
    credit = CreditService(database)
    calls: list[Callable[[], None]] = []
    net: dict[uuid.UUID, Decimal] = dict.fromkeys(users, Decimal(100))
    for _ in range(PAYMENTS):
        user = rng.choice(users)
        payment = Payment(str(user), cents=rng.randint(100, 10_000))
        events = [payment.succeeded()]
        first, second = sorted(rng.randint(1, payment.cents) for _ in range(2))
        back = rng.choice(["nothing", "refunds", "dispute"])
        if back == "refunds":
            events += [payment.refunded(first), payment.refunded(second)]
        elif back == "dispute":
            events += [payment.disputed(second)]
        left = payment.cents - (second if back != "nothing" else 0)
        net[user] += Decimal(left) / 100
        bodies = events * rng.randint(1, 3)
        calls += [partial(_deliver, app_url, body) for body in bodies]
    spent: list[tuple[uuid.UUID, Decimal]] = []
    for _ in range(PAYMENTS):
        user = rng.choice(users)
        calls.append(partial(_spend, credit, user, spent))
    rng.shuffle(calls)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda call: call(), calls))

    for user, amount in spent:
        net[user] -= amount
    with database.statement() as connection:
        rows = connection.execute(
            text(
                "SELECT user_id, credit_balance - credits_owed AS worth FROM users"
                " WHERE user_id = ANY(:users)"
            ),
            {"users": users},
        ).all()
    assert {row.user_id: row.worth for row in rows} == net


def _spend(
    credit: CreditService, user: uuid.UUID, spent: list[tuple[uuid.UUID, Decimal]]
) -> None:
    movement = a_movement(user, "40.00")
    try:
        until_decided(partial(credit.deduct_credits, movement))
    except InsufficientCredits:
        return
    spent.append((user, movement.amount))
