"""Compares whose a seat is with whose it is by the books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from orchestrator_service.clients.fact_client import BookFacts, InventoryFacts
from orchestrator_service.clients.facts import BookedSeat, SoldSeat
from orchestrator_service.services.reconciliation.findings import Finding, Judged, Rule
from orchestrator_service.services.reconciliation.saga_facts import SagaLogFacts
from orchestrator_service.services.reconciliation.walk import (
    judge_walk,
    keyed,
    side_by_side,
)

SEAT_IS_BOOKED = Rule("I1", "every_sold_seat_is_in_an_order_of_its_owner")
SEAT_RULES = (SEAT_IS_BOOKED,)


@dataclass(frozen=True, slots=True)
class SeatJudge:
    """Judges all seats that are sold, or that an order says are."""

    sagas: SagaLogFacts
    inventory: InventoryFacts
    books: BookFacts

    def judge_all(self, *, after: str = "", until: float | None = None) -> Judged:
        """Every seat behind `after`."""
        lists: list[Iterator[tuple[str, Any]]] = [
            keyed(self.inventory.list_seats, attrgetter("seat_id"), after),
            keyed(self.books.list_seats, attrgetter("seat_id"), after),
        ]
        return judge_walk(
            side_by_side(lists), _judge, self.look_again, after=after, until=until
        )

    def look_again(self, seat_ids: Sequence[str]) -> Iterable[Finding]:
        """Judge these seats by how they stand by now, but for those in motion.

        A saga hands the seat over before it writes the order, so a seat that a saga
        works on, before or after this look, may be seen between the two.
        """
        touched = self.sagas.list_touched()
        sold = {seat.seat_id: seat for seat in self.inventory.find_seats(seat_ids)}
        booked = {seat.seat_id: seat for seat in self.books.find_seats(seat_ids)}
        touched |= self.sagas.list_touched()
        for seat_id in seat_ids:
            facts = [one[seat_id] for one in (sold, booked) if seat_id in one]
            names = {seat_id, *(fact.order_id for fact in facts)}
            if not names & touched:
                yield from _judge(seat_id, facts)


def _judge(seat_id: str, facts: Sequence[SoldSeat | BookedSeat]) -> Iterable[Finding]:
    owner, buyer, order_id = "", "", ""
    for fact in facts:
        if isinstance(fact, SoldSeat):
            owner = fact.owner_id
            order_id = order_id or fact.order_id
        else:
            buyer, order_id = fact.user_id, fact.order_id
    if owner != buyer:
        yield Finding(
            SEAT_IS_BOOKED,
            seat_id,
            f"seat {seat_id} belongs to user {owner or '(nobody)'}, but by order "
            f"{order_id or '(none)'} to user {buyer or '(nobody)'}",
        )
