"""Turns what Stripe tells into credits: each payment once, whatever comes first.

One transaction an event. It writes down what is new, then settles the payment as a
whole, so the order in which events come does not matter: a refund that comes before its
payment waits in its row, and is taken back once the payment is credited.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from service_common.db import Database
from user_service.models.stripe_payment import PaymentProblem, TakeBackKind
from user_service.services.payment_ledger import credit_payment, take_back
from user_service.services.payment_statements import (
    FAIL_TOPUP,
    FIND_TOPUP,
    FLAG_USER,
    MARK_CREDITED,
    MARK_PROBLEM,
    MARK_TAKEN,
    PATIENCE,
    READ_TAKE_BACKS,
    RECORD_PAYMENT,
    RECORD_TAKE_BACK,
    SUCCEED_TOPUP,
)
from user_service.services.purse import Purse
from user_service.services.stripe_facts import Fact, Failed, Succeeded, TakenBack

log = structlog.get_logger()

_NOTHING = Decimal(0)


class PaymentOutcome(StrEnum):
    """What an event came to."""

    CREDITED = "CREDITED"
    TAKEN_BACK = "TAKEN_BACK"
    FAILED = "FAILED"
    REFUSED = "REFUSED"  # it succeeded, and cannot be credited
    KNOWN = "KNOWN"  # nothing was left to do


def due_take_backs(
    received: Decimal, take_backs: Sequence[Any]
) -> list[tuple[Any, Decimal]]:
    """How much of each is still to be taken; together never more than was received.

    A dispute about what was refunded before takes nothing twice.
    """
    room = received - sum((each.taken for each in take_backs), _NOTHING)
    due = []
    for each in take_backs:
        share = min(each.amount - each.taken, room)
        room -= share
        due.append((each, share))
    return due


class PaymentService:
    """The only one who believes Stripe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def apply(self, fact: Fact) -> PaymentOutcome:
        """Do what the fact asks for, unless it was done; all of it or nothing."""
        with self._database.transaction() as connection:
            connection.execute(PATIENCE)
            if isinstance(fact, Failed):
                outcome = _fail(connection, fact)
            else:
                outcome = _settle(connection, fact.payment_intent_id, fact)
        log.info(
            "payment_event_applied",
            payment_intent_id=fact.payment_intent_id,
            fact=type(fact).__name__,
            outcome=outcome,
        )
        return outcome


def _fail(connection: Connection, fact: Failed) -> PaymentOutcome:
    failed = connection.execute(
        FAIL_TOPUP,
        {"payment_intent_id": fact.payment_intent_id, "topup_id": fact.topup_id},
    ).rowcount
    return PaymentOutcome.FAILED if failed else PaymentOutcome.KNOWN


def _settle(
    connection: Connection, payment_intent_id: str, fact: Succeeded | TakenBack
) -> PaymentOutcome:
    payment = _record(connection, payment_intent_id, fact)
    if payment.received is None:
        refused = isinstance(fact, Succeeded)
        return PaymentOutcome.REFUSED if refused else PaymentOutcome.KNOWN
    topup_id, user_id = _owner(connection, payment_intent_id, payment)
    purse = Purse.find(connection, user_id)
    if purse is None:
        return _refuse(connection, payment_intent_id, PaymentProblem.UNKNOWN_USER)
    reference = str(topup_id or payment_intent_id)
    outcome = PaymentOutcome.KNOWN
    if not payment.credited:
        _credit(connection, payment_intent_id, payment.received, purse, topup_id)
        credit_payment(purse, payment_intent_id, payment.received, reference)
        outcome = PaymentOutcome.CREDITED
    if _take_back(connection, payment_intent_id, payment.received, purse, reference):
        outcome = PaymentOutcome.TAKEN_BACK
    return outcome


def _record(
    connection: Connection, payment_intent_id: str, fact: Succeeded | TakenBack
) -> Row[Any]:
    """Write down what is new; the payment stays locked until the transaction ends."""
    succeeded = fact if isinstance(fact, Succeeded) else None
    payment = connection.execute(
        RECORD_PAYMENT,
        {
            "payment_intent_id": payment_intent_id,
            "user_id": succeeded.user_id if succeeded else None,
            "topup_id": succeeded.topup_id if succeeded else None,
            "received": succeeded.received if succeeded else None,
            "problem": succeeded.problem if succeeded else None,
        },
    ).one()
    if isinstance(fact, TakenBack):
        connection.execute(
            RECORD_TAKE_BACK,
            {
                "source_id": fact.source_id,
                "payment_intent_id": payment_intent_id,
                "kind": fact.kind,
                "amount": fact.amount,
            },
        )
    if succeeded and succeeded.problem:
        log.error(
            "payment_not_credited",
            payment_intent_id=payment_intent_id,
            problem=succeeded.problem,
        )
    return payment


def _owner(
    connection: Connection, payment_intent_id: str, payment: Row[Any]
) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The top-up and the user of a payment."""
    topup = connection.execute(
        FIND_TOPUP,
        {"payment_intent_id": payment_intent_id, "topup_id": payment.topup_id},
    ).one_or_none()
    if topup is None:
        return payment.topup_id, payment.user_id
    return topup.topup_id, topup.user_id


def _refuse(
    connection: Connection, payment_intent_id: str, problem: PaymentProblem
) -> PaymentOutcome:
    connection.execute(
        MARK_PROBLEM, {"payment_intent_id": payment_intent_id, "problem": problem}
    )
    log.error(
        "payment_not_credited", payment_intent_id=payment_intent_id, problem=problem
    )
    return PaymentOutcome.REFUSED


def _credit(
    connection: Connection,
    payment_intent_id: str,
    received: Decimal,
    purse: Purse,
    topup_id: uuid.UUID | None,
) -> None:
    names = {
        "payment_intent_id": payment_intent_id,
        "user_id": purse.user_id,
        "topup_id": topup_id,
        "amount": received,
    }
    connection.execute(MARK_CREDITED, names)
    if topup_id is not None:
        connection.execute(SUCCEED_TOPUP, names)


def _take_back(
    connection: Connection,
    payment_intent_id: str,
    received: Decimal,
    purse: Purse,
    reference: str,
) -> bool:
    """Take what is due, and flag who disputes or cannot give back."""
    take_backs = connection.execute(
        READ_TAKE_BACKS, {"payment_intent_id": payment_intent_id}
    ).all()
    took = False
    for each, share in due_take_backs(received, take_backs):
        if not share and each.handled:
            continue
        suspicious = each.kind == TakeBackKind.DISPUTE and not each.handled
        if share:
            key = f"{each.source_id}:{each.taken + share:.2f}"
            kind = TakeBackKind(each.kind)
            suspicious |= take_back(purse, kind, key, share, reference) > 0
            took = True
        connection.execute(MARK_TAKEN, {"source_id": each.source_id, "taken": share})
        if suspicious:
            connection.execute(FLAG_USER, {"user_id": purse.user_id})
            log.warning("user_flagged_by_payment", user_id=str(purse.user_id))
    return took
