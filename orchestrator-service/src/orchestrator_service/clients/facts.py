"""What the services know of a saga or a seat, as the reconciliation compares it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, Self, TypeVar

F = TypeVar("F")

ZERO = Decimal(0)
OPERATIONS = ("deduct", "move", "return")
_OPERATION = re.compile(
    rf"([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}):({'|'.join(OPERATIONS)})"
)


@dataclass(frozen=True, slots=True)
class Page(Generic[F]):
    """Facts in the order of their key, and the key to go on after, if any."""

    facts: Sequence[F]
    following: str | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """What an operation of a saga has moved in the end, reversals included.

    `name` is the operation within its saga: deduct, move or return.
    """

    saga_id: str
    name: str
    payer_id: str
    amount: Decimal

    @classmethod
    def read(cls, fact: Mapping[str, Any]) -> Self | None:
        """Out of the user service's answer; None for what no saga has ordered."""
        found = _OPERATION.fullmatch(fact["operation_key"])
        if found is None:
            return None
        return cls(found[1], found[2], fact["user_id"], -Decimal(fact["net"]))


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim on the seats of a hold, or on one ticket."""

    claim_id: str
    kind: str
    state: str
    hold_id: str
    seat_id: str
    seat_count: int


@dataclass(frozen=True, slots=True)
class OrderFact:
    """An order that a saga has confirmed, or a PENDING one without."""

    order_id: str
    user_id: str
    hold_id: str | None
    saga_id: str | None
    status: str
    total: Decimal
    credits_charged: Decimal
    seat_count: int

    @classmethod
    def read(cls, fact: Mapping[str, Any]) -> Self:
        """Out of the order service's answer."""
        return cls(
            order_id=fact["order_id"],
            user_id=fact["user_id"],
            hold_id=fact["hold_id"],
            saga_id=fact["saga_id"],
            status=fact["status"],
            total=Decimal(fact["total"]),
            credits_charged=Decimal(fact["credits_charged"]),
            seat_count=fact["seat_count"],
        )


@dataclass(frozen=True, slots=True)
class TransferFact:
    """A transfer; its swap is the saga with the transfer's own id."""

    transfer_id: str
    seat_id: str
    seller_id: str
    buyer_id: str
    status: str
    amount: Decimal
    ticket_version: int
    completed_version: int | None

    @classmethod
    def read(cls, fact: Mapping[str, Any]) -> Self:
        """Out of the order service's answer."""
        return cls(
            transfer_id=fact["transfer_id"],
            seat_id=fact["seat_id"],
            seller_id=fact["seller_id"],
            buyer_id=fact["buyer_id"],
            status=fact["status"],
            amount=Decimal(fact["credits_amount"]),
            ticket_version=fact["ticket_version"],
            completed_version=fact["completed_version"],
        )

    @property
    def happened(self) -> bool:
        """Whether ticket and credits have changed hands by it."""
        return self.status in {"COMPLETED", "DISPUTED", "REVERSED"}


@dataclass(frozen=True, slots=True)
class SoldSeat:
    """Whose a seat is, as the seat itself says."""

    seat_id: str
    owner_id: str
    order_id: str
    claim_id: str


@dataclass(frozen=True, slots=True)
class BookedSeat:
    """Whose a seat is, as the books say."""

    seat_id: str
    user_id: str
    order_id: str
