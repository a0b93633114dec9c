"""Scenario 3 without the network: what a scanner takes along, and what it brings back.

A scanner that cannot reach us checks the proof of a code with a public key, its time
with its own clock, and the ticket with the manifest. Whom it let in it tells us later;
then every rule is applied again, and what should not have been is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orchestrator_service.clients.event_client import Event, EventClient
from orchestrator_service.clients.gate_client import GateClient, Rejection, ScanResult
from orchestrator_service.clients.offline_client import (
    GateEntry,
    OfflineAdmission,
    OfflineClient,
    TicketRow,
)
from orchestrator_service.refusals import EventNotFound
from orchestrator_service.services.qr_service import QrService, TicketCode
from orchestrator_service.services.scan_rules import (
    ADMIT,
    COUNTERFEIT,
    STALE,
    UNPAID,
    USED,
    Verdict,
    wrong_hall,
)

# Tickets are sold and passed on meanwhile: a scanner may not be alone for longer.
MANIFEST_TTL_S = 7_200
_UNREADABLE = "unreadable"
_VERDICTS = {
    verdict.result: verdict for verdict in (ADMIT, USED, UNPAID, STALE, COUNTERFEIT)
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a scanner needs to decide alone, for a while."""

    event: Event
    generated_at: datetime
    valid_until: datetime
    public_keys: Mapping[str, str]
    tickets: Sequence[TicketRow]


@dataclass(frozen=True, slots=True)
class LonelyScan:
    """Whom a scanner let in, by its own clock."""

    scan_id: str
    qr_payload: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What such a scan counts as now, and who else went in with the same ticket."""

    scan: LonelyScan
    verdict: Verdict
    seat_id: str | None
    conflicts: tuple[GateEntry, ...] = ()


class OfflineOrchestrator:
    """Hands manifests out and takes batches in."""

    def __init__(
        self,
        *,
        gate: GateClient,
        offline: OfflineClient,
        events: EventClient,
        qr: QrService,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._gate = gate
        self._offline = offline
        self._events = events
        self._qr = qr
        self._now = now

    def read_manifest(self, event_id: str) -> Manifest:
        """The tickets as they stand; EVENT_NOT_FOUND."""
        event = self._events.get_published_event(event_id)
        generated_at = self._now().replace(microsecond=0)
        return Manifest(
            event=event,
            generated_at=generated_at,
            valid_until=generated_at + timedelta(seconds=MANIFEST_TTL_S),
            public_keys=self._qr.public_keys(),
            tickets=self._offline.list_tickets(event_id),
        )

    def merge_batch(
        self, staff_id: str, hall_id: str, scans: Sequence[LonelyScan]
    ) -> list[Settlement]:
        """Settle every scan; Unavailable half way is made good by sending it again.

        The answers come in the order of the scans, the settling goes by time.
        """
        for scan in sorted(scans, key=lambda one: (one.scanned_at, one.scan_id)):
            self._settle(staff_id, hall_id, scan)
        # A later scan of the batch may have changed what an earlier one collides with.
        return [self._settle(staff_id, hall_id, scan) for scan in scans]

    def _settle(self, staff_id: str, hall_id: str, scan: LonelyScan) -> Settlement:
        code = self._qr.open(scan.qr_payload)
        event = self._find_event(code) if code else None
        verdict = self._fault(code, event, hall_id, scan)
        if verdict is None and code is not None:
            merged = self._offline.merge_scan(
                OfflineAdmission(
                    scan_id=scan.scan_id,
                    seat_id=code.seat_id,
                    event_id=code.event_id,
                    ticket_version=code.ticket_version,
                    staff_id=staff_id,
                    hall_id=hall_id,
                    scanned_at=scan.scanned_at,
                )
            )
            return Settlement(
                scan, _VERDICTS[merged.result], code.seat_id, merged.conflicts
            )
        verdict = verdict or COUNTERFEIT
        self._gate.record_scan(
            Rejection(
                log_id=scan.scan_id,
                scan_id=scan.scan_id,
                result=verdict.result,
                staff_id=staff_id,
                presented_seat_id=code.seat_id if code else _UNREADABLE,
                event_id=code.event_id if code else "",
                ticket_version=code.ticket_version if code else 0,
                hall_id=hall_id,
                hall_id_expected=event.hall_id if event else "",
                offline_at=scan.scanned_at,
            )
        )
        return Settlement(scan, verdict, code.seat_id if code else None)

    def _fault(
        self,
        code: TicketCode | None,
        event: Event | None,
        hall_id: str,
        scan: LonelyScan,
    ) -> Verdict | None:
        """What the scanner should have seen for itself, in the order of the rules."""
        if code is None or event is None:
            return COUNTERFEIT
        if {code.hall_id, hall_id} != {event.hall_id}:
            return wrong_hall(event)
        return None if self._qr.was_fresh(code, scan.scanned_at) else STALE

    def _find_event(self, code: TicketCode) -> Event | None:
        try:
            return self._events.get_published_event(code.event_id)
        except EventNotFound:
            return None


def count_conflicts(settled: Sequence[Settlement]) -> int:
    """How many of the scans should not have let anybody in, or not only they did."""
    return sum(
        bool(one.conflicts) or one.verdict.result is not ScanResult.SUCCESS
        for one in settled
    )
