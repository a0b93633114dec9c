"""The worker's loops against the real broker and a stub of the order service."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from pika import BasicProperties

from inventory_service.clients.hold_queues import HOLDS
from inventory_service.services.hold_decision import Reservation
from inventory_service.services.lock_service import LockService
from inventory_service.services.records import SeatHold
from inventory_service.settings import WorkerSettings
from inventory_service.wiring import build_worker
from local_stack import Stack
from service_common.amqp import BrokerSettings, open_channel
from service_common.db import Database, DatabaseSettings
from service_common.errors import Unavailable
from service_common.loop import Loop
from service_common.stubs import inventory_pb2 as pb
from support.full_disk import FullDisk
from support.inventory_calls import InventoryCalls
from support.order_stub import OrderStub, running_order_stub
from support.waiting import eventually

Query = Callable[..., list[Any]]
Hold = Callable[..., SeatHold]

HOLD_QUEUE = "seat.hold.queue"
RELEASE_QUEUE, PARKING_QUEUE = HOLDS.due_queue, HOLDS.parking_queue
NOWHERE = "http://127.0.0.1:9"
STOP_S = 8.0


@pytest.fixture
def orders() -> Iterator[OrderStub]:
    with running_order_stub() as stub:
        yield stub


@pytest.fixture(autouse=True)
def empty_queues(broker: BrokerSettings) -> None:
    with open_channel(broker) as channel:
        for queue in (HOLD_QUEUE, RELEASE_QUEUE, PARKING_QUEUE):
            channel.queue_purge(queue)


@pytest.fixture
def worker_settings(
    seats_database: DatabaseSettings, broker: BrokerSettings, orders: OrderStub
) -> WorkerSettings:
    return WorkerSettings(
        host="127.0.0.1",
        ops_port=8082,
        log_level="INFO",
        service_token="token-of-the-inner-services",
        database=seats_database,
        broker=broker,
        order_service_url=orders.url,
        sweep_interval_s=60,
    )


@pytest.fixture
def hold(database: Database, seats: list[str]) -> Hold:
    """Hold the first seats for a moment."""

    def make(ttl_s: float = 0.5, seat_count: int = 1) -> SeatHold:
        locks = LockService(database, hold_ttl_s=ttl_s)
        wanted = tuple(UUID(seat_id) for seat_id in seats[:seat_count])
        return locks.reserve_seats(
            Reservation(wanted, uuid.uuid4(), uuid.uuid4(), uuid.uuid4())
        )

    return make


@contextmanager
def working(settings: WorkerSettings, *names: str) -> Iterator[dict[str, Loop]]:
    """The worker with all of its loops, or those that are named."""
    stop = threading.Event()
    parts = build_worker(settings, stop)
    loops = {loop.name: loop for loop in parts.loops if not names or loop.name in names}
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


def messages_in(broker: BrokerSettings, queue: str) -> int:
    with open_channel(broker) as channel:
        count: int = channel.queue_declare(queue, passive=True).method.message_count
        return count


def send(broker: BrokerSettings, body: bytes) -> None:
    with open_channel(broker) as channel:
        channel.confirm_delivery()
        channel.basic_publish(
            "", RELEASE_QUEUE, body, BasicProperties(delivery_mode=2), True
        )


def is_well(loop: Loop) -> bool:
    try:
        loop.check()
    except Unavailable:
        return False
    return True


def statuses(query: Query) -> set[str]:
    return {row.status for row in query("SELECT status::text FROM seats")}


def test_hold_comes_back_as_a_message_when_its_time_is_over(
    worker_settings: WorkerSettings,
    inventory: InventoryCalls,
    query: Query,
    hold: Hold,
    orders: OrderStub,
) -> None:
    """The whole way, the sweeper asleep: outbox, broker, release, order service."""
    with working(worker_settings):
        held = hold(ttl_s=0.5, seat_count=2)
        assert statuses(query) == {"AVAILABLE", "HELD"}
        eventually(orders.failed_orders, bool, within_s=10, every_s=0.05)
        eventually(
            lambda: query("SELECT 1 FROM outbox"), lambda rows: not rows, within_s=5
        )

    assert statuses(query) == {"AVAILABLE"}
    [(path, headers, body)] = orders.calls
    assert path == f"/orders/{held.order_id}/fail"
    assert headers["x-service-token"] == worker_settings.service_token
    assert headers["x-request-id"]
    assert body == {
        "reason": "HOLD_EXPIRED",
        "user_id": str(held.user_id),
        "event_id": str(held.event_id),
        "hold_id": str(held.hold_id),
        "seats": [
            {
                "seat_id": str(seat.seat_id),
                "row_number": seat.row_number,
                "seat_number": seat.seat_number,
                "category": "CAT1",
                "price": "350.00",
            }
            for seat in held.seats
        ],
    }


def test_hold_message_lives_as_long_as_what_is_left_of_the_hold(
    worker_settings: WorkerSettings, broker: BrokerSettings, hold: Hold
) -> None:
    held = hold(ttl_s=120)
    with working(worker_settings, "hold_relay"), open_channel(broker) as channel:
        method, properties, body = eventually(
            lambda: channel.basic_get(HOLD_QUEUE),
            lambda got: got[0] is not None,
            within_s=5,
            every_s=0.05,
        )
        channel.basic_ack(method.delivery_tag)

    assert (method.exchange, method.routing_key) == (HOLDS.exchange, HOLDS.routing_key)
    assert 110_000 < int(properties.expiration) < 121_000
    assert properties.headers["x-request-id"]
    payload = json.loads(body)
    assert payload["hold_id"] == str(held.hold_id)
    assert set(payload) == {"hold_id", "order_id", "event_id", "user_id", "held_until"}


def test_message_of_a_hold_that_is_over_already_expires_at_once(
    worker_settings: WorkerSettings, broker: BrokerSettings, hold: Hold
) -> None:
    """As after an outage of the broker that outlasted the hold."""
    hold(ttl_s=0.01)
    with working(worker_settings, "hold_relay"):
        eventually(
            lambda: messages_in(broker, RELEASE_QUEUE), bool, within_s=5, every_s=0.05
        )


@pytest.mark.parametrize(
    "body",
    [
        b"no json",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"hold_id": 7}',
        b'{"hold_id": "7"}',
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_message_that_cannot_be_understood_is_parked(
    worker_settings: WorkerSettings, broker: BrokerSettings, body: bytes
) -> None:
    send(broker, body)
    with working(worker_settings, "release_consumer"):
        eventually(
            lambda: messages_in(broker, PARKING_QUEUE), bool, within_s=5, every_s=0.05
        )

    assert messages_in(broker, RELEASE_QUEUE) == 0
    with open_channel(broker) as channel:
        _, _, parked = channel.basic_get(PARKING_QUEUE, auto_ack=True)
    assert parked == body


def test_parked_message_breaks_an_invariant_until_somebody_has_looked_at_it(
    worker_settings: WorkerSettings, broker: BrokerSettings, inventory: InventoryCalls
) -> None:
    def broken() -> dict[str, list[str]]:
        answer = inventory.call("CheckInvariants", pb.CheckInvariantsRequest())
        return {
            found.name: list(found.examples)
            for found in answer.invariants
            if not found.holds
        }

    with working(worker_settings, "release_consumer", "parking_watch"):
        send(broker, b"no json")
        found = eventually(broken, bool, within_s=10)
        assert list(found) == ["no_message_is_parked"]
        assert found["no_message_is_parked"][0].startswith(f"{PARKING_QUEUE}: 1 parked")

        with open_channel(broker) as channel:
            channel.queue_purge(PARKING_QUEUE)

        eventually(broken, lambda found: not found, within_s=10)


def test_messages_that_find_nothing_to_do_are_done_with(
    worker_settings: WorkerSettings,
    broker: BrokerSettings,
    query: Query,
    hold: Hold,
) -> None:
    """Too early, unknown, repeated: none of them goes round in circles."""
    early = hold(ttl_s=300)
    for hold_id in (early.hold_id, early.hold_id, uuid.uuid4()):
        send(broker, json.dumps({"hold_id": str(hold_id)}).encode())

    with working(worker_settings, "release_consumer"):
        eventually(
            lambda: messages_in(broker, RELEASE_QUEUE),
            lambda n: n == 0,
            within_s=5,
            every_s=0.05,
        )

    assert messages_in(broker, PARKING_QUEUE) == 0
    assert "HELD" in statuses(query)


def test_sweeper_alone_releases_when_every_message_is_lost(
    worker_settings: WorkerSettings, query: Query, hold: Hold, orders: OrderStub
) -> None:
    held = hold(ttl_s=0.1)
    query("DELETE FROM outbox")
    settings = replace(worker_settings, sweep_interval_s=0.1)

    with working(settings, "sweeper", "release_relay"):
        eventually(orders.failed_orders, bool, within_s=5, every_s=0.05)

    assert orders.failed_orders() == [str(held.order_id)]
    assert statuses(query) == {"AVAILABLE"}


def test_dead_broker_does_not_keep_releases_from_the_order_service(
    worker_settings: WorkerSettings, query: Query, hold: Hold, orders: OrderStub
) -> None:
    dead = replace(worker_settings.broker, port=9)
    settings = replace(worker_settings, broker=dead, sweep_interval_s=0.1)
    hold(ttl_s=0.1)

    with working(settings) as loops:
        eventually(orders.failed_orders, bool, within_s=5, every_s=0.05)
        assert not is_well(loops["hold_relay"])
        assert not is_well(loops["release_consumer"])
        assert not is_well(loops["parking_watch"])
        assert is_well(loops["sweeper"])

    assert [row.topic for row in query("SELECT topic FROM outbox")] == ["seat.hold"]


def test_dead_order_service_does_not_keep_holds_from_the_broker(
    worker_settings: WorkerSettings,
    broker: BrokerSettings,
    inventory: InventoryCalls,
    query: Query,
    hold: Hold,
    orders: OrderStub,
) -> None:
    settings = replace(worker_settings, order_service_url=NOWHERE)
    first = hold(ttl_s=60)
    inventory.release(str(first.hold_id), by_holder=True)
    hold(ttl_s=60)

    with working(settings, "hold_relay", "release_relay") as loops:
        eventually(
            lambda: messages_in(broker, HOLD_QUEUE),
            lambda n: n == 2,
            within_s=5,
            every_s=0.05,
        )
        eventually(
            lambda: is_well(loops["release_relay"]), lambda well: not well, within_s=5
        )
    left = query("SELECT topic, attempts FROM outbox")
    assert [row.topic for row in left] == ["hold.released"]
    assert left[0].attempts >= 1

    with working(worker_settings, "release_relay"):
        eventually(orders.failed_orders, bool, within_s=8, every_s=0.05)


def test_order_that_the_order_service_cannot_fail_does_not_hold_up_the_others(
    worker_settings: WorkerSettings,
    inventory: InventoryCalls,
    query: Query,
    seats: list[str],
    orders: OrderStub,
) -> None:
    holds = [inventory.reserve([seat_id]) for seat_id in seats[:4]]
    orders.broken_orders = {holds[0].order_id}
    for held in holds:
        inventory.release(held.hold_id, by_holder=True)

    with working(worker_settings, "release_relay"):
        eventually(orders.failed_orders, lambda failed: len(failed) == 3, within_s=8)
        orders.broken_orders = set()
        eventually(orders.failed_orders, lambda failed: len(failed) == 4, within_s=8)

    assert sorted(orders.failed_orders()) == sorted(held.order_id for held in holds)
    assert query("SELECT 1 FROM outbox WHERE topic = 'hold.released'") == []


@pytest.mark.parametrize(
    ("code", "left"), [("ORDER_ALREADY_CONFIRMED", 0), ("ORDER_ID_REUSED", 1)]
)
def test_release_that_the_order_service_refuses_is_dropped_only_when_it_is_settled(
    worker_settings: WorkerSettings,
    inventory: InventoryCalls,
    query: Query,
    seats: list[str],
    orders: OrderStub,
    code: str,
    left: int,
) -> None:
    orders.status, orders.code = 409, code
    held = inventory.reserve([seats[0]])
    inventory.release(held.hold_id, by_holder=True)

    def waiting() -> list[Any]:
        return query("SELECT attempts FROM outbox WHERE topic = 'hold.released'")

    with working(worker_settings, "release_relay"):
        eventually(
            waiting,
            lambda rows: not rows or rows[0].attempts >= 2,
            within_s=5,
            every_s=0.05,
        )

    assert len(waiting()) == left


def test_two_workers_deliver_every_message_and_hardly_any_twice(
    worker_settings: WorkerSettings,
    inventory: InventoryCalls,
    query: Query,
    seats: list[str],
    orders: OrderStub,
) -> None:
    expected = []
    for _ in range(5):
        for seat_id in seats:
            held = inventory.reserve([seat_id])
            inventory.release(held.hold_id, by_holder=True)
            expected.append(held.order_id)

    with (
        working(worker_settings, "release_relay"),
        working(worker_settings, "release_relay"),
    ):
        eventually(
            lambda: query("SELECT 1 FROM outbox WHERE topic = 'hold.released'"),
            lambda rows: not rows,
            within_s=10,
        )

    assert sorted(orders.failed_orders()) == sorted(expected)


def test_message_leased_by_a_worker_that_died_is_delivered_later(
    worker_settings: WorkerSettings,
    inventory: InventoryCalls,
    query: Query,
    seats: list[str],
    orders: OrderStub,
) -> None:
    held = inventory.reserve([seats[0]])
    inventory.release(held.hold_id, by_holder=True)
    query("UPDATE outbox SET next_attempt_at = now() + interval '1 second'")

    with working(worker_settings, "release_relay"):
        eventually(orders.failed_orders, bool, within_s=5, every_s=0.05)

    assert orders.failed_orders() == [held.order_id]


def test_full_disk_ends_no_loop_and_what_was_to_be_told_is_told_afterwards(
    infrastructure: Stack,
    worker_settings: WorkerSettings,
    hold: Hold,
    orders: OrderStub,
) -> None:
    dsn = infrastructure.postgres.superuser_dsn(worker_settings.database.name)
    disk = FullDisk(dsn, "outbox")
    held = hold(ttl_s=0.1)

    # Full before the worker starts: it would have told of the hold by then.
    with ExitStack() as outage:
        outage.enter_context(disk.full())
        with working(replace(worker_settings, sweep_interval_s=0.1)) as loops:
            eventually(
                lambda: disk.refused_inserts() and disk.refused_updates(),
                bool,
                within_s=10,
            )
            outage.close()
            eventually(orders.failed_orders, bool, within_s=15, every_s=0.05)
            eventually(lambda: all(map(is_well, loops.values())), bool, within_s=10)

    assert orders.failed_orders() == [str(held.order_id)]


@pytest.mark.slow
def test_holds_go_on_while_the_broker_is_down_and_their_messages_flow_afterwards(
    infrastructure: Stack,
    worker_settings: WorkerSettings,
    query: Query,
    hold: Hold,
    orders: OrderStub,
) -> None:
    def oldest() -> list[Any]:
        return query("SELECT topic FROM outbox")

    with working(worker_settings) as loops:
        eventually(
            lambda: all(map(is_well, loops.values())), bool, within_s=5, every_s=0.05
        )
        infrastructure.kill("rabbitmq")
        held = hold(ttl_s=0.5, seat_count=3)
        for name in ("hold_relay", "parking_watch"):
            eventually(
                lambda name=name: is_well(loops[name]),  # type: ignore[misc]
                lambda well: not well,
                within_s=10,
            )
        assert [row.topic for row in oldest()] == ["seat.hold"]

        infrastructure.restart("rabbitmq")
        eventually(orders.failed_orders, bool, within_s=30)
        eventually(oldest, lambda rows: not rows, within_s=5)
        eventually(
            lambda: all(map(is_well, loops.values())), bool, within_s=10, every_s=0.05
        )

    assert orders.failed_orders() == [str(held.order_id)]
    assert statuses(query) == {"AVAILABLE"}
