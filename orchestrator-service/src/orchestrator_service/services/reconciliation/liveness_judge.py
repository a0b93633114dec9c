"""What must come to an end in time, on the clocks of the databases that own it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from orchestrator_service.clients.fact_client import BookFacts, InventoryFacts
from orchestrator_service.clients.facts import OrderFact, Page
from orchestrator_service.services.reconciliation.findings import Finding, Judged, Rule
from orchestrator_service.services.reconciliation.saga_facts import SagaLogFacts
from orchestrator_service.services.reconciliation.walk import judge_walk, keyed
from service_common.errors import AppError

NO_SAGA_IS_LATE = Rule("L2", "no_saga_is_stuck_or_late")
NO_ORDER_WAITS = Rule("L5", "no_order_is_pending_without_its_hold")
PENDING_AT_LEAST_S = 15
_HOLDS_PER_QUESTION = 500


@dataclass(frozen=True, slots=True)
class LivenessJudge:
    """Judges sagas by their age, and PENDING orders by their holds."""

    sagas: SagaLogFacts
    inventory: InventoryFacts
    books: BookFacts

    def judge_sagas(self) -> Judged:
        """Every saga that is stuck, or live for longer than it may be."""
        judged = Judged()
        try:
            for row in self.sagas.list_late():
                what = (
                    f"saga {row.saga_id} {row.kind} {row.state} for {row.age_s:.0f} s,"
                    f" subject {row.subject}"
                )
                judged.findings.append(Finding(NO_SAGA_IS_LATE, row.saga_id, what))
        except AppError as error:
            judged.problem = f"{error.code}: {error.message}"
        return judged

    def judge_orders(self, *, until: float | None = None) -> Judged:
        """Every order that is PENDING though its hold is over and told."""
        return judge_walk(self._walk(), _accuse, self.look_again, after="", until=until)

    def look_again(self, order_ids: Sequence[str]) -> Iterable[Finding]:
        """Those that are PENDING by now; a hold that was over stays over."""
        for order_id in order_ids:
            if self.books.get_status(order_id) == "PENDING":
                yield _finding(order_id)

    def _walk(self) -> Iterator[tuple[str, list[OrderFact]]]:
        """The orders whose holds are over, a page of holds asked for at once."""

        def fetch(after: str) -> Page[OrderFact]:
            page = self.books.list_pending(after, PENDING_AT_LEAST_S)
            ended: set[str] = set()
            holds = [order.hold_id for order in page.facts if order.hold_id]
            for start in range(0, len(holds), _HOLDS_PER_QUESTION):
                some = holds[start : start + _HOLDS_PER_QUESTION]
                ended |= set(self.inventory.find_ended_holds(some))
            waiting = [order for order in page.facts if order.hold_id in ended]
            return Page(waiting, page.following)

        for order_id, order in keyed(fetch, attrgetter("order_id"), ""):
            yield order_id, [order]


def _accuse(order_id: str, _facts: Sequence[OrderFact]) -> Iterable[Finding]:
    return [_finding(order_id)]


def _finding(order_id: str) -> Finding:
    what = f"order {order_id} is PENDING, and its hold is over"
    return Finding(NO_ORDER_WAITS, order_id, what)
