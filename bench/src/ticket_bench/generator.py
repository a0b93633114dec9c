"""Runs the load generator: one process for each job, so that its CPU is its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# A job ends by itself; this is for one that hangs.
_OVERTIME_S = 120.0


class GeneratorFailed(Exception):
    """The load generator died or answered nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one job saw, and what the generator itself cost."""

    times_ms: Mapping[str, list[float]]
    problems: Mapping[str, int]
    facts: Mapping[str, Any]
    wall_s: float
    done: int
    cpu_s: float


def run_job(
    kind: str, base_url: str, progress: Callable[[int], None], **job: Any
) -> Outcome:
    """Run one scenario to its end."""
    order = json.dumps({"kind": kind, "base_url": base_url, **job})
    with subprocess.Popen(
        [sys.executable, "-m", "ticket_bench.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise GeneratorFailed("no pipes")
        process.stdin.write(order + "\n")
        process.stdin.close()
        for line in process.stdout:
            message = json.loads(line)
            if "result" in message:
                process.wait(_OVERTIME_S)
                return Outcome(**message["result"])
            progress(message["progress"])
    raise GeneratorFailed(f"the generator ended with {process.returncode}: {kind}")
