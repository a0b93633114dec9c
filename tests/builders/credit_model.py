"""What operations between people should come to: a small model without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from builders.transfers import Means
from user_service.services.refusals import (
    InsufficientCredits,
    OperationKeyReused,
    OperationReversed,
)

NOTHING = Decimal(0)


@dataclass
class Account:
    """What one person has and owes."""

    balance: Decimal = NOTHING
    frozen: Decimal = NOTHING
    owed: Decimal = NOTHING

    @property
    def means(self) -> Means:
        return Means(self.balance, self.frozen, self.owed)

    def gain(self, amount: Decimal) -> None:
        settled = min(self.owed, amount)
        self.owed -= settled
        self.balance += amount - settled

    def pay(self, amount: Decimal) -> Decimal:
        """Returns what is owed for it."""
        missing = max(amount - self.balance, NOTHING)
        self.owed += missing
        self.balance += missing - amount
        return missing

    def thaw(self, amount: Decimal) -> None:
        self.frozen -= amount
        self.gain(amount)


@dataclass
class Payment:
    """What a key was used for; `amount` is None where an undo came first."""

    payer: int
    payee: int
    amount: Decimal | None
    answer: Any = None
    undone: Any = None


@dataclass
class Hold:
    """A freeze; `asked` is None until it comes."""

    user: int
    asked: Decimal | None = None
    frozen: Decimal = NOTHING
    held: Decimal = NOTHING
    taken: Decimal = NOTHING
    taken_by: int | None = None
    unfrozen: Decimal | None = None


@dataclass
class CreditModel:
    """Accounts, and what every key was used for; answers are told as the service does.

    A refusal is its class.
    """

    accounts: list[Account]
    transfers: dict[int, Payment] = field(default_factory=dict)
    returns: dict[int, Payment] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)

    def transfer(self, key: int, payer: int, payee: int, amount: Decimal) -> Any:
        if key in self.transfers:
            return _repeated(self.transfers[key], payer, payee, amount)
        if self.accounts[payer].balance < amount:
            return InsufficientCredits
        self.accounts[payer].pay(amount)
        self.accounts[payee].gain(amount)
        answer = self.accounts[payer].balance
        self.transfers[key] = Payment(payer, payee, amount, answer)
        return answer

    def undo_transfer(self, key: int, payer: int, payee: int, amount: Decimal) -> Any:
        known = self.transfers.setdefault(key, Payment(payer, payee, None))
        return self._undo(
            known, payer, payee, amount, lambda: NOTHING, self.accounts[payer]
        )

    def freeze(self, key: int, user: int, amount: Decimal) -> Any:
        hold = self.holds.get(key) or Hold(user)
        if hold.user != user or hold.asked not in (None, amount):
            return OperationKeyReused
        if hold.asked is None:
            hold.asked, account = amount, self.accounts[user]
            if hold.unfrozen is None and hold.taken_by is None:
                hold.frozen = hold.held = min(account.balance, amount)
                account.balance -= hold.held
                account.frozen += hold.held
        self.holds[key] = hold
        return hold.frozen

    def unfreeze(self, key: int, user: int) -> Any:
        hold = self.holds.setdefault(key, Hold(user))
        if hold.user != user:
            return OperationKeyReused
        if hold.unfrozen is None:
            self.accounts[user].thaw(hold.held)
            hold.unfrozen, hold.held = hold.held, NOTHING
        return hold.unfrozen

    def give_back(
        self, key: int, freeze: int, payer: int, payee: int, amount: Decimal
    ) -> Any:
        if key in self.returns:
            return _repeated(self.returns[key], payer, payee, amount)
        hold = self.holds.get(freeze) or Hold(payer)
        if hold.user != payer:
            return OperationKeyReused
        self.holds[freeze] = hold
        account, from_frozen = self.accounts[payer], min(hold.held, amount)
        if hold.unfrozen is None and hold.taken_by is None:
            hold.taken, hold.taken_by = from_frozen, key
        account.thaw(hold.held - from_frozen)
        account.frozen -= from_frozen
        hold.held = NOTHING
        owed = account.pay(amount - from_frozen)
        self.accounts[payee].gain(amount)
        from_balance = amount - from_frozen - owed
        answer = (self.accounts[payee].balance, from_frozen, from_balance, owed)
        self.returns[key] = Payment(payer, payee, amount, answer)
        return answer

    def undo_return(self, key: int, payer: int, payee: int, amount: Decimal) -> Any:
        known = self.returns.setdefault(key, Payment(payer, payee, None))
        return self._undo(
            known,
            payer,
            payee,
            amount,
            lambda: self._take_back_hold(key),
            self.accounts[payee],
        )

    def _undo(
        self,
        known: Payment,
        payer: int,
        payee: int,
        amount: Decimal,
        freeze_again: Callable[[], Decimal],
        told: Account,
    ) -> Any:
        if (known.payer, known.payee) != (payer, payee):
            return OperationKeyReused
        if known.amount is None:
            return ("TOMBSTONED", told.balance)
        if known.amount != amount:
            return OperationKeyReused
        if known.undone is None:
            frozen = freeze_again()
            self.accounts[payee].pay(amount)
            self.accounts[payer].frozen += frozen
            self.accounts[payer].gain(amount - frozen)
            known.undone = ("REFUNDED", told.balance)
        return known.undone

    def _take_back_hold(self, key: int) -> Decimal:
        for hold in self.holds.values():
            if hold.taken_by == key and hold.unfrozen is None:
                hold.held, hold.taken, hold.taken_by = hold.taken, NOTHING, None
                return hold.held
        return NOTHING


def _repeated(known: Payment, payer: int, payee: int, amount: Decimal) -> Any:
    if (known.payer, known.payee) != (payer, payee):
        return OperationKeyReused
    if known.amount is None:
        return OperationReversed
    if known.amount != amount:
        return OperationKeyReused
    return OperationReversed if known.undone else known.answer
