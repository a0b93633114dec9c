"""What an event of Stripe says about a payment; nothing else of it is believed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from user_service.gateways.stripe_gateway import CURRENCY, MINOR_UNITS, StripeEvent
from user_service.models.stripe_payment import PaymentProblem, TakeBackKind

_ID_LENGTH_MAX = 200
_AMOUNT_MAX = 99_999_999_99  # cents; what NUMERIC(10, 2) holds


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Money arrived; `received` is missing when there is a problem with it."""

    payment_intent_id: str
    user_id: uuid.UUID | None
    topup_id: uuid.UUID | None
    received: Decimal | None
    problem: PaymentProblem | None


@dataclass(frozen=True, slots=True)
class Failed:
    """A card was declined; another one may follow."""

    payment_intent_id: str
    topup_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Money went back; `amount` is the sum for this charge or dispute so far."""

    payment_intent_id: str
    source_id: str
    kind: TakeBackKind
    amount: Decimal


Fact = Succeeded | Failed | TakenBack


def understand(event: StripeEvent) -> Fact | None:
    """The fact in an event; None when it is of a kind, or a payment, not ours."""
    read = _READERS.get(event.type)
    return read(event.subject) if read else None


def _read_succeeded(subject: Mapping[str, Any]) -> Fact | None:
    payment_intent_id = _id(subject.get("id"))
    if payment_intent_id is None:
        return None
    # Stripe always tells what it received. Its stand-in does not know the field, and
    # knows no partial capture either.
    received = _money(subject.get("amount_received", subject.get("amount")))
    problem = None
    if subject.get("currency") != CURRENCY:
        received, problem = None, PaymentProblem.WRONG_CURRENCY
    elif received is None:
        problem = PaymentProblem.BAD_AMOUNT
    return Succeeded(
        payment_intent_id,
        _metadata_id(subject, "user_id"),
        _metadata_id(subject, "topup_id"),
        received,
        problem,
    )


def _read_failed(subject: Mapping[str, Any]) -> Fact | None:
    payment_intent_id = _id(subject.get("id"))
    if payment_intent_id is None:
        return None
    return Failed(payment_intent_id, _metadata_id(subject, "topup_id"))


def _read_refund(subject: Mapping[str, Any]) -> Fact | None:
    return _taken_back(subject, TakeBackKind.REFUND, "amount_refunded")


def _read_dispute(subject: Mapping[str, Any]) -> Fact | None:
    return _taken_back(subject, TakeBackKind.DISPUTE, "amount")


def _taken_back(
    subject: Mapping[str, Any], kind: TakeBackKind, amount_field: str
) -> Fact | None:
    source_id = _id(subject.get("id"))
    payment_intent_id = _id(subject.get("payment_intent"))
    amount = _money(subject.get(amount_field))
    if source_id is None or payment_intent_id is None or amount is None:
        return None
    if subject.get("currency") != CURRENCY:
        return None  # its payment was not credited
    return TakenBack(payment_intent_id, source_id, kind, amount)


_READERS: dict[str, Callable[[Mapping[str, Any]], Fact | None]] = {
    "payment_intent.succeeded": _read_succeeded,
    "payment_intent.payment_failed": _read_failed,
    "charge.refunded": _read_refund,
    "charge.dispute.created": _read_dispute,
}
EVENT_TYPES = tuple(_READERS)


def _id(value: Any) -> str | None:
    """An id of Stripe's, also where the whole object stands in its place."""
    if isinstance(value, Mapping):
        value = value.get("id")
    good = isinstance(value, str) and 0 < len(value) <= _ID_LENGTH_MAX
    return value if good and value.isprintable() else None


def _money(value: Any) -> Decimal | None:
    if type(value) is not int or not 0 < value <= _AMOUNT_MAX:
        return None
    return Decimal(value) / MINOR_UNITS


def _metadata_id(subject: Mapping[str, Any], name: str) -> uuid.UUID | None:
    metadata = subject.get("metadata")
    value = metadata.get(name) if isinstance(metadata, Mapping) else None
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
