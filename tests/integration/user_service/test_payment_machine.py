"""Any sequence of payments, refunds, disputes and purchases, against a small model."""

from __future__ import annotations

import uuid
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from builders.users import a_movement, an_account
from service_common.db import Database
from user_service.models.stripe_payment import TakeBackKind
from user_service.services.credit_service import CreditService
from user_service.services.invariant_service import InvariantService
from user_service.services.payment_service import PaymentService
from user_service.services.refusals import InsufficientCredits
from user_service.services.stripe_facts import Succeeded, TakenBack

payments = st.integers(0, 3)
amounts = st.sampled_from([Decimal(10), Decimal(60), Decimal(100)])
RECEIVED = Decimal(100)


class Payments(RuleBasedStateMachine):
    """One user, a few payments, and what they should come to."""

    database: Database

    @initialize()
    def open_account(self) -> None:
        self.service = PaymentService(self.database)
        self.credit = CreditService(self.database)
        self.run_id = uuid.uuid4().hex
        self.user_id = an_account(self.database)
        self.balance = self.owed = Decimal(0)
        self.flagged = False
        self.succeeded: set[int] = set()
        # payment → source → sum told; what was taken of each payment
        self.told: dict[int, dict[TakeBackKind, Decimal]] = {}
        self.taken: dict[int, Decimal] = {}

    @rule(payment=payments)
    def succeed(self, payment: int) -> None:
        self.service.apply(
            Succeeded(self._id("pi", payment), self.user_id, None, RECEIVED, None)
        )
        if payment not in self.succeeded:
            self.succeeded.add(payment)
            settled = min(self.owed, RECEIVED)
            self.owed -= settled
            self.balance += RECEIVED - settled
        self._take_what_is_due(payment)

    @rule(payment=payments, amount=amounts, kind=st.sampled_from(TakeBackKind))
    def take_back(self, payment: int, amount: Decimal, kind: TakeBackKind) -> None:
        self.service.apply(
            TakenBack(self._id("pi", payment), self._id(kind, payment), kind, amount)
        )
        told = self.told.setdefault(payment, {})
        told[kind] = max(told.get(kind, Decimal(0)), amount)
        self._take_what_is_due(payment)

    @rule(amount=amounts)
    def spend(self, amount: Decimal) -> None:
        try:
            self.credit.deduct_credits(a_movement(self.user_id, str(amount)))
        except InsufficientCredits:
            assert amount > self.balance
        else:
            self.balance -= amount

    @invariant()
    def account_is_that_of_the_model(self) -> None:
        with self.database.statement() as connection:
            row = connection.execute(
                text(
                    "SELECT credit_balance, credits_owed, is_flagged FROM users"
                    " WHERE user_id = :user_id"
                ),
                {"user_id": self.user_id},
            ).one()
        assert tuple(row) == (self.balance, self.owed, self.flagged)

    def teardown(self) -> None:
        assert all(each.holds for each in InvariantService(self.database).judge())

    def _id(self, prefix: str, payment: int) -> str:
        return f"{prefix}_{self.run_id}_{payment}"

    def _take_what_is_due(self, payment: int) -> None:
        if payment not in self.succeeded:
            return
        told = self.told.get(payment, {})
        self.flagged |= TakeBackKind.DISPUTE in told
        taken = self.taken.get(payment, Decimal(0))
        due = min(RECEIVED, sum(told.values(), Decimal(0))) - taken
        self.taken[payment] = taken + due
        available = min(self.balance, due)
        self.balance -= available
        self.owed += due - available
        self.flagged |= due > available


def test_every_sequence_of_payments_follows_the_model(throwaway: Database) -> None:
    class PaymentsOfThisTest(Payments):
        database = throwaway

    run_state_machine_as_test(
        PaymentsOfThisTest,
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
