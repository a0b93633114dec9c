"""Tell the order service which holds have ended without a sale."""

from __future__ import annotations

import structlog

from inventory_service.clients.order_client import OrderClient
from inventory_service.models import Topic
from service_common.crash_points import crash_points_around
from service_common.errors import Refusal
from service_common.loop import Loop
from service_common.outbox import RELAYED, Message, Outbox
from service_common.request_context import request_id_scope

log = structlog.get_logger()

_POLL_S = 0.25
# Each may take the client's time-out, and the batch should not outlive its lease.
_RELEASES_PER_BATCH = 20


class ReleaseRelay:
    """`hold.released` → the order service.

    In a thread of its own, so that an outage of the order service keeps no hold from
    the broker.
    """

    def __init__(self, outbox: Outbox, orders: OrderClient) -> None:
        self._outbox = outbox
        self._orders = orders

    def turn(self, loop: Loop) -> None:
        """Tell one batch; Unavailable when the order service does not answer."""
        batch = self._outbox.lease(Topic.HOLD_RELEASED, _RELEASES_PER_BATCH)
        done: list[Message] = []
        tried = 0
        try:
            for message in batch:
                tried += 1
                if self._tell(message):
                    done.append(message)
        except Exception:
            self._outbox.postpone(batch[tried - 1])
            raise
        finally:
            self._outbox.delete(done)
            self._outbox.give_back(batch[tried:])
            RELAYED.labels(Topic.HOLD_RELEASED).inc(len(done))
        loop.report_well()
        if len(batch) < _RELEASES_PER_BATCH:
            loop.pause(_POLL_S)

    def _tell(self, message: Message) -> bool:
        """Whether the message is dealt with."""
        with request_id_scope(message.request_id):
            try:
                with crash_points_around("release_relay"):
                    self._orders.fail_order(message.payload)
            except Refusal as refusal:
                # A confirmed order means that the seats were sold, and sold seats are
                # never released: if this line is ever written, somebody has to look.
                # No repeat would change the answer.
                settled = refusal.code == "ORDER_ALREADY_CONFIRMED"
                log.error(
                    "order_refused_release",
                    code=refusal.code,
                    order_id=message.payload["order_id"],
                    hold_id=message.payload["hold_id"],
                    dropped=settled,
                )
                if not settled:
                    self._outbox.postpone(message)
                return settled
        return True
