"""How an event is doing: its seats, its sales, its gate."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from orchestrator_service.clients.event_client import Event, EventClient
from orchestrator_service.clients.gate_client import GateClient
from orchestrator_service.clients.inventory_client import InventoryClient
from orchestrator_service.clients.order_client import OrderClient
from service_common.request_context import submit


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the services know of one event."""

    event: Event
    seats: Mapping[str, int]
    sales: Mapping[str, Any]
    scans: Mapping[str, int]


class DashboardOrchestrator:
    """Asks the services about one event, in parallel."""

    def __init__(
        self,
        *,
        inventory: InventoryClient,
        gate: GateClient,
        orders: OrderClient,
        events: EventClient,
        executor: Executor,
    ) -> None:
        self._inventory = inventory
        self._gate = gate
        self._orders = orders
        self._events = events
        self._executor = executor

    def read_dashboard(self, event_id: str) -> Dashboard:
        """The event in figures; EVENT_NOT_FOUND."""
        event = self._events.get_published_event(event_id)
        sales = submit(self._executor, self._orders.summarise_event, event_id)
        scans = submit(self._executor, self._gate.count_scans, event_id)
        seats = self._inventory.count_seats(event_id)
        return Dashboard(event, seats, sales.result(), scans.result())
