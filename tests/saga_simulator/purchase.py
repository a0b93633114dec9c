"""A purchase in small: claim a seat, deduct credits (pivot), confirm seat and order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestrator_service.saga.declaration import (
    Call,
    Saga,
    StepResult,
    UndoOutcome,
    pivot,
    refusable,
    retriable,
)
from orchestrator_service.saga.log import SagaRecord, SagaState
from saga_simulator.scenario import Situation
from saga_simulator.world import DirectWire, World
from service_common.errors import Conflict, Gone, PaymentRequired

PRICE = 100
HOLD_ID = "hold-1"
_HOLD_TTL_S = 300.0


class Seat:
    """One held seat and the claims on it. The claim is the commit record."""

    def __init__(self, now_s: Callable[[], float], held_until_s: float) -> None:
        self._now_s = now_s
        self.status = "HELD"
        self.hold_id: str | None = HOLD_ID
        self.held_until_s = held_until_s
        self.claim_id: str | None = None
        self.claims: dict[str, str] = {}

    def claim(self, claim_id: str, hold_id: str) -> StepResult:
        """Take the seat out of the reach of expiry; refused once the hold is over."""
        known = self.claims.get(claim_id)
        if known == "REVOKED":
            raise Conflict(code="CLAIM_REVOKED")
        if known is None:
            held = self.status == "HELD" and self.hold_id == hold_id
            if not held or self.claim_id or self.held_until_s <= self._now_s():
                raise Gone(code="HOLD_EXPIRED")
            self.claims[claim_id], self.claim_id = "OPEN", claim_id
        return {"claim": "OPEN"}

    def confirm(self, claim_id: str) -> StepResult:
        """Hand the seat over; refused only when the claim is not there any more."""
        known = self.claims.get(claim_id)
        if known == "OPEN":
            self.claims[claim_id] = "CONFIRMED"
            self.status, self.claim_id = "SOLD", None
        elif known != "CONFIRMED":
            raise Conflict(code="CLAIM_REVOKED")
        return {"status": "SOLD"}

    def revoke(self, claim_id: str) -> UndoOutcome:
        """The arbiter: nobody confirms after UNDONE, nobody refunds after TOO_LATE."""
        if self.is_sold_by(claim_id):
            return UndoOutcome.TOO_LATE
        if self.claim_id == claim_id:
            self.claim_id = None
        self.leave_tombstone(claim_id)
        return UndoOutcome.UNDONE

    def is_sold_by(self, claim_id: str) -> bool:
        """The claim has been confirmed."""
        return self.claims.get(claim_id) == "CONFIRMED"

    def leave_tombstone(self, claim_id: str) -> None:
        """A claim that arrives late will be refused."""
        self.claims[claim_id] = "REVOKED"

    def sweep(self) -> None:
        """The expiry sweeper; somebody else takes the seat at once."""
        over = self.held_until_s <= self._now_s()
        if self.status == "HELD" and self.claim_id is None and over:
            self.hold_id, self.held_until_s = "rival", self._now_s() + _HOLD_TTL_S


class Ledger:
    """One user's credits: every movement has a key, and is made once."""

    def __init__(self, balance: int) -> None:
        self.put_in = balance
        self.balance = balance
        self.moved: dict[str, int] = {}

    def deduct(self, key: str, amount: int) -> StepResult:
        """Take the amount; a tombstone or too low a balance refuses it."""
        if key in self.moved:
            return self.repeat_deduct(key, amount)
        if self.balance < amount:
            raise PaymentRequired(code="INSUFFICIENT_CREDITS")
        self.moved[key] = -amount
        self.balance -= amount
        return {"balance": self.balance}

    def repeat_deduct(self, key: str, amount: int) -> StepResult:
        """A key that is known already moves nothing."""
        if self.moved[key] != -amount:
            raise Conflict(code="OPERATION_REVERSED")
        return {"balance": self.balance}

    def reverse(self, key: str) -> UndoOutcome:
        """Give back what the key has taken, or see to it that it takes nothing."""
        if key not in self.moved:
            self.leave_tombstone(key)
        elif f"{key}:undo" not in self.moved:
            self.refund(key)
        return UndoOutcome.UNDONE

    def leave_tombstone(self, key: str) -> None:
        """A deduction that arrives late will be refused."""
        self.moved[key] = 0

    def refund(self, key: str) -> None:
        """Give it back; a tombstone took nothing, and gives back nothing."""
        self.moved[f"{key}:undo"] = -self.moved[key]
        self.balance -= self.moved[key]

    def top_up(self, amount: int) -> None:
        """Money from outside."""
        self.put_in += amount
        self.balance += amount


class Order:
    """PENDING until one saga has confirmed it."""

    def __init__(self) -> None:
        self.status = "PENDING"
        self.saga_id: str | None = None

    def confirm(self, saga_id: str) -> StepResult:
        """PENDING to CONFIRMED, once, by one saga."""
        if self.status == "CONFIRMED" and self.saga_id != saga_id:
            raise Conflict(code="ORDER_ALREADY_CONFIRMED")
        self.status, self.saga_id = "CONFIRMED", saga_id
        return {"status": "CONFIRMED"}


