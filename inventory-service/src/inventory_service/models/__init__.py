"""The tables of seats_db."""

from inventory_service.models.entry_log import EntryLog, ScanResult
from inventory_service.models.outbox import OutboxMessage, Topic
from inventory_service.models.seat import Seat, SeatStatus
from inventory_service.models.seat_claim import ClaimKind, ClaimState, SeatClaim
from inventory_service.models.seat_plan import PlanState, SeatPlan
from service_common.parking import ParkedMessages

__all__ = [
    "ClaimKind",
    "ClaimState",
    "EntryLog",
    "OutboxMessage",
    "ParkedMessages",
    "PlanState",
    "ScanResult",
    "Seat",
    "SeatClaim",
    "SeatPlan",
    "SeatStatus",
    "Topic",
]
