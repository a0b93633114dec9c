"""What a run did and found: text, JSON, and a picture of it over time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chaos.nemesis import Strike
from chaos.recorder import Operation, Outcome

_COLOURS = {Outcome.OK: "#2a7", Outcome.FAIL: "#aaa", Outcome.UNKNOWN: "#d62"}


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    seed: int
    seconds: float
    settled_after_s: float
    operations: Mapping[str, Mapping[str, int]]
    faults: Mapping[str, int]
    evidence: Mapping[str, int]
    missing: Sequence[str]
    contradictions: Sequence[str]
    broken_invariants: Sequence[Any]
    unsettled: Mapping[str, int]
    strikes: Sequence[Strike]

    @property
    def is_good(self) -> bool:
        """Nothing was wrong, and everything that should go wrong did."""
        return not (
            self.missing
            or self.contradictions
            or self.broken_invariants
            or self.unsettled
        )

    def text(self) -> str:
        """As a person reads it."""
        times = f"{self.seconds:.0f} s of faults, {self.settled_after_s:.0f} s to rest"
        lines = [
            f"chaos: seed {self.seed}, {times}",
            "",
            f"{'operation':<12}{'ok':>8}{'fail':>8}{'unknown':>8}",
        ]
        for kind, ends in self.operations.items():
            counts = "".join(f"{ends.get(end, 0):>8}" for end in Outcome)
            lines.append(f"{kind:<12}{counts}")
        lines += ["", *_table("fault", self.faults), ""]
        lines += [*_table("evidence", self.evidence), ""]
        lines += _problems(self)
        return "\n".join(lines) + "\n"


def write(report: Report, operations: Sequence[Operation], folder: Path) -> Path:
    """Write the three files; the path of the text."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"chaos-{report.seed}"
    text = stem.with_suffix(".txt")
    text.write_text(report.text())
    content = asdict(report) | {"good": report.is_good}
    stem.with_suffix(".json").write_text(json.dumps(content, indent=2, default=str))
    _draw(report, operations, stem.with_suffix(".png"))
    return text


def _table(title: str, counts: Mapping[str, int]) -> list[str]:
    return [title, *(f"  {name:<26}{count:>8}" for name, count in counts.items())]


def _problems(report: Report) -> list[str]:
    found = [f"never happened: {name}" for name in report.missing]
    found += [f"contradiction: {one}" for one in report.contradictions]
    found += [f"broken invariant: {one}" for one in report.broken_invariants]
    found += [f"not at rest: {name} {n}" for name, n in report.unsettled.items()]
    return found or ["No contradiction, every invariant holds, nothing is left over."]


def _draw(report: Report, operations: Sequence[Operation], path: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - it takes a second, once a run

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after its backend

    figure, (top, bottom) = plt.subplots(
        2, 1, sharex=True, figsize=(12, 8), layout="constrained"
    )
    seconds = range(int(report.seconds) + 1)
    stack = []
    for outcome in Outcome:
        ended = Counter(
            int(one.ended_s) for one in operations if one.outcome is outcome
        )
        stack.append([ended[second] for second in seconds])
    top.stackplot(seconds, stack, labels=list(Outcome), colors=list(_COLOURS.values()))
    top.set_ylabel("operations per second")
    top.legend(loc="upper right")
    top.set_title(f"chaos, seed {report.seed}")
    names = sorted({strike.fault for strike in report.strikes})
    for strike in report.strikes:
        width = max(strike.ended_s - strike.began_s, 0.3)
        bottom.broken_barh(
            [(strike.began_s, width)], (names.index(strike.fault) - 0.4, 0.8)
        )
    bottom.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    bottom.set_xlabel("seconds")
    figure.savefig(path, dpi=110)
    plt.close(figure)
