"""The orders of the reservations that this process has just made.

Most buyers pay moments after they reserved, and then nothing about their order has to
be asked for again: what a payment is started with (buyer, hold, seats, total) never
changes. What may have changed is decided by whoever owns it: the hold by the claim,
the buyer's flag by the charge, a second payment by the saga log.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from orchestrator_service.clients.order_client import Order

# No hold is older by default, and a longer one is read again: nothing is lost by it.
_KEPT_S = 300.0
_ORDERS_MAX = 10_000


class FreshOrders:
    """Remembers orders for the first payment of each; the oldest are forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._orders: OrderedDict[str, tuple[float, Order]] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, order: Order) -> None:
        """Keep a PENDING order, whose buyer may pay as he is."""
        until = self._clock() + _KEPT_S
        with self._lock:
            self._orders[order["order_id"]] = (until, order)
            if len(self._orders) > _ORDERS_MAX:
                self._orders.popitem(last=False)

    def take(self, order_id: str, user_id: str) -> Order | None:
        """The order, once; None when it has to be read."""
        with self._lock:
            until, order = self._orders.get(order_id, (0.0, {}))
            if not order or order["user_id"] != user_id:
                return None
            del self._orders[order_id]
        return order if self._clock() < until else None
