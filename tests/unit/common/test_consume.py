"""When a message is acknowledged, given back or parked: after its work, not before."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from service_common.amqp import consume
from service_common.errors import Conflict, Unavailable


class Channel:
    """One message in its queue; writes down what becomes of it, and when."""

    def __init__(self, body: bytes) -> None:
        self.happened: list[str] = []
        self._body = body

    def basic_qos(self, *, prefetch_count: int) -> None:
        assert prefetch_count > 0

    def confirm_delivery(self) -> None:
        self.happened.append("confirms on")

    def consume(self, _queue: str, *, inactivity_timeout: float) -> Iterator[Any]:
        assert inactivity_timeout > 0
        yield SimpleNamespace(delivery_tag=7), SimpleNamespace(headers=None), self._body

    def basic_ack(self, tag: int) -> None:
        self.happened.append(f"ack {tag}")

    def basic_reject(self, tag: int, *, requeue: bool) -> None:
        self.happened.append(f"reject {tag}{' to the queue' if requeue else ''}")

    def basic_publish(self, exchange: str, key: str, *_: object) -> None:
        self.happened.append(f"publish {exchange}→{key}")


def _consume(channel: Channel, handle: Callable[[dict[str, Any]], None]) -> None:
    consume(
        cast("BlockingChannel", channel),
        "queue",
        handle,
        parking_queue="parking",
        should_stop=lambda: False,
    )


def _channel() -> Channel:
    return Channel(json.dumps({"hold_id": "h"}).encode())


def test_message_is_acknowledged_once_its_work_is_done() -> None:
    channel = _channel()

    _consume(channel, lambda payload: channel.happened.append(f"handled {payload}"))

    assert channel.happened == ["confirms on", "handled {'hold_id': 'h'}", "ack 7"]


@pytest.mark.parametrize("error", [Unavailable(), Conflict("No.", code="TAKEN")])
def test_message_whose_work_failed_goes_back_to_its_queue(error: Exception) -> None:
    channel = _channel()

    def fail(_payload: dict[str, Any]) -> None:
        raise error

    _consume(channel, fail)

    assert channel.happened == ["confirms on", "reject 7 to the queue"]


def test_message_whose_handler_is_broken_off_is_neither_acknowledged_nor_lost() -> None:
    channel = _channel()

    def break_off(_payload: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _consume(channel, break_off)

    assert channel.happened == ["confirms on"]


@pytest.mark.parametrize("body", [b"not json", b"[1]", b"\xff", b"[" * 100_000])
def test_message_that_nobody_understands_is_parked_before_it_is_acknowledged(
    body: bytes,
) -> None:
    channel = Channel(body)

    _consume(channel, lambda _: channel.happened.append("handled"))

    assert channel.happened == ["confirms on", "publish →parking", "ack 7"]
