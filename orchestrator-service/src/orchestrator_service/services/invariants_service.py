"""What must hold at every moment, across all services.

Each service judges what its own database can tell; here the rest is joined: sagas
with claims, charges and orders. Sagas that were under way while the facts were read
are left out, since their beats are seen at different moments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import text

from orchestrator_service.clients.event_client import EventClient
from orchestrator_service.clients.inventory_client import InventoryClient
from orchestrator_service.clients.order_client import OrderClient
from orchestrator_service.clients.user_client import UserClient
from orchestrator_service.orchestrators.purchase_saga import PURCHASE
from service_common.db import Database
from service_common.request_context import submit
from service_common.stubs import inventory_pb2 as pb

EXAMPLES_MAX = 10
_HOLDS_PER_QUESTION = 1000
_LIVE_AT_MOST_S = 60
_DEDUCT = ":deduct"

_NOW = text("SELECT now()")
_PURCHASES = text(
    """
    SELECT CAST(saga_id AS text) AS saga_id, subject, state,
           state NOT IN ('DONE', 'FAILED') OR finished_at > :since AS moving
      FROM sagas WHERE kind = :kind
    """
)
_LIVENESS = text(
    """
    SELECT CAST(saga_id AS text) AS saga_id, state FROM sagas
     WHERE state = 'STUCK' OR (state IN ('RUNNING', 'ABORTING')
           AND created_at < now() - make_interval(secs => :at_most_s))
    """
)


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must hold, and what breaks it."""

    service: str
    name: str
    violations: int
    examples: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing breaks it."""
        return self.violations == 0


@dataclass(frozen=True, slots=True)
class Purchase:
    """All four beats of one purchase, as the services have them."""

    saga_id: str
    state: str | None
    order_status: str | None = None
    order_total: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    claim: int | None = None

    @property
    def is_complete(self) -> bool:
        """Paid, handed over, written down."""
        return (
            self.state == "DONE"
            and self.order_status == "CONFIRMED"
            and self.claim == pb.CONFIRMED
            and self.charged == self.order_total
        )

    @property
    def left_nothing(self) -> bool:
        """Nothing charged, no claim, no order confirmed by it."""
        return (
            self.charged == 0
            and self.claim in (None, pb.REVOKED)
            and self.order_status is None
        )


@dataclass(slots=True)
class Facts:
    """What the other services know, by saga."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    charges: dict[str, Decimal] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)


class InvariantsService:
    """Asks every service, and joins what they say."""

    def __init__(
        self,
        *,
        database: Database,
        inventory: InventoryClient,
        users: UserClient,
        orders: OrderClient,
        events: EventClient,
        executor: Executor,
    ) -> None:
        self._database = database
        self._inventory = inventory
        self._users = users
        self._orders = orders
        self._events = events
        self._executor = executor

    def check(self) -> list[Invariant]:
        """Every invariant, held or broken; 503 when a service cannot be asked."""
        own = [
            submit(self._executor, self._ask_inventory),
            submit(self._executor, self._ask, "user", self._users.check_invariants),
            submit(self._executor, self._ask, "order", self._orders.check_invariants),
            submit(self._executor, self._ask, "event", self._events.check_invariants),
        ]
        joined = [*self._check_purchases(), self._check_liveness()]
        return [*joined, *(found for future in own for found in future.result())]

    def _check_purchases(self) -> list[Invariant]:
        with self._database.statement() as connection:
            since = connection.execute(_NOW).scalar_one()
        facts = self._gather()
        with self._database.statement() as connection:
            rows = connection.execute(
                _PURCHASES, {"kind": PURCHASE, "since": since}
            ).all()
        moving = {row.saga_id for row in rows if row.moving}
        states = {row.saga_id: row.state for row in rows}
        known = {*states, *facts.orders, *facts.charges, *facts.claims}
        purchases = [
            _purchase(saga_id, states, facts) for saga_id in sorted(known - moving)
        ]
        half_done = [
            purchase.saga_id
            for purchase in purchases
            if not purchase.is_complete and not purchase.left_nothing
        ]
        lost = [
            purchase.saga_id
            for purchase in purchases
            if purchase.state == "DONE" and not purchase.is_complete
        ]
        return [
            _invariant("every_purchase_is_whole_or_nothing", half_done),
            _invariant("every_finished_purchase_is_complete", lost),
            self._check_pending_orders(facts.pending),
        ]

    def _check_pending_orders(self, pending: dict[str, str]) -> Invariant:
        """`pending` has the order of each hold whose order was PENDING."""
        ended = [
            hold_id
            for some in _batched(pending, _HOLDS_PER_QUESTION)
            for hold_id in self._inventory.find_ended_holds(some)
        ]
        # Between our two looks an order may have failed as it should.
        forgotten = [
            pending[hold_id]
            for hold_id in ended
            if self._orders.get_order(pending[hold_id])["status"] == "PENDING"
        ]
        return _invariant("no_order_is_pending_without_its_hold", forgotten)

    def _check_liveness(self) -> Invariant:
        with self._database.statement() as connection:
            rows = connection.execute(_LIVENESS, {"at_most_s": _LIVE_AT_MOST_S}).all()
        return _invariant(
            "no_saga_is_stuck_or_late", [f"{row.saga_id} {row.state}" for row in rows]
        )

    def _gather(self) -> Facts:
        facts = Facts()
        for order in _pages(self._orders.list_facts):
            if order["status"] == "PENDING":
                facts.pending[order["hold_id"]] = order["order_id"]
            if order["saga_id"] is not None:
                facts.orders[order["saga_id"]] = order
        for charge in _pages(self._users.list_facts):
            if charge["operation_key"].endswith(_DEDUCT):
                saga_id = charge["operation_key"].removesuffix(_DEDUCT)
                facts.charges[saga_id] = -Decimal(charge["net"])
        for claim in self._inventory.list_claims():
            if claim.kind == "PURCHASE":
                facts.claims[claim.claim_id] = claim.state
        return facts

    def _ask_inventory(self) -> list[Invariant]:
        return [
            Invariant("inventory", found.name, found.violations, tuple(found.examples))
            for found in self._inventory.check_invariants()
        ]

    def _ask(
        self, service: str, check: Callable[[], list[dict[str, Any]]]
    ) -> list[Invariant]:
        return [
            Invariant(
                service, found["name"], found["violations"], tuple(found["examples"])
            )
            for found in check()
        ]


def _purchase(saga_id: str, states: dict[str, str], facts: Facts) -> Purchase:
    order = facts.orders.get(saga_id)
    return Purchase(
        saga_id=saga_id,
        state=states.get(saga_id),
        order_status=order["status"] if order else None,
        order_total=Decimal(order["total"]) if order else Decimal(0),
        charged=facts.charges.get(saga_id, Decimal(0)),
        claim=facts.claims.get(saga_id),
    )


def _invariant(name: str, broken: list[str]) -> Invariant:
    return Invariant("orchestrator", name, len(broken), tuple(broken[:EXAMPLES_MAX]))


def _batched(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """The items in lists of at most so many; itertools has it from Python 3.12."""
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some


def _pages(fetch: Callable[[str | None], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All rows of a keyset-paged list."""
    after: str | None = None
    while True:
        page = fetch(after)
        yield from page["data"]
        after = page["next"]
        if after is None:
            return
