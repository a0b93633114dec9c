"""Builds those who judge the invariants, for the doors, the watch and the command.

They have connections of their own: whoever pays must not wait behind an operator.
"""

from __future__ import annotations

from orchestrator_service.clients.fact_client import (
    BookFacts,
    CatalogueFacts,
    InventoryFacts,
    LedgerFacts,
)
from orchestrator_service.services.invariants_service import InvariantsService, Judges
from orchestrator_service.services.reconciliation.liveness_judge import LivenessJudge
from orchestrator_service.services.reconciliation.local_judge import LocalJudge
from orchestrator_service.services.reconciliation.saga_facts import SagaLogFacts
from orchestrator_service.services.reconciliation.saga_judge import SagaJudge
from orchestrator_service.services.reconciliation.saga_rules import SAGA_RULES
from orchestrator_service.services.reconciliation.seat_judge import (
    SEAT_RULES,
    SeatJudge,
)
from orchestrator_service.services.reconciliation.watch import InvariantWatch, Round
from orchestrator_service.settings import Settings
from service_common.bounded_executor import BoundedExecutor
from service_common.db import Database
from service_common.grpc_client import GrpcCaller, open_channel
from service_common.http_client import JsonClient

# One for each judge: four services, the sagas, the seats, and two of liveness.
JUDGES = 8
_CONNECTIONS = 4


def build_invariants(settings: Settings, database: Database) -> InvariantsService:
    """Everything judged at once, on demand."""
    judges, _ = _build_judges(settings, database)
    return InvariantsService(judges, BoundedExecutor(JUDGES, "invariants"))


def build_watch(settings: Settings, database: Database) -> InvariantWatch:
    """Everything judged in turn, all the time."""
    judges, ledger = _build_judges(settings, database)
    rounds = (
        Round("sagas", judges.sagas, SAGA_RULES),
        Round("seats", judges.seats, SEAT_RULES),
    )
    return InvariantWatch(rounds, judges.liveness, judges.local, ledger)


def _build_judges(settings: Settings, database: Database) -> tuple[Judges, LedgerFacts]:
    def http(service: str, url: str) -> JsonClient:
        return JsonClient(
            service,
            url,
            service_token=settings.service_token,
            connections=_CONNECTIONS,
        )

    sagas = SagaLogFacts(database)
    inventory = InventoryFacts(
        open_channel(settings.inventory_address),
        GrpcCaller("inventory-service", settings.service_token),
    )
    ledger = LedgerFacts(http("user-service", settings.user_url))
    books = BookFacts(http("order-service", settings.order_url))
    catalogue = CatalogueFacts(http("event-service", settings.event_url))
    judges = Judges(
        local=LocalJudge(
            {
                "inventory": inventory.check_invariants,
                "user": ledger.check_invariants,
                "order": books.check_invariants,
                "event": catalogue.check_invariants,
            }
        ),
        sagas=SagaJudge(sagas, inventory, ledger, books),
        seats=SeatJudge(sagas, inventory, books),
        liveness=LivenessJudge(sagas, inventory, books),
    )
    return judges, ledger
