"""A scan when calls fail, answers get lost and others are quicker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest

from fakes.participants import EVENT_ID, NOW, SEAT_ID, FakeEvents, an_event
from orchestrator_service.clients.gate_client import (
    Admission,
    Rejection,
    ScanIdentity,
    ScanResult,
    TicketState,
)
from orchestrator_service.clients.inventory_types import Seat
from orchestrator_service.orchestrators.verification_orchestrator import (
    PresentedCode,
    ScanAnswer,
    VerificationOrchestrator,
    _Scan,
)
from orchestrator_service.services.qr_service import QrService
from service_common.errors import AppError, Conflict, Unavailable, Unknown
from service_common.request_context import get_request_id, request_id_scope

QR = QrService(bytes(range(32)), now=lambda: NOW)
CODE = QR.issue(
    seat_id=SEAT_ID, event_id=EVENT_ID, hall_id="HALL-A", ticket_version=1
).qr_payload
SCAN = PresentedCode(CODE, "HALL-A", "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0c009", None)


@dataclass
class FakeGate:
    """One ticket and its log; writes can get lost before or after they take effect."""

    status: str = "SOLD"
    version: int = 1
    claimed: bool = False
    admitted_scan: str | None = None
    read_failure: AppError | None = None
    lost_before: list[AppError] = field(default_factory=list)
    lost_after: list[AppError] = field(default_factory=list)
    quicker: list[str] = field(default_factory=list)
    admissions: list[Admission] = field(default_factory=list)
    rejections: dict[str, Rejection] = field(default_factory=dict)

    def verify_ticket(
        self, _seat_id: str, identity: ScanIdentity, _timeout_s: float
    ) -> TicketState | None:
        if self.read_failure:
            raise self.read_failure
        return self._state(identity)

    def mark_checked_in(
        self, admission: Admission, _timeout_s: float
    ) -> tuple[bool, TicketState | None]:
        self._lose(self.lost_before)
        if self.quicker:
            self.status, self.admitted_scan = self.quicker.pop(0), "somebody else's"
        admitted = self.status == "SOLD" and not self.claimed
        if admitted:
            self.status, self.admitted_scan = "CHECKED_IN", admission.identity.scan_id
            self.admissions.append(admission)
        self._lose(self.lost_after)
        return admitted, self._state(admission.identity)

    def record_scan(self, rejection: Rejection, _timeout_s: float) -> None:
        self._lose(self.lost_before)
        self.rejections[rejection.log_id] = rejection
        self._lose(self.lost_after)

    def _state(self, identity: ScanIdentity) -> TicketState:
        used = self.status == "CHECKED_IN"
        return TicketState(
            seat=Seat(SEAT_ID, "A", 1, "CAT1", 350),  # type: ignore[arg-type]
            event_id=EVENT_ID,
            status=self.status,
            ticket_version=self.version,
            claimed=self.claimed,
            checked_in_at=NOW if used else None,
            checked_in_hall_id="HALL-A" if used else "",
            same_scan=used and self.admitted_scan == identity.scan_id,
        )

    @staticmethod
    def _lose(failures: list[AppError]) -> None:
        if failures:
            raise failures.pop(0)


@dataclass
class FakeLedger:
    """Whether the seat's order is confirmed."""

    total: int = 1
    failure: AppError | None = None
    until: threading.Event | None = None
    seen_request_ids: list[str] = field(default_factory=list)

    def is_seat_paid(self, seat_id: str, _timeout_s: float) -> bool:
        assert seat_id == SEAT_ID
        self.seen_request_ids.append(get_request_id())
        if self.until:
            self.until.wait(10)
        if self.failure:
            raise self.failure
        return bool(self.total)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def gate() -> FakeGate:
    return FakeGate()


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def verification(
    gate: FakeGate, ledger: FakeLedger, executor: ThreadPoolExecutor
) -> VerificationOrchestrator:
    return orchestrator(gate, ledger, executor)


def orchestrator(
    gate: FakeGate,
    ledger: FakeLedger,
    executor: ThreadPoolExecutor,
    replay_within_s: int = 10,
) -> VerificationOrchestrator:
    return VerificationOrchestrator(
        gate=gate,  # type: ignore[arg-type]
        orders=ledger,  # type: ignore[arg-type]
        events=FakeEvents(an_event()),  # type: ignore[arg-type]
        qr=QR,
        executor=executor,
        replay_within_s=replay_within_s,
    )


def result_of(answer: ScanAnswer) -> ScanResult:
    return answer.verdict.result


def test_request_id_goes_along_into_the_parallel_reads(
    verification: VerificationOrchestrator, ledger: FakeLedger
) -> None:
    with request_id_scope("gate-7"):
        verification.verify_code(SCAN)

    assert ledger.seen_request_ids == ["gate-7"]


