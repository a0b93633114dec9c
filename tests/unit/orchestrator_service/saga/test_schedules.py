"""The engine under every schedule of one shape, and under random ones of any shape.

SAGA_SIM_SCHEDULES is the number of random schedules for each saga (4,000 without it).
From 15,000 on the exhaustive schedules are complete; below, only every fourth way in
which the recovery driver can fare is run.
"""

from __future__ import annotations

import os
import sys
from collections import Counter

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

TROUBLE = {
    "a driver is killed": ": kill",
    "a driver is stopped": ": freeze",
    "a machine is paused": ": pause",
    "a request arrives late": " late ",
    "an answer is lost": ": lose",
    "a saga is taken over": ", epoch 2",
    "a claim meets a tombstone": "claim_seat: CLAIM_REVOKED",
    "a deduction meets a tombstone": "deduct_credits: OPERATION_REVERSED",
    "a confirmation comes after the revoke": "confirm_seat: CLAIM_REVOKED",
    "the arbiter says too late": "revoke_claim: TOO_LATE",
    "a hold has ended": "claim_seat: HOLD_EXPIRED",
    "credits are short": "deduct_credits: INSUFFICIENT_CREDITS",
    "somebody tops up": "surprise: top-up",
    "a second payer joins": "START: None",
    "a stale driver writes END": "END DONE: False",
    "a stale driver wants to give up": "ABORTING: False",
    "a stale driver parks": "PARK: False",
}

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


def test_random_schedules_meet_every_kind_of_trouble() -> None:
    met: Counter[str] = Counter()
    for seed in range(ENOUGH):
        interleaving = Interleaving(Recipe(Purchase), seed)
        interleaving.run()
        for line in interleaving.history:
            met.update(name for name, sign in TROUBLE.items() if sign in line)

    assert [name for name in TROUBLE if met[name] == 0] == []


def test_the_same_seed_is_the_same_schedule() -> None:
    first, second = (Interleaving(Recipe(Purchase), 7) for _ in range(2))
    first.run()
    second.run()

    assert first.moves == second.moves
