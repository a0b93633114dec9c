"""How much is measured: all of it, or just enough to see that it still works."""

from __future__ import annotations

from dataclasses import dataclass

FOUR_COMMITS = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """Times in seconds, counts in pieces; every one of them is a bound."""

    rounds: int = 3
    seconds: float = 8.0
    clients: tuple[int, ...] = (1, 8, 32)
    sale_seats: int = 30_000
    stampede_buyers: int = 1_000
    stampede_seats: int = 50
    scans: int = 1_500
    gates: int = 16
    transfer_lanes: int = 8
    map_seats: int = 20_000
    map_reads: int = 20
    volume_seats: int = 5_000
    growth_factors: tuple[int, ...] = (1, 10, 100)
    floor_seconds: int = 4
    settles: bool = True
    """Whether to wait until the databases have told all their transactions."""


QUICK = Plan(
    rounds=1,
    seconds=1.0,
    clients=(1, 4),
    sale_seats=400,
    stampede_buyers=40,
    stampede_seats=5,
    scans=20,
    gates=4,
    transfer_lanes=2,
    map_seats=400,
    map_reads=2,
    volume_seats=200,
    growth_factors=(1, 2),
    floor_seconds=1,
    settles=False,
)
