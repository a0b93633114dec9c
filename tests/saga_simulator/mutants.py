"""Ways to get a saga wrong. The checker has to see each of them.

Each replaces one ingredient of the purchase; the product itself is never touched.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orchestrator_service.saga.attempts import Effect, Outcome
from orchestrator_service.saga.declaration import Saga, Step, StepResult, UndoOutcome
from orchestrator_service.saga.drive import Drive, Result
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.log import SagaRecord, SagaState
from saga_simulator.purchase import Ledger as SoundLedger
from saga_simulator.purchase import Purchase, PurchaseData, Seat
from saga_simulator.scenario import Recipe
from saga_simulator.world import DirectWire, World


class _SeatWithoutTombstones(Seat):
    def leave_tombstone(self, claim_id: str) -> None:
        """A revoke leaves nothing behind, so a late claim succeeds."""
        self.claims.pop(claim_id, None)


class _SeatThatNeverAsks(Seat):
    def is_sold_by(self, claim_id: str) -> bool:  # noqa: ARG002 - that is the fault
        """A revoke does not look whether the seat is sold already."""
        return False


class _LedgerWithoutTombstones(SoundLedger):
    def leave_tombstone(self, key: str) -> None:
        """A reversal of nothing leaves nothing behind, so a late deduct succeeds."""


class _LedgerThatRefundsTwice(SoundLedger):
    def reverse(self, key: str) -> UndoOutcome:
        """Every reversal gives the money back once more."""
        if f"{key}:undo" in self.moved:
            self.balance -= self.moved[key]
        return super().reverse(key)


class _LedgerThatDeductsTwice(SoundLedger):
    def repeat_deduct(self, key: str, amount: int) -> StepResult:
        """Every repeat takes the money once more."""
        answer = super().repeat_deduct(key, amount)
        self.balance -= amount
        return answer


class PurchaseWithoutRevokeTombstone(Purchase):
    """No revoke tombstone."""

    seat_class = _SeatWithoutTombstones


class PurchaseWithBlindArbiter(Purchase):
    """Arbiter not asking "already sold?"."""

    seat_class = _SeatThatNeverAsks


class PurchaseWithoutRefundTombstone(Purchase):
    """No refund tombstone."""

    ledger_class = _LedgerWithoutTombstones


class PurchaseRefundingTwice(Purchase):
    """Non-idempotent refund."""

    ledger_class = _LedgerThatRefundsTwice


class PurchaseDeductingTwice(Purchase):
    """Non-idempotent deduct."""

    ledger_class = _LedgerThatDeductsTwice


class PurchaseConfirmingOrderFirst(Purchase):
    """Order before seat."""

    def declare(self, wire: World | DirectWire) -> Saga[PurchaseData]:
        """The last two steps swapped."""
        saga = super().declare(wire)
        claim, pivot, seat, order = saga.steps
        return replace(saga, steps=(claim, pivot, order, seat))


class _MutantEngine(Engine):
    drive_class: type[Drive[Any]] = Drive

    def drive(self, record: SagaRecord) -> Result:
        """Drive with a driver that has something wrong with it."""
        saga = self._registry.find(record.kind, record.version)
        if saga is None:
            raise LookupError
        return self.drive_class(
            saga, record, self._log, self._limits, self._clock
        ).run()


class _RefundsBeforeRevoking(Drive[Any]):
    def _go_back(self) -> Result:
        for step in reversed(self._saga.undoable[1:]):
            if self._undo(step).outcome is not Outcome.DONE:
                return self._park()
        return super()._go_back()


class _UndoesInReverseOrder(Drive[Any]):
    def _go_back(self) -> Result:
        """The textbook's saga: last step first, and the arbiter is not asked."""
        for step in reversed(self._saga.undoable):
            if self._undo(step).outcome is not Outcome.DONE:
                return self._park()
        return self._finish(SagaState.FAILED, self._record.reason)


class _ForgetsAfterTakeover(Drive[Any]):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._maybe_done = set()


class _UndoesOnlyWhatIsDone(_ForgetsAfterTakeover):
    def _attempt(self, step: Step[Any]) -> Effect:
        effect = super()._attempt(step)
        if effect.outcome is not Outcome.DONE:
            self._maybe_done.discard(step.name)
        return effect


class _ForgetsEarlierTries(Drive[Any]):
    def _attempt(self, step: Step[Any]) -> Effect:
        """Refused after an unknown try counts as clean."""
        effect = super()._attempt(step)
        if effect.outcome is Outcome.REFUSED and self._record.epoch == 1:
            self._maybe_done.discard(step.name)
        return effect


class _TakesSilenceForNo(Drive[Any]):
    def _attempt(self, step: Step[Any]) -> Effect:
        effect = super()._attempt(step)
        if effect.outcome is Outcome.UNKNOWN:
            self._maybe_done.discard(step.name)
            return replace(effect, outcome=Outcome.REFUSED, attempts=1)
        return effect


class _SkipsNoUndo(Drive[Any]):
    """No mutation: an engine that undoes also what it has never tried."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._maybe_done = {step.name for step in self._saga.undoable}


class EngineSkippingNoUndo(_MutantEngine):
    """Every saga that is given up is undone up to the pivot."""

    drive_class = _SkipsNoUndo


class _EngineRefundingFirst(_MutantEngine):
    drive_class = _RefundsBeforeRevoking


class _EngineUndoingInReverse(_MutantEngine):
    drive_class = _UndoesInReverseOrder


class _EngineForgettingAfterTakeover(_MutantEngine):
    drive_class = _ForgetsAfterTakeover


class _EngineUndoingOnlyWhatIsDone(_MutantEngine):
    drive_class = _UndoesOnlyWhatIsDone


class _EngineForgettingEarlierTries(_MutantEngine):
    drive_class = _ForgetsEarlierTries


class _EngineTakingSilenceForNo(_MutantEngine):
    drive_class = _TakesSilenceForNo


MUTATIONS: dict[str, Recipe] = {
    "refund before revoke": Recipe(Purchase, engine=_EngineRefundingFirst),
    "undo in reverse order": Recipe(Purchase, engine=_EngineUndoingInReverse),
    "order before seat": Recipe(PurchaseConfirmingOrderFirst),
    "no revoke tombstone": Recipe(PurchaseWithoutRevokeTombstone),
    "no refund tombstone": Recipe(PurchaseWithoutRefundTombstone),
    "refund not idempotent": Recipe(PurchaseRefundingTwice),
    "deduct not idempotent": Recipe(PurchaseDeductingTwice),
    "arbiter does not ask": Recipe(PurchaseWithBlindArbiter),
    "in doubt and not undone": Recipe(Purchase, engine=_EngineUndoingOnlyWhatIsDone),
    "takeover forgets": Recipe(Purchase, engine=_EngineForgettingAfterTakeover),
    "earlier tries forgotten": Recipe(Purchase, engine=_EngineForgettingEarlierTries),
    "silence taken for no": Recipe(Purchase, engine=_EngineTakingSilenceForNo),
}
