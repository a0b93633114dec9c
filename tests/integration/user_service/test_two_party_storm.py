"""Everything that moves credits, repeated, undone, out of order, at once.

Four people pay each other in all directions while their credits are frozen, returned,
bought, taken back and spent. What each is worth in the end (what he has and what is
frozen, less what he owes) follows from the answers alone.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from threading import Lock

import pytest
from sqlalchemy import text

from builders.transfers import a_freeze, a_return, a_transfer, means_of, the_end_of
from builders.users import a_movement, an_account, until_decided
from service_common.db import Database, DatabaseSettings
from support.held_database import PatientDatabase
from user_service.models.stripe_payment import TakeBackKind
from user_service.services.credit_service import CreditService
from user_service.services.freeze_service import FreezeService
from user_service.services.payment_service import PaymentService
from user_service.services.refusals import InsufficientCredits, OperationReversed
from user_service.services.return_service import ReturnService
from user_service.services.stripe_facts import Succeeded, TakenBack
from user_service.services.transfer_service import TransferService

SEED = 20260615
THREADS = 12
PEOPLE = 4
OPERATIONS = 250
REPEATS = 3
STRAYS = 0.1
START = "150.00"

Call = Callable[[], object]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("everything_adds_up")]


@pytest.fixture
def patient(users_database: DatabaseSettings) -> Iterator[Database]:
    database = PatientDatabase(users_database, pool_size=THREADS)
    yield database
    database.dispose()


@dataclass
class Gains:
    """What the answers promise, by operation: who gains how much, unless undone."""

    done: dict[str, dict[uuid.UUID, Decimal]] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def do(
        self, kind: str, key: str, gains: dict[uuid.UUID, Decimal], call: Call
    ) -> None:
        try:
            until_decided(call)
        except (InsufficientCredits, OperationReversed) as refusal:
            with self.lock:
                self.seen[f"{kind}: {refusal.code}"] += 1
            return
        with self.lock:
            self.seen[kind] += 1
            self.done[key] = gains

    def undo(self, kind: str, key: str, call: Call) -> None:
        until_decided(call)
        with self.lock:
            self.seen[f"undo of {kind}"] += 1
            self.undone.add(key)

    def of(self, user_id: uuid.UUID) -> Decimal:
        return sum(
            (
                gains.get(user_id, Decimal(0))
                for key, gains in self.done.items()
                if key not in self.undone
            ),
            Decimal(START),
        )


@dataclass
class Storm:
    """Makes operations; each is a list of calls that may come in any order."""

    database: Database
    people: list[uuid.UUID]
    rng: random.Random
    gains: Gains = field(default_factory=Gains)

    def transfer(self) -> list[Call]:
        payer, payee = self.rng.sample(self.people, 2)
        transfer = a_transfer(payer, payee, self._amount())
        service, key = TransferService(self.database), transfer.operation_key
        gains = {payer: -transfer.amount, payee: transfer.amount}
        pay = partial(service.transfer_credits, transfer)
        undo = partial(service.reverse_transfer, transfer)
        calls: list[Call] = [partial(self.gains.do, "transfer", key, gains, pay)]
        if self.rng.random() < 0.4:
            calls.append(partial(self.gains.undo, "transfer", key, undo))
        return calls

    def dispute(self) -> list[Call]:
        """A freeze, and its end or a return or both, and maybe the undo of that."""
        seller, buyer = self.rng.sample(self.people, 2)
        amount = self._amount()
        freeze = a_freeze(seller, amount)
        freezes, returns = FreezeService(self.database), ReturnService(self.database)
        due = a_return(seller, buyer, amount, freeze.operation_key)
        key = due.payment.operation_key
        gains = {seller: -due.payment.amount, buyer: due.payment.amount}
        pay = partial(returns.return_credits, due)
        undo = partial(returns.reverse_return, due)
        end = partial(freezes.unfreeze_credits, the_end_of(freeze))
        calls: list[Call] = [
            partial(
                self.gains.do, "freeze", "", {}, partial(freezes.freeze_credits, freeze)
            )
        ]
        if self.rng.random() < 0.6:
            calls.append(partial(self.gains.do, "return", key, gains, pay))
            if self.rng.random() < 0.5:
                calls.append(partial(self.gains.undo, "return", key, undo))
        if self.rng.random() < 0.6:
            calls.append(partial(self.gains.do, "unfreeze", "", {}, end))
        return calls

    def charge(self) -> list[Call]:
        movement = a_movement(self.rng.choice(self.people), self._amount())
        credit, key = CreditService(self.database), movement.operation_key
        gains = {movement.user_id: -movement.amount}
        pay = partial(credit.deduct_credits, movement)
        undo = partial(credit.reverse_deduct, movement)
        calls: list[Call] = [partial(self.gains.do, "charge", key, gains, pay)]
        if self.rng.random() < 0.6:
            calls.append(partial(self.gains.undo, "charge", key, undo))
        return calls

    def payment(self) -> list[Call]:
        user_id, amount = self.rng.choice(self.people), Decimal(self._amount())
        key = f"pi_{uuid.uuid4().hex}"
        payments = PaymentService(self.database)
        paid = partial(payments.apply, Succeeded(key, user_id, None, amount, None))
        back = TakenBack(key, f"ch_{key}", TakeBackKind.REFUND, amount)
        calls: list[Call] = [
            partial(self.gains.do, "payment", key, {user_id: amount}, paid)
        ]
        if self.rng.random() < 0.5:
            undo = partial(payments.apply, back)
            calls.append(partial(self.gains.undo, "payment", key, undo))
        return calls

    def plan(self) -> list[Call]:
        """Most repetitions come at nearly the same time, a few long after or before."""
        timed: list[tuple[float, int, Call]] = []
        kinds = [self.transfer, self.transfer, self.dispute, self.charge, self.payment]
        for number in range(OPERATIONS):
            for call in self.rng.choice(kinds)():
                for _ in range(self.rng.randint(1, REPEATS)):
                    stray = self.rng.random() < STRAYS
                    when = number + self.rng.random() * 3
                    when = self.rng.uniform(0, OPERATIONS) if stray else when
                    timed.append((when, len(timed), call))
        return [call for _, _, call in sorted(timed, key=lambda it: it[:2])]

    def _amount(self) -> str:
        return f"{self.rng.randint(100, 9000) / 100:.2f}"


def test_storm_ends_with_what_every_answer_promised(
    database: Database, patient: Database
) -> None:
    rng = random.Random(SEED)  # noqa: S311 - a test that can be repeated
    storm = Storm(patient, [an_account(database, START) for _ in range(PEOPLE)], rng)
    plan, deadlocks = storm.plan(), _deadlocks(database)

    with ThreadPoolExecutor(THREADS) as threads:
        shares = [plan[number::THREADS] for number in range(THREADS)]
        list(threads.map(lambda share: [call() for call in share], shares))

    expected = {user_id: storm.gains.of(user_id) for user_id in storm.people}
    found = {user_id: means_of(database, user_id) for user_id in storm.people}
    assert {user_id: each.worth for user_id, each in found.items()} == expected
    assert _deadlocks(database) == deadlocks
    # The storm was one: of everything there was enough, refusals among it.
    seen = storm.gains.seen
    assert seen["transfer: INSUFFICIENT_CREDITS"] > 0
    assert seen["transfer: OPERATION_REVERSED"] > 0
    assert seen["return: OPERATION_REVERSED"] > 0
    kinds = ("transfer", "return", "freeze", "unfreeze", "charge", "payment")
    assert min(seen[kind] for kind in kinds) > PEOPLE * REPEATS
    undos = ("transfer", "return", "charge", "payment")
    assert min(seen[f"undo of {kind}"] for kind in undos) > PEOPLE * REPEATS
    with database.statement() as connection:
        loans = text("SELECT count(*) FROM credit_ledger WHERE kind = 'DEBT'")
        assert connection.execute(loans).scalar_one() > 0


def _deadlocks(database: Database) -> int:
    count = text("SELECT deadlocks FROM pg_stat_database WHERE datname = :name")
    with database.statement() as connection:
        name = {"name": database.engine.url.database}
        return int(connection.execute(count, name).scalar_one())
