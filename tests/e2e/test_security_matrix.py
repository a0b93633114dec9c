"""Every address with no token, a bad one, the wrong role, somebody else's object."""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from local_stack import Stack
from support.doors import (
    ADMIN,
    CUSTOMER,
    GRABS,
    ONES_OWN,
    ORGANISER,
    PUBLIC,
    ROLES,
    STAFF,
    UNOWNED,
    WHO_MAY,
    Belongings,
)
from support.market import Market
from support.shop import Person, Shop
from support.smu import SmuStandin
from support.stripe_standin import StripeStandin
from support.views import SOME_ID, all_views
from ticket_demo.api import Answer

BODY_BYTES_MAX = 1_000_000
PROTECTED = sorted(WHO_MAY)
POSTS = sorted(call for call in WHO_MAY if call.startswith("POST "))
WRONG_ROLES = [
    (call, role) for call in PROTECTED for role in ROLES if role not in WHO_MAY[call]
]
RIGHT_ROLES = [(call, role) for call in PROTECTED for role in WHO_MAY[call]]


@pytest.fixture(scope="session")
def jwt_secret(request: pytest.FixtureRequest) -> str:
    """What tokens are signed with; whoever has it may be anybody."""
    given = os.environ.get("JWT_SECRET")
    if given:
        return given
    stack: Stack = request.getfixturevalue("live")
    return stack.context.secrets["JWT_SECRET"]


@pytest.fixture(scope="module")
def tokens(shop: Shop, staff: str, admin: str) -> dict[str, str]:
    return {
        CUSTOMER: shop.new_customer(),
        STAFF: staff,
        ORGANISER: shop.sign_in("organiser@example.com"),
        ADMIN: admin,
    }


@pytest.fixture(scope="module")
def owner(shop: Shop, smu: SmuStandin, stripe: StripeStandin) -> Person:
    return Market(shop, smu, stripe).person_with("10.00")


@pytest.fixture(scope="module")
def belongings(
    shop: Shop, smu: SmuStandin, stripe: StripeStandin, owner: Person
) -> Belongings:
    """A hold, a paid ticket, a top-up and an offered transfer of one person."""
    market = Market(shop, smu, stripe)
    buyer = market.person_with("1.00")
    event = shop.publish(seats=3, price="1.00")
    sold, offered, held = event.seat_ids
    paid_order_id = str(shop.must_reserve(owner.token, sold)["order_id"])
    assert shop.pay(owner.token, paid_order_id).status == 200
    shop.buy(owner.token, offered)
    return Belongings(
        user_id=owner.user_id,
        buyer_id=buyer.user_id,
        held_order_id=str(shop.must_reserve(owner.token, held)["order_id"]),
        paid_order_id=paid_order_id,
        seat_id=sold,
        topup_id=str(shop.api.topup(owner.token, "10.00")["topup_id"]),
        transfer_id=market.begin(offered, owner, buyer, "1.00").transfer_id,
    )


def _call(shop: Shop, call: str, token: str | None, **more: Any) -> Answer:
    method, path = call.split()
    if method == "POST" and "data" not in more:
        more.setdefault("json", {})
    return shop.api.call(method, path.replace("{id}", SOME_ID), token=token, **more)


def _claims(**changed: object) -> dict[str, object]:
    now = int(time.time())
    usual = {
        "iss": "ticketremaster",
        "aud": "ticketremaster-api",
        "sub": str(uuid.uuid4()),
        "role": ADMIN,
        "iat": now,
        "exp": now + 900,
        "jti": uuid.uuid4().hex,
    }
    return {name: v for name, v in (usual | changed).items() if v is not None}


def _unsigned() -> str:
    def part(content: dict[str, object]) -> str:
        raw = json.dumps(content).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(_claims())}."


BAD_TOKENS: dict[str, Callable[[str], str | None]] = {
    "none": lambda _: None,
    "empty": lambda _: "",
    "no token": lambda _: "not.a.token",
    "unsigned": lambda _: _unsigned(),
    "forged": lambda _: jwt.encode(_claims(), "f" * 64, "HS256"),
    "other algorithm": lambda secret: jwt.encode(_claims(), secret, "HS512"),
    "other issuer": lambda secret: jwt.encode(_claims(iss="me"), secret, "HS256"),
    "other audience": lambda secret: jwt.encode(_claims(aud="me"), secret, "HS256"),
    "no expiry": lambda secret: jwt.encode(_claims(exp=None), secret, "HS256"),
    "no role": lambda secret: jwt.encode(_claims(role=None), secret, "HS256"),
    "no such role": lambda secret: jwt.encode(_claims(role="god"), secret, "HS256"),
    "nobody": lambda secret: jwt.encode(_claims(sub="me"), secret, "HS256"),
}


