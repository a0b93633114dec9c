"""What the clients of a run do, each thread with dice of its own."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from chaos.recorder import Outcome, outcome_of
from chaos.town import PRICE, Ticket, Town
from support.races import race
from support.shop import HALL, Person
from ticket_demo.api import Answer

CLIENTS = 8
_OK = 200
_CREATED = 201
_TRIES = 8
_MIX = {"stampede": 50, "top_up": 12, "scan": 14, "transfer": 18, "put_on_sale": 6}


class Client:
    """One thread: things it does, one after the other, until told to stop."""

    def __init__(self, town: Town, seed: int, stop: threading.Event) -> None:
        self._town = town
        self._rng = random.Random(seed)  # noqa: S311 - a schedule that repeats
        self._stop = stop

    def run(self) -> None:
        """Do one thing after the other."""
        deeds: dict[str, Callable[[], None]] = {
            "stampede": self.stampede,
            "top_up": self.top_up,
            "scan": self.scan,
            "transfer": self.transfer,
            "put_on_sale": lambda: self._town.put_on_sale(self._stop),
        }
        names, weights = list(_MIX), list(_MIX.values())
        while not self._stop.wait(self._rng.uniform(0.05, 0.3)):
            deeds[self._rng.choices(names, weights)[0]]()

    # --- buying --------------------------------------------------------------------

    def stampede(self) -> None:
        """Several want the same seat at the same moment; whoever has it goes on."""
        seat_id = self._rng.choice(self._town.hot_seats)
        rivals = self._rng.sample(self._town.customers, self._rng.choice((1, 2, 3)))
        answers = race(*(lambda who=who: self._reserve(who, seat_id) for who in rivals))
        for person, answer in zip(rivals, answers, strict=True):
            if isinstance(answer, Answer) and answer.status == _OK:
                self._go_on(person, answer)

    def _reserve(self, person: Person, seat_id: str) -> Answer | None:
        key = uuid.uuid4().hex
        return self._insist(
            "reserve",
            person,
            seat_id,
            lambda: self._town.api.reserve(person.token, seat_id, idempotency_key=key),
            tries=3,
        )

    def _go_on(self, person: Person, held: Answer) -> None:
        order_id, ttl_s = str(held.body["order_id"]), float(held.body["ttl_seconds"])
        dice = self._rng.random()
        if dice < 0.15:
            return  # abandoned: the hold expires
        if dice < 0.3:
            # At the edge of expiry; a moment before, or a moment after.
            self._stop.wait(max(0.0, ttl_s + self._rng.uniform(-0.4, 0.3)))
        asks = 2 if dice > 0.8 else 1
        paid = race(*[lambda: self._pay(person, order_id)] * asks)
        for answer in paid:
            if isinstance(answer, Answer) and answer.status == _OK:
                event_id = answer.body["event_id"]
                for ticket in answer.body["tickets"]:
                    self._town.note_ticket(Ticket(ticket["seat_id"], event_id, person))
                return

    def _pay(self, person: Person, order_id: str) -> Answer | None:
        key = uuid.uuid4().hex
        return self._insist(
            "pay",
            person,
            order_id,
            lambda: self._town.api.pay(person.token, order_id, idempotency_key=key),
        )

    def top_up(self) -> None:
        """Pay with a card; Stripe tells of it once to four times, at once and late."""
        person, key = self._rng.choice(self._town.customers), uuid.uuid4().hex
        cents = self._rng.randrange(100, 5_000)
        answer = self._insist(
            "top_up",
            person,
            key,
            lambda: self._town.api.topup(
                person.token, f"{cents / 100:.2f}", idempotency_key=key
            ),
            tries=3,
        )
        if answer is None or answer.status != _CREATED:
            return
        intent = str(answer.body["payment_intent_id"])
        self._town.payments[intent] = (person.user_id, cents)
        times = self._rng.randrange(1, 5)
        with ThreadPoolExecutor(times) as pool:
            for _ in range(times):
                pool.submit(
                    self._town.recorder.ask,
                    "webhook",
                    person.user_id,
                    intent,
                    lambda: self._town.deliver(intent),
                )

    # --- tickets -------------------------------------------------------------------

    def scan(self) -> None:
        """The same code at two gates at once; some scanners ask again."""
        ticket = self._town.take_ticket(self._rng)
        if ticket is None:
            return
        shown = self._insist(
            "code",
            ticket.owner,
            ticket.seat_id,
            lambda: self._town.api.ticket_code(ticket.owner.token, ticket.seat_id),
            tries=3,
        )
        if shown is None or shown.status != _OK:
            return
        code = str(shown.body["qr_payload"])
        again = self._rng.random() < 0.2
        race(
            *(
                lambda gate=gate: self._show(gate, ticket.seat_id, code, again=again)
                for gate in self._town.gates
            )
        )

    def _show(self, gate: str, seat_id: str, code: str, *, again: bool) -> None:
        key = uuid.uuid4().hex
        for _ in range(2 if again else 1):
            self._town.recorder.insist(
                "scan",
                key,
                seat_id,
                lambda: self._town.api.verify(gate, code, HALL, idempotency_key=key),
                tries=4,
                stop=self._stop,
            )

    def transfer(self) -> None:
        """A ticket goes round: from its owner to another, sometimes disputed."""
        ticket = self._town.take_ticket(self._rng)
        if ticket is None:
            return
        seller, buyer = ticket.owner, self._town.other_than(ticket.owner, self._rng)
        offered = self._offer(ticket, buyer)
        if offered is None or offered.status != _CREATED:
            return
        transfer_id = str(offered.body["transfer_id"])
        done = self._confirm(transfer_id, seller, buyer)
        if done is None or done.status != _OK or done.body["status"] != "COMPLETED":
            return
        if self._rng.random() < 0.5:
            self._dispute(transfer_id, buyer)
        else:
            self._town.note_ticket(Ticket(ticket.seat_id, ticket.event_id, buyer))

    def _offer(self, ticket: Ticket, buyer: Person) -> Answer | None:
        key = uuid.uuid4().hex
        offer = {
            "seat_id": ticket.seat_id,
            "seller_id": ticket.owner.user_id,
            "buyer_id": buyer.user_id,
            "credits_amount": PRICE,
        }
        return self._insist(
            "offer",
            ticket.owner,
            ticket.seat_id,
            lambda: self._town.api.initiate_transfer(
                ticket.owner.token, offer, idempotency_key=key
            ),
        )

    def _confirm(
        self, transfer_id: str, seller: Person, buyer: Person
    ) -> Answer | None:
        codes = {
            "seller_otp": self._town.smu.code(seller.phone),
            "buyer_otp": self._town.smu.code(buyer.phone),
        }
        key = uuid.uuid4().hex
        return self._insist(
            "confirm",
            seller,
            transfer_id,
            lambda: self._town.api.confirm_transfer(
                seller.token, transfer_id, codes, idempotency_key=key
            ),
        )

    def _dispute(self, transfer_id: str, buyer: Person) -> None:
        key, api = uuid.uuid4().hex, self._town.api
        disputed = self._insist(
            "dispute",
            buyer,
            transfer_id,
            lambda: api.dispute_transfer(
                buyer.token, transfer_id, "Not as offered.", idempotency_key=key
            ),
        )
        if disputed is None or disputed.status != _OK:
            return
        decide = api.uphold_transfer
        kind = "uphold"
        if self._rng.random() < 0.7:
            decide, kind = api.reverse_transfer, "reverse"
        key = uuid.uuid4().hex
        self._town.recorder.insist(
            kind,
            "admin",
            transfer_id,
            lambda: decide(self._town.admin, transfer_id, idempotency_key=key),
            tries=_TRIES,
            stop=self._stop,
        )

    def _insist(
        self,
        kind: str,
        person: Person,
        what: str,
        question: Callable[[], Answer],
        tries: int = _TRIES,
    ) -> Answer | None:
        answer = self._town.recorder.insist(
            kind, person.user_id, what, question, tries=tries, stop=self._stop
        )
        return None if outcome_of(answer) is Outcome.UNKNOWN else answer


def start_clients(
    town: Town, seed: int, stop: threading.Event
) -> list[threading.Thread]:
    """The threads, running."""
    clients = [Client(town, seed * 1000 + n, stop) for n in range(CLIENTS)]
    threads = [
        threading.Thread(target=client.run, name=f"client-{n}", daemon=True)
        for n, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    return threads
