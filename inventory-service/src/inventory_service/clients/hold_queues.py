"""The broker's names for holds, which it gives back when their time is over."""

from __future__ import annotations

from inventory_service.models import Topic
from service_common.delays import DelayedTopic

HOLDS = DelayedTopic(
    topic=Topic.SEAT_HOLD,
    exchange="seat.hold.exchange",
    routing_key="seat.hold",
    due_queue="seat.release.queue",
    parking_queue="seat.release.parking",
)
