"""What the inventory service publishes and consumes is what the broker has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inventory_service.clients.hold_publisher import (
    EXCHANGE,
    PARKING_QUEUE,
    RELEASE_QUEUE,
    ROUTING_KEY,
)

ROOT = Path(__file__).parents[2]
DEFINITIONS: dict[str, Any] = json.loads(
    (ROOT / "rabbitmq" / "definitions.json").read_text()
)
QUEUES = {queue["name"]: queue["arguments"] for queue in DEFINITIONS["queues"]}


def _bound_to(exchange: str, routing_key: str) -> list[str]:
    return [
        binding["destination"]
        for binding in DEFINITIONS["bindings"]
        if (binding["source"], binding["routing_key"]) == (exchange, routing_key)
    ]


def test_hold_message_ends_in_the_release_queue_when_its_time_is_over() -> None:
    [hold_queue] = _bound_to(EXCHANGE, ROUTING_KEY)
    arguments = QUEUES[hold_queue]

    assert hold_queue == "seat.hold.queue"
    assert arguments["x-message-ttl"] == 300_000
    assert _bound_to(
        arguments["x-dead-letter-exchange"], arguments["x-dead-letter-routing-key"]
    ) == [RELEASE_QUEUE]


def test_dead_lettering_of_holds_is_at_least_once() -> None:
    arguments = QUEUES["seat.hold.queue"]

    assert arguments["x-queue-type"] == "quorum"
    assert arguments["x-dead-letter-strategy"] == "at-least-once"
    assert arguments["x-overflow"] == "reject-publish"


def test_poison_ends_in_the_parking_queue() -> None:
    arguments = QUEUES[RELEASE_QUEUE]

    assert arguments["x-delivery-limit"] == 10
    assert arguments["x-dead-letter-exchange"] == ""
    assert arguments["x-dead-letter-routing-key"] == PARKING_QUEUE
    assert PARKING_QUEUE in QUEUES
