"""What happens to the message of a hold, on a real broker with our definitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pika
import pytest
import requests
from pika.adapters.blocking_connection import BlockingChannel

from local_stack import Stack
from local_stack.errors import CommandFailed
from local_stack.rabbitmqctl import rabbitmqctl
from support.waiting import eventually

HOLD, RELEASE, PARKING = "seat.hold.queue", "seat.release.queue", "seat.release.parking"
WITHIN_S = 10.0
DELIVERIES_MAX = 11  # the first, and ten more


@pytest.fixture
def channel(infrastructure: Stack) -> Iterator[BlockingChannel]:
    url = infrastructure.rabbitmq.amqp_url
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    for queue in (HOLD, RELEASE, PARKING):
        channel.queue_purge(queue)
    yield channel
    for queue in (HOLD, RELEASE, PARKING):
        channel.queue_purge(queue)
    connection.close()


def publish(channel: BlockingChannel, exchange: str, key: str, **options: Any) -> None:
    properties = pika.BasicProperties(delivery_mode=2, **options)
    channel.basic_publish(exchange, key, b"a hold", properties, mandatory=True)


def take(channel: BlockingChannel, queue: str) -> tuple[Any, Any, bytes]:
    """Take the next message, as soon as there is one."""
    taken: tuple[Any, Any, bytes] = eventually(
        lambda: channel.basic_get(queue),
        lambda got: got[0] is not None,
        within_s=WITHIN_S,
    )
    return taken


def management(stack: Stack, path: str) -> Any:
    broker = stack.rabbitmq
    answer = requests.get(
        f"{broker.management_url}/api/{path}",
        auth=(broker.user, broker.password),
        timeout=5,
    )
    answer.raise_for_status()
    return answer.json()


def test_expired_hold_arrives_in_the_release_queue(channel: BlockingChannel) -> None:
    publish(channel, "seat.hold.exchange", "seat.hold", expiration="200")

    method, properties, body = take(channel, RELEASE)

    channel.basic_ack(method.delivery_tag)
    assert body == b"a hold"
    assert properties.headers["x-death"][0]["reason"] == "expired"


def test_hold_that_has_not_expired_stays(channel: BlockingChannel) -> None:
    publish(channel, "seat.hold.exchange", "seat.hold", expiration="60000")

    eventually(
        lambda: channel.queue_declare(HOLD, passive=True).method.message_count,
        lambda count: count == 1,
        within_s=WITHIN_S,
    )
    assert channel.basic_get(RELEASE) == (None, None, None)


def test_message_that_is_refused_too_often_is_parked(channel: BlockingChannel) -> None:
    publish(channel, "seat.release.exchange", "seat.release")

    for _ in range(DELIVERIES_MAX):
        method, _, _ = take(channel, RELEASE)
        channel.basic_reject(method.delivery_tag, requeue=True)

    method, _, body = take(channel, PARKING)
    channel.basic_ack(method.delivery_tag)
    assert body == b"a hold"
    assert channel.basic_get(RELEASE) == (None, None, None)


def test_message_that_nobody_understands_is_parked(channel: BlockingChannel) -> None:
    publish(channel, "seat.release.exchange", "seat.release")
    method, _, _ = take(channel, RELEASE)

    channel.basic_reject(method.delivery_tag, requeue=False)

    method, _, _ = take(channel, PARKING)
    channel.basic_ack(method.delivery_tag)


def test_message_without_a_queue_comes_back(channel: BlockingChannel) -> None:
    with pytest.raises(pika.exceptions.UnroutableError):
        publish(channel, "seat.hold.exchange", "no.such.key")


def test_node_is_told_things_by_its_own_command(infrastructure: Stack) -> None:
    answer = rabbitmqctl(infrastructure.context, "list_users", "--no-table-headers")

    assert answer.split()[0] == infrastructure.rabbitmq.user


def test_command_that_the_node_refuses_fails_with_its_words(
    infrastructure: Stack,
) -> None:
    with pytest.raises(CommandFailed, match="does not exist"):
        rabbitmqctl(infrastructure.context, "delete_user", "nobody-of-this-name")


def test_only_our_user_exists(infrastructure: Stack) -> None:
    users = [user["name"] for user in management(infrastructure, "users")]

    assert users == [infrastructure.rabbitmq.user]
