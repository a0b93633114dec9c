"""Whether purchases stay as quick when 10 and 100 times the rows are there already.

Stacks of each size, all up at once, so that the sizes can take turns: what is compared
is measured side by side, with the same idle neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ticket_bench.figures import Series, median
from ticket_bench.plan import Plan
from ticket_bench.site import Site

# `step("what", of)` names a measurement and gives back what counts its progress.
Step = Callable[[str, int], Callable[[int], None]]


class Growth:
    """Purchases by all clients on every size, round by round."""

    def __init__(self, plan: Plan, sites: Mapping[int, Site], step: Step) -> None:
        self._plan = plan
        self._sites = sites
        self._step = step
        self._series = {factor: Series() for factor in sites}
        self._rates: dict[int, list[float]] = {factor: [] for factor in sites}

    def run(self) -> dict[str, Any]:
        """All rounds, then the figures by size."""
        clients = max(self._plan.clients)
        for site in self._sites.values():
            site.buy(clients, 2.0, self._step("warming up", 0))
        for number in range(1, self._plan.rounds + 1):
            for factor, site in self._sites.items():
                name = f"growth {number}: purchases, {factor} times the rows"
                found = site.buy(clients, self._plan.seconds, self._step(name, 0))
                self._series[factor].merge(found)
                self._rates[factor].append(found.per_second)
        return {str(factor): self._figures(factor) for factor in self._sites}

    def _figures(self, factor: int) -> dict[str, Any]:
        base = self._rates[min(self._rates)]
        ratios = [
            rate / other for rate, other in zip(self._rates[factor], base, strict=True)
        ]
        return {
            "rows_there": self._sites[factor].rows_there,
            **self._series[factor].figures("purchase"),
            "rate_against_first": round(median(ratios), 3),
        }
