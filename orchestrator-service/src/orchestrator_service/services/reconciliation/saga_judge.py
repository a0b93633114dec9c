"""Joins sagas, charges, claims, orders and transfers by the id of the saga."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from orchestrator_service.clients.fact_client import (
    BookFacts,
    InventoryFacts,
    LedgerFacts,
)
from orchestrator_service.clients.facts import OrderFact
from orchestrator_service.services.reconciliation.findings import Finding, Judged
from orchestrator_service.services.reconciliation.saga_facts import (
    Fact,
    SagaFacts,
    SagaLogFacts,
)
from orchestrator_service.services.reconciliation.saga_rules import judge_saga
from orchestrator_service.services.reconciliation.walk import (
    BATCH,
    judge_walk,
    keyed,
    side_by_side,
)


@dataclass(frozen=True, slots=True)
class SagaJudge:
    """Judges all sagas by their ids, or those of late."""

    sagas: SagaLogFacts
    inventory: InventoryFacts
    ledger: LedgerFacts
    books: BookFacts

    def judge_all(self, *, after: str = "", until: float | None = None) -> Judged:
        """Every saga behind `after`, and whatever carries the id of one."""
        lists: list[Iterator[tuple[str, Any]]] = [
            keyed(self.sagas.list_sagas, attrgetter("saga_id"), after),
            keyed(self.ledger.list_charges, attrgetter("saga_id"), after),
            keyed(self.inventory.list_claims, attrgetter("claim_id"), after),
            keyed(self.books.list_orders, attrgetter("saga_id"), after),
            keyed(self.books.list_transfers, attrgetter("transfer_id"), after),
        ]
        return judge_walk(
            side_by_side(lists), _judge, self.look_again, after=after, until=until
        )

    def judge_since(self, since_s: float, *, until: float | None = None) -> Judged:
        """The sagas that have ended within so many seconds, or not at all."""
        return judge_walk(
            self._walk_since(since_s), _judge, self.look_again, after="", until=until
        )

    def look_again(self, saga_ids: Sequence[str]) -> Iterable[Finding]:
        """Judge these sagas by how everything stands by now."""
        for some in _batches(saga_ids):
            for saga_id, facts in self._gather(some).items():
                yield from _judge(saga_id, facts)

    def _walk_since(self, since_s: float) -> Iterator[tuple[str, list[Any]]]:
        def fetch(after: str) -> Any:
            return self.sagas.list_since(after, since_s)

        recent = (saga_id for saga_id, _ in keyed(fetch, attrgetter("saga_id"), ""))
        for some in _batches(recent):
            yield from sorted(self._gather(some).items())

    def _gather(self, saga_ids: Sequence[str]) -> dict[str, list[Fact]]:
        """The saga log first: what has ended by then is complete in all others."""
        facts: dict[str, list[Fact]] = {saga_id: [] for saga_id in saga_ids}
        for saga in self.sagas.find_sagas(saga_ids):
            facts[saga.saga_id].append(saga)
        for claim in self.inventory.find_claims(saga_ids):
            facts[claim.claim_id].append(claim)
        for charge in self.ledger.find_charges(saga_ids):
            facts[charge.saga_id].append(charge)
        for order in self.books.find_orders(saga_ids):
            facts[_saga_of(order)].append(order)
        transfers = [i for i in saga_ids if SagaFacts.gather(i, facts[i]).may_transfer]
        for transfer in self.books.find_transfers(transfers):
            facts[transfer.transfer_id].append(transfer)
        return facts


def _judge(saga_id: str, facts: list[Any]) -> Iterable[Finding]:
    return judge_saga(SagaFacts.gather(saga_id, facts))


def _saga_of(order: OrderFact) -> str:
    return order.saga_id or ""


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """Lists of at most so many; itertools has it from Python 3.12."""
    for _, some in groupby(enumerate(ids), key=lambda numbered: numbered[0] // BATCH):
        yield [one for _, one in some]
