"""What a scan comes to.

The first rule that speaks decides, in this order:

1. NOT_FOUND   the code is not ours, or its seat or event does not exist
2. WRONG_HALL  the code or the scanner belongs to another hall than the event
3. DUPLICATE   this very ticket is inside already
4. UNPAID      the seat is not sold
5. EXPIRED     the code is older than a minute, from the future, of a former owner, or
               the ticket is just being transferred
6. UNPAID      the seat is sold and its order not yet confirmed

Who holds a used ticket is told so even when his code is old, because refreshing it
would not help him. Nobody is let in here: the statement that does so repeats every
rule that the seat's row can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator_service.clients.event_client import Event
from orchestrator_service.clients.gate_client import ScanResult, TicketState
from orchestrator_service.services.qr_service import TicketCode

VALID = "Valid Entry"
_SOLD = "SOLD"
_CHECKED_IN = "CHECKED_IN"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate is told."""

    result: ScanResult
    message: str


ADMIT = Verdict(ScanResult.SUCCESS, VALID)
COUNTERFEIT = Verdict(ScanResult.NOT_FOUND, "Possible Counterfeit")
USED = Verdict(ScanResult.DUPLICATE, "Already Checked In")
UNPAID = Verdict(ScanResult.UNPAID, "Incomplete Payment")
PAYING = Verdict(
    ScanResult.UNPAID, "Payment is being completed — scan again in a moment"
)
STALE = Verdict(ScanResult.EXPIRED, "Expired QR — refresh ticket")


def wrong_hall(event: Event) -> Verdict:
    """Where the guest belongs."""
    return Verdict(ScanResult.WRONG_HALL, f"Go to Hall {event.hall_id}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a scan; what does not exist is None."""

    code: TicketCode
    is_fresh: bool
    hall_id: str
    ticket: TicketState | None
    event: Event | None


def judge(seen: Evidence, is_paid: Callable[[], bool]) -> Verdict:
    """Decide. The orders are asked only where everything else speaks for entry."""
    code, ticket, event = seen.code, seen.ticket, seen.event
    if ticket is None or event is None or ticket.event_id != code.event_id:
        return COUNTERFEIT
    if {code.hall_id, seen.hall_id} != {event.hall_id}:
        return wrong_hall(event)
    is_current = code.ticket_version == ticket.ticket_version
    if ticket.status == _CHECKED_IN and is_current:
        return USED
    if ticket.status not in (_SOLD, _CHECKED_IN):
        return PAYING if ticket.claimed else UNPAID
    if not seen.is_fresh or not is_current or ticket.claimed:
        return STALE
    return ADMIT if is_paid() else PAYING
