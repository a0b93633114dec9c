"""What the services publish and consume is what the broker has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inventory_service.clients.hold_queues import HOLDS
from order_service.clients.offer_queues import OFFERS
from service_common.delays import DelayedTopic

ROOT = Path(__file__).parents[2]
DEFINITIONS: dict[str, Any] = json.loads(
    (ROOT / "rabbitmq" / "definitions.json").read_text()
)
QUEUES = {queue["name"]: queue["arguments"] for queue in DEFINITIONS["queues"]}
# How long a message may wait at most: the default of what it measures.
WAITS_IN = {
    "seat.hold": ("seat.hold.queue", 300_000),
    "transfer.offer": ("transfer.offer.queue", 600_000),
}
TOPICS = (HOLDS, OFFERS)

every_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.topic)


def _bound_to(exchange: str, routing_key: str) -> list[str]:
    return [
        binding["destination"]
        for binding in DEFINITIONS["bindings"]
        if (binding["source"], binding["routing_key"]) == (exchange, routing_key)
    ]


@every_topic
def test_message_ends_in_the_queue_that_is_read_when_its_time_is_over(
    topic: DelayedTopic,
) -> None:
    [waiting] = _bound_to(topic.exchange, topic.routing_key)
    arguments = QUEUES[waiting]

    assert (waiting, arguments["x-message-ttl"]) == WAITS_IN[topic.topic]
    assert _bound_to(
        arguments["x-dead-letter-exchange"], arguments["x-dead-letter-routing-key"]
    ) == [topic.due_queue]


@every_topic
def test_dead_lettering_is_at_least_once(topic: DelayedTopic) -> None:
    arguments = QUEUES[WAITS_IN[topic.topic][0]]

    assert arguments["x-queue-type"] == "quorum"
    assert arguments["x-dead-letter-strategy"] == "at-least-once"
    assert arguments["x-overflow"] == "reject-publish"


@every_topic
def test_poison_ends_in_the_parking_queue(topic: DelayedTopic) -> None:
    arguments = QUEUES[topic.due_queue]

    assert arguments["x-delivery-limit"] == 10
    assert arguments["x-dead-letter-exchange"] == ""
    assert arguments["x-dead-letter-routing-key"] == topic.parking_queue
    assert topic.parking_queue in QUEUES


def test_every_queue_belongs_to_a_topic() -> None:
    used = {
        queue
        for topic in TOPICS
        for queue in (
            WAITS_IN[topic.topic][0],
            topic.due_queue,
            topic.parking_queue,
        )
    }

    assert set(QUEUES) == used
