"""Builds the two processes from their settings; the one place that tests swap."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from inventory_service.clients.hold_queues import HOLDS
from inventory_service.clients.order_client import OrderClient
from inventory_service.consumers.release_consumer import ReleaseConsumer
from inventory_service.consumers.release_relay import ReleaseRelay
from inventory_service.consumers.sweeper import Sweeper
from inventory_service.services.age_service import AgeService
from inventory_service.services.release_service import ReleaseService
from inventory_service.settings import Settings, WorkerSettings
from service_common.db import Database
from service_common.delays import DelayRelay, DueConsumer
from service_common.http_client import JsonClient
from service_common.loop import Loop
from service_common.outbox import Outbox
from service_common.parking import ParkingWatch

# One connection for the readiness probe, which must not wait behind buyers.
_PROBE_CONNECTIONS = 1


def open_database(settings: Settings) -> Database:
    """A connection for each thread that serves calls."""
    return Database(
        settings.database,
        pool_size=settings.server.threads + _PROBE_CONNECTIONS,
        application_name="inventory-service",
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
        pool_size=5 + _PROBE_CONNECTIONS,
        application_name="inventory-worker",
    )
    outbox = Outbox(database, table="outbox", moment="held_until")
    releases = ReleaseService(database)
    orders = OrderClient(
        JsonClient(
            "order-service",
            settings.order_service_url,
            service_token=settings.service_token,
            connections=1,
        )
    )
    turns = {
        "hold_relay": DelayRelay("hold_relay", outbox, HOLDS, settings.broker).turn,
        "release_relay": ReleaseRelay(outbox, orders).turn,
        "release_consumer": DueConsumer(
            "release_consumer",
            ReleaseConsumer(releases).handle,
            HOLDS,
            database,
            settings.broker,
        ).turn,
        "sweeper": Sweeper(
            releases,
            AgeService(database, outbox),
            interval_s=settings.sweep_interval_s,
        ).turn,
        "parking_watch": ParkingWatch(
            HOLDS.parking_queue, database, settings.broker
        ).turn,
    }
    return WorkerParts(
        database, tuple(Loop(name, turn, stop) for name, turn in turns.items())
    )
