"""Builds the order service from its settings."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from order_service.clients.offer_queues import OFFERS
from order_service.consumers.expiry_consumer import ExpiryConsumer
from order_service.consumers.sweeper import Sweeper
from order_service.services.dispute_service import DisputeService
from order_service.services.expiry_service import ExpiryService
from order_service.services.fact_service import FactService
from order_service.services.gathered_service import GatheredService
from order_service.services.invariant_service import InvariantService
from order_service.services.ledger_service import LedgerService
from order_service.services.order_service import OrderService
from order_service.services.swap_service import SwapService
from order_service.services.transfer_ledger import TransferLedger
from order_service.services.transfer_service import TransferService
from order_service.settings import Settings, WorkerSettings
from service_common.db import Database
from service_common.delays import DelayRelay, DueConsumer
from service_common.loop import Loop
from service_common.outbox import Outbox
from service_common.parking import ParkingWatch


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything that lives as long as the process."""

    database: Database
    orders: OrderService
    gathered: GatheredService
    ledger: LedgerService
    facts: FactService
    invariants: InvariantService
    transfers: TransferService
    swaps: SwapService
    disputes: DisputeService
    transfer_ledger: TransferLedger


def wire(settings: Settings) -> Wiring:
    """Build the services; nothing connects before the first request."""
    database = Database(
        settings.database,
        pool_size=settings.server.threads,
        application_name="order-service",
    )
    return Wiring(
        database=database,
        orders=OrderService(database),
        gathered=GatheredService(database, OrderService(database)),
        ledger=LedgerService(database),
        facts=FactService(database),
        invariants=InvariantService(database),
        transfers=TransferService(
            database,
            ttl_s=settings.transfer_ttl_s,
            per_hour_max=settings.transfers_per_hour,
        ),
        swaps=SwapService(database),
        disputes=DisputeService(database),
        transfer_ledger=TransferLedger(database),
    )


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the worker is made of."""

    database: Database
    loops: tuple[Loop, ...]


def build_worker(settings: WorkerSettings, stop: threading.Event) -> WorkerParts:
    """The worker's loops, not started yet."""
    database = Database(
        settings.database,
        # One for each loop, and one for the probe, which must not wait behind them.
        pool_size=5,
        application_name="order-worker",
    )
    outbox = Outbox(database, table="transfer_outbox", moment="expires_at")
    expiries = ExpiryService(database)
    turns = {
        "offer_relay": DelayRelay("offer_relay", outbox, OFFERS, settings.broker).turn,
        "expiry_consumer": DueConsumer(
            "expiry_consumer",
            ExpiryConsumer(expiries).handle,
            OFFERS,
            database,
            settings.broker,
        ).turn,
        "sweeper": Sweeper(expiries, outbox, interval_s=settings.sweep_interval_s).turn,
        "parking_watch": ParkingWatch(
            OFFERS.parking_queue, database, settings.broker
        ).turn,
    }
    return WorkerParts(
        database, tuple(Loop(name, turn, stop) for name, turn in turns.items())
    )
