"""What an on-sale needs, computed from a report of the bench.

`python -m ticket_bench.capacity REPORT.json --buyers 1000000 --seats 50000`

The model is addition: every purchase and every refused reservation costs what it cost
on the machine of the report, and a process that serves many of them is run many times.
It assumes cores like those of the report, and leaves `headroom` of them idle.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What is not ours to run: it is at the clients.
_GENERATOR = "load generator"
# One process of Python keeps one core busy, and no more.
_CORES_A_REPLICA = 1.0


@dataclass(frozen=True, slots=True)
class OnSale:
    """A crowd, a hall, and how long the crowd is let in for.

    Everybody asks `tries` times for seats; whoever gets some buys `seats_each`.
    """

    buyers: int
    seats: int
    minutes: float
    tries: float = 3.0
    seats_each: float = 2.0
    headroom: float = 0.4

    @property
    def purchases_per_second(self) -> float:
        """Until the hall is sold out, evenly over the time."""
        return self.seats / self.seats_each / (self.minutes * 60)

    @property
    def refusals_per_second(self) -> float:
        """What the others hear."""
        asked = self.buyers * self.tries - self.seats / self.seats_each
        return max(0.0, asked) / (self.minutes * 60)


@dataclass(frozen=True, slots=True)
class Need:
    """What one kind of process needs."""

    name: str
    cores: float
    replicas: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """What all of it needs; `commits_share` of what one database server can commit."""

    needs: tuple[Need, ...]
    cores: float
    commits_per_second: float
    commits_share: float


class NoSuchFigures(Exception):
    """The report lacks what the model computes from."""


def capacity(report: Mapping[str, Any], sale: OnSale) -> Capacity:
    """What the on-sale needs, by process."""
    try:
        figures = report["figures"]
        most = max(figures["purchases"], key=int)
        purchase: dict[str, float] = figures["purchases"][most]["cpu_ms"]
        refusal: dict[str, float] = figures["stampede"]["cpu_ms"]
        commits = float(figures["work_per_purchase"][most]["write_commits"])
        floors: dict[str, float] = figures["floor"]["purchases_per_second"]
    except KeyError as missing:
        raise NoSuchFigures(f"the report has no {missing}") from None
    names = sorted({*purchase, *refusal} - {_GENERATOR})
    needs = tuple(_need(name, purchase, refusal, sale) for name in names)
    per_second = commits * sale.purchases_per_second
    one_server = 4 * floors[f"four commits, {most} clients"]
    return Capacity(
        needs=needs,
        cores=sum(need.cores for need in needs),
        commits_per_second=per_second,
        commits_share=per_second / one_server,
    )


def _need(
    name: str, purchase: Mapping[str, float], refusal: Mapping[str, float], sale: OnSale
) -> Need:
    busy_ms = (
        purchase.get(name, 0.0) * sale.purchases_per_second
        + refusal.get(name, 0.0) * sale.refusals_per_second
    )
    cores = busy_ms / 1000 / (1 - sale.headroom)
    return Need(name, cores, max(1, math.ceil(cores / _CORES_A_REPLICA)))


def text_of(sale: OnSale, found: Capacity) -> str:
    """The need as a table."""
    lines = [
        (
            f"{sale.buyers:,} buyers, {sale.seats:,} seats, let in over"
            f" {sale.minutes:g} minutes"
        ),
        (
            f"{sale.purchases_per_second:,.0f} purchases and"
            f" {sale.refusals_per_second:,.0f} refusals a second,"
            f" {sale.headroom:.0%} of every core idle"
        ),
        "",
        f"{'process':<26}{'cores':>8}{'replicas':>10}",
        *(
            f"{need.name:<26}{need.cores:>8.1f}{need.replicas:>10}"
            for need in found.needs
        ),
        f"{'together':<26}{found.cores:>8.1f}",
        "",
        (
            f"{found.commits_per_second:,.0f} commits a second,"
            f" {found.commits_share:.0%}"
            " of what the measured database server can do"
        ),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="ticket_bench.capacity")
    parser.add_argument("report", type=Path)
    parser.add_argument("--buyers", type=int, default=1_000_000)
    parser.add_argument("--seats", type=int, default=50_000)
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args(arguments)
    sale = OnSale(options.buyers, options.seats, options.minutes)
    report = json.loads(options.report.read_text())
    sys.stdout.write(text_of(sale, capacity(report, sale)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
