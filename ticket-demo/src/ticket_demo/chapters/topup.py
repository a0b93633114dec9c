"""Chapter: Carol buys credits at Stripe, and then her seat."""

from __future__ import annotations

from decimal import Decimal

from ticket_demo.cast import CAROL, SYMPHONY, SYMPHONY_ID
from ticket_demo.seats import free_together
from ticket_demo.story import Story

TITLE = "Carol tops up and buys"
WHY = (
    "Credits are money: they are added when Stripe says so, by a signed webhook, "
    "exactly once per payment, however often and in whatever order it tells."
)
AMOUNT = "20.00"
_CREDITED_WITHIN_S = 20.0


def tell(story: Story) -> None:
    """Open a top-up, pay by card, wait for the webhook, buy a seat with it."""
    before = Decimal(story.balance(CAROL))
    _top_up(story, before)
    _buy(story)


def _top_up(story: Story, before: Decimal) -> None:
    tell, token = story.narrator, story.token(CAROL)
    topup = tell.step(
        f"Carol wants {AMOUNT} credits",
        story.api.topup(token, AMOUNT),
        expect=201,
        fields=("status", "amount", "currency", "payment_intent_id"),
    )
    status = story.own_stage.outside.pay_by_card(topup["payment_intent_id"])
    tell.check("Her browser pays with a test card at Stripe", status == "succeeded")
    tell.wait_for(
        lambda _: "Stripe's webhook is on its way",
        lambda: _succeeded(story, topup["topup_id"]),
        _CREDITED_WITHIN_S,
    )
    after = Decimal(story.balance(CAROL))
    tell.check(
        "The signed webhook has come through the gateway: her credits are there",
        after == before + Decimal(AMOUNT),
        before=f"{before:.2f}",
        after=f"{after:.2f}",
    )


def _succeeded(story: Story, topup_id: str) -> bool | None:
    answer = story.fact(story.api.topup_state(story.token(CAROL), topup_id))
    return True if answer["status"] == "SUCCEEDED" else None


def _buy(story: Story) -> None:
    tell, token = story.narrator, story.token(CAROL)
    seat = free_together(story.seats(SYMPHONY_ID), 1)[0]
    held = tell.step(
        f"Carol reserves {seat.name} of “{SYMPHONY}”",
        story.api.reserve(token, seat.seat_id),
        fields=("status", "price"),
    )
    tell.step(
        "… and pays with what she has just bought",
        story.api.pay(token, held["order_id"]),
        fields=("status", "credits_charged", "remaining_balance"),
    )
