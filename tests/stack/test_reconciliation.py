"""The reconcile command against a running stack: healthy, and with one row broken.

Every damage is done to a real row behind the services' backs, and mended afterwards.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass

import pytest

from inventory_service.clients.hold_queues import HOLDS
from local_stack import Stack
from service_common.amqp import BrokerSettings, open_channel
from support.reconciling import Verdicts, command, execute, reconcile
from support.shop import Shop
from support.waiting import eventually

SETTLED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Sale:
    """One purchase, by all its ids."""

    order_id: str
    seat_id: str
    saga_id: str
    user_id: str

    def fill(self, sql: str) -> str:
        return sql.format(
            order=self.order_id, seat=self.seat_id, saga=self.saga_id, user=self.user_id
        )


@dataclass(frozen=True, slots=True)
class Damage:
    """What is done to one row of a database, how it is undone, and who tells."""

    database: str
    damage: str
    mend: str
    named: frozenset[str]
    by: str = "saga"


DAMAGES = {
    "the seat belongs to somebody else": Damage(
        "seats_db",
        "UPDATE seats SET owner_user_id = gen_random_uuid() WHERE seat_id = '{seat}'",
        "UPDATE seats SET owner_user_id = '{user}' WHERE seat_id = '{seat}'",
        frozenset({"every_sold_seat_is_in_an_order_of_its_owner"}),
        by="seat",
    ),
    "the order forgot its confirmation": Damage(
        "orders_db",
        "UPDATE order_items SET live = false WHERE order_id = '{order}';"
        "UPDATE orders SET status = 'FAILED', failure_reason = 'DAMAGED',"
        " saga_id = NULL, confirmed_at = NULL, credits_charged = 0"
        " WHERE order_id = '{order}'",
        "UPDATE orders SET status = 'CONFIRMED', failure_reason = NULL,"
        " saga_id = '{saga}', confirmed_at = now(), credits_charged = total"
        " WHERE order_id = '{order}';"
        "UPDATE order_items SET live = true WHERE order_id = '{order}'",
        frozenset(
            {
                "every_charge_bought_something_or_came_back",
                "every_confirmed_order_is_paid_and_handed_over",
                "every_ended_saga_is_whole_or_left_nothing",
            }
        ),
    ),
    "the order costs more than was paid": Damage(
        "orders_db",
        "UPDATE orders SET total = total + 1, credits_charged = credits_charged + 1"
        " WHERE order_id = '{order}'",
        "UPDATE orders SET total = total - 1, credits_charged = credits_charged - 1"
        " WHERE order_id = '{order}'",
        frozenset({"every_confirmed_order_is_paid_and_handed_over"}),
    ),
    "the charge is gone from the ledger": Damage(
        "users_db",
        "UPDATE credit_ledger SET operation_key = 'x' || operation_key"
        " WHERE operation_key = '{saga}:deduct'",
        "UPDATE credit_ledger SET operation_key = '{saga}:deduct'"
        " WHERE operation_key = 'x{saga}:deduct'",
        frozenset({"every_confirmed_order_is_paid_and_handed_over"}),
    ),
    "the balance leaves its ledger": Damage(
        "users_db",
        "UPDATE users SET credit_balance = credit_balance + 0.01"
        " WHERE user_id = '{user}'",
        "UPDATE users SET credit_balance = credit_balance - 0.01"
        " WHERE user_id = '{user}'",
        frozenset({"balance_equals_ledger"}),
        by="user",
    ),
    "the claim was never confirmed": Damage(
        "seats_db",
        "UPDATE seat_claims SET state = 'REVOKED' WHERE claim_id = '{saga}'",
        "UPDATE seat_claims SET state = 'CONFIRMED' WHERE claim_id = '{saga}'",
        frozenset(
            {
                "every_charge_bought_something_or_came_back",
                "every_ended_saga_is_whole_or_left_nothing",
            }
        ),
    ),
    "a claim was left open": Damage(
        "seats_db",
        "UPDATE seat_claims SET state = 'OPEN', closed_at = NULL"
        " WHERE claim_id = '{saga}'",
        "UPDATE seat_claims SET state = 'CONFIRMED', closed_at = now()"
        " WHERE claim_id = '{saga}'",
        frozenset({"no_claim_outlives_its_saga"}),
    ),
    "the saga log says that it failed": Damage(
        "sagas_db",
        "UPDATE sagas SET state = 'FAILED' WHERE saga_id = '{saga}'",
        "UPDATE sagas SET state = 'DONE' WHERE saga_id = '{saga}'",
        frozenset({"every_ended_saga_is_whole_or_left_nothing"}),
    ),
    "the saga is not in the log": Damage(
        "sagas_db",
        "UPDATE sagas SET kind = 'lost' WHERE saga_id = '{saga}'",
        "UPDATE sagas SET kind = 'purchase' WHERE saga_id = '{saga}'",
        frozenset({"every_ended_saga_is_whole_or_left_nothing"}),
    ),
    "the saga is stuck": Damage(
        "sagas_db",
        "UPDATE sagas SET state = 'STUCK', stuck_from = 'RUNNING', finished_at = NULL"
        " WHERE saga_id = '{saga}'",
        "UPDATE sagas SET state = 'DONE', stuck_from = NULL, finished_at = now()"
        " WHERE saga_id = '{saga}'",
        frozenset({"no_saga_is_stuck_or_late"}),
    ),
    "the ticket was handed over twice": Damage(
        "seats_db",
        "UPDATE seats SET ticket_version = 2 WHERE seat_id = '{seat}'",
        "UPDATE seats SET ticket_version = 1 WHERE seat_id = '{seat}'",
        frozenset({"ticket_version_counts_its_handovers"}),
        by="seat",
    ),
}


def _sell(live: Stack, shop: Shop) -> Sale:
    """A purchase of two seats by alice."""
    alice = shop.sign_in("alice@example.com")
    seat, other = shop.publish().seat_ids[:2]
    order_id = shop.must_reserve(alice, seat, other)["order_id"]
    assert shop.pay(alice, order_id).status == 200
    [(saga_id, user_id)] = execute(
        live,
        "orders_db",
        "SELECT CAST(saga_id AS text), CAST(user_id AS text) FROM orders"
        " WHERE order_id = %(order_id)s",
        order_id=order_id,
    )
    return Sale(order_id, seat, saga_id, user_id)


@dataclass(frozen=True, slots=True)
class Ruin:
    """A purchase for every kind of damage, and what was said of them all."""

    sales: dict[str, Sale]
    damaged: Verdicts
    as_text: str
    mended: Verdicts


@pytest.fixture(scope="module")
def ruin(live: Stack, shop: Shop) -> Ruin:
    """Everything broken at once, each in a purchase of its own; and mended."""
    sales = {what: _sell(live, shop) for what in DAMAGES}
    for what, damage in DAMAGES.items():
        execute(live, damage.database, sales[what].fill(damage.damage))
    try:
        damaged, told = reconcile(live), command(live)
    finally:
        for what, damage in DAMAGES.items():
            execute(live, damage.database, sales[what].fill(damage.mend))
    mended = eventually(
        lambda: reconcile(live),
        lambda seen: seen.status == 0,
        within_s=SETTLED_WITHIN_S,
    )
    return Ruin(sales, damaged, told.stdout, mended)


def test_healthy_history_holds_to_the_end(live: Stack, shop: Shop) -> None:
    _sell(live, shop)

    verdicts = eventually(
        lambda: reconcile(live, "--full"),
        lambda seen: seen.status == 0,
        within_s=SETTLED_WITHIN_S,
    )

    assert verdicts.body["verdict"] == "HOLDS"
    assert verdicts.broken == {}
    numbers = {one["number"] for one in verdicts.body["invariants"]}
    assert numbers == {
        *("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I11", "I12"),
        *("L1", "L2", "L3", "L4", "L5", ""),
    }


@pytest.mark.parametrize("what", DAMAGES)
def test_broken_row_is_named_by_the_rules_it_breaks(ruin: Ruin, what: str) -> None:
    damage, sale = DAMAGES[what], ruin.sales[what]
    name = {"saga": sale.saga_id, "seat": sale.seat_id, "user": sale.user_id}[damage.by]

    assert (ruin.damaged.status, ruin.damaged.body["verdict"]) == (1, "BROKEN")
    told = {rule for rule, text in ruin.damaged.broken.items() if name in text}
    assert damage.named <= told


def test_what_was_mended_is_told_no_longer(ruin: Ruin) -> None:
    assert ruin.mended.broken == {}


def test_person_is_told_the_rows_and_what_to_do(ruin: Ruin) -> None:
    sale = ruin.sales["the saga log says that it failed"]

    title = "I7   orchestrator  every_ended_saga_is_whole_or_left_nothing"
    assert title in ruin.as_text
    for name in (sale.saga_id, sale.order_id, sale.user_id, "What to do:"):
        assert name in ruin.as_text


def test_lately_ended_sagas_are_judged_alone(live: Stack, shop: Shop) -> None:
    sale = _sell(live, shop)
    write = "UPDATE sagas SET state = %(state)s, finished_at = now() - interval"
    where = " '2 hours' WHERE saga_id = %(saga_id)s"
    damage = {"database": "sagas_db", "sql": write + where, "saga_id": sale.saga_id}
    execute(live, **damage, state="FAILED")
    try:
        lately = reconcile(live, "--since", "1h")
        ever = reconcile(live, "--since", "3h")
    finally:
        execute(live, **damage, state="DONE")

    rule = "every_ended_saga_is_whole_or_left_nothing"
    assert rule not in lately.broken
    assert sale.saga_id in ever.broken[rule]


def test_order_that_lost_its_hold_is_named(live: Stack, shop: Shop) -> None:
    token = shop.sign_in("bob@example.com")
    reserved = shop.must_reserve(token, shop.publish().seat_ids[0])
    change = (
        "UPDATE orders SET hold_id = %(hold_id)s,"
        " created_at = now() - interval '16 seconds' WHERE order_id = %(order_id)s"
    )
    order_id = reserved["order_id"]
    [(hold_id,)] = execute(
        live,
        "orders_db",
        "SELECT CAST(hold_id AS text) FROM orders WHERE order_id = %(order_id)s",
        order_id=order_id,
    )
    lost = str(uuid.uuid4())
    execute(live, "orders_db", change, hold_id=lost, order_id=order_id)
    try:
        found = reconcile(live).broken
    finally:
        execute(live, "orders_db", change, hold_id=hold_id, order_id=order_id)

    assert order_id in found["no_order_is_pending_without_its_hold"]


def test_parked_message_is_told_with_where_to_look_until_it_is_gone(
    live: Stack, shop: Shop
) -> None:
    admin, there = shop.sign_in("admin@example.com"), live.rabbitmq
    broker = BrokerSettings(there.host, there.port, there.user, there.password)
    with open_channel(broker) as channel:
        channel.basic_publish("", HOLDS.due_queue, b"poison")
        try:
            eventually(lambda: shop.broken_invariants(admin), bool, within_s=10)
            told = command(live)
        finally:
            channel.queue_purge(HOLDS.parking_queue)
    eventually(
        lambda: shop.broken_invariants(admin),
        lambda broken: not broken,
        within_s=SETTLED_WITHIN_S,
    )

    assert told.returncode == 1
    assert "L4 no_message_is_parked (inventory)" in told.stdout
    assert f"queue {HOLDS.parking_queue}: 1 parked" in told.stdout
    assert "management page" in told.stdout


def test_silent_service_means_could_not_tell(live: Stack) -> None:
    live.stop("event-service")
    try:
        verdicts = reconcile(live)
    finally:
        live.restart("event-service")
        live.wait()

    assert (verdicts.status, verdicts.body["verdict"]) == (2, "UNKNOWN")
    assert "event-service" in verdicts.broken["answers_for_itself"]


@pytest.mark.parametrize("wrong", ["--since=soon", "--budget=-1s", "--everything"])
def test_wrong_argument_is_no_verdict(live: Stack, wrong: str) -> None:
    assert command(live, wrong).returncode == 2


def test_nothing_is_cried_while_people_buy(live: Stack, shop: Shop) -> None:
    """Facts of four databases, read while sagas are between their beats."""
    alice = shop.sign_in("alice@example.com")
    seats = iter(shop.publish(seats=60).seat_ids)
    stop = threading.Event()
    bought: list[str] = []

    def buy() -> None:
        for seat_id in seats:
            if stop.is_set():
                return
            order_id = shop.must_reserve(alice, seat_id)["order_id"]
            assert shop.pay(alice, order_id).status in {200, 202}
            bought.append(order_id)

    buyer = threading.Thread(target=buy)
    buyer.start()
    try:
        cries = [reconcile(live).broken for _ in range(2)]
    finally:
        stop.set()
        buyer.join()

    assert len(bought) > 3
    assert cries == [{}, {}]
