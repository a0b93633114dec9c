"""The tables of seats_db."""

from inventory_service.models.entry_log import EntryLog, ScanResult
from inventory_service.models.outbox import OutboxMessage, Topic
from inventory_service.models.seat import Seat, SeatStatus
from inventory_service.models.seat_claim import ClaimKind, ClaimState, SeatClaim
from inventory_service.models.seat_plan import PlanState, SeatPlan

__all__ = [
    "ClaimKind",
    "ClaimState",
    "EntryLog",
    "OutboxMessage",
    "PlanState",
    "ScanResult",
    "Seat",
    "SeatClaim",
    "SeatPlan",
    "SeatStatus",
    "Topic",
]
