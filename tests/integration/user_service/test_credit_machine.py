"""Any sequence of movements, repeated and reordered, against a small model."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from builders.users import a_movement, an_account, balance_of, until_decided
from service_common.db import Database
from user_service.services.credit_history import CreditHistory
from user_service.services.credit_service import CreditService, Movement
from user_service.services.invariant_service import InvariantService
from user_service.services.refusals import (
    InsufficientCredits,
    OperationKeyReused,
    OperationReversed,
)

USERS = 2
START = Decimal("100.00")
users = st.integers(0, USERS - 1)
keys = st.integers(0, 5)
amounts = st.sampled_from(["10.00", "60.00", "100.00"])


class Credits(RuleBasedStateMachine):
    """The service, and what it should come to."""

    database: Database

    @initialize()
    def open_accounts(self) -> None:
        self.credit = CreditService(self.database)
        self.run_id = uuid.uuid4().hex
        self.users = [an_account(self.database, str(START)) for _ in range(USERS)]
        self.balances = [START] * USERS
        # key → (kind, user, amount, answer), as the first to use it left it
        self.operations: dict[int, tuple[str, int, str, Decimal]] = {}
        self.reversed: set[int] = set()

    @rule(user=users, key=keys, amount=amounts)
    def deduct(self, user: int, key: int, amount: str) -> None:
        outcome = self._ask(self.credit.deduct_credits, user, key, amount)
        assert outcome == self._expect_move("DEDUCT", user, key, amount)

    @rule(user=users, key=keys, amount=amounts)
    def top_up(self, user: int, key: int, amount: str) -> None:
        outcome = self._ask(self.credit.top_up_credits, user, key, amount)
        assert outcome == self._expect_move("TOPUP", user, key, amount)

    @rule(user=users, key=keys, amount=amounts)
    def reverse(self, user: int, key: int, amount: str) -> None:
        outcome = self._ask(self.credit.reverse_deduct, user, key, amount)
        assert getattr(outcome, "outcome", outcome) == self._expect_reverse(
            user, key, amount
        )

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        found = [balance_of(self.database, user) for user in self.users]
        assert found == self.balances

    def teardown(self) -> None:
        assert all(each.holds for each in InvariantService(self.database).judge())
        history = CreditHistory(self.database)
        for user, balance in zip(self.users, self.balances, strict=True):
            entries = history.list_entries(user, page=1, page_size=100).entries
            assert entries[0].balance_after == balance
            assert sum(entry.amount for entry in entries) == balance

    def _ask(
        self, call: Callable[[Movement], Any], user: int, key: int, amount: str
    ) -> Any:
        movement = a_movement(self.users[user], amount, f"{self.run_id}:{key}")
        try:
            return until_decided(lambda: call(movement))
        except (InsufficientCredits, OperationKeyReused, OperationReversed) as error:
            return type(error)

    def _expect_move(self, kind: str, user: int, key: int, amount: str) -> Any:
        sign = -1 if kind == "DEDUCT" else 1
        if key not in self.operations:
            after = self.balances[user] + sign * Decimal(amount)
            if after < 0:
                return InsufficientCredits
            self.balances[user] = after
            self.operations[key] = (kind, user, amount, after)
            return after
        first_kind, first_user, first_amount, answer = self.operations[key]
        if first_kind == "TOMBSTONE" and (kind, user) == ("DEDUCT", first_user):
            return OperationReversed
        if (first_kind, first_user, first_amount) != (kind, user, amount):
            return OperationKeyReused
        return OperationReversed if key in self.reversed else answer

    def _expect_reverse(self, user: int, key: int, amount: str) -> Any:
        if key not in self.operations:
            self.operations[key] = ("TOMBSTONE", user, "0.00", Decimal(0))
        kind, first_user, first_amount, _ = self.operations[key]
        if kind == "TOMBSTONE" and user == first_user:
            return "TOMBSTONED"
        if (kind, first_user, first_amount) != ("DEDUCT", user, amount):
            return OperationKeyReused
        if key not in self.reversed:
            self.reversed.add(key)
            self.balances[user] += Decimal(amount)
        return "REFUNDED"


def test_every_sequence_of_movements_follows_the_model(throwaway: Database) -> None:
    class CreditsOfThisTest(Credits):
        database = throwaway

    run_state_machine_as_test(
        CreditsOfThisTest,
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
