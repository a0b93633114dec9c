"""Builds the order service from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from order_service.services.dispute_service import DisputeService
from order_service.services.fact_service import FactService
from order_service.services.gathered_service import GatheredService
from order_service.services.invariant_service import InvariantService
from order_service.services.ledger_service import LedgerService
from order_service.services.order_service import OrderService
from order_service.services.swap_service import SwapService
from order_service.services.transfer_ledger import TransferLedger
from order_service.services.transfer_service import TransferService
from order_service.settings import Settings
from service_common.db import Database


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
