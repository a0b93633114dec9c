"""One place that is measured: a stack of our own, or whatever a base URL names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local_stack import Stack
from ticket_bench import meters, volume
from ticket_bench.figures import Series
from ticket_bench.generator import Outcome, run_job
from ticket_bench.shop import OnSale, Person, Shop

PRICE = "0.01"
_CREDITS = "10000.00"
Progress = Callable[[int], None]

# What a bench needs to be otherwise than on an ordinary day: nobody is rate limited,
# accounts are cheap to make. Everything that is measured is as it comes.
OVERRIDES: Mapping[str, Mapping[str, str]] = {
    "gateway": {"RATE_LIMIT_SCALE": "100000"},
    "user-service": {"RATE_LIMIT_SCALE": "100000", "BCRYPT_ROUNDS": "4"},
    "order-service": {"RATE_LIMIT_SCALE": "100000"},
}


@dataclass(slots=True)
class Site:
    """Where the requests go, with people who can buy and seats to be bought."""

    shop: Shop
    stack: Stack | None
    buyers: list[Person]
    on_sale: OnSale
    rows_there: int = 0
    bought: list[tuple[str, str]] = field(default_factory=list)
    _at: int = 0

    def buy(self, clients: int, seconds: float, progress: Progress) -> Series:
        """Some seconds of purchases by so many clients."""
        seats = self.on_sale.seat_ids[self._at :]
        with measured(self.stack) as series:
            outcome = run_job(
                "purchases",
                self.shop.base_url,
                progress,
                tokens=[buyer.token for buyer in self.buyers],
                seat_ids=seats,
                clients=min(clients, len(self.buyers)),
                seconds=seconds,
                count=len(seats),
            )
            series.outcome = outcome
        self._at += outcome.done + sum(outcome.problems.values()) + clients
        self.bought += [(seat, token) for seat, token in outcome.facts["bought"]]
        return series.result


@dataclass(slots=True)
class Measured:
    """What a `with measured(...)` block fills."""

    outcome: Outcome | None = None
    result: Series = field(default_factory=Series)


@contextmanager
def measured(stack: Stack | None) -> Iterator[Measured]:
    """Read the CPU of the stack's processes before and after."""
    measurement = Measured()
    before = meters.cpu_seconds(stack) if stack else {}
    yield measurement
    after = meters.cpu_seconds(stack) if stack else {}
    if measurement.outcome is not None:
        used = meters.difference(before, after)
        measurement.result.add(measurement.outcome, used)


def open_own(
    stack: Stack, *, buyers: int, seats: int, password: str, progress: Progress
) -> Site:
    """A site on a stack of ours, with credits straight into the ledger."""
    shop = Shop(stack.url("gateway"), password)
    people = shop.sign_up(buyers, progress)
    volume.give_credits(stack, [person.user_id for person in people], _CREDITS)
    on_sale = shop.publish(shop.sign_in("organiser"), seats, PRICE)
    return Site(shop, stack, people, on_sale)


def open_foreign(base_url: str, *, seats: int, password: str) -> Site:
    """A site behind a URL: the accounts of the demo data buy, at a cent a seat."""
    shop = Shop(base_url, password)
    people = [shop.sign_in(name) for name in ("alice", "bob")]
    return Site(
        shop, None, people, shop.publish(shop.sign_in("organiser"), seats, PRICE)
    )


def job_on(site: Site, kind: str, progress: Progress, **job: Any) -> Series:
    """Run one scenario on the site and measure what it costs."""
    with measured(site.stack) as series:
        series.outcome = run_job(kind, site.shop.base_url, progress, **job)
    return series.result
