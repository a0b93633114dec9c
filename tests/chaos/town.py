"""The people of a run, what they know of tickets, and what Stripe knows of payments."""

from __future__ import annotations

import random
import threading
import uuid
from dataclasses import dataclass, field

import requests

from chaos.recorder import Recorder
from local_stack import Stack
from support.shop import Person, Shop, event_body
from support.smu import SmuStandin
from support.waiting import eventually
from support.webhooks import encode, signature, succeeded_event
from ticket_demo.api import Answer, Api, NoAnswer
from ticket_demo.transport import Transport

PRICE = "10.00"
_CUSTOMERS = 10
_GATES = 2
_FIRST_CREDITS_CENTS = 200_000
_HOT_SEATS = 20
_CLIENT_TIMEOUT_S = 12.0
_WEBHOOK_TIMEOUT_S = 10
_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Ticket:
    """A seat that somebody was told is his."""

    seat_id: str
    event_id: str
    owner: Person


@dataclass
class Town:
    """Everything that the clients share."""

    stack: Stack
    api: Api
    recorder: Recorder
    smu: SmuStandin
    customers: list[Person]
    gates: list[str]
    admin: str
    organiser: str
    payments: dict[str, tuple[str, int]] = field(default_factory=dict)
    """What arrived at Stripe: the user and the cents of each PaymentIntent."""
    tickets: list[Ticket] = field(default_factory=list)
    hot_event: str = ""
    hot_seats: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def found(cls, stack: Stack, recorder: Recorder) -> Town:
        """People with credits, two gates, and the first event; before any fault."""
        api = Api(stack.url("gateway"), timeout_s=_CLIENT_TIMEOUT_S)
        shop = Shop(api)
        admin = shop.sign_in("admin@example.com")
        town = cls(
            stack=stack,
            api=api,
            recorder=recorder,
            smu=SmuStandin(
                stack.url("smu-standin"), stack.context.secrets["SMU_API_KEY"]
            ),
            customers=[shop.new_person() for _ in range(_CUSTOMERS)],
            gates=[shop.new_staff(admin) for _ in range(_GATES)],
            admin=admin,
            organiser=shop.sign_in("organiser@example.com"),
        )
        for person in town.customers:
            intent = f"pi_{uuid.uuid4().hex}"
            town.payments[intent] = (person.user_id, _FIRST_CREDITS_CENTS)
            town.deliver_until_taken(intent)
        town.put_on_sale(threading.Event())
        return town

    def put_on_sale(self, stop: threading.Event) -> None:
        """A new event, whose few seats everybody wants."""
        key = uuid.uuid4().hex
        body = event_body(_HOT_SEATS, PRICE)
        answer = self.recorder.insist(
            "publish",
            "organiser",
            key,
            lambda: self.api.publish_event(self.organiser, body, idempotency_key=key),
            tries=20,
            stop=stop,
        )
        if answer is None or answer.status != requests.codes.created:
            return
        event_id = str(answer.body["event_id"])
        seats = self._look_at(event_id)
        if seats:
            with self.lock:
                self.hot_event, self.hot_seats = event_id, seats
                self.events.append(event_id)

    def _look_at(self, event_id: str) -> list[str]:
        try:
            answer = self.api.seat_map(event_id)
        except NoAnswer:
            return []
        if answer.status != requests.codes.ok:
            return []
        return [seat["seat_id"] for seat in answer.body["seats"]]

    # --- Stripe --------------------------------------------------------------------

    def deliver(self, intent: str) -> Answer:
        """One delivery of the webhook that says: it is paid."""
        user_id, cents = self.payments[intent]
        body = encode(succeeded_event(intent, user_id, cents))
        secret = self.stack.context.secrets["STRIPE_WEBHOOK_SECRET"]
        return Transport.call(
            self.api,
            "POST",
            "/webhooks/stripe",
            data=body,
            headers={"Stripe-Signature": signature(body, secret)},
            timeout_s=_WEBHOOK_TIMEOUT_S,
        )

    def deliver_until_taken(self, intent: str) -> None:
        """As Stripe does, for three days."""
        eventually(
            lambda: self.deliver(intent).status,
            lambda status: status == requests.codes.ok,
            within_s=_WITHIN_S,
        )

    # --- tickets -------------------------------------------------------------------

    def note_ticket(self, ticket: Ticket) -> None:
        """Somebody was told that a seat is his."""
        with self.lock:
            self.tickets.append(ticket)

    def take_ticket(self, rng: random.Random) -> Ticket | None:
        """One that nobody else does anything with meanwhile."""
        with self.lock:
            if not self.tickets:
                return None
            return self.tickets.pop(rng.randrange(len(self.tickets)))

    def other_than(self, person: Person, rng: random.Random) -> Person:
        """Somebody else."""
        return rng.choice([one for one in self.customers if one is not person])