@pytest.mark.parametrize("when", ["lost_before", "lost_after"])
def test_admission_that_got_lost_is_repeated_and_counts_once(
    verification: VerificationOrchestrator, gate: FakeGate, when: str
) -> None:
    getattr(gate, when).append(Unknown())

    answer = verification.verify_code(SCAN)

    assert result_of(answer) == "SUCCESS"
    assert len(gate.admissions) == 1
    assert gate.rejections == {}


def test_admission_that_nobody_knows_of_is_503_and_its_repeat_the_first_answer(
    verification: VerificationOrchestrator, gate: FakeGate
) -> None:
    gate.lost_after += [Unknown(), Unknown()]
    with pytest.raises(Unavailable):
        verification.verify_code(SCAN)

    answer = verification.verify_code(SCAN)

    assert (result_of(answer), answer.replayed) == ("SUCCESS", True)
    assert len(gate.admissions) == 1


def test_same_code_of_another_gate_or_person_is_another_scan(
    verification: VerificationOrchestrator, gate: FakeGate
) -> None:
    verification.verify_code(SCAN)
    others = (
        replace(SCAN, staff_id="0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0c00a"),
        replace(SCAN, key="a key of its own"),
    )

    for other in others:
        assert result_of(verification.verify_code(other)) == "DUPLICATE"


def test_without_a_window_only_a_key_makes_a_repeat(
    gate: FakeGate, ledger: FakeLedger, executor: ThreadPoolExecutor
) -> None:
    strict = orchestrator(gate, ledger, executor, replay_within_s=0)
    keyed = replace(SCAN, key="k")

    assert result_of(strict.verify_code(keyed)) == "SUCCESS"
    assert result_of(strict.verify_code(keyed)) == "SUCCESS"
    assert result_of(strict.verify_code(SCAN)) == "DUPLICATE"
    assert result_of(strict.verify_code(SCAN)) == "DUPLICATE"


def test_gate_that_was_slower_is_told_by_the_rules(
    verification: VerificationOrchestrator, gate: FakeGate
) -> None:
    gate.quicker.append("CHECKED_IN")

    answer = verification.verify_code(SCAN)

    assert result_of(answer) == "DUPLICATE"
    assert answer.first_scan is not None
    assert [one.result for one in gate.rejections.values()] == ["DUPLICATE"]


def test_rejection_is_logged_once_though_its_answer_got_lost(
    verification: VerificationOrchestrator, gate: FakeGate
) -> None:
    gate.lost_after.append(Unknown())

    answer = verification.verify_code(replace(SCAN, hall_id="HALL-B"))

    assert result_of(answer) == "WRONG_HALL"
    assert len(gate.rejections) == 1


def test_rejection_that_cannot_be_logged_is_no_answer(
    verification: VerificationOrchestrator, gate: FakeGate
) -> None:
    for presented in (replace(SCAN, hall_id="HALL-B"), replace(SCAN, qr_payload="x")):
        gate.lost_before += [Unknown(), Unknown()]
        with pytest.raises(Unavailable):
            verification.verify_code(presented)

    assert gate.rejections == {}


@pytest.mark.parametrize("failure", [Unknown(), Unavailable(), Conflict("broken")])
def test_nobody_is_let_in_when_the_orders_cannot_be_read(
    verification: VerificationOrchestrator,
    gate: FakeGate,
    ledger: FakeLedger,
    failure: AppError,
) -> None:
    ledger.failure = failure

    with pytest.raises(Unavailable):
        verification.verify_code(SCAN)

    assert gate.admissions == []


def test_nobody_is_let_in_while_the_orders_are_silent(
    gate: FakeGate, executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One read ends long before the scan's whole time does.
    monkeypatch.setattr(_Scan.left_s, "__defaults__", (0.05,))
    silence = threading.Event()
    ledger = FakeLedger(until=silence)

    with pytest.raises(Unavailable):
        orchestrator(gate, ledger, executor).verify_code(SCAN)

    silence.set()
    assert gate.admissions == []


def test_nobody_is_let_in_when_the_seat_cannot_be_read(
    verification: VerificationOrchestrator, gate: FakeGate
) -> None:
    gate.read_failure = Unknown()

    with pytest.raises(Unavailable):
        verification.verify_code(SCAN)

    assert gate.admissions == []


def test_seat_without_a_confirmed_order_is_not_let_in(
    verification: VerificationOrchestrator, gate: FakeGate, ledger: FakeLedger
) -> None:
    ledger.total = 0

    assert result_of(verification.verify_code(SCAN)) == "UNPAID"
    assert gate.admissions == []
