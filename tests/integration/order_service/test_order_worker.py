"""The order worker's loops against the real broker."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from pika import BasicProperties
from sqlalchemy import text

from builders.ticket_transfers import Resales, a_new_transfer
from local_stack import Stack
from order_service.clients.offer_queues import OFFERS
from order_service.models import Party, TransferStatus, TransferTask
from order_service.services.invariant_service import InvariantService
from order_service.services.transfer_record import NewTransfer, TransferRecord
from order_service.settings import WorkerSettings
from order_service.wiring import build_worker
from service_common.amqp import BrokerSettings, open_channel
from service_common.db import Database, DatabaseSettings
from service_common.errors import Unavailable
from service_common.loop import Loop
from support.waiting import eventually

OFFER_QUEUE = "transfer.offer.queue"
STOP_S = 8.0


@pytest.fixture(autouse=True)
def nothing_left_over(broker: BrokerSettings, database: Database) -> None:
    with open_channel(broker) as channel:
        for queue in (OFFER_QUEUE, OFFERS.due_queue, OFFERS.parking_queue):
            channel.queue_purge(queue)
    with database.statement() as connection:
        connection.execute(text("DELETE FROM transfer_outbox"))


@pytest.fixture
def worker_settings(
    orders_database: DatabaseSettings, broker: BrokerSettings
) -> WorkerSettings:
    return WorkerSettings(
        host="127.0.0.1",
        ops_port=8084,
        log_level="INFO",
        database=orders_database,
        broker=broker,
        sweep_interval_s=60,
    )


@contextmanager
def working(settings: WorkerSettings, *names: str) -> Iterator[dict[str, Loop]]:
    """The worker with those of its loops that are named."""
    stop = threading.Event()
    parts = build_worker(settings, stop)
    loops = {loop.name: loop for loop in parts.loops if loop.name in names}
    assert set(loops) == set(names)
    for loop in loops.values():
        loop.start()
    try:
        yield loops
    finally:
        stop.set()
        ended = [loop.join(STOP_S) for loop in loops.values()]
        parts.database.dispose()
    assert all(ended)
    assert not any(loop.failed for loop in loops.values())


def offered(database: Database, ttl_s: float) -> NewTransfer:
    new = a_new_transfer()
    Resales(database, ttl_s=ttl_s).pending(new)
    return new


def standing(database: Database, new: NewTransfer) -> TransferRecord:
    return Resales(database).transfers.get_transfer(new.transfer_id)


def status_of(database: Database, new: NewTransfer) -> TransferStatus:
    return standing(database, new).status


def has_failed(database: Database, new: NewTransfer) -> bool:
    return status_of(database, new) is TransferStatus.FAILED


def untold(database: Database) -> int:
    with database.statement() as connection:
        count: int = connection.execute(
            text("SELECT count(*) FROM transfer_outbox")
        ).scalar_one()
    return count


def messages_in(broker: BrokerSettings, queue: str) -> int:
    with open_channel(broker) as channel:
        count: int = channel.queue_declare(queue, passive=True).method.message_count
        return count


def send(broker: BrokerSettings, body: bytes) -> None:
    with open_channel(broker) as channel:
        channel.confirm_delivery()
        channel.basic_publish(
            "", OFFERS.due_queue, body, BasicProperties(delivery_mode=2), True
        )


def message_of(new: NewTransfer) -> bytes:
    return json.dumps({"transfer_id": str(new.transfer_id)}).encode()


def is_well(loop: Loop) -> bool:
    try:
        loop.check()
    except Unavailable:
        return False
    return True


def test_offer_that_nobody_agrees_on_comes_back_as_a_message_and_fails(
    worker_settings: WorkerSettings, database: Database
) -> None:
    """The whole way with the sweeper asleep: outbox, broker, dead letter, expiry."""
    with working(worker_settings, "offer_relay", "expiry_consumer"):
        new = offered(database, ttl_s=0.5)
        assert status_of(database, new) is TransferStatus.PENDING_OTP
        eventually(lambda: has_failed(database, new), bool, within_s=10, every_s=0.05)
        eventually(lambda: untold(database), lambda n: n == 0, within_s=5)

    left = standing(database, new)
    assert left.failure_reason == "TRANSFER_EXPIRED"
    assert left.unsettled is TransferTask.CODES
    assert left.ended_at is not None
    assert left.ended_at >= left.expires_at


def test_offer_waits_in_the_broker_as_long_as_there_is_time_to_consent(
    worker_settings: WorkerSettings, broker: BrokerSettings, database: Database
) -> None:
    new = offered(database, ttl_s=120)
    with working(worker_settings, "offer_relay"), open_channel(broker) as channel:
        method, properties, body = eventually(
            lambda: channel.basic_get(OFFER_QUEUE),
            lambda got: got[0] is not None,
            within_s=5,
            every_s=0.05,
        )
        channel.basic_ack(method.delivery_tag)

    assert (method.exchange, method.routing_key) == (
        OFFERS.exchange,
        OFFERS.routing_key,
    )
    assert 110_000 < int(properties.expiration) < 121_000
    assert properties.headers["x-request-id"]
    payload = json.loads(body)
    assert set(payload) == {"transfer_id", "expires_at"}
    assert payload["transfer_id"] == str(new.transfer_id)


def test_offer_whose_time_was_over_before_the_broker_came_back_expires_at_once(
    worker_settings: WorkerSettings, broker: BrokerSettings, database: Database
) -> None:
    Resales(database, ttl_s=0.01).transfers.create_transfer(a_new_transfer())

    with working(worker_settings, "offer_relay"):
        eventually(
            lambda: messages_in(broker, OFFERS.due_queue),
            bool,
            within_s=5,
            every_s=0.05,
        )


@pytest.mark.parametrize(
    "body",
    [
        b"no json",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"transfer_id": 7}',
        b'{"transfer_id": "7"}',
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:14]),
)
def test_expiry_message_that_cannot_be_understood_is_parked(
    worker_settings: WorkerSettings, broker: BrokerSettings, body: bytes
) -> None:
    send(broker, body)
    with working(worker_settings, "expiry_consumer"):
        eventually(
            lambda: messages_in(broker, OFFERS.parking_queue),
            bool,
            within_s=5,
            every_s=0.05,
        )

    assert messages_in(broker, OFFERS.due_queue) == 0
    with open_channel(broker) as channel:
        _, _, parked = channel.basic_get(OFFERS.parking_queue, auto_ack=True)
    assert parked == body


def test_parked_message_breaks_an_invariant_until_somebody_has_looked_at_it(
    worker_settings: WorkerSettings, broker: BrokerSettings, database: Database
) -> None:
    def parked() -> tuple[str, ...]:
        judged = InvariantService(database).judge()
        [found] = [one for one in judged if one.name == "no_message_is_parked"]
        assert found.holds is not bool(found.examples)
        return found.examples

    with working(worker_settings, "expiry_consumer", "parking_watch"):
        send(broker, b"no json")
        [example] = eventually(parked, bool, within_s=10)
        assert example.startswith(f"{OFFERS.parking_queue}: 1 parked")

        with open_channel(broker) as channel:
            channel.queue_purge(OFFERS.parking_queue)

        eventually(parked, lambda found: not found, within_s=10)


def test_early_late_repeated_and_unknown_messages_do_nothing_wrong(
    worker_settings: WorkerSettings, broker: BrokerSettings, database: Database
) -> None:
    resales = Resales(database)
    early = offered(database, ttl_s=300)
    agreed = resales.agreed(a_new_transfer())
    cancelled = resales.pending(a_new_transfer())
    resales.transfers.fail_transfer(cancelled.transfer_id, "CANCELLED")
    with database.statement() as connection:
        connection.execute(
            text("UPDATE transfers SET expires_at = now() WHERE transfer_id = ANY(:i)"),
            {"i": [agreed.transfer_id, cancelled.transfer_id]},
        )
    before = [standing(database, new) for new in (early, agreed, cancelled)]

    for new in (early, early, agreed, cancelled, agreed, a_new_transfer()):
        send(broker, message_of(new))
    with working(worker_settings, "expiry_consumer"):
        eventually(
            lambda: messages_in(broker, OFFERS.due_queue),
            lambda n: n == 0,
            within_s=5,
            every_s=0.05,
        )

    assert [standing(database, new) for new in (early, agreed, cancelled)] == before
    assert messages_in(broker, OFFERS.parking_queue) == 0


def test_sweeper_alone_ends_offers_when_every_message_is_lost(
    worker_settings: WorkerSettings, database: Database
) -> None:
    due = [offered(database, ttl_s=1) for _ in range(3)]
    begun = a_new_transfer()
    Resales(database, ttl_s=1).transfers.create_transfer(begun)
    agreed = Resales(database, ttl_s=1).agreed(a_new_transfer())
    lasting = offered(database, ttl_s=300)

    with working(replace(worker_settings, sweep_interval_s=0.1), "sweeper"):
        eventually(
            lambda: all(has_failed(database, new) for new in (*due, begun)),
            bool,
            within_s=10,
            every_s=0.05,
        )

    assert standing(database, agreed).unsettled is TransferTask.SWAP
    assert status_of(database, lasting) is TransferStatus.PENDING_OTP
    left = standing(database, due[0])
    assert (left.failure_reason, left.unsettled) == (
        "TRANSFER_EXPIRED",
        TransferTask.CODES,
    )


def test_many_due_offers_are_swept_by_two_sweepers_once_each(
    worker_settings: WorkerSettings, database: Database
) -> None:
    with database.statement() as connection:
        connection.execute(
            text(
                "INSERT INTO transfers (transfer_id, seat_id, event_id,"
                " seller_user_id, buyer_user_id, initiated_by, credits_amount,"
                " currency, ticket_version, expires_at) SELECT gen_random_uuid(),"
                " gen_random_uuid(), gen_random_uuid(), s, gen_random_uuid(), s, 1,"
                " 'SGD', 1, now() FROM (SELECT gen_random_uuid() AS s"
                " FROM generate_series(1, 450)) x"
            )
        )

    def still_open() -> Any:
        with database.statement() as connection:
            return connection.execute(
                text(
                    "SELECT count(*) FROM transfers"
                    " WHERE status = 'INITIATED' AND expires_at <= now()"
                )
            ).scalar_one()

    settings = replace(worker_settings, sweep_interval_s=0.1)
    with working(settings, "sweeper"), working(settings, "sweeper"):
        eventually(still_open, lambda n: n == 0, within_s=10, every_s=0.05)


def test_offers_are_made_and_end_while_the_broker_is_dead(
    worker_settings: WorkerSettings, database: Database
) -> None:
    dead = replace(worker_settings.broker, port=9)
    settings = replace(worker_settings, broker=dead, sweep_interval_s=0.1)

    with working(
        settings, "offer_relay", "expiry_consumer", "sweeper", "parking_watch"
    ) as loops:
        new = offered(database, ttl_s=1)
        eventually(lambda: has_failed(database, new), bool, within_s=10, every_s=0.05)
        assert not is_well(loops["offer_relay"])
        assert not is_well(loops["expiry_consumer"])
        assert not is_well(loops["parking_watch"])
        assert is_well(loops["sweeper"])

    assert untold(database) == 1


def test_message_that_a_relay_had_leased_when_it_died_is_told_later(
    worker_settings: WorkerSettings, broker: BrokerSettings, database: Database
) -> None:
    offered(database, ttl_s=300)
    with database.statement() as connection:
        connection.execute(
            text(
                "UPDATE transfer_outbox SET next_attempt_at = now()"
                " + interval '1 second', attempts = 1"
            )
        )

    with working(worker_settings, "offer_relay"):
        eventually(lambda: untold(database), lambda n: n == 0, within_s=5)

    assert messages_in(broker, OFFER_QUEUE) == 1


@pytest.mark.slow
def test_broker_that_dies_in_between_only_delays_the_end_of_an_offer(
    infrastructure: Stack, worker_settings: WorkerSettings, database: Database
) -> None:
    with working(
        worker_settings, "offer_relay", "expiry_consumer", "parking_watch"
    ) as loops:
        eventually(
            lambda: all(map(is_well, loops.values())), bool, within_s=5, every_s=0.05
        )
        infrastructure.kill("rabbitmq")
        late, agreed = offered(database, ttl_s=1), offered(database, ttl_s=60)
        for party in Party:
            Resales(database).transfers.verify_party(agreed.transfer_id, party)
        eventually(
            lambda: is_well(loops["offer_relay"]), lambda well: not well, within_s=10
        )
        assert untold(database) == 2

        infrastructure.restart("rabbitmq")
        eventually(lambda: has_failed(database, late), bool, within_s=30)
        eventually(lambda: untold(database), lambda n: n == 0, within_s=5)
        eventually(
            lambda: all(map(is_well, loops.values())), bool, within_s=10, every_s=0.05
        )

    assert standing(database, agreed).unsettled is TransferTask.SWAP
