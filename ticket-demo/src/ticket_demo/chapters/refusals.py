"""Chapter: what is refused, and in which words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from ticket_demo.answer import Answer
from ticket_demo.cast import ALICE, BOB, OVER_ID, SYMPHONY_ID
from ticket_demo.narrator import StoryBroke
from ticket_demo.seats import free_together
from ticket_demo.story import Story
from ticket_demo.wording import brief_ids

TITLE = "Refusals"
WHY = (
    "Every error of every service, and of the gateway itself, has one form: a stable "
    "code for programs, a sentence for people, and the id under which all services "
    "have logged the request."
)

_COLUMNS = ("attempt", "asked", "status and code", "what the person reads")


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An attempt and how it has to end."""

    attempt: str
    status: int
    code: str
    answer: Answer


def tell(story: Story) -> None:
    """Try all kinds of things that must not work."""
    tell = story.narrator
    refused = [*_of_seats(story), *_of_others(story), *_of_forms(story)]
    rows = [
        (
            one.attempt,
            brief_ids(one.answer.request),
            f"{one.answer.status} {one.answer.code or ''}",
            one.answer.message,
        )
        for one in refused
    ]
    tell.table("One envelope for all of them", _COLUMNS, rows)
    for one in refused:
        if (one.answer.status, one.answer.code) != (one.status, one.code):
            raise StoryBroke(
                f"{one.attempt}: {one.status} {one.code} was expected, "
                f"but: {one.answer}"
            )
    tell.check(
        "Each was refused as it should be, with a request id to ask about",
        all(one.answer.error.get("request_id") for one in refused),
        refusals=len(refused),
    )


def _of_seats(story: Story) -> Iterator[_Refusal]:
    api, bob = story.api, story.token(BOB)
    over = story.seats(OVER_ID)[0].seat_id
    sold = story.paid_seats[0].seat_id
    yield _Refusal(
        "Bob wants to go to yesterday's show",
        410,
        "EVENT_ENDED",
        api.reserve(bob, over),
    )
    yield _Refusal(
        "Bob wants a seat that Alice has paid",
        409,
        "SEAT_ALREADY_SOLD",
        api.reserve(bob, sold),
    )
    yield _Refusal(
        "Bob invents a seat",
        404,
        "SEAT_NOT_FOUND",
        api.reserve(bob, str(uuid.uuid4())),
    )


def _of_others(story: Story) -> Iterator[_Refusal]:
    api, bob, order_id = story.api, story.token(BOB), story.paid_order_id
    yield _Refusal(
        "Bob reads Alice's order", 403, "FORBIDDEN", api.order(bob, order_id)
    )
    yield _Refusal("Bob pays Alice's order", 403, "FORBIDDEN", api.pay(bob, order_id))
    yield _Refusal("Bob plays the admin", 403, "FORBIDDEN", api.invariants(bob))
    yield _Refusal(
        "Somebody forges Alice's token",
        401,
        "UNAUTHORIZED",
        api.balance(forged(story.token(ALICE))),
    )
    yield _Refusal(
        "Somebody comes without a token",
        401,
        "UNAUTHORIZED",
        api.call("GET", "/v1/credits/balance"),
    )


def _of_forms(story: Story) -> Iterator[_Refusal]:
    api, bob = story.api, story.token(BOB)
    seat_id = free_together(story.seats(SYMPHONY_ID), 1)[0].seat_id
    yield _Refusal(
        "Bob's app sends half a body",
        400,
        "MALFORMED_JSON",
        api.call("POST", "/v1/reserve", data=b'{"seat_id": ', token=bob),
    )
    yield _Refusal(
        "Bob's app sends a field that nobody knows",
        400,
        "INVALID_INPUT",
        api.call(
            "POST", "/v1/reserve", json={"seat_id": seat_id, "price": "0"}, token=bob
        ),
    )
    yield _Refusal(
        "Bob guesses at an address",
        404,
        "NOT_FOUND",
        api.call("GET", "/v1/free-tickets", token=bob),
    )


def forged(token: str) -> str:
    """The same claims under a signature that is not ours."""
    head, claims, signature = token.split(".")
    # The first character, since the last one carries bits that do not count.
    other = "A" if signature[0] != "A" else "B"
    return f"{head}.{claims}.{other}{signature[1:]}"
