"""From what jobs saw to figures: rates, percentiles, CPU for one piece of work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ticket_bench.generator import Outcome

# Above this share the load generator would be measuring itself.
GENERATOR_SHARE_MAX = 0.15


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed; 0 without values."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class Series:
    """The rounds of one measurement, added up."""

    done: int = 0
    wall_s: float = 0.0
    generator_s: float = 0.0
    times_ms: dict[str, list[float]] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    cpu_s: Counter[str] = field(default_factory=Counter)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, outcome: Outcome, cpu_s: Mapping[str, float]) -> None:
        """One more round."""
        self.done += outcome.done
        self.wall_s += outcome.wall_s
        self.generator_s += outcome.cpu_s
        for name, times in outcome.times_ms.items():
            self.times_ms.setdefault(name, []).extend(times)
        self.problems.update(outcome.problems)
        self.cpu_s.update(cpu_s)
        self.facts |= outcome.facts

    def merge(self, other: Series) -> None:
        """The rounds of another series, too."""
        self.done += other.done
        self.wall_s += other.wall_s
        self.generator_s += other.generator_s
        for name, times in other.times_ms.items():
            self.times_ms.setdefault(name, []).extend(times)
        self.problems.update(other.problems)
        self.cpu_s.update(other.cpu_s)
        self.facts |= other.facts

    @property
    def per_second(self) -> float:
        """How many were done in a second."""
        return self.done / self.wall_s if self.wall_s else 0.0

    def figures(self, timed: str) -> dict[str, Any]:
        """Rate, percentiles of one of the times, CPU of every process for each."""
        times = self.times_ms.get(timed, [])
        figures: dict[str, Any] = {
            "done": self.done,
            "per_second": round(self.per_second, 1),
            **percentiles(times),
            "problems": dict(self.problems),
        }
        if self.cpu_s and self.done:
            figures["cpu_ms"] = self._cpu_ms()
            figures["cpu_ms_total"] = round(sum(figures["cpu_ms"].values()), 2)
            figures["generator_share"] = round(self.generator_share, 3)
        return figures

    @property
    def generator_share(self) -> float:
        """The load generator's part of all the CPU that was used."""
        whole = self.generator_s + sum(self.cpu_s.values())
        return self.generator_s / whole if whole else 0.0

    def _cpu_ms(self) -> dict[str, float]:
        used = {**self.cpu_s, "load generator": self.generator_s}
        each = {name: seconds * 1000 / self.done for name, seconds in used.items()}
        return {name: round(ms, 2) for name, ms in each.items() if ms >= 0.005}  # noqa: PLR2004 - what rounds to 0.01


def percentiles(times_ms: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    return {
        f"p{share}_ms": round(percentile(times_ms, share / 100), 1)
        for share in (50, 95, 99)
    }


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return percentile(list(values), 0.5)
