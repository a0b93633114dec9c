"""Tells the broker about holds, so that it rings when their time is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel

from service_common.amqp import Publisher

EXCHANGE = "seat.hold.exchange"
ROUTING_KEY = "seat.hold"
RELEASE_QUEUE = "seat.release.queue"
PARKING_QUEUE = "seat.release.parking"

# A message that came a moment too early would find the hold not due.
_MARGIN_MS = 250


class HoldPublisher:
    """Publishes to the hold queue on one channel, from one thread."""

    def __init__(self, channel: BlockingChannel) -> None:
        self._channel = channel
        self._publisher = Publisher(channel)

    def publish_hold(
        self, payload: Mapping[str, Any], *, hold_left_s: float, request_id: str
    ) -> None:
        """Have the payload dead-lettered to the release queue when the hold is over."""
        self._publisher.publish(
            EXCHANGE,
            ROUTING_KEY,
            payload,
            expires_in_ms=max(0, round(hold_left_s * 1000)) + _MARGIN_MS,
            request_id=request_id,
        )

    def rest(self, seconds: float) -> None:
        """Pause, answering the broker's heartbeats and noticing when it is gone."""
        self._channel.connection.sleep(seconds)
