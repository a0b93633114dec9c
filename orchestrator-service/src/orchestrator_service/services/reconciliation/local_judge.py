"""Asks every service for the invariants that its database can judge alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator_service.services.reconciliation.findings import Verdict
from service_common.errors import AppError

# What a database may take for all its rules; to the end means this long.
USUALLY_S, TO_THE_END_S = 9, 600
OUT_OF_TIME = "out of time: the database was not done with it"


@dataclass(frozen=True, slots=True)
class LocalJudge:
    """`services` has, by name, what asks a service; each is a database of its own."""

    services: Mapping[str, Callable[[int], list[dict[str, Any]]]]

    def judge(self, service: str, within_s: int = USUALLY_S) -> Sequence[Verdict]:
        """What this service says of itself, or that it says nothing."""
        try:
            found = self.services[service](within_s)
        except AppError as error:
            problem = f"{error.code}: {error.message}"
            return [Verdict(service, "", "answers_for_itself", 0, problem=problem)]
        return [_verdict(service, one) for one in found]


def _verdict(service: str, found: Mapping[str, Any]) -> Verdict:
    names = found["names"]
    return Verdict(
        service,
        found["number"],
        found["name"],
        found["violations"],
        tuple(f"{names} {example}".strip() for example in found["examples"]),
        None if found["complete"] else OUT_OF_TIME,
    )
