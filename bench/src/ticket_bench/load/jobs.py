"""What the generator is asked for and what it answers, as JSON on a pipe."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Tally:
    """What came of a job: times in milliseconds by name, refusals by code."""

    times_ms: dict[str, list[float]] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    facts: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)
    wall_s: float = 0.0
    done: int = 0

    def note(self, name: str, started: float) -> float:
        """Write down how long it took since `started`; returns now."""
        now = time.perf_counter()
        self.times_ms.setdefault(name, []).append((now - started) * 1000)
        return now

    def as_json(self) -> dict[str, Any]:
        """The answer to the parent."""
        return {
            "times_ms": self.times_ms,
            "problems": dict(self.problems),
            "facts": self.facts,
            "wall_s": self.wall_s,
            "done": self.done,
        }


@dataclass(frozen=True, slots=True)
class Limits:
    """When a job ends: whichever comes first."""

    seconds: float
    count: int


class Stock:
    """Things of which each is used once, until they or the time run out."""

    def __init__(
        self, things: list[Any], limits: Limits, progress: Callable[[int], None]
    ) -> None:
        self._things = iter(things[: limits.count])
        self._ends_at = time.perf_counter() + limits.seconds
        self._progress = progress
        self._taken = 0

    def take(self) -> Any | None:
        """The next one, or None when it is over."""
        if time.perf_counter() >= self._ends_at:
            return None
        self._taken += 1
        if self._taken % 50 == 0:
            self._progress(self._taken)
        return next(self._things, None)


def shuffled(things: list[Any], seed: int) -> list[Any]:
    """The same disorder at every run."""
    mixed = list(things)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - an order, not a secret
    return mixed
