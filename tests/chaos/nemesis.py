"""Threads that break things: processes, what is between them, what they rely on."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chaos.faults import links, processes, surroundings
from chaos.faults.means import IN_TROUBLE, Fault, Means, NothingHappened

# No two hands reach for the same thing: what one of them undoes stays undone.
_HANDS = (processes.FAULTS, links.FAULTS, surroundings.FAULTS)
_REST_S = (1.0, 3.0)
_AGAIN_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault that was made; times in seconds since the run began."""

    fault: str
    detail: str
    began_s: float
    ended_s: float


class Nemesis:
    """Makes every fault once, in an order that the seed decides, and then any."""

    def __init__(self, means: Means, seed: int) -> None:
        self.strikes: list[Strike] = []
        self._means = means
        self._threads = [
            threading.Thread(
                target=self._strike_on,
                args=(faults, random.Random(seed * 10 + n)),  # noqa: S311 - repeats
                name=f"nemesis-{n}",
                daemon=True,
            )
            for n, faults in enumerate(_HANDS)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self, within_s: float) -> None:
        """Wait until all have undone what they did last."""
        for thread in self._threads:
            thread.join(within_s)

    def has_made_all(self) -> bool:
        """Whether every fault was made, and has hit something, at least once."""
        made = {strike.fault for strike in self.strikes}
        return made >= {fault.__name__ for hand in _HANDS for fault in hand}

    def counts(self) -> dict[str, int]:
        """How often each fault was made."""
        names = [strike.fault for strike in self.strikes]
        return {name: names.count(name) for name in sorted(set(names))}

    def _strike_on(self, faults: Sequence[Fault], rng: random.Random) -> None:
        means = replace(self._means, rng=rng)
        waiting = rng.sample(faults, len(faults))
        while not means.stop.wait(rng.uniform(*_REST_S)):
            fault = waiting.pop() if waiting else rng.choice(faults)
            began_s = means.recorder.now_s()
            try:
                detail = fault(means)
            except (NothingHappened, *IN_TROUBLE):
                # Another hand has hit what this one needed, or nobody came by.
                waiting.insert(0, fault)
                means.wait(_AGAIN_AFTER_S)
                continue
            self.strikes.append(
                Strike(fault.__name__, detail, began_s, means.recorder.now_s())
            )
