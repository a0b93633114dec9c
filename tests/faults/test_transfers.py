"""Tickets go round while processes die: one owner each, and no credit made or lost."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from live import TRANSFER_TTL_S
from local_stack import Stack
from service_common.crash_points import VARIABLE
from support.market import Deal, Market
from support.shop import EventOnSale, Person, Shop
from support.smu import SmuStandin
from support.stripe_standin import StripeStandin
from support.waiting import eventually
from ticket_demo.api import Answer, NoAnswer

# Longer than an offer and a lease together.
pytestmark = pytest.mark.timeout(300)

CREDITS = "50.00"
HOPS = 2
TRIES = 10
ENDED_WITHIN_S = TRANSFER_TTL_S + 60.0
_SERVER_ERROR = 500


@pytest.fixture(scope="module")
def market(live: Stack, shop: Shop) -> Market:
    secrets = live.context.secrets
    return Market(
        shop,
        SmuStandin(live.url("smu-standin"), secrets["SMU_API_KEY"]),
        StripeStandin(live.url("localstripe"), secrets["STRIPE_SECRET_KEY"]),
    )


def _try(ask: Callable[[], Answer]) -> Answer | None:
    try:
        return ask()
    except NoAnswer:
        return None


class Ring:
    """People in a circle; each ticket wanders from one to the next."""

    def __init__(self, market: Market, people: Sequence[Person]) -> None:
        self._market = market
        self._people = people
        self.begun = threading.Semaphore(0)
        """One more for each transfer whose codes are about to be entered."""

    def wander(self, seat_id: str, at: int, amount: str) -> int:
        """Hand a ticket on, several times; returns who has it by what he was told."""
        begun_at = at
        for _ in range(TRIES):
            if at == begun_at + HOPS:
                break
            seller = self._people[at % len(self._people)]
            buyer = self._people[(at + 1) % len(self._people)]
            if self._hand_on(seat_id, seller, buyer, amount) == "COMPLETED":
                at += 1
        return at

    def _hand_on(
        self, seat_id: str, seller: Person, buyer: Person, amount: str
    ) -> str | None:
        key = str(uuid.uuid4())

        def begin() -> Answer | None:
            """Come again under the same key, unless that one was refused."""
            nonlocal key
            answer = _try(
                lambda: self._market.initiate(
                    seller, seat_id, seller=seller, buyer=buyer, amount=amount, key=key
                )
            )
            if answer is not None and answer.status < _SERVER_ERROR:
                key = str(uuid.uuid4())
            return answer

        begun = eventually(
            begin,
            # A phone takes part in one thing at a time, and processes die.
            lambda answer: answer is not None and answer.status in (201, 402),
            within_s=ENDED_WITHIN_S,
            every_s=0.2,
        )
        if begun is None or begun.status != 201:
            return None
        deal = Deal(begun.body["transfer_id"], seat_id, seller, buyer, amount)
        self.begun.release()
        return self._confirm_until_it_ends(deal)

    def _confirm_until_it_ends(self, deal: Deal) -> str:
        market, codes = self._market, self._market.codes(deal)

        def look() -> str:
            _try(lambda: market.confirm(deal.seller, deal, codes))
            seen = _try(
                lambda: market.shop.api.transfer(deal.seller.token, deal.transfer_id)
            )
            return str(seen.body.get("status")) if seen and seen.body else "?"

        return eventually(
            look,
            lambda status: status in ("COMPLETED", "FAILED"),
            within_s=ENDED_WITHIN_S,
            every_s=0.2,
        )


def _kill_in_turn(
    live: Stack, victims: Sequence[str], ring: Ring, stop: threading.Event
) -> int:
    """Kill somebody whenever a transfer is about to be confirmed."""
    for kills, victim in enumerate(itertools.cycle(victims)):
        while not ring.begun.acquire(timeout=0.5):
            if stop.is_set():
                return kills
        live.kill(victim)
        live.restart(victim)
    raise AssertionError("a cycle has no end")


def test_rings_of_transfers_keep_one_owner_per_seat_and_every_credit(
    live: Stack, market: Market
) -> None:
    event = market.shop.publish(seats=3, price="5.00")
    people = [market.person_with(CREDITS) for _ in range(6)]
    ring, stop = Ring(market, people), threading.Event()
    for at, seat_id in enumerate(event.seat_ids):
        market.shop.buy(people[2 * at].token, seat_id)
    before = _total(market, people)
    victims = ("user-service", "orchestrator-service", "inventory-service")

    with ThreadPoolExecutor(4) as pool:
        nemesis = pool.submit(_kill_in_turn, live, victims, ring, stop)
        wandering = [
            pool.submit(ring.wander, seat_id, 2 * at, f"{at + 1}.25")
            for at, seat_id in enumerate(event.seat_ids)
        ]
        try:
            told = [future.result() for future in wandering]
        finally:
            stop.set()
        kills = nemesis.result()

    assert kills > 0
    assert sum(told) > sum(2 * at for at in range(3)), "nothing changed hands"
    live.up()
    for at, seat_id in zip(told, event.seat_ids, strict=True):
        owners = [person for person in people if market.owns(person, seat_id)]
        assert owners == [people[at % len(people)]]
    assert _total(market, people) == before


def _total(market: Market, people: Sequence[Person]) -> Decimal:
    return sum(
        (Decimal(part) for person in people for part in market.balances(person)),
        Decimal(0),
    )


def _sold_to(market: Market, event: EventOnSale, *seat_ids: str) -> list[Deal]:
    """An open transfer of each seat, between new people, all codes sent."""
    deals = []
    for seat_id in seat_ids or event.seat_ids:
        seller = market.seller_of(event, seat_id)
        deals.append(market.begin(seat_id, seller, market.person_with("10.00")))
    return deals


def test_transfer_and_check_in_at_once_one_of_them_wins(
    market: Market, shop: Shop
) -> None:
    event, staff = shop.publish(seats=6), shop.sign_in("staff@example.com")
    for seat_id in event.seat_ids:
        (deal,) = _sold_to(market, event, seat_id)
        codes = market.codes(deal)
        # One consent is given before, so that both take about as long.
        market.confirm(deal.seller, deal, {"seller_otp": codes["seller_otp"]})
        last = {"buyer_otp": codes["buyer_otp"]}
        ticket = shop.code(deal.seller.token, seat_id)
        with ThreadPoolExecutor(2) as pool:
            confirmed = pool.submit(market.confirm, deal.buyer, deal, last)
            scanned = pool.submit(shop.scan, staff, ticket)
        moved = confirmed.result().status == 200
        entered_hall = scanned.result()["result"] == "SUCCESS"

        assert moved != entered_hall, confirmed.result().body
        if moved:
            assert market.owns(deal.buyer, deal.seat_id)
        else:
            assert market.balances(deal.buyer) == ("10.00", "0.00")


def test_cancellation_and_last_code_at_once_one_of_them_wins(
    market: Market, shop: Shop
) -> None:
    event = shop.publish(seats=6)

    for seat_id in event.seat_ids:
        (deal,) = _sold_to(market, event, seat_id)
        codes = market.codes(deal)
        market.confirm(deal.seller, deal, {"seller_otp": codes["seller_otp"]})
        last = {"buyer_otp": codes["buyer_otp"]}
        with ThreadPoolExecutor(2) as pool:
            confirmed = pool.submit(market.confirm, deal.buyer, deal, last)
            cancelled = pool.submit(
                shop.api.cancel_transfer, deal.seller.token, deal.transfer_id
            )
        moved = confirmed.result().status == 200
        called_off = cancelled.result().status == 200

        assert moved != called_off, (confirmed.result().body, cancelled.result().body)
        assert market.status(deal) == ("COMPLETED" if moved else "FAILED")
        assert market.owns(deal.buyer, deal.seat_id) == moved


@pytest.mark.parametrize("victim", ["orchestrator-service", "user-service"])
def test_process_killed_between_the_two_codes_forgets_neither(
    live: Stack, market: Market, shop: Shop, victim: str
) -> None:
    event = shop.publish(seats=1)
    (deal,) = _sold_to(market, event)
    codes = market.codes(deal)

    first = market.confirm(deal.seller, deal, {"seller_otp": codes["seller_otp"]})
    live.kill(victim)
    live.restart(victim)
    second = market.confirm(deal.buyer, deal, {"buyer_otp": codes["buyer_otp"]})

    assert first.body["seller_otp_verified"]
    assert second.body["status"] == "COMPLETED"


@pytest.mark.parametrize("moment", ["before", "after_commit"])
def test_killed_as_a_code_leaves_its_sender_is_followed_by_another(
    live: Stack, market: Market, shop: Shop, moment: str
) -> None:
    event = shop.publish(seats=1)
    seller = market.seller_of(event, event.seat_ids[0])
    buyer, key = market.person_with("10.00"), str(uuid.uuid4())
    live.restart("user-service", {VARIABLE: f"send_code:{moment}"})

    def offer() -> Answer | None:
        return _try(
            lambda: market.initiate(
                seller, event.seat_ids[0], seller=seller, buyer=buyer, key=key
            )
        )

    first = offer()
    assert not live.is_running("user-service")
    live.restart("user-service")
    begun = eventually(
        offer,
        lambda answer: answer is not None and answer.status == 201,
        within_s=TRANSFER_TTL_S,
    )

    assert first is None or first.status == 503
    assert begun is not None
    deal = Deal(begun.body["transfer_id"], event.seat_ids[0], seller, buyer, "10.00")
    assert market.confirm(seller, deal, market.codes(deal)).status == 200
    assert market.owns(buyer, deal.seat_id)


def test_participant_away_at_the_swap_is_waited_for_or_nothing_moves(
    live: Stack, market: Market, shop: Shop
) -> None:
    event = shop.publish(seats=1)
    (deal,) = _sold_to(market, event)
    codes = market.codes(deal)
    seller = market.confirm(deal.seller, deal, {"seller_otp": codes["seller_otp"]})
    assert seller.status == 200

    live.kill("inventory-service")
    try:
        _try(
            lambda: market.confirm(deal.buyer, deal, {"buyer_otp": codes["buyer_otp"]})
        )
    finally:
        live.restart("inventory-service")

    status = eventually(
        lambda: market.status(deal),
        lambda seen: seen in ("COMPLETED", "FAILED"),
        within_s=ENDED_WITHIN_S,
    )
    moved = status == "COMPLETED"
    assert market.owns(deal.buyer, deal.seat_id) == moved
    assert market.balances(deal.buyer)[0] == ("0.00" if moved else "10.00")


@pytest.mark.parametrize("away", ["rabbitmq", "order-worker"])
def test_offer_that_nobody_takes_ends_by_itself_whoever_is_dead(
    live: Stack, market: Market, shop: Shop, away: str
) -> None:
    """Without the broker the sweeper ends it; without the worker, the next offer."""
    event = shop.publish(seats=1)
    live.kill(away)
    try:
        (deal,) = _sold_to(market, event)
        if away == "rabbitmq":
            eventually(
                lambda: market.status(deal),
                lambda status: status == "FAILED",
                within_s=TRANSFER_TTL_S + 15,
            )
        again = eventually(
            lambda: market.initiate(
                deal.seller, deal.seat_id, seller=deal.seller, buyer=deal.buyer
            ),
            lambda answer: answer.status == 201,
            within_s=TRANSFER_TTL_S + 30,
        )
    finally:
        live.restart(away)

    assert again.body["transfer_id"] != deal.transfer_id
    assert market.status(deal) == "FAILED"
