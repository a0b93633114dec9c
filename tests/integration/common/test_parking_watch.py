"""What is parked is counted where invariants are judged, and old counts are none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pika import BasicProperties
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service_common.amqp import BrokerSettings, open_channel
from service_common.db import Base, Database, DatabaseSettings
from service_common.errors import Unavailable
from service_common.invariants import judge
from service_common.loop import Loop
from service_common.parking import (
    NO_MESSAGE_IS_PARKED,
    ParkedMessages,
    ParkingWatch,
)
from support.waiting import eventually

# Not one of the services' own, which workers of other tests have an eye on.
PARKING = "probe.parking"
STOP_S = 8.0


@pytest.fixture(scope="module")
def parking_database(
    make_database: Callable[[str], DatabaseSettings],
) -> Iterator[Database]:
    database = Database(
        make_database("parking"), pool_size=2, application_name="parking-tests"
    )
    Base.metadata.create_all(database.engine, [ParkedMessages.__table__])  # type: ignore[list-item]
    yield database
    database.dispose()


@pytest.fixture(autouse=True)
def _never_counted(parking_database: Database) -> None:
    with parking_database.statement() as connection:
        connection.execute(text("TRUNCATE parked_messages"))


@pytest.fixture
def parking(broker: BrokerSettings) -> Iterator[BlockingChannel]:
    """The queue, empty, and a channel to it."""
    with open_channel(broker) as channel:
        channel.queue_declare(
            PARKING, durable=True, arguments={"x-queue-type": "quorum"}
        )
        channel.confirm_delivery()
        yield channel
        channel.queue_delete(PARKING)


@contextmanager
def watching(
    database: Database, broker: BrokerSettings, queue: str = PARKING
) -> Iterator[Loop]:
    stop = threading.Event()
    loop = Loop("parking_watch", ParkingWatch(queue, database, broker).turn, stop)
    loop.start()
    try:
        yield loop
    finally:
        stop.set()
        has_ended = loop.join(STOP_S)
    assert has_ended
    assert not loop.failed


def park(channel: BlockingChannel, messages: int) -> None:
    for _ in range(messages):
        channel.basic_publish(
            "", PARKING, b"poison", BasicProperties(delivery_mode=2), True
        )


def broken(database: Database) -> tuple[str, ...]:
    [found] = judge(database, [NO_MESSAGE_IS_PARKED])
    assert found.violations == len(found.examples)
    return found.examples


def is_well(loop: Loop) -> bool:
    try:
        loop.check()
    except Unavailable:
        return False
    return True


def test_parked_message_breaks_the_rule_until_somebody_has_taken_it(
    parking_database: Database, broker: BrokerSettings, parking: BlockingChannel
) -> None:
    with watching(parking_database, broker) as loop:
        eventually(lambda: is_well(loop), bool, within_s=5, every_s=0.05)
        assert broken(parking_database) == ()

        park(parking, 2)
        eventually(
            lambda: " ".join(broken(parking_database)),
            lambda found: found.startswith(f"{PARKING}: 2 parked, counted at 20"),
            within_s=5,
        )
        eventually(
            lambda: REGISTRY.get_sample_value("messages_parked", {"queue": PARKING}),
            lambda gauge: gauge == 2,
            within_s=5,
        )

        parking.queue_purge(PARKING)
        eventually(
            lambda: broken(parking_database), lambda found: not found, within_s=5
        )


def test_counting_takes_nothing_out_of_the_queue(
    parking_database: Database, broker: BrokerSettings, parking: BlockingChannel
) -> None:
    park(parking, 1)

    with watching(parking_database, broker):
        eventually(lambda: broken(parking_database), bool, within_s=5, every_s=0.05)

    method, _, body = parking.basic_get(PARKING, auto_ack=True)
    assert body == b"poison"
    assert not method.redelivered


@pytest.mark.parametrize(("seconds", "violations"), [(110, 0), (121, 1)])
def test_count_of_long_ago_does_not_say_that_nothing_is_parked(
    parking_database: Database, seconds: int, violations: int
) -> None:
    with parking_database.statement() as connection:
        connection.execute(
            text(
                "INSERT INTO parked_messages VALUES"
                " ('parking', 0, now() - make_interval(secs => :seconds))"
            ),
            {"seconds": seconds},
        )

    assert len(broken(parking_database)) == violations


def test_less_than_nothing_cannot_be_parked(parking_database: Database) -> None:
    with (
        pytest.raises(IntegrityError, match="messages_not_negative"),
        parking_database.statement() as connection,
    ):
        connection.execute(text("INSERT INTO parked_messages VALUES ('parking', -1)"))


def test_queue_that_is_missing_is_told_and_not_made(
    parking_database: Database, broker: BrokerSettings
) -> None:
    with watching(parking_database, broker, "probe.nowhere") as loop:
        eventually(lambda: loop._failures, bool, within_s=5, every_s=0.05)
        assert not is_well(loop)

    with open_channel(broker) as channel, pytest.raises(ChannelClosedByBroker):
        channel.queue_declare("probe.nowhere", passive=True)
