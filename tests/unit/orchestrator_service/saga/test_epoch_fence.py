"""What the epoch fence is needed for, and what it is not needed for.

Participants alone keep a saga safe when whoever gives it up undoes everything up to the
pivot. The engine skips the undo of a pivot that was refused on its only try. For that
it has to know that nobody else has tried the pivot meanwhile: the fence tells it.
"""

from __future__ import annotations

import os
import sys

import pytest

from saga_simulator.interleavings import Interleaving, story
from saga_simulator.memory_log import UnfencedLog
from saga_simulator.mutants import EngineSkippingNoUndo
from saga_simulator.purchase import Purchase
from saga_simulator.scenario import LIMITS, Recipe, Scenario, Situation
from saga_simulator.world import Driver

SCHEDULES = int(os.environ.get("SAGA_SIM_SCHEDULES", "4000"))


def go_on_until(driver: Driver, operation: str) -> None:
    """Up to the moment before the operation takes effect."""
    driver.resume()
    while driver.at is not None and driver.at.operation != operation:
        driver.resume()
    assert driver.alive


def go_on_to_the_end(driver: Driver) -> None:
    while driver.alive:
        driver.resume()


def slow_driver_gives_up_while_another_is_paid(recipe: Recipe) -> list[str]:
    """Not enough credits for the first; then a takeover, a top-up, and both go on."""
    scenario = Scenario(recipe, Situation.PIVOT_REFUSED)
    scenario.world.others_run_meanwhile = False
    first, second = scenario.requester("first"), scenario.recoverer("second")
    go_on_until(first, "ABORTING")
    first.freeze(LIMITS.lease_s + 1, machine_paused=True)
    scenario.world.time_s += LIMITS.lease_s + 1
    go_on_until(second, "deduct_credits")
    scenario.surprise("top-up")
    first.thaw()
    go_on_to_the_end(first)
    go_on_to_the_end(second)
    return scenario.violations()


def test_slow_driver_is_fenced_off_and_its_successor_finishes() -> None:
    assert slow_driver_gives_up_while_another_is_paid(Recipe(Purchase)) == []


def test_without_the_fence_a_skipped_undo_loses_the_money() -> None:
    violations = slow_driver_gives_up_while_another_is_paid(
        Recipe(Purchase, log=UnfencedLog)
    )

    assert "FAILED, but (net, sold, confirmed) is (-100, False, False)" in violations


def test_without_the_fence_nothing_is_lost_when_no_undo_is_skipped() -> None:
    recipe = Recipe(Purchase, log=UnfencedLog, engine=EngineSkippingNoUndo)

    assert slow_driver_gives_up_while_another_is_paid(recipe) == []


@pytest.mark.timeout(60 + SCHEDULES // 50)
def test_without_the_fence_participants_alone_keep_random_schedules_safe(
    capsys: pytest.CaptureFixture[str],
) -> None:
    recipe = Recipe(Purchase, log=UnfencedLog, engine=EngineSkippingNoUndo)
    for seed in range(SCHEDULES):
        verdicts = Interleaving(recipe, seed).run()
        assert not verdicts.violations, story(seed, verdicts)

    with capsys.disabled():
        sys.stdout.write(
            f"\nno epoch fence, no skipped undo: {SCHEDULES} random schedules,"
            " no violation\n"
        )
