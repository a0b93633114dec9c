"""Chapter: Bob complains, and an admin undoes the transfer."""

from __future__ import annotations

from typing import Any

from ticket_demo.cast import ADMIN, ALICE, BOB, FLO, Role
from ticket_demo.seats import Seat
from ticket_demo.story import Story

TITLE = "Bob disputes it, and gets his credits back"
WHY = (
    "A disputed sale freezes what the seller got, as far as it is still there. Undoing "
    "it makes the buyer whole in any case; what the seller has spent, he owes."
)


def tell(story: Story) -> None:
    """Dispute, try to sell on, reverse, look at who has what."""
    seat = story.transferred_seat
    if seat is None:
        raise AssertionError("the chapter before has not been told")
    before = {role: _credits(story, role) for role in (ALICE, BOB)}
    _dispute(story, before[ALICE])
    _refuse_to_sell_on(story, seat)
    _reverse(story, seat, before)


def _dispute(story: Story, before: dict[str, str]) -> None:
    tell = story.narrator
    tell.step(
        "Bob complains: she tried to get in with his ticket",
        story.api.dispute_transfer(
            story.token(BOB), story.transfer_id, "She kept a picture of the code."
        ),
        fields=("status", "dispute_reason"),
    )
    after = _credits(story, ALICE)
    tell.check(
        "Alice's proceeds are frozen: still hers, but not to be spent",
        after["credits_frozen"] != before["credits_frozen"],
        balance=after["credit_balance"],
        frozen=after["credits_frozen"],
    )


def _refuse_to_sell_on(story: Story, seat: Seat) -> None:
    story.narrator.step(
        "A disputed ticket cannot be sold on",
        story.api.initiate_transfer(
            story.token(BOB),
            {
                "seat_id": seat.seat_id,
                "buyer_id": story.person(FLO).user_id,
                "credits_amount": "0.01",
            },
        ),
        expect=409,
        code="SEAT_UNAVAILABLE",
        fields=("transfer_status",),
    )


def _reverse(story: Story, seat: Seat, before: dict[Role, dict[str, str]]) -> None:
    tell = story.narrator
    tell.step(
        "Bob cannot decide that himself",
        story.api.reverse_transfer(story.token(BOB), story.transfer_id),
        expect=403,
        code="FORBIDDEN",
    )
    tell.step(
        "An admin reverses the transfer",
        story.api.reverse_transfer(story.token(ADMIN), story.transfer_id),
        fields=("status",),
    )
    after = {role: _credits(story, role) for role in before}
    tell.check(
        "Bob has his credits back, and nothing of Alice's is frozen any more",
        after[BOB]["credit_balance"] != before[BOB]["credit_balance"]
        and after[ALICE]["credits_frozen"] == before[ALICE]["credits_frozen"],
        bob=after[BOB]["credit_balance"],
        alice=after[ALICE]["credit_balance"],
    )
    tell.step(
        f"{seat.name} is Alice's again",
        story.api.ticket_code(story.token(ALICE), seat.seat_id),
        fields=("expires_at",),
    )


def _credits(story: Story, role: Role) -> dict[str, Any]:
    body: dict[str, Any] = story.fact(story.api.balance(story.token(role))).body
    return body
