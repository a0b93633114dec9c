"""People, orders and ids of one test's own, for requests that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from support.market import Market
from support.shop import Person

ROLES = ("customer", "staff", "organiser", "admin")
PLACEHOLDERS = tuple(f"00000000-0000-4000-8000-{number:012x}" for number in range(1, 5))

# Some ids are those of things that are made when they are asked for.
SomeId = str | Callable[[], str]


@dataclass(frozen=True, slots=True)
class ApiWorld:
    """The tokens by role, and for each kind of id those of real things."""

    tokens: Mapping[str, str]
    ids: Mapping[str, Sequence[SomeId]]

    def with_real_ids(self, node: Any, name: str = "") -> Any:
        """The value with each placeholder replaced by an id of the field's kind."""
        if isinstance(node, dict):
            return {key: self.with_real_ids(value, key) for key, value in node.items()}
        if isinstance(node, list):
            return [self.with_real_ids(item, name) for item in node]
        if isinstance(node, str) and node in PLACEHOLDERS:
            return self._real_id(PLACEHOLDERS.index(node), name.removesuffix("s"))
        return node

    def _real_id(self, number: int, kind: str) -> str:
        known = self.ids.get(kind)
        if known is None:
            return PLACEHOLDERS[number]
        found = known[number % len(known)]
        return found if isinstance(found, str) else found()


def build_api_world(market: Market) -> ApiWorld:
    """Someone for each role, who may be changed at will, and what they have done."""
    shop = market.shop
    root = shop.sign_in("admin@example.com")
    people = {role: _person_as(market, root, role) for role in ROLES}
    admin, customer = people["admin"], people["customer"]
    event = shop.publish(seats=300, price="1.00")
    seats = iter(event.seat_ids)

    def held(person: Person) -> str:
        return str(shop.must_reserve(person.token, next(seats))["order_id"])

    mine, sold, offered = next(seats), next(seats), next(seats)
    bought = shop.must_reserve(admin.token, mine, sold, offered)["order_id"]
    assert shop.pay(admin.token, bought).status == 200
    done = market.complete(sold, admin, customer, "1.00")
    open_ = market.begin(offered, admin, customer, "1.00")
    topup = shop.api.topup(admin.token, "5.00")
    sagas = shop.api.admin_sagas(root, {"page_size": 3})
    user_ids = [person.user_id for person in people.values()]
    return ApiWorld(
        {role: person.token for role, person in people.items()},
        {
            "user_id": user_ids,
            "seller_id": [admin.user_id],
            "buyer_id": user_ids,
            "staff_id": user_ids[::-1],
            "event_id": [event.event_id],
            "seat_id": [mine, *event.seat_ids[-3:]],
            "order_id": [lambda: held(admin), lambda: held(customer), bought],
            "reference_id": [lambda: held(admin)],
            "transfer_id": [done.transfer_id, open_.transfer_id],
            "topup_id": [str(topup["topup_id"])],
            "saga_id": [str(saga["saga_id"]) for saga in sagas["data"]],
        },
    )


def _person_as(market: Market, root: str, role: str) -> Person:
    """Somebody new with credits, in that role."""
    person = market.person_with("50.00")
    changed = market.shop.api.change_role(root, person.user_id, role)
    assert changed.status == 200, changed.body
    token = market.shop.sign_in(changed["email"])
    return replace(person, token=token)
