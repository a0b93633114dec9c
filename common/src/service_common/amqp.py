"""RabbitMQ: confirmed publishing, and a consumer that acknowledges last.

pika's BlockingConnection belongs to one thread: whoever makes one of these classes
uses it from that thread alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, NackError, UnroutableError

from service_common.errors import AppError, Unavailable
from service_common.request_context import (
    METADATA_KEY,
    get_request_id,
    request_id_scope,
)
from service_common.settings import Environment

log = structlog.get_logger()

_HEARTBEAT_S = 30
_CONNECT_TIMEOUT_S = 3
_BLOCKED_TIMEOUT_S = 10
_PREFETCH = 32
_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """Where the broker is."""

    host: str
    port: int
    user: str
    password: str

    @classmethod
    def read(cls, env: Environment) -> BrokerSettings:
        """Read RABBITMQ_HOST, RABBITMQ_PORT, RABBITMQ_USER and RABBITMQ_PASS."""
        return cls(
            host=env.text("RABBITMQ_HOST", "127.0.0.1"),
            port=env.port("RABBITMQ_PORT", 5672),
            user=env.text("RABBITMQ_USER", "ticketremaster"),
            password=env.secret("RABBITMQ_PASS"),
        )


class Malformed(Exception):
    """A message that no retry will make understandable."""


@contextmanager
def open_channel(settings: BrokerSettings) -> Iterator[BlockingChannel]:
    """A channel on a connection of its own, closed at the end of the block.

    Raises Unavailable when the broker does not answer, also in the middle.
    """
    parameters = pika.ConnectionParameters(
        host=settings.host,
        port=settings.port,
        credentials=pika.PlainCredentials(settings.user, settings.password),
        heartbeat=_HEARTBEAT_S,
        socket_timeout=_CONNECT_TIMEOUT_S,
        blocked_connection_timeout=_BLOCKED_TIMEOUT_S,
        stack_timeout=_CONNECT_TIMEOUT_S * 2,
    )
    try:
        connection = pika.BlockingConnection(parameters)
    except (AMQPError, OSError) as error:
        raise Unavailable("The broker does not answer.") from error
    try:
        yield connection.channel()
    except (AMQPError, OSError) as error:
        raise Unavailable("The connection to the broker broke.") from error
    finally:
        if connection.is_open:
            _close_quietly(connection)


class Publisher:
    """Publishes messages that the broker has confirmed and routed, or raises."""

    def __init__(self, channel: BlockingChannel) -> None:
        self._channel = channel
        channel.confirm_delivery()

    def publish(
        self,
        exchange: str,
        routing_key: str,
        payload: Mapping[str, Any],
        *,
        expires_in_ms: int,
        request_id: str | None = None,
    ) -> None:
        """Publish one message; Unavailable when it was refused or had no queue."""
        properties = pika.BasicProperties(
            content_type="application/json",
            delivery_mode=pika.DeliveryMode.Persistent,
            expiration=str(max(0, expires_in_ms)),
            headers={METADATA_KEY: request_id or get_request_id()},
        )
        try:
            self._channel.basic_publish(
                exchange,
                routing_key,
                json.dumps(payload).encode(),
                properties,
                mandatory=True,
            )
        except (UnroutableError, NackError) as error:
            raise Unavailable("The broker did not take the message.") from error


def consume(
    channel: BlockingChannel,
    queue: str,
    handle: Callable[[dict[str, Any]], None],
    *,
    parking_queue: str,
    should_stop: Callable[[], bool],
) -> None:
    """Handle messages one by one until told to stop; acknowledge after the effect.

    A message that cannot be understood is parked at once, one that is refused for
    now is given back with reject, which the queue's delivery limit counts.
    """
    channel.basic_qos(prefetch_count=_PREFETCH)
    channel.confirm_delivery()
    for method, properties, body in channel.consume(queue, inactivity_timeout=_POLL_S):
        if should_stop():
            return
        if method is None:
            continue
        headers = properties.headers or {}
        offered = headers.get(METADATA_KEY)
        with request_id_scope(offered if isinstance(offered, str) else None):
            try:
                handle(_parse(body))
            except Malformed as error:
                log.error("message_parked", queue=queue, reason=str(error))
                channel.basic_publish("", parking_queue, body, properties, True)
                channel.basic_ack(method.delivery_tag)
            except AppError as error:
                log.warning("message_rejected", queue=queue, code=error.code)
                channel.basic_reject(method.delivery_tag, requeue=True)
            else:
                channel.basic_ack(method.delivery_tag)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(payload, dict):
        raise Malformed("not an object")
    return payload


def _close_quietly(connection: pika.BlockingConnection) -> None:
    try:
        connection.close()
    except (AMQPError, OSError):
        log.info("broker_connection_lost_at_close")