def test_every_address_of_every_service_has_an_expectation_and_the_reverse() -> None:
    views = {
        f"{view.method} {view.path.replace(SOME_ID, '{id}')}"
        for view in all_views()
        if not view.inside
    }

    assert views == PUBLIC | set(WHO_MAY)


def test_every_protected_address_says_what_of_others_it_could_touch() -> None:
    told = [*GRABS, *ONES_OWN, *UNOWNED]

    assert sorted(told) == PROTECTED


@pytest.mark.parametrize("call", PROTECTED)
def test_without_a_good_token_the_answer_is_401(
    shop: Shop, jwt_secret: str, call: str
) -> None:
    answers = {
        kind: _call(shop, call, make(jwt_secret)) for kind, make in BAD_TOKENS.items()
    }

    seen = {kind: (answer.status, answer.code) for kind, answer in answers.items()}
    assert seen == dict.fromkeys(BAD_TOKENS, (401, "UNAUTHORIZED"))


@pytest.mark.parametrize("call", PROTECTED)
def test_expired_token_is_told_to_be_expired(
    shop: Shop, jwt_secret: str, call: str
) -> None:
    expired = jwt.encode(_claims(exp=int(time.time()) - 60), jwt_secret, "HS256")

    answer = _call(shop, call, expired)

    assert (answer.status, answer.code) == (401, "TOKEN_EXPIRED")


@pytest.mark.parametrize(("call", "role"), WRONG_ROLES)
def test_wrong_role_is_forbidden(
    shop: Shop, tokens: dict[str, str], call: str, role: str
) -> None:
    answer = _call(shop, call, tokens[role])

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize(("call", "role"), RIGHT_ROLES)
def test_right_role_is_let_in(
    shop: Shop, tokens: dict[str, str], call: str, role: str
) -> None:
    answer = _call(shop, call, tokens[role])

    # There is nothing under this id, and the body is empty: refused for that alone.
    of_another = call == "GET /users/{id}" and role != ADMIN
    assert answer.status in ({403} if of_another else {200, 400, 404}), answer


@pytest.mark.parametrize("call", sorted(PUBLIC))
def test_public_address_asks_for_no_token(shop: Shop, call: str) -> None:
    answer = _call(shop, call, None)

    assert (answer.status, answer.code) not in {(401, "UNAUTHORIZED"), (403, None)}


@pytest.mark.parametrize("call", sorted(GRABS))
def test_what_belongs_to_another_is_refused(
    shop: Shop, tokens: dict[str, str], belongings: Belongings, call: str
) -> None:
    grab = GRABS[call](belongings)
    stranger = tokens[WHO_MAY[call][0]]
    method = call.split(maxsplit=1)[0]

    answer = shop.api.call(method, grab.path, json=grab.body, token=stranger)

    assert (answer.status, answer.code) == (grab.status, grab.code), answer


@pytest.mark.parametrize("call", sorted(ONES_OWN))
def test_ones_own_has_nothing_of_anybody_else(
    shop: Shop, tokens: dict[str, str], belongings: Belongings, call: str
) -> None:
    for asked_for in (None, {"user_id": belongings.user_id}):
        answer = _call(shop, call, tokens[CUSTOMER], params=asked_for)

        assert answer.status in ({200} if asked_for is None else {200, 400})
        assert [one for one in belongings.ids() if one in answer.raw.decode()] == []


def test_owner_gets_what_strangers_are_refused(
    shop: Shop, owner: Person, belongings: Belongings
) -> None:
    for call in (
        "GET /users/{id}",
        "GET /credits/topups/{id}",
        "GET /orders/{id}",
        "GET /tickets/{id}/qr",
        "GET /transfers/{id}",
    ):
        answer = shop.api.call("GET", GRABS[call](belongings).path, token=owner.token)

        assert answer.status == 200, answer


def test_organiser_sees_the_saga_of_no_purchase(
    shop: Shop, tokens: dict[str, str], belongings: Belongings
) -> None:
    newest = shop.api.admin_sagas(tokens[ADMIN], {"kind": "purchase"})["data"][0]

    answer = shop.api.admin_saga(tokens[ORGANISER], newest["saga_id"])

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize("call", POSTS)
def test_body_without_bounds_is_refused(
    shop: Shop, tokens: dict[str, str], call: str
) -> None:
    body = b'{"x": "' + b"x" * BODY_BYTES_MAX + b'"}'

    answer = _call(shop, call, tokens[WHO_MAY[call][-1]], data=body)

    assert (answer.status, answer.code) == (413, "PAYLOAD_TOO_LARGE")
