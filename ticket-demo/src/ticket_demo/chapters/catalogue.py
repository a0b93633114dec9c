"""Chapter: the cast signs in and looks around."""

from __future__ import annotations

from decimal import Decimal

from ticket_demo.answer import Answer
from ticket_demo.cast import (
    ADMIN,
    ALICE,
    BOB,
    CAROL,
    CONCERT,
    CONCERT_ID,
    FLO,
    STAFF,
    SYMPHONY_ID,
    Person,
    Role,
)
from ticket_demo.narrator import StoryBroke
from ticket_demo.seats import (
    AVAILABLE,
    HELD,
    SOLD,
    count_by_status,
    draw_rows,
    legend,
    parse_seats,
)
from ticket_demo.story import Story

TITLE = "The cast and the catalogue"
WHY = (
    "Everything below goes through the gateway, the only door to five services. "
    "People sign in with a password and get a token; browsing needs none."
)

_ROWS = "ABCDE"
# What Alice and Bob each spend in one run.
_NEEDED = Decimal("40.00")
_ETAG_WAIT_S = 5.0


class CreditsUsedUp(StoryBroke):
    """So many runs that nobody can pay any more."""


def tell(story: Story) -> None:
    """Sign in, list the events, draw a seat map."""
    for role in (ALICE, BOB, CAROL, FLO, STAFF, ADMIN):
        _sign_in(story, role)
    _refuse_without_credits(story)
    _browse(story)
    _draw(story)


def _sign_in(story: Story, role: Role) -> None:
    answer = story.narrator.step(
        f"{role.name} signs in ({role.part})",
        story.api.sign_in(role.email, story.password),
        fields=("token_type", "expires_in"),
    )
    user = answer["user"]
    token = answer["access_token"]
    story.people[role.name] = Person(role.name, user["user_id"], token)


def _refuse_without_credits(story: Story) -> None:
    balances = {role.name: story.balance(role) for role in (ALICE, BOB)}
    for name, balance in balances.items():
        if Decimal(balance) < _NEEDED:
            raise CreditsUsedUp(
                f"{name} has only {balance} credits left, after many runs on the same "
                "data; credits cannot be bought in this demo. Start with fresh data: "
                "`python -m local_stack down`, then delete the folder .local/stacks/"
                "<name> of the stack."
            )
    story.narrator.check(
        f"Alice and Bob have the {_NEEDED} credits that the story costs each of them",
        len(balances) == 2,
        **balances,
    )


def _browse(story: Story) -> None:
    tell = story.narrator
    answer = tell.step(
        "Anybody looks at the catalogue",
        story.api.events({"page_size": 100}),
    )
    rows = [
        (
            event["name"],
            event["event_date"][:10],
            event["hall_id"],
            f"{event['total_seats']:,}",
            ", ".join(f"{c} {price}" for c, price in event["pricing_tiers"].items()),
        )
        for event in answer["data"]
    ]
    tell.table("What is on", ("event", "date", "hall", "seats", "prices"), rows[:10])
    ours = {event["event_id"] for event in answer["data"]}
    tell.check(
        "The events of the demo data are among them",
        {CONCERT_ID, SYMPHONY_ID} <= ours,
        events=answer["pagination"]["total"],
    )


def _draw(story: Story) -> None:
    tell = story.narrator
    answer = story.api.seat_map(CONCERT_ID)
    tell.step(f"The seat map of “{CONCERT}”, rows A to E", answer, fields=("version",))
    seats = parse_seats(answer)
    counts = count_by_status(seats)
    tell.show(draw_rows(seats, _ROWS))
    tell.show(legend())
    tell.check(
        "Each of its 200 seats is free, held or sold",
        sum(counts.values()) == 200,
        free=counts[AVAILABLE],
        held=counts[HELD],
        sold=counts[SOLD],
    )
    again = tell.wait_for(
        lambda _: "asking for the same map again",
        lambda: _unchanged(story),
        _ETAG_WAIT_S,
    )
    tell.step(
        "A browser that has this map already asks again with its ETag: nothing to send",
        again,
        expect=304,
        bytes=len(again.raw),
    )


def _unchanged(story: Story) -> Answer | None:
    """304; a map has no lasting ETag while somebody is changing its seats."""
    etag = story.api.seat_map(CONCERT_ID).headers.get("ETag")
    again = story.api.seat_map(CONCERT_ID, etag)
    return again if again.status == 304 else None
