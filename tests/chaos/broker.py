"""What may go wrong with the broker while it lives: its messages, routes and memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import requests

from local_stack import Stack
from local_stack.rabbitmqctl import rabbitmqctl

_TIMEOUT_S = 5
_HOLDS = "/api/queues/%2F/seat.hold.queue/contents"
_PUBLISH = "/api/exchanges/%2F/seat.release.exchange/publish"
_RELEASES = "/api/bindings/%2F/e/seat.release.exchange/q/seat.release.queue"
_RELEASE_KEY = "seat.release"
_ALARMS = "/api/health/checks/local-alarms"
_ALARMED = 503

_WATERMARK = "set_vm_memory_high_watermark"
_LESS_THAN_IT_HAS = ("absolute", "1MB")
_AS_BEFORE = ("0.4",)  # RabbitMQ's own default, a share of the machine

# What could not be delivered is tried again after this, in the place of three minutes:
# else one lost binding would be the end of messages for the rest of a run.
_IMPATIENT = "[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 3000}]}].\n"


def impatient(folder: Path) -> Mapping[str, str]:
    """The environment of a broker that soon tries undeliverable messages again."""
    file = folder / "advanced.config"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_IMPATIENT)
    return {"RABBITMQ_ADVANCED_CONFIG_FILE": str(file)}


class Broker:
    """RabbitMQ, through its management API and its own command."""

    def __init__(self, stack: Stack) -> None:
        broker = stack.rabbitmq
        self._context = stack.context
        self._url = broker.management_url
        self._auth = (broker.user, broker.password)

    # --- messages ------------------------------------------------------------------

    def lose_waiting(self) -> None:
        """Every hold that waits for its end in the broker is forgotten there."""
        self._ask("DELETE", _HOLDS).raise_for_status()

    def say_expired(self, holds: Iterable[Mapping[str, Any]]) -> int:
        """Deliver the message that a hold is over: early, late, twice, as they come."""
        sent = 0
        for hold in holds:
            body = {
                "properties": {"headers": {"x-request-id": "replayed"}},
                "routing_key": _RELEASE_KEY,
                "payload": json.dumps(hold),
                "payload_encoding": "string",
            }
            self._ask("POST", _PUBLISH, body).raise_for_status()
            sent += 1
        return sent

    # --- routes --------------------------------------------------------------------

    def unbind_releases(self) -> None:
        """Messages of holds that are over have nowhere to go."""
        self._ask("DELETE", f"{_RELEASES}/{_RELEASE_KEY}").raise_for_status()

    def bind_releases(self) -> None:
        """They have; more than once does no harm."""
        answer = self._ask("POST", _RELEASES, {"routing_key": _RELEASE_KEY})
        answer.raise_for_status()

    def are_releases_bound(self) -> bool:
        """Whether such a message would arrive; a broker that starts binds them anew."""
        answer = self._ask("GET", _RELEASES)
        answer.raise_for_status()
        return bool(answer.json())

    # --- memory --------------------------------------------------------------------

    def run_out_of_memory(self) -> None:
        """Raise the alarm that blocks whoever publishes."""
        rabbitmqctl(self._context, _WATERMARK, *_LESS_THAN_IT_HAS)

    def have_memory(self) -> None:
        """Take the alarm back; more than once does no harm."""
        rabbitmqctl(self._context, _WATERMARK, *_AS_BEFORE)

    def is_alarmed(self) -> bool:
        """Whether publishers are blocked; a broker that starts has forgotten it."""
        return self._ask("GET", _ALARMS).status_code == _ALARMED

    def _ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            session.auth = self._auth
            return session.request(
                method, f"{self._url}{path}", json=body, timeout=_TIMEOUT_S
            )
