"""The rehearsals of saga_helpers, over the two simulated sagas.

And the other way round: a participant that breaks the rules is noticed by them.
"""

from __future__ import annotations

import pytest

import saga_helpers
from orchestrator_service.saga.log import SagaRecord
from saga_helpers import MakeCase
from saga_rehearsals import REHEARSALS
from saga_simulator.mutants import (
    PurchaseDeductingTwice,
    PurchaseRefundingTwice,
    PurchaseWithBlindArbiter,
)
from saga_simulator.publication import Publication
from saga_simulator.purchase import Purchase
from saga_simulator.rehearsal import Case
from saga_simulator.scenario import Situation
from saga_simulator.world import DirectWire, World

Simulated = type[Purchase] | type[Publication]


def cases_of(simulated: Simulated) -> MakeCase:
    def make() -> Case:
        participants = simulated(World(), Situation.GOOD)

        def check(record: SagaRecord) -> None:
            assert participants.violations([record]) == []

        return Case(
            saga=participants.declare(DirectWire()),
            subject="subject-1",
            data=participants.data(),
            check=check,
        )

    return make


@pytest.mark.parametrize("rehearsal", REHEARSALS)
@pytest.mark.parametrize("simulated", [Purchase, Publication])
def test_saga_passes_the_rehearsal(simulated: Simulated, rehearsal: str) -> None:
    rehearsed = REHEARSALS[rehearsal](cases_of(simulated))

    assert rehearsed > 0


def test_crashes_cover_every_write_of_both_ways() -> None:
    """START and END forward; START, ABORTING and END back; before and after each."""
    assert saga_helpers.crash_around_each_log_write(cases_of(Purchase)) == 2 * (2 + 3)


@pytest.mark.parametrize(
    ("rule_breaker", "rehearsal"),
    [
        (PurchaseDeductingTwice, "actions succeed idempotently"),
        (PurchaseDeductingTwice, "reply lost at each step"),
        (PurchaseDeductingTwice, "crash around each log write"),
        (PurchaseRefundingTwice, "failure unwinds, every undo repeated"),
        (PurchaseWithBlindArbiter, "too late to give up"),
    ],
)
def test_participant_that_breaks_the_rules_is_noticed(
    rule_breaker: Simulated, rehearsal: str
) -> None:
    with pytest.raises(AssertionError):
        REHEARSALS[rehearsal](cases_of(rule_breaker))
