"""The jobs by their names."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from ticket_bench.load.buying import purchases, stampede
from ticket_bench.load.jobs import Tally
from ticket_bench.load.lines import Progress
from ticket_bench.load.owning import scans, transfers
from ticket_bench.load.reading import seat_map, sign_up

Scenario = Callable[[dict[str, Any], Tally, Progress], Coroutine[Any, Any, None]]
SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (purchases, stampede, scans, transfers, seat_map, sign_up)
}
