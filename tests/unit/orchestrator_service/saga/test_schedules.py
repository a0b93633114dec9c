"""The engine under every schedule of one shape, and under random ones of any shape.

SAGA_SIM_SCHEDULES is the number of random schedules for each saga (4,000 without it).
From 15,000 on the exhaustive schedules are complete; below, only every fourth way in
which the recovery driver can fare is run.
"""

from __future__ import annotations

import os
import sys

import pytest

from saga_simulator.exhaustive import Exhaustion, Outcome, Plan
from saga_simulator.interleavings import Interleaving, story
from saga_simulator.publication import Publication
from saga_simulator.purchase import Purchase
from saga_simulator.scenario import Recipe, Situation

SCHEDULES = int(os.environ.get("SAGA_SIM_SCHEDULES", "4000"))
BLOCK = 4000
THINNING = 1 if SCHEDULES >= 15_000 else 4
ENOUGH = 2000
BLOCKS = [
    range(first, min(first + BLOCK, SCHEDULES)) for first in range(0, SCHEDULES, BLOCK)
]

Simulated = type[Purchase] | type[Publication]


def report(capsys: pytest.CaptureFixture[str], line: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")


def tell(plan: Plan, outcome: Outcome) -> str:
    return "\n".join([str(plan), *outcome.violations, *outcome.history])


@pytest.mark.parametrize("situation", Situation, ids=lambda it: it.value)
@pytest.mark.parametrize("simulated", [Purchase, Publication])
def test_no_kill_loss_crash_or_zombie_breaks_a_saga(
    simulated: Simulated, situation: Situation, capsys: pytest.CaptureFixture[str]
) -> None:
    schedules = 0
    for plan, outcome in Exhaustion(
        Recipe(simulated), situation, thinning=THINNING
    ).run():
        schedules += 1
        assert not outcome.violations, tell(plan, outcome)

    assert schedules > ENOUGH
    report(
        capsys,
        f"{simulated.__name__}, {situation.value}: {schedules} exhaustive schedules,"
        f" thinned by {THINNING}, no violation",
    )


@pytest.mark.parametrize("seeds", BLOCKS, ids=lambda it: f"{it.start}-{it.stop}")
@pytest.mark.parametrize("simulated", [Purchase, Publication])
def test_no_random_interleaving_breaks_a_saga(
    simulated: Simulated, seeds: range, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = Recipe(simulated)
    for seed in seeds:
        verdicts = Interleaving(recipe, seed).run()
        assert not verdicts.violations, story(seed, verdicts)

    report(
        capsys,
        f"{simulated.__name__}: {len(seeds)} random schedules from seed {seeds.start},"
        " no violation",
    )


def test_the_same_seed_is_the_same_schedule() -> None:
    first, second = (Interleaving(Recipe(Purchase), 7) for _ in range(2))
    first.run()
    second.run()

    assert first.moves == second.moves
