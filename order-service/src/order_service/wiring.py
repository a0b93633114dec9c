"""Builds the order service from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from order_service.routes import ledger_routes, order_routes
from order_service.services.invariant_service import InvariantService
from order_service.services.ledger_service import LedgerService
from order_service.services.order_service import OrderService
from order_service.settings import Settings
from service_common.db import Database

BLUEPRINTS = (order_routes.bp, ledger_routes.bp)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything that lives as long as the process."""

    database: Database
    extensions: dict[str, object]


def wire(settings: Settings) -> Wiring:
    """Build the services; nothing connects before the first request."""
    database = Database(
        settings.database,
        pool_size=settings.server.threads,
        application_name="order-service",
    )
    return Wiring(
        database=database,
        extensions={
            order_routes.EXTENSION: OrderService(database),
            ledger_routes.LEDGER_EXTENSION: LedgerService(database),
            ledger_routes.INVARIANTS_EXTENSION: InvariantService(database),
        },
    )
