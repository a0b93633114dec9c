"""Deliver the outbox: holds to the broker, releases to the order service.

Two relays in two threads, so that neither receiver's outage stops the other's messages.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from inventory_service.clients.hold_publisher import HoldPublisher
from inventory_service.clients.order_client import OrderClient
from inventory_service.consumers.loop import Loop
from inventory_service.models import Topic
from inventory_service.services.metrics import RELAYED
from inventory_service.services.outbox_service import Message, OutboxService
from service_common.amqp import BrokerSettings, open_channel
from service_common.crash_points import crash_points_around
from service_common.errors import Refusal
from service_common.request_context import request_id_scope

log = structlog.get_logger()

_POLL_S = 0.1
_HOLDS_PER_BATCH = 100
# Each may take the client's time-out, and the batch should not outlive its lease.
_RELEASES_PER_BATCH = 20


class HoldRelay:
    """`seat.hold` → the broker."""

    def __init__(self, outbox: OutboxService, broker: BrokerSettings) -> None:
        self._outbox = outbox
        self._broker = broker

    def turn(self, loop: Loop) -> None:
        """Publish on one connection until it breaks or the loop stops."""
        with open_channel(self._broker) as channel:
            publisher = HoldPublisher(channel)
            while not loop.stopping():
                batch = self._outbox.lease(Topic.SEAT_HOLD, _HOLDS_PER_BATCH)
                self._publish(publisher, batch)
                loop.report_well()
                if len(batch) < _HOLDS_PER_BATCH:
                    publisher.rest(_POLL_S)

    def _publish(self, publisher: HoldPublisher, batch: Sequence[Message]) -> None:
        told = 0
        try:
            for message in batch:
                with crash_points_around("hold_relay", message.request_id):
                    publisher.publish_hold(
                        message.payload,
                        hold_left_s=message.hold_left_s,
                        request_id=message.request_id,
                    )
                told += 1
        finally:
            self._outbox.delete(batch[:told])
            self._outbox.give_back(batch[told:])
            RELAYED.labels(Topic.SEAT_HOLD).inc(told)


class ReleaseRelay:
    """`hold.released` → the order service."""

    def __init__(self, outbox: OutboxService, orders: OrderClient) -> None:
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
