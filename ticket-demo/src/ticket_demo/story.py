"""What all chapters share: the people, the narrator, the stage, and what happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ticket_demo.answer import Answer
from ticket_demo.api import Api
from ticket_demo.cast import SYMPHONY_ID, Person, Role
from ticket_demo.narrator import Narrator, StoryBroke
from ticket_demo.outside import code_in
from ticket_demo.seats import Seat, find_seat, parse_seats
from ticket_demo.stage import Stage

_SAGA_WAIT_S = 10.0


@dataclass(slots=True)
class Story:
    """One run of the demo."""

    api: Api
    narrator: Narrator
    password: str
    stage: Stage | None = None
    people: dict[str, Person] = field(default_factory=dict)
    paid_order_id: str = ""
    paid_seats: list[Seat] = field(default_factory=list)
    paid_tickets: list[dict[str, Any]] = field(default_factory=list)
    """As the payment answered them: seat_id, qr_payload, expires_at."""
    transfer_id: str = ""
    transferred_seat: Seat | None = None

    def person(self, role: Role) -> Person:
        """Somebody who signed in in the first chapter."""
        return self.people[role.name]

    @property
    def own_stage(self) -> Stage:
        """The stage, for chapters that are told on no other."""
        if self.stage is None:
            raise StoryBroke("this stack is not ours to break")
        return self.stage

    def token(self, role: Role) -> str:
        """His or her access token."""
        return self.people[role.name].token

    # --- asking for facts, without telling -------------------------------------------

    def fact(self, answer: Answer) -> Answer:
        """An answer that the story needs to go on, and that nobody has to see."""
        if not answer.ok:
            raise StoryBroke(f"the story cannot go on: {answer}")
        return answer

    def balance(self, role: Role) -> str:
        """What somebody has."""
        answer = self.fact(self.api.balance(self.token(role)))
        return str(answer["credit_balance"])

    def phone(self, role: Role) -> str:
        """Where somebody's codes arrive."""
        return str(self.fact(self.api.me(self.token(role)))["phone"])

    def code_on_phone(self, role: Role) -> str:
        """The one-time code that somebody got last."""
        return code_in(self.own_stage.outside.newest_text(self.phone(role)))

    def seats(self, event_id: str = SYMPHONY_ID) -> list[Seat]:
        """The seat map as it is now."""
        return parse_seats(self.fact(self.api.seat_map(event_id)))

    def seat(self, event_id: str, seat_id: str) -> Seat:
        """One seat as it is now."""
        return find_seat(self.seats(event_id), seat_id)

    def order(self, role: Role, order_id: str) -> Answer:
        """One of somebody's orders as it is now."""
        return self.fact(self.api.order(self.token(role), order_id))

    def purchase_saga(self, admin: Role, order_id: str) -> dict[str, Any]:
        """The newest saga that paid, or tried to pay, for an order."""
        found = self.narrator.wait_for(
            lambda _: "looking the saga up",
            lambda: self.find_purchase_saga(admin, order_id),
            _SAGA_WAIT_S,
        )
        saga = self.fact(self.api.admin_saga(self.token(admin), found["saga_id"]))
        body: dict[str, Any] = saga.body
        return body

    def find_purchase_saga(self, admin: Role, order_id: str) -> dict[str, Any] | None:
        """The same in short, if it has begun."""
        query = {"kind": "purchase", "page_size": 100}
        sagas = self.fact(self.api.admin_sagas(self.token(admin), query))
        for saga in sagas["data"]:
            if saga["subject"] == order_id:
                row: dict[str, Any] = saga
                return row
        return None
