"""Messages that the broker gives back when their moment has come.

A relay publishes them out of an outbox into a queue that nobody reads, each with what
is left of its time; the broker dead-letters them into another, which is consumed. They
are a hint to look, never the judge: they may be late, lost, repeated or early.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel

from service_common.amqp import BrokerSettings, Publisher, consume, open_channel
from service_common.crash_points import crash_points_around
from service_common.db import Database
from service_common.errors import Unavailable
from service_common.loop import Interrupted, Loop
from service_common.outbox import RELAYED, Message, Outbox

_POLL_S = 0.25
_MESSAGES_PER_BATCH = 100
# A message that came a moment too early would find nothing due.
_MARGIN_MS = 250


@dataclass(frozen=True, slots=True)
class DelayedTopic:
    """Where messages of a topic go in, come back, and are put if they are no use."""

    topic: str
    exchange: str
    routing_key: str
    due_queue: str
    parking_queue: str


class DelayRelay:
    """The outbox of a topic → the broker; `name` is that of its crash points."""

    def __init__(
        self, name: str, outbox: Outbox, topic: DelayedTopic, broker: BrokerSettings
    ) -> None:
        self._name = name
        self._outbox = outbox
        self._topic = topic
        self._broker = broker

    def turn(self, loop: Loop) -> None:
        """Publish on one connection until it breaks or the loop stops."""
        with open_channel(self._broker) as channel:
            publisher = Publisher(channel)
            while not loop.stopping():
                batch = self._outbox.lease(self._topic.topic, _MESSAGES_PER_BATCH)
                self._publish(publisher, batch)
                loop.report_well()
                if len(batch) < _MESSAGES_PER_BATCH:
                    _rest(channel)

    def _publish(self, publisher: Publisher, batch: Sequence[Message]) -> None:
        told = 0
        try:
            for message in batch:
                with crash_points_around(self._name, message.request_id):
                    publisher.publish(
                        self._topic.exchange,
                        self._topic.routing_key,
                        message.payload,
                        expires_in_ms=_left_ms(message),
                        request_id=message.request_id,
                    )
                told += 1
        finally:
            self._outbox.delete(batch[:told])
            self._outbox.give_back(batch[told:])
            RELAYED.labels(self._topic.topic).inc(told)


class DueConsumer:
    """The messages whose moment has come → whoever looks what is due."""

    def __init__(
        self,
        name: str,
        handle: Callable[[dict[str, Any]], None],
        topic: DelayedTopic,
        database: Database,
        broker: BrokerSettings,
    ) -> None:
        self._name = name
        self._handle = handle
        self._topic = topic
        self._database = database
        self._broker = broker

    def turn(self, loop: Loop) -> None:
        """Consume on one connection until it breaks or the loop stops."""
        # Each return of a message counts against its delivery limit, so none is taken
        # before it can be handled.
        self._database.check()
        with open_channel(self._broker) as channel:
            loop.report_well()
            consume(
                channel,
                self._topic.due_queue,
                self._handle_or_break_off,
                parking_queue=self._topic.parking_queue,
                should_stop=loop.stopping,
            )

    def _handle_or_break_off(self, payload: dict[str, Any]) -> None:
        try:
            with crash_points_around(self._name):
                self._handle(payload)
        except Unavailable as error:
            raise Interrupted(error.message) from error


def _left_ms(message: Message) -> int:
    return max(0, round(message.due_in_s * 1000)) + _MARGIN_MS


def _rest(channel: BlockingChannel) -> None:
    """Pause, answering the broker's heartbeats and noticing when it is gone."""
    channel.connection.sleep(_POLL_S)
