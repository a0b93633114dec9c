"""The bench itself: rounds in which every measurement has its turn.

Turns rather than blocks, because a machine is never as quick in one minute as in the
next: what is compared is measured side by side, also the floor.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ticket_bench import floor, meters
from ticket_bench.figures import GENERATOR_SHARE_MAX, Series, median, percentiles
from ticket_bench.growth import Step
from ticket_bench.plan import FOUR_COMMITS, Plan
from ticket_bench.shop import HALL
from ticket_bench.site import PRICE, Site, job_on


class Bench:
    """Everything that is measured on one site."""

    def __init__(self, plan: Plan, site: Site, step: Step) -> None:
        self._plan = plan
        self._site = site
        self._step = step
        self._purchases = {clients: Series() for clients in plan.clients}
        self._stampedes: list[Series] = []
        self._scans, self._maps, self._transfers = Series(), Series(), Series()
        self._floors: dict[str, list[float]] = {}
        self._work: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        """All rounds, then the figures as JSON takes them."""
        self._site.buy(max(self._plan.clients), 2.0, self._step("warming up", 0))
        self._work = self._count_work()
        for number in range(1, self._plan.rounds + 1):
            self._round(f"round {number}: ", number)
        return self._figures()

    def _round(self, name: str, number: int) -> None:
        plan = self._plan
        for clients in plan.clients:
            progress = self._step(f"{name}purchases, {clients} clients", 0)
            found = self._site.buy(clients, plan.seconds, progress)
            self._purchases[clients].merge(found)
            self._measure_floor(name, clients)
        self._measure_scans(name)
        self._measure_transfers(name)
        self._measure_stampede(name, number)
        self._measure_map(name)

    def _count_work(self) -> dict[str, Any]:
        """Commits and calls of one purchase, counted while nothing else is done."""
        stack = self._site.stack
        if stack is None:
            return {}
        work: dict[str, Any] = {}
        for clients in self._plan.clients:
            progress = self._step(f"counting the work, {clients} clients", 0)
            commits, calls = meters.write_commits(stack), meters.inner_calls(stack)
            requests, reads = (
                meters.requests(stack),
                meters.transactions(stack, settle=self._plan.settles),
            )
            done = self._site.buy(clients, self._plan.seconds, progress).done or 1
            used = meters.inner_calls(stack) - calls
            work[str(clients)] = {
                "write_commits": round(
                    (meters.write_commits(stack) - commits) / done, 2
                ),
                "transactions": round(
                    (meters.transactions(stack, settle=self._plan.settles) - reads)
                    / done,
                    2,
                ),
                "inner_requests": round((meters.requests(stack) - requests) / done, 2),
                "calls": {name: round(n / done, 2) for name, n in sorted(used.items())},
            }
        return work

    def _measure_floor(self, name: str, clients: int) -> None:
        stack = self._site.stack
        if stack is None:
            return
        commits = round(self._work[str(clients)]["write_commits"]) or 1
        for title, pgbench_clients, per_purchase in (
            (f"four commits, {clients} clients", clients, FOUR_COMMITS),
            (f"as many commits as a purchase, {clients} clients", clients, commits),
        ):
            self._step(f"{name}floor: {title}", 0)
            rate = floor.purchases_per_second(
                stack,
                commits=per_purchase,
                clients=pgbench_clients,
                seconds=self._plan.floor_seconds,
            )
            self._floors.setdefault(title, []).append(rate)

    def _measure_scans(self, name: str) -> None:
        count = min(self._plan.scans, len(self._site.bought) // 2)
        tickets = [self._site.bought.pop() for _ in range(count)]
        staff = self._site.shop.sign_in("staff").token
        found = job_on(
            self._site,
            "scans",
            self._step(f"{name}scans", len(tickets)),
            tickets=tickets,
            staff=staff,
            hall_id=HALL,
            clients=self._plan.gates,
            seconds=self._plan.seconds * 2,
            count=len(tickets),
        )
        self._scans.merge(found)

    def _measure_transfers(self, name: str) -> None:
        stack = self._site.stack
        if stack is None:
            return
        lanes = self._lanes()
        found = job_on(
            self._site,
            "transfers",
            self._step(f"{name}transfers", 0),
            lanes=lanes,
            smu_url=stack.url("smu-standin"),
            price=PRICE,
            seconds=self._plan.seconds,
        )
        self._transfers.merge(found)

    def _lanes(self) -> list[dict[str, Any]]:
        """Pairs of people who pass tickets on; nobody is in two of them."""
        owned: dict[str, list[str]] = {}
        for seat_id, token in self._site.bought:
            owned.setdefault(token, []).append(seat_id)
        people = self._site.buyers
        sellers = [person for person in people if person.token in owned]
        buyers = [person for person in people if person.token not in owned]
        lanes = list(zip(sellers, buyers, strict=False))[: self._plan.transfer_lanes]
        gone = {seller.token for seller, _ in lanes}
        self._site.bought = [pair for pair in self._site.bought if pair[1] not in gone]
        return [
            {
                "seller": asdict(seller),
                "buyer": asdict(buyer),
                "seat_ids": owned[seller.token],
            }
            for seller, buyer in lanes
        ]

    def _measure_stampede(self, name: str, number: int) -> None:
        plan = self._plan
        buyers = self._site.buyers[: plan.stampede_buyers]
        organiser = self._site.shop.sign_in("organiser")
        event = self._site.shop.publish(organiser, plan.stampede_seats, PRICE)
        found = job_on(
            self._site,
            "stampede",
            self._step(f"{name}stampede {number}", len(buyers)),
            tokens=[buyer.token for buyer in buyers],
            seat_ids=event.seat_ids,
        )
        self._stampedes.append(found)

    def _measure_map(self, name: str) -> None:
        plan = self._plan
        organiser = self._site.shop.sign_in("organiser")
        event = self._site.shop.publish(organiser, plan.map_seats, PRICE)
        found = job_on(
            self._site,
            "seat_map",
            self._step(f"{name}seat map", plan.map_reads),
            event_id=event.event_id,
            seat_ids=event.seat_ids[: plan.map_reads],
            token=self._site.buyers[0].token,
        )
        self._maps.merge(found)

    # --- figures -------------------------------------------------------------------

    def _figures(self) -> dict[str, Any]:
        purchases = {
            str(clients): series.figures("purchase")
            for clients, series in self._purchases.items()
        }
        shares = [figures.get("generator_share", 0.0) for figures in purchases.values()]
        figures: dict[str, Any] = {
            "purchases": purchases,
            "work_per_purchase": self._work,
            "floor": self._floor_figures(),
            "stampede": self._stampede_figures(),
            "scans": self._scans.figures("scan"),
            "transfers": self._transfers.figures("transfer"),
            "seat_map": self._map_figures(),
            "generator": {
                "share_max": max(shares, default=0.0),
                "within_bounds": max(shares, default=0.0) <= GENERATOR_SHARE_MAX,
            },
        }
        if self._site.stack is None:
            figures["left_out"] = (
                "CPU, commits, the floor, growth and transfers: they need a stack of"
                " our own"
            )
        return figures

    def _floor_figures(self) -> dict[str, Any]:
        if not self._floors:
            return {}
        floors = {title: median(rates) for title, rates in self._floors.items()}
        one = floors[f"four commits, {self._plan.clients[0]} clients"]
        best = self._purchases[max(self._plan.clients)].per_second
        return {
            "purchases_per_second": {
                title: round(rate, 1) for title, rate in floors.items()
            },
            "yardstick": round(one, 1),
            "share_of_yardstick": round(best / one, 3),
        }

    def _stampede_figures(self) -> dict[str, Any]:
        times = [series.wall_s for series in self._stampedes]
        worst = max(self._stampedes, key=lambda series: series.wall_s)
        facts = [series.facts for series in self._stampedes]
        return {
            "buyers": worst.done,
            "seats": facts[0]["seats"],
            "decided_after_s": round(median(times), 2),
            "slowest_s": round(max(times), 2),
            "held": min(fact["held"] for fact in facts),
            "oversold": max(fact["oversold"] for fact in facts),
            "false_refusals": max(fact["refused_though_free"] for fact in facts),
            "asked_again": sum(fact.get("asked_again", 0) for fact in facts),
            "answers": dict(worst.problems),
            "cpu_ms": _cpu_of_each(self._stampedes),
            **percentiles(worst.times_ms.get("decided", [])),
        }

    def _map_figures(self) -> dict[str, Any]:
        facts = self._maps.facts
        return {
            "seats": facts["seats"],
            "bytes": {
                "whole": facts["whole_bytes"],
                "unchanged": facts["unchanged_bytes"],
                "changes": facts["changes_bytes"],
            },
            "changed_seats": facts["changed_seats"],
            "problems": dict(self._maps.problems),
            **{
                name: percentiles(self._maps.times_ms.get(name, []))
                for name in ("whole", "unchanged", "changes")
            },
        }


def _cpu_of_each(rounds: list[Series]) -> dict[str, float]:
    """CPU milliseconds of every process for one answer, over all rounds."""
    together = Series()
    for one in rounds:
        together.merge(one)
    found: dict[str, float] = together.figures("decided").get("cpu_ms", {})
    return found