@dataclass(frozen=True, slots=True)
class PurchaseData:
    """All inputs of a purchase."""

    order_id: str
    hold_id: str
    amount: int


class Purchase:
    """The participants of a purchase, and what must hold when it has ended."""

    seat_class: type[Seat] = Seat
    ledger_class: type[Ledger] = Ledger

    def __init__(self, world: World, situation: Situation) -> None:
        expired = situation is Situation.CLAIM_REFUSED
        short = situation is Situation.PIVOT_REFUSED
        self.seat = self.seat_class(
            lambda: world.time_s, 0.0 if expired else _HOLD_TTL_S
        )
        self.ledger = self.ledger_class(PRICE // 2 if short else 3 * PRICE)
        self.order = Order()

    @property
    def surprises(self) -> Mapping[str, Callable[[], None]]:
        """A top-up, the end of the hold, the sweeper."""
        return {
            "top-up": lambda: self.ledger.top_up(PRICE),
            "hold ends": self._end_hold,
            "sweep": self.seat.sweep,
        }

    def declare(self, wire: World | DirectWire) -> Saga[PurchaseData]:
        """The saga, in the one order that is safe."""
        seat, ledger, order = self.seat, self.ledger, self.order

        def claim_seat(data: PurchaseData, call: Call) -> StepResult:
            return wire.call(
                "claim_seat",
                lambda: seat.claim(call.saga_id, data.hold_id),
                call.timeout_s,
            )

        def revoke_claim(_: PurchaseData, call: Call) -> UndoOutcome:
            return wire.call(
                "revoke_claim", lambda: seat.revoke(call.saga_id), call.timeout_s
            )

        def deduct_credits(data: PurchaseData, call: Call) -> StepResult:
            key = call.operation_key("deduct")
            return wire.call(
                "deduct_credits",
                lambda: ledger.deduct(key, data.amount),
                call.timeout_s,
            )

        def reverse_deduction(_: PurchaseData, call: Call) -> UndoOutcome:
            key = call.operation_key("deduct")
            return wire.call(
                "reverse_deduction", lambda: ledger.reverse(key), call.timeout_s
            )

        def confirm_seat(_: PurchaseData, call: Call) -> StepResult:
            return wire.call(
                "confirm_seat", lambda: seat.confirm(call.saga_id), call.timeout_s
            )

        def confirm_order(_: PurchaseData, call: Call) -> StepResult:
            return wire.call(
                "confirm_order", lambda: order.confirm(call.saga_id), call.timeout_s
            )

        return Saga(
            kind="purchase",
            version=1,
            data_class=PurchaseData,
            steps=(
                refusable(
                    "claim_seat",
                    claim_seat,
                    undo_name="revoke_claim",
                    undo=revoke_claim,
                ),
                pivot(
                    "deduct_credits",
                    deduct_credits,
                    undo_name="reverse_deduction",
                    undo=reverse_deduction,
                ),
                retriable("confirm_seat", confirm_seat),
                retriable("confirm_order", confirm_order),
            ),
        )

    def data(self) -> PurchaseData:
        """The inputs of the one purchase."""
        return PurchaseData("order-1", HOLD_ID, PRICE)

    def violations(self, sagas: list[SagaRecord]) -> list[str]:
        """DONE: paid, sold, confirmed. FAILED: nothing of it."""
        wrong = [text for saga in sagas for text in self._wrong_with(saga)]
        done = [saga for saga in sagas if saga.state is SagaState.DONE]
        if len(done) > 1:
            wrong.append("sold twice")
        if not done and self.order.status != "PENDING":
            wrong.append(f"nothing sold, but the order is {self.order.status}")
        if not done and self.seat.claim_id is not None:
            wrong.append("nothing sold, but the seat is claimed")
        if (self.seat.status == "SOLD") != bool(done):
            wrong.append(f"{len(done)} done, but the seat is {self.seat.status}")
        return wrong + self._wrong_with_money(len(done))

    def _wrong_with(self, saga: SagaRecord) -> list[str]:
        key = f"{saga.saga_id}:deduct"
        moved = self.ledger.moved
        net = moved.get(key, 0) + moved.get(f"{key}:undo", 0)
        confirmed_by_it = self.order.saga_id == saga.saga_id
        claim = self.seat.claims.get(saga.saga_id)
        seen = (net, claim == "CONFIRMED", confirmed_by_it)
        done = saga.state is SagaState.DONE
        wrong = []
        if seen != ((-PRICE, True, True) if done else (0, False, False)):
            wrong.append(f"{saga.state}, but (net, sold, confirmed) is {seen}")
        if not done and claim == "OPEN":
            wrong.append(f"{saga.state}, but its claim is open")
        return wrong

    def _wrong_with_money(self, sold: int) -> list[str]:
        wrong = []
        ledger = self.ledger
        if ledger.balance != ledger.put_in + sum(ledger.moved.values()):
            wrong.append("the balance is not the sum of the ledger")
        if ledger.balance != ledger.put_in - sold * PRICE:
            wrong.append(f"{ledger.put_in} in, {sold} sold, {ledger.balance} left")
        if ledger.balance < 0:
            wrong.append("the balance is negative")
        return wrong

    def _end_hold(self) -> None:
        self.seat.held_until_s = 0.0
