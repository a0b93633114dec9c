"""The broker's names for offers, which it gives back when their time is over."""

from __future__ import annotations

from order_service.models.transfer_outbox import OFFER_TOPIC
from service_common.delays import DelayedTopic

OFFERS = DelayedTopic(
    topic=OFFER_TOPIC,
    exchange="transfer.offer.exchange",
    routing_key="transfer.offer",
    due_queue="transfer.expiry.queue",
    parking_queue="transfer.expiry.parking",
)
