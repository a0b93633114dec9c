"""What a client does with each saga, what it is told, and what has to be true then."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from marshmallow import EXCLUDE

from crash_matrix.people import Customer
from orchestrator_service.orchestrators.publication_orchestrator import PublicationData
from orchestrator_service.orchestrators.purchase_saga import PurchaseData
from orchestrator_service.routes.catalogue_routes import _EVENTS_OF_KEYS, event_details
from orchestrator_service.saga_wiring import Clients
from orchestrator_service.schemas.catalogue_schemas import CreateEventSchema
from support.shop import EventOnSale, Shop, event_body
from support.smu import SmuStandin
from support.waiting import eventually
from ticket_demo.api import Answer

PRICE = Decimal("1.00")
PATIENCE_S = 60.0
# The worker dies once for each of the six cells of a hold, and each time the messages
# that it had leased wait for ten seconds: all of that may come before the last of them.
_WORKER_PATIENCE_S = 150.0


@dataclass(frozen=True, slots=True)
class World:
    """What all subjects share."""

    shop: Shop
    clients: Clients
    event: EventOnSale
    organiser: str
    organiser_id: str
    admin: str
    smu: SmuStandin


class Subject(ABC):
    """One thing that a client wants, under one Idempotency-Key."""

    yes: int = 200
    """The status of the answer that means: done."""
    noes: Sequence[str] = ()
    """The codes that mean: not done, and it will not be."""
    saga_id: str | None = None
    """Where the caller names the saga."""

    def __init__(self) -> None:
        self.key = uuid.uuid4().hex
        self.told: list[Answer] = []

    @abstractmethod
    def subject(self) -> str:
        """The saga's subject."""

    @abstractmethod
    def data(self) -> Any:
        """The saga's data, as the orchestrator would write it."""

    @abstractmethod
    def ask(self, request_id: str) -> Answer:
        """Ask for it, or once more under the same key; NoAnswer when nobody answers."""

    @abstractmethod
    def is_done(self) -> bool:
        """What the services say; fails when they contradict each other."""

    def is_decided(self) -> bool:
        """Whether the last answer is one that a client goes home with."""
        return bool(self.told) and (
            self.says_yes(self.told[-1]) or self.says_no(self.told[-1])
        )

    def says_yes(self, answer: Answer) -> bool:
        """It is done."""
        return answer.status == self.yes

    def says_no(self, answer: Answer) -> bool:
        """It is not done, and this request will not do it."""
        return (answer.code or "") in self.noes

    def check_promises(self) -> None:
        """Nothing that the client was told is contradicted by how it ended."""
        done = self.is_done()
        for answer in self.told:
            if self.says_yes(answer):
                assert done, f"told {answer.status}, and it is not so"
            elif self.says_no(answer):
                assert not done, f"told {answer.code}, and it was done"


@dataclass
class Purchase(Subject):
    """Pay for a reservation."""

    world: World
    customer: Customer
    seat_id: str
    order: dict[str, Any] = field(default_factory=dict)
    noes = ("HOLD_EXPIRED",)

    def __post_init__(self) -> None:
        super().__init__()
        shop, token = self.world.shop, self.customer.token
        self.before = eventually(
            lambda: Decimal(shop.balance(token)), bool, within_s=PATIENCE_S
        )
        self.order_id: str = eventually(
            lambda: shop.reserve(token, self.seat_id),
            lambda answer: answer.status == 200,
            within_s=PATIENCE_S,
        ).body["order_id"]

    def subject(self) -> str:
        return self.order_id

    def data(self) -> PurchaseData:
        order = eventually(
            lambda: self.world.clients.orders.get_order(self.order_id),
            bool,
            within_s=PATIENCE_S,
        )
        return PurchaseData(
            order_id=self.order_id,
            hold_id=order["hold_id"],
            user_id=order["user_id"],
            amount=order["total"],
        )

    def ask(self, request_id: str) -> Answer:
        return self.world.shop.api.pay(
            self.customer.token,
            self.order_id,
            idempotency_key=self.key,
            request_id=request_id,
        )

    def is_done(self) -> bool:
        shop, token = self.world.shop, self.customer.token
        order = eventually(
            lambda: shop.order(token, self.order_id),
            lambda order: order["status"] != "PENDING",
            within_s=PATIENCE_S,
        )
        done = order["status"] == "CONFIRMED"
        seat = eventually(
            lambda: shop.seat_status(self.world.event.event_id, self.seat_id),
            lambda status: status != "HELD",
            within_s=PATIENCE_S,
        )
        balance = eventually(
            lambda: Decimal(shop.balance(token)), bool, within_s=PATIENCE_S
        )
        assert (seat == "SOLD") is done
        assert self.before - balance == (PRICE if done else 0)
        return done


@dataclass
class AbandonedHold(Subject):
    """Reserve, and never come back."""

    world: World
    customer: Customer
    seat_id: str

    def __post_init__(self) -> None:
        super().__init__()

    def subject(self) -> str:
        raise AssertionError("a hold is no saga")

    def data(self) -> Any:
        raise AssertionError("a hold is no saga")

    def ask(self, request_id: str) -> Answer:
        return self.world.shop.api.reserve(
            self.customer.token,
            self.seat_id,
            idempotency_key=self.key,
            request_id=request_id,
        )

    def is_done(self) -> bool:
        """Done is what had to follow: the seat is free again, the order FAILED."""
        shop, order_id = self.world.shop, self.told[-1].body["order_id"]
        order = eventually(
            lambda: shop.order(self.customer.token, order_id),
            lambda order: order["status"] != "PENDING",
            within_s=_WORKER_PATIENCE_S,
        )
        assert order["failure_reason"] == "HOLD_EXPIRED"
        eventually(
            lambda: shop.seat_status(self.world.event.event_id, self.seat_id),
            lambda status: status == "AVAILABLE",
            within_s=_WORKER_PATIENCE_S,
        )
        return True


@dataclass
class Publication(Subject):
    """Put an event on sale."""

    world: World
    seats: int = 3
    yes = 201
    noes = ("EVENT_DISCARDED",)

    def __post_init__(self) -> None:
        super().__init__()
        self.body = event_body(self.seats)
        name = f"{self.world.organiser_id}/{self.key}"
        self.event_id = str(uuid.uuid5(_EVENTS_OF_KEYS, name))

    def subject(self) -> str:
        return self.event_id

    def data(self) -> PublicationData:
        body = CreateEventSchema(unknown=EXCLUDE).load(self.body)
        return PublicationData(self.event_id, event_details(body), body["seat_map"])

    def ask(self, request_id: str) -> Answer:
        return self.world.shop.api.publish_event(
            self.world.organiser,
            self.body,
            idempotency_key=self.key,
            request_id=request_id,
        )

    def is_done(self) -> bool:
        shop = self.world.shop
        event = eventually(
            lambda: shop.api.event(self.event_id),
            lambda answer: answer.status in (200, 404),
            within_s=PATIENCE_S,
        )
        done = event.status == 200
        seats = eventually(
            lambda: shop.api.seat_map(self.event_id),
            lambda answer: answer.status in (200, 404),
            within_s=PATIENCE_S,
        )
        assert (seats.status == 200) is done
        if done:
            assert len(seats.body["seats"]) == self.seats
        return done
