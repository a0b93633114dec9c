"""Lost, doubled and replayed messages, through RabbitMQ's management API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import requests

from local_stack import Stack

_TIMEOUT_S = 5
_HOLDS = "/api/queues/%2F/seat.hold.queue/contents"
_PUBLISH = "/api/exchanges/%2F/seat.release.exchange/publish"
_PARKED = "/api/queues/%2F/seat.release.parking"


class Messages:
    """What happens to messages between the services."""

    def __init__(self, stack: Stack) -> None:
        broker = stack.rabbitmq
        self._url = broker.management_url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = (broker.user, broker.password)

    def lose_waiting(self) -> None:
        """Every hold that waits for its end in the broker is forgotten there."""
        self._session.delete(
            f"{self._url}{_HOLDS}", timeout=_TIMEOUT_S
        ).raise_for_status()

    def say_expired(self, holds: Iterable[Mapping[str, Any]]) -> int:
        """Deliver the message that a hold is over: early, late, twice, as they come."""
        sent = 0
        for hold in holds:
            body = {
                "properties": {"headers": {"x-request-id": "replayed"}},
                "routing_key": "seat.release",
                "payload": json.dumps(hold),
                "payload_encoding": "string",
            }
            answer = self._session.post(
                f"{self._url}{_PUBLISH}", json=body, timeout=_TIMEOUT_S
            )
            answer.raise_for_status()
            sent += 1
        return sent

    def parked(self) -> int:
        """How many messages a person has to look at."""
        answer = self._session.get(f"{self._url}{_PARKED}", timeout=_TIMEOUT_S)
        answer.raise_for_status()
        return int(answer.json().get("messages", 0))
