"""Any sequence of payments between people, freezes and debts, against a small model."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from itertools import permutations
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from builders.credit_model import Account, CreditModel
from builders.transfers import a_freeze, a_return, a_transfer, means_of, the_end_of
from builders.users import a_movement, an_account, until_decided
from service_common.db import Database
from user_service.models.stripe_payment import TakeBackKind
from user_service.services.credit_history import CreditHistory
from user_service.services.credit_service import CreditService
from user_service.services.freeze_service import FreezeService
from user_service.services.invariant_service import InvariantService
from user_service.services.payment_service import PaymentService
from user_service.services.refusals import (
    InsufficientCredits,
    OperationKeyReused,
    OperationReversed,
)
from user_service.services.return_service import Return, ReturnService
from user_service.services.stripe_facts import Succeeded, TakenBack
from user_service.services.transfer_service import TransferService
from user_service.services.two_party_ledger import Transfer

Pair = tuple[int, int]

PEOPLE = 3
START = "100.00"
people = st.integers(0, PEOPLE - 1)
pairs = st.sampled_from(list(permutations(range(PEOPLE), 2)))
keys = st.integers(0, 3)
amounts = st.sampled_from(["10.00", "60.00", "100.00"])


class People(RuleBasedStateMachine):
    """The service, and what it should come to."""

    database: Database

    @initialize()
    def open_accounts(self) -> None:
        self.transfers = TransferService(self.database)
        self.freezes = FreezeService(self.database)
        self.returns = ReturnService(self.database)
        self.payments = PaymentService(self.database)
        self.credit = CreditService(self.database)
        self.run_id = uuid.uuid4().hex
        self.ids = [an_account(self.database, START) for _ in range(PEOPLE)]
        self.model = CreditModel([Account(Decimal(START)) for _ in range(PEOPLE)])
        self.bought: list[tuple[str, int, Decimal]] = []

    @rule(key=keys, pair=pairs, amount=amounts)
    def transfer(self, key: int, pair: Pair, amount: str) -> None:
        transfer = self._move(key, pair, amount)
        said = _ask(lambda: self.transfers.transfer_credits(transfer))
        assert said == self.model.transfer(key, *pair, Decimal(amount))

    @rule(key=keys, pair=pairs, amount=amounts)
    def undo_transfer(self, key: int, pair: Pair, amount: str) -> None:
        transfer = self._move(key, pair, amount)
        said = _ask(lambda: self.transfers.reverse_transfer(transfer))
        expected = self.model.undo_transfer(key, *pair, Decimal(amount))
        assert _plain(said) == expected

    @rule(key=keys, user=people, amount=amounts)
    def freeze(self, key: int, user: int, amount: str) -> None:
        freeze = a_freeze(self.ids[user], amount, f"{self.run_id}:{key}:freeze")
        said = _ask(lambda: self.freezes.freeze_credits(freeze))
        expected = self.model.freeze(key, user, Decimal(amount))
        assert getattr(said, "frozen", said) == expected

    @rule(key=keys, user=people)
    def unfreeze(self, key: int, user: int) -> None:
        freeze = a_freeze(self.ids[user], "1.00", f"{self.run_id}:{key}:freeze")
        said = _ask(lambda: self.freezes.unfreeze_credits(the_end_of(freeze)))
        assert getattr(said, "unfrozen", said) == self.model.unfreeze(key, user)

    @rule(key=keys, freeze=keys, pair=pairs, amount=amounts)
    def give_back(self, key: int, freeze: int, pair: Pair, amount: str) -> None:
        due = self._due(key, freeze, pair, amount)
        said = _ask(lambda: self.returns.return_credits(due))
        expected = self.model.give_back(key, freeze, *pair, Decimal(amount))
        assert _plain(said) == expected

    @rule(key=keys, freeze=keys, pair=pairs, amount=amounts)
    def undo_return(self, key: int, freeze: int, pair: Pair, amount: str) -> None:
        due = self._due(key, freeze, pair, amount)
        said = _ask(lambda: self.returns.reverse_return(due))
        expected = self.model.undo_return(key, *pair, Decimal(amount))
        assert _plain(said) == expected

    @rule(user=people, amount=amounts)
    def buy_credits(self, user: int, amount: str) -> None:
        payment = f"pi_{uuid.uuid4().hex}"
        received = Decimal(amount)
        self.payments.apply(Succeeded(payment, self.ids[user], None, received, None))
        self.bought.append((payment, user, received))
        self.model.accounts[user].gain(received)

    @precondition(lambda self: self.bought)
    @rule()
    def take_credits_back(self) -> None:
        payment, user, amount = self.bought.pop()
        back = TakenBack(payment, f"ch_{payment}", TakeBackKind.REFUND, amount)
        self.payments.apply(back)
        self.model.accounts[user].pay(amount)

    @rule(user=people, amount=amounts)
    def spend(self, user: int, amount: str) -> None:
        said = _ask(
            lambda: self.credit.deduct_credits(a_movement(self.ids[user], amount))
        )
        account = self.model.accounts[user]
        if account.balance < Decimal(amount):
            assert said is InsufficientCredits
        else:
            account.pay(Decimal(amount))
            assert said == account.balance

    @invariant()
    def means_are_those_of_the_model(self) -> None:
        found = [means_of(self.database, user_id) for user_id in self.ids]
        assert found == [account.means for account in self.model.accounts]

    def teardown(self) -> None:
        broken = [it for it in InvariantService(self.database).judge() if not it.holds]
        assert broken == []
        history = CreditHistory(self.database)
        for user_id, account in zip(self.ids, self.model.accounts, strict=True):
            entries = history.list_entries(user_id, page=1, page_size=100).entries
            has = account.balance + account.frozen
            assert sum(entry.amount for entry in entries) == has

    def _move(self, key: int, pair: Pair, amount: str) -> Transfer:
        payer, payee = (self.ids[each] for each in pair)
        return a_transfer(payer, payee, amount, f"{self.run_id}:{key}:move")

    def _due(self, key: int, freeze: int, pair: Pair, amount: str) -> Return:
        payer, payee = (self.ids[each] for each in pair)
        freeze_key = f"{self.run_id}:{freeze}:freeze"
        return_key = f"{self.run_id}:{key}:return"
        return a_return(payer, payee, amount, freeze_key, return_key)


def _ask(call: Callable[[], Any]) -> Any:
    try:
        return until_decided(call)
    except (InsufficientCredits, OperationKeyReused, OperationReversed) as error:
        return type(error)


def _plain(said: Any) -> Any:
    """An answer as the model tells it."""
    if isinstance(said, type):
        return said
    return tuple(getattr(said, name) for name in said.__slots__)


def test_every_sequence_between_people_follows_the_model(throwaway: Database) -> None:
    class PeopleOfThisTest(People):
        database = throwaway

    run_state_machine_as_test(
        PeopleOfThisTest,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
