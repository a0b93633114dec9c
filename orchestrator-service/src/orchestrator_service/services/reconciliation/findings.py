"""What a judge has to say: suspicions, verdicts, and how far it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

EXAMPLES_MAX = 10


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold across services; `number` as in docs/invariants.md."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that breaks a rule: `key` is its saga, seat or order."""

    rule: Rule
    key: str
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one rule; `problem` says why nobody knows whether it holds."""

    service: str
    number: str
    name: str
    violations: int
    examples: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def complete(self) -> bool:
        """Whether all was looked at."""
        return self.problem is None

    @property
    def holds(self) -> bool:
        """Whether all was looked at, and nothing breaks it."""
        return self.complete and self.violations == 0


@dataclass(slots=True)
class Judged:
    """What one judge has found; `stopped_after` is the last key it has dealt with.

    `problem` is None when it came to its end.
    """

    findings: list[Finding] = field(default_factory=list)
    stopped_after: str = ""
    problem: str | None = None

    def verdicts(self, rules: Iterable[Rule]) -> list[Verdict]:
        """One for each rule that this judge knows."""
        return [self._verdict(rule) for rule in rules]

    def _verdict(self, rule: Rule) -> Verdict:
        found = [finding for finding in self.findings if finding.rule == rule]
        examples = tuple(finding.what for finding in found[:EXAMPLES_MAX])
        return Verdict(
            "orchestrator", rule.number, rule.name, len(found), examples, self.problem
        )


def overall(verdicts: Sequence[Verdict]) -> bool | None:
    """True: all hold; False: something is broken; None: nobody knows."""
    if any(verdict.violations for verdict in verdicts):
        return False
    return True if all(verdict.complete for verdict in verdicts) else None
