"""Builds the clients of the four services, and the sagas that speak to them.

Recovery is wired with these alone; the orchestrator has doors on top.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from orchestrator_service.clients.credit_client import CreditClient
from orchestrator_service.clients.event_client import EventClient
from orchestrator_service.clients.gate_client import GateClient
from orchestrator_service.clients.inventory_caller import gathering_caller
from orchestrator_service.clients.inventory_client import InventoryClient
from orchestrator_service.clients.offline_client import OfflineClient
from orchestrator_service.clients.order_client import OrderClient
from orchestrator_service.clients.ticket_client import TicketClient
from orchestrator_service.clients.transfer_client import TransferClient
from orchestrator_service.clients.user_client import UserClient
from orchestrator_service.orchestrators.publication_orchestrator import (
    PublicationData,
    PublicationSteps,
    publication_saga,
)
from orchestrator_service.orchestrators.purchase_saga import (
    PurchaseData,
    PurchaseSteps,
    purchase_saga,
)
from orchestrator_service.orchestrators.reversal_saga import (
    ReversalData,
    ReversalSteps,
    reversal_saga,
)
from orchestrator_service.orchestrators.transfer_saga import (
    TransferData,
    TransferSteps,
    transfer_saga,
)
from orchestrator_service.orchestrators.transfer_settlement import TransferSettlement
from orchestrator_service.saga.declaration import Registry, Saga
from orchestrator_service.saga.drive import EngineLimits
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.postgres_log import PostgresSagaLog
from orchestrator_service.settings import Settings
from service_common.db import Database
from service_common.grpc_client import open_channel
from service_common.http_client import JsonClient


@dataclass(frozen=True, slots=True)
class Clients:
    """The four services."""

    inventory: InventoryClient
    tickets: TicketClient
    gate: GateClient
    offline: OfflineClient
    users: UserClient
    credits: CreditClient
    orders: OrderClient
    transfers: TransferClient
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
    transfer: Saga[TransferData]
    reversal: Saga[ReversalData]
    publication: Saga[PublicationData]


def build_clients(settings: Settings) -> Clients:
    """One pool of connections per service."""

    def http(service: str, url: str, *gathers: str) -> JsonClient:
        return JsonClient(
            service,
            url,
            service_token=settings.service_token,
            connections=2 * settings.server.threads,
            gathers=gathers,
        )

    channel = open_channel(settings.inventory_address)
    seats = gathering_caller(channel, settings.service_token)
    users = http("user-service", settings.user_url, "get_risk", "deduct_credits")
    orders = http(
        "order-service",
        settings.order_url,
        *("create_order", "get_order", "confirm_order", "is_seat_paid"),
    )
    return Clients(
        inventory=InventoryClient(channel, seats),
        tickets=TicketClient(channel, seats),
        gate=GateClient(channel, seats),
        offline=OfflineClient(channel, seats),
        users=UserClient(users),
        credits=CreditClient(users),
        orders=OrderClient(orders),
        transfers=TransferClient(orders),
        events=EventClient(http("event-service", settings.event_url)),
    )


def build_sagas(
    database: Database, clients: Clients, *, deadline_s: float
) -> SagaParts:
    """The engine and its declarations."""
    purchase = purchase_saga(
        PurchaseSteps(clients.inventory, clients.users, clients.orders)
    )
    transfer = transfer_saga(
        TransferSteps(clients.tickets, clients.credits, clients.transfers)
    )
    reversal = reversal_saga(
        ReversalSteps(clients.tickets, clients.credits, clients.transfers)
    )
    publication = publication_saga(PublicationSteps(clients.events, clients.inventory))
    registry = Registry(purchase, transfer, reversal, publication)
    saga_log = PostgresSagaLog(database)
    limits = EngineLimits(deadline_s=deadline_s)
    owner = f"{socket.gethostname()}:{os.getpid()}"
    engine = Engine(saga_log, registry, owner=owner, limits=limits)
    return SagaParts(
        engine=engine,
        log=saga_log,
        registry=registry,
        limits=limits,
        owner=owner,
        purchase=purchase,
        transfer=transfer,
        reversal=reversal,
        publication=publication,
    )


def build_settlement(sagas: SagaParts, clients: Clients) -> TransferSettlement:
    """What finishes transfers, in requests and in recovery."""
    return TransferSettlement(
        engine=sagas.engine,
        swap=sagas.transfer,
        reversal=sagas.reversal,
        transfers=clients.transfers,
        credits_=clients.credits,
        users=clients.users,
    )
