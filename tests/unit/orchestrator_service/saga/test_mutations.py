"""The checker is not asleep: each known way to get a saga wrong is caught by it."""

from __future__ import annotations

import os
import sys

import pytest

from saga_simulator.interleavings import first_violation
from saga_simulator.mutants import MUTATIONS

SCHEDULES = max(20_000, int(os.environ.get("SAGA_SIM_SCHEDULES", "0")))


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_mutation_is_caught(mutation: str, capsys: pytest.CaptureFixture[str]) -> None:
    caught = first_violation(MUTATIONS[mutation], SCHEDULES)

    assert caught is not None, f"{mutation}: not caught by {SCHEDULES} schedules"
    seed, verdicts = caught
    with capsys.disabled():
        sys.stdout.write(
            f"\n{mutation}: caught by schedule {seed + 1}: {verdicts.violations[0]}\n"
        )
