"""Builds everything from the settings; called in each process, after any fork."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from orchestrator_service.invariants_wiring import build_invariants
from orchestrator_service.orchestrators.dashboard_orchestrator import (
    DashboardOrchestrator,
)
from orchestrator_service.orchestrators.dispute_orchestrator import (
    DisputeOrchestrator,
)
from orchestrator_service.orchestrators.offline_orchestrator import (
    OfflineOrchestrator,
)
from orchestrator_service.orchestrators.publication_orchestrator import (
    PublicationOrchestrator,
)
from orchestrator_service.orchestrators.purchase_orchestrator import (
    PurchaseOrchestrator,
)
from orchestrator_service.orchestrators.reservation_orchestrator import (
    ReservationOrchestrator,
)
from orchestrator_service.orchestrators.ticket_orchestrator import TicketOrchestrator
from orchestrator_service.orchestrators.transfer_checks import (
    TransferChecks,
    TransferRules,
)
from orchestrator_service.orchestrators.transfer_orchestrator import (
    TransferOrchestrator,
)
from orchestrator_service.orchestrators.verification_orchestrator import (
    VerificationOrchestrator,
)
from orchestrator_service.saga_wiring import (
    Clients,
    SagaParts,
    build_clients,
    build_sagas,
    build_settlement,
)
from orchestrator_service.services.fresh_orders import FreshOrders
from orchestrator_service.services.invariants_service import InvariantsService
from orchestrator_service.services.qr_service import QrService
from orchestrator_service.services.saga_query_service import SagaQueryService
from orchestrator_service.settings import Settings
from service_common.bounded_executor import BoundedExecutor
from service_common.db import Database

# A thread needs the saga log for two short statements; many replicas share a server.
_CONNECTIONS_MAX = 16


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything that the doors need."""

    database: Database
    clients: Clients
    sagas: SagaParts
    reservations: ReservationOrchestrator
    purchases: PurchaseOrchestrator
    transfers: TransferOrchestrator
    disputes: DisputeOrchestrator
    publications: PublicationOrchestrator
    tickets: TicketOrchestrator
    verification: VerificationOrchestrator
    offline: OfflineOrchestrator
    dashboards: DashboardOrchestrator
    saga_queries: SagaQueryService
    invariants: InvariantsService


def build(settings: Settings) -> Wiring:
    """The whole orchestrator."""
    database = Database(
        settings.database,
        pool_size=min(settings.server.threads, _CONNECTIONS_MAX),
        application_name="orchestrator-service",
    )
    clients = build_clients(settings)
    sagas = build_sagas(database, clients, deadline_s=settings.saga_deadline_s)
    settlement = build_settlement(sagas, clients)
    executor = BoundedExecutor(settings.server.threads, "fan-out")
    qr = QrService(settings.qr_encryption_key, settings.qr_retired_keys)
    reservations, purchases = _purchasing(clients, sagas, qr, executor)
    return Wiring(
        database=database,
        clients=clients,
        sagas=sagas,
        reservations=reservations,
        purchases=purchases,
        transfers=TransferOrchestrator(
            checks=_transfer_checks(settings, clients),
            users=clients.users,
            transfers=clients.transfers,
            settlement=settlement,
        ),
        disputes=DisputeOrchestrator(
            transfers=clients.transfers, settlement=settlement
        ),
        publications=PublicationOrchestrator(sagas.engine, sagas.publication),
        tickets=TicketOrchestrator(
            tickets=clients.tickets,
            transfers=clients.transfers,
            events=clients.events,
            qr=qr,
        ),
        verification=VerificationOrchestrator(
            gate=clients.gate,
            orders=clients.orders,
            events=clients.events,
            qr=qr,
            executor=executor,
            replay_within_s=settings.scan_replay_s,
        ),
        offline=OfflineOrchestrator(
            gate=clients.gate, offline=clients.offline, events=clients.events, qr=qr
        ),
        dashboards=DashboardOrchestrator(
            inventory=clients.inventory,
            gate=clients.gate,
            orders=clients.orders,
            events=clients.events,
            executor=executor,
        ),
        saga_queries=SagaQueryService(database, sagas.registry),
        invariants=build_invariants(settings, database),
    )


def _purchasing(
    clients: Clients, sagas: SagaParts, qr: QrService, executor: BoundedExecutor
) -> tuple[ReservationOrchestrator, PurchaseOrchestrator]:
    """The two halves of scenario 1, which share the orders that were just made."""
    fresh_orders = FreshOrders()
    reservations = ReservationOrchestrator(
        inventory=clients.inventory,
        users=clients.users,
        orders=clients.orders,
        events=clients.events,
        fresh_orders=fresh_orders,
        executor=executor,
    )
    purchases = PurchaseOrchestrator(
        engine=sagas.engine,
        saga=sagas.purchase,
        tickets=clients.tickets,
        users=clients.users,
        orders=clients.orders,
        events=clients.events,
        fresh_orders=fresh_orders,
        qr=qr,
        executor=executor,
    )
    return reservations, purchases


def _transfer_checks(settings: Settings, clients: Clients) -> TransferChecks:
    return TransferChecks(
        tickets=clients.tickets,
        users=clients.users,
        events=clients.events,
        rules=TransferRules(
            price_cap_percent=settings.transfer_price_cap_percent or None,
            closes_before=timedelta(minutes=settings.transfer_closes_minutes_before),
        ),
    )
