"""Builds everything from the settings; called in each process, after any fork."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from orchestrator_service.clients.event_client import EventClient
from orchestrator_service.clients.gate_client import GateClient
from orchestrator_service.clients.inventory_client import InventoryClient
from orchestrator_service.clients.offline_client import OfflineClient
from orchestrator_service.clients.order_client import OrderClient
from orchestrator_service.clients.user_client import UserClient
from orchestrator_service.orchestrators.dashboard_orchestrator import (
    DashboardOrchestrator,
)
from orchestrator_service.orchestrators.offline_orchestrator import (
    OfflineOrchestrator,
)
from orchestrator_service.orchestrators.publication_orchestrator import (
    PublicationData,
    PublicationOrchestrator,
    PublicationSteps,
    publication_saga,
)
from orchestrator_service.orchestrators.purchase_orchestrator import (
    PurchaseOrchestrator,
)
from orchestrator_service.orchestrators.purchase_saga import (
    PurchaseData,
    PurchaseSteps,
    purchase_saga,
)
from orchestrator_service.orchestrators.reservation_orchestrator import (
    ReservationOrchestrator,
)
from orchestrator_service.orchestrators.ticket_orchestrator import TicketOrchestrator
from orchestrator_service.orchestrators.verification_orchestrator import (
    VerificationOrchestrator,
)
from orchestrator_service.saga.declaration import Registry, Saga
from orchestrator_service.saga.drive import EngineLimits
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.postgres_log import PostgresSagaLog
from orchestrator_service.services.invariants_service import InvariantsService
from orchestrator_service.services.qr_service import QrService
from orchestrator_service.services.saga_query_service import SagaQueryService
from orchestrator_service.settings import Settings
from service_common.bounded_executor import BoundedExecutor
from service_common.db import Database
from service_common.grpc_client import open_channel
from service_common.http_client import JsonClient


@dataclass(frozen=True, slots=True)
class Clients:
    """The four services."""

    inventory: InventoryClient
    gate: GateClient
    offline: OfflineClient
    users: UserClient
    orders: OrderClient
    events: EventClient


@dataclass(frozen=True, slots=True)
class SagaParts:
    """The engine with all that it drives."""

    engine: Engine
    log: PostgresSagaLog
    registry: Registry
    limits: EngineLimits
    owner: str
    purchase: Saga[PurchaseData]
    publication: Saga[PublicationData]


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything that the doors need."""

    database: Database
    clients: Clients
    sagas: SagaParts
    reservations: ReservationOrchestrator
    purchases: PurchaseOrchestrator
    publications: PublicationOrchestrator
    tickets: TicketOrchestrator
    verification: VerificationOrchestrator
    offline: OfflineOrchestrator
    dashboards: DashboardOrchestrator
    saga_queries: SagaQueryService
    invariants: InvariantsService


def build_clients(settings: Settings) -> Clients:
    """One pool of connections per service."""

    def http(service: str, url: str) -> JsonClient:
        return JsonClient(
            service,
            url,
            service_token=settings.service_token,
            connections=2 * settings.server.threads,
        )

    channel = open_channel(settings.inventory_address)
    return Clients(
        inventory=InventoryClient(channel, settings.service_token),
        gate=GateClient(channel, settings.service_token),
        offline=OfflineClient(channel, settings.service_token),
        users=UserClient(http("user-service", settings.user_url)),
        orders=OrderClient(http("order-service", settings.order_url)),
        events=EventClient(http("event-service", settings.event_url)),
    )


def build_sagas(
    database: Database, clients: Clients, *, deadline_s: float
) -> SagaParts:
    """The engine and its declarations."""
    purchase = purchase_saga(
        PurchaseSteps(clients.inventory, clients.users, clients.orders)
    )
    publication = publication_saga(PublicationSteps(clients.events, clients.inventory))
    registry = Registry(purchase, publication)
    saga_log = PostgresSagaLog(database)
    limits = EngineLimits(deadline_s=deadline_s)
    owner = f"{socket.gethostname()}:{os.getpid()}"
    engine = Engine(saga_log, registry, owner=owner, limits=limits)
    return SagaParts(engine, saga_log, registry, limits, owner, purchase, publication)


def build(settings: Settings) -> Wiring:
    """The whole orchestrator."""
    database = Database(
        settings.database,
        pool_size=settings.server.threads,
        application_name="orchestrator-service",
    )
    clients = build_clients(settings)
    sagas = build_sagas(database, clients, deadline_s=settings.saga_deadline_s)
    executor = BoundedExecutor(settings.server.threads, "fan-out")
    qr = QrService(settings.qr_encryption_key, settings.qr_retired_keys)
    return Wiring(
        database=database,
        clients=clients,
        sagas=sagas,
        reservations=ReservationOrchestrator(
            inventory=clients.inventory,
            users=clients.users,
            orders=clients.orders,
            events=clients.events,
            executor=executor,
        ),
        purchases=PurchaseOrchestrator(
            engine=sagas.engine,
            saga=sagas.purchase,
            inventory=clients.inventory,
            users=clients.users,
            orders=clients.orders,
            events=clients.events,
            qr=qr,
            executor=executor,
        ),
        publications=PublicationOrchestrator(sagas.engine, sagas.publication),
        tickets=TicketOrchestrator(
            inventory=clients.inventory, events=clients.events, qr=qr
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
        invariants=InvariantsService(
            database=database,
            inventory=clients.inventory,
            users=clients.users,
            orders=clients.orders,
            events=clients.events,
            executor=executor,
        ),
    )
