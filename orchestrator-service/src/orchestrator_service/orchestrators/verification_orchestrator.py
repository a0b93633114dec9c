"""Scenario 3: whether a ticket is let in.

Decrypt, three reads in parallel, the rules, and then one guarded update with its log
row, which repeats every rule that can have changed meanwhile. Every decision is in the
log before it is told; what cannot be decided or logged is 503, and never a silent yes.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from orchestrator_service.clients.event_client import Event, EventClient
from orchestrator_service.clients.gate_client import (
    Admission,
    GateClient,
    Rejection,
    ScanIdentity,
    ScanResult,
    TicketState,
)
from orchestrator_service.clients.inventory_types import Seat
from orchestrator_service.clients.order_client import OrderClient
from orchestrator_service.refusals import EventNotFound
from orchestrator_service.services.qr_service import QrService, TicketCode
from orchestrator_service.services.scan_rules import (
    ADMIT,
    COUNTERFEIT,
    Evidence,
    Verdict,
    judge,
)
from service_common.errors import Busy, Refusal, Unavailable, Unknown
from service_common.request_context import submit

log = structlog.get_logger()
T = TypeVar("T")

# One scan, all in all: nobody at a gate waits longer.
BUDGET_S = 5.0
_READ_S = 2.0
_WRITE_S = 1.0
_TRIES = 2
_ROUNDS = 3
_UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class PresentedCode:
    """What a scanner saw, where, and whose scanner it is.

    `key` is the scanner's own name for this scan, from its Idempotency-Key.
    """

    qr_payload: str
    hall_id: str
    staff_id: str
    key: str | None


@dataclass(frozen=True, slots=True)
class FirstScan:
    """When and where a used ticket was let in."""

    scanned_at: datetime
    hall_id: str


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """What the scanner is told."""

    verdict: Verdict
    seat: Seat | None = None
    checked_in_at: datetime | None = None
    first_scan: FirstScan | None = None
    replayed: bool = False


class VerificationOrchestrator:
    """Decides about scans."""

    def __init__(
        self,
        *,
        gate: GateClient,
        orders: OrderClient,
        events: EventClient,
        qr: QrService,
        executor: Executor,
        replay_within_s: int,
    ) -> None:
        self._gate = gate
        self._orders = orders
        self._events = events
        self._qr = qr
        self._executor = executor
        self._replay_within_s = replay_within_s

    def verify_code(self, presented: PresentedCode) -> ScanAnswer:
        """The decision, logged; Unavailable when there is none."""
        scan = _Scan(presented, self._identify(presented))
        code = self._qr.open(presented.qr_payload)
        try:
            if code is None:
                return self._reject(scan, None, COUNTERFEIT, None, None)
            return self._decide(scan, code)
        except Unavailable as error:
            log.error(
                "scan_not_decided",
                seat_id=code.seat_id if code else None,
                hall_id=presented.hall_id,
                staff_id=presented.staff_id,
                cause=error.message,
            )
            raise

    def _decide(self, scan: _Scan, code: TicketCode) -> ScanAnswer:
        known = self._events.known(code.event_id)
        event = known or submit(self._executor, self._find_event, code.event_id)
        paid = submit(
            self._executor, self._orders.is_seat_paid, code.seat_id, scan.left_s()
        )
        ticket = self._gate.verify_ticket(code.seat_id, scan.identity, scan.left_s())
        for _ in range(_ROUNDS):
            if ticket is not None and ticket.same_scan:
                return _admitted(ticket, replayed=True)
            seen = Evidence(
                code=code,
                is_fresh=self._qr.is_fresh(code),
                hall_id=scan.presented.hall_id,
                ticket=ticket,
                event=event if isinstance(event, Event) else scan.wait_for(event),
            )
            verdict = judge(seen, lambda: scan.wait_for(paid))
            if verdict is not ADMIT:
                return self._reject(scan, code, verdict, ticket, seen.event)
            admitted, ticket = self._admit(scan, code)
            if admitted and ticket is not None:
                return _admitted(ticket, replayed=False)
            # Somebody was quicker; the rules say who.
        raise Busy("The ticket is changing hands. Please scan again.")

    def _admit(self, scan: _Scan, code: TicketCode) -> tuple[bool, TicketState | None]:
        """The guarded update; repeated when nobody knows, since it knows its scan."""
        admission = Admission(
            seat_id=code.seat_id,
            event_id=code.event_id,
            ticket_version=code.ticket_version,
            staff_id=scan.presented.staff_id,
            hall_id=scan.presented.hall_id,
            identity=scan.identity,
        )
        return _insist(
            lambda: self._gate.mark_checked_in(admission, scan.left_s(_WRITE_S))
        )

    def _reject(
        self,
        scan: _Scan,
        code: TicketCode | None,
        verdict: Verdict,
        ticket: TicketState | None,
        event: Event | None,
    ) -> ScanAnswer:
        """Log the refusal, then tell it."""
        rejection = Rejection(
            log_id=str(uuid.uuid4()),
            scan_id=scan.identity.scan_id,
            result=verdict.result,
            staff_id=scan.presented.staff_id,
            presented_seat_id=code.seat_id if code else _UNREADABLE,
            event_id=code.event_id if code else "",
            ticket_version=code.ticket_version if code else 0,
            hall_id=scan.presented.hall_id,
            hall_id_expected=event.hall_id if event else "",
        )
        _insist(lambda: self._gate.record_scan(rejection, scan.left_s(_WRITE_S)))
        if ticket is None or verdict is COUNTERFEIT:
            return ScanAnswer(verdict)
        if verdict.result is not ScanResult.DUPLICATE or ticket.checked_in_at is None:
            return ScanAnswer(verdict, ticket.seat)
        first = FirstScan(ticket.checked_in_at, ticket.checked_in_hall_id)
        return ScanAnswer(verdict, ticket.seat, ticket.checked_in_at, first)

    def _identify(self, presented: PresentedCode) -> ScanIdentity:
        """The same person, place, key and code is the same scan, for a while.

        A key of the scanner's own means it for ever. Without one a lost answer cannot
        be told from a second scan, so only the next few seconds count.
        """
        if presented.key is None and self._replay_within_s == 0:
            return ScanIdentity(str(uuid.uuid4()), 0)
        parts = (
            presented.staff_id,
            presented.hall_id,
            presented.key or "",
            presented.qr_payload,
        )
        digest = hashlib.sha256("\0".join(parts).encode()).digest()
        within_s = 0 if presented.key else self._replay_within_s
        return ScanIdentity(str(uuid.UUID(bytes=digest[:16])), within_s)

    def _find_event(self, event_id: str) -> Event | None:
        try:
            return self._events.get_published_event(event_id)
        except EventNotFound:
            return None


class _Scan:
    """One scan under way: what was presented, its name, its time."""

    def __init__(self, presented: PresentedCode, identity: ScanIdentity) -> None:
        self.presented = presented
        self.identity = identity
        self._ends = time.monotonic() + BUDGET_S

    def left_s(self, at_most_s: float = _READ_S) -> float:
        """How long the next call may take; Unavailable when the time is spent."""
        left_s = self._ends - time.monotonic()
        if left_s <= 0:
            raise Unavailable
        return min(at_most_s, left_s)

    def wait_for(self, answer: Future[T]) -> T:
        """What a parallel read found; also its queue is waited for only so long."""
        try:
            return answer.result(timeout=self.left_s())
        except TimeoutError:
            raise Unavailable from None
        except Refusal as error:
            # A reader that refuses to read is broken, which is no rule of the gate.
            raise Unavailable from error


def _insist(write: Callable[[], T]) -> T:
    """Repeat a write whose effect nobody knows; both of ours may be repeated."""
    for _ in range(_TRIES - 1):
        try:
            return write()
        except Unknown as error:
            log.warning("scan_write_repeated", cause=error.message)
    return write()


def _admitted(ticket: TicketState, *, replayed: bool) -> ScanAnswer:
    return ScanAnswer(ADMIT, ticket.seat, ticket.checked_in_at, replayed=replayed)
