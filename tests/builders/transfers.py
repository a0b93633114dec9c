"""Credits that go from one person to another, and what people have then."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from builders.users import a_movement
from service_common.db import Database
from user_service.models.stripe_payment import TakeBackKind
from user_service.services.credit_service import CreditService, Movement
from user_service.services.freeze_service import Release
from user_service.services.payment_service import PaymentService
from user_service.services.return_service import Return
from user_service.services.stripe_facts import Succeeded, TakenBack
from user_service.services.two_party_ledger import Transfer


@dataclass(frozen=True, slots=True)
class Means:
    """What somebody has and owes."""

    balance: Decimal
    frozen: Decimal
    owed: Decimal

    @property
    def worth(self) -> Decimal:
        return self.balance + self.frozen - self.owed


def means(balance: str, frozen: str = "0.00", owed: str = "0.00") -> Means:
    return Means(Decimal(balance), Decimal(frozen), Decimal(owed))


def means_of(database: Database, user_id: uuid.UUID) -> Means:
    with database.statement() as connection:
        row = connection.execute(
            text(
                "SELECT credit_balance, credits_frozen, credits_owed FROM users"
                " WHERE user_id = :user_id"
            ),
            {"user_id": user_id},
        ).one()
    return Means(*row)


def a_transfer(
    payer_id: uuid.UUID,
    payee_id: uuid.UUID,
    amount: str = "30.00",
    operation_key: str | None = None,
) -> Transfer:
    return Transfer(
        operation_key=operation_key or f"{uuid.uuid4()}:move",
        payer_id=payer_id,
        payee_id=payee_id,
        amount=Decimal(amount),
        reference="a ticket",
    )


def body_of(transfer: Transfer, **changes: Any) -> dict[str, Any]:
    """A transfer as other services order it."""
    return {
        "operation_key": transfer.operation_key,
        "payer_id": str(transfer.payer_id),
        "payee_id": str(transfer.payee_id),
        "amount": f"{transfer.amount:.2f}",
        "reference": transfer.reference,
        **changes,
    }


def put_in_debt(database: Database, user_id: uuid.UUID, amount: str) -> None:
    """He bought credits, spent all, and took his money back: now he owes it."""
    payments, payment = PaymentService(database), f"pi_{uuid.uuid4().hex}"
    owed = Decimal(amount)
    payments.apply(Succeeded(payment, user_id, None, owed, None))
    balance = means_of(database, user_id).balance
    CreditService(database).deduct_credits(a_movement(user_id, f"{balance:.2f}"))
    payments.apply(
        TakenBack(payment, f"ch_{uuid.uuid4().hex}", TakeBackKind.REFUND, owed)
    )


def a_return(
    payer_id: uuid.UUID,
    payee_id: uuid.UUID,
    amount: str = "30.00",
    freeze_key: str | None = None,
    operation_key: str | None = None,
) -> Return:
    payment = a_transfer(
        payer_id, payee_id, amount, operation_key or f"{uuid.uuid4()}:return"
    )
    return Return(payment, freeze_key or f"{uuid.uuid4()}:freeze:1")


def a_freeze(
    user_id: uuid.UUID, amount: str = "30.00", operation_key: str | None = None
) -> Movement:
    return a_movement(user_id, amount, operation_key or f"{uuid.uuid4()}:freeze:1")


def the_end_of(freeze: Movement) -> Release:
    return Release(freeze.operation_key, freeze.user_id, "a ticket")
