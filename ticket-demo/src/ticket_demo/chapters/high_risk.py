"""Chapter: Flo is flagged, and proves herself with a code before she pays."""

from __future__ import annotations

from typing import Any

from ticket_demo.answer import Answer
from ticket_demo.cast import FLO, SYMPHONY, SYMPHONY_ID
from ticket_demo.outside import code_in, wrong_code
from ticket_demo.seats import free_together
from ticket_demo.story import Story

TITLE = "Flo is flagged, and proves herself"
WHY = (
    "A high-risk buyer gets a one-time code by SMS, bound to this order and amount. "
    "The seat is hers meanwhile; without the code she cannot pay for it."
)


def tell(story: Story) -> None:
    """Reserve, be refused, read the SMS, mistype, enter it, pay."""
    held = _reserve(story)
    text = _read_sms(story)
    _enter(story, held, text)
    story.narrator.step(
        "Now the payment goes through",
        story.api.pay(story.token(FLO), held["order_id"]),
        fields=("status", "credits_charged", "remaining_balance"),
    )


def _reserve(story: Story) -> Answer:
    tell, token = story.narrator, story.token(FLO)
    seat = free_together(story.seats(SYMPHONY_ID), 1)[0]
    held = tell.step(
        f"Flo reserves {seat.name} of “{SYMPHONY}”: it is hers, with a condition",
        story.api.reserve(token, seat.seat_id),
        fields=("status", "price", "held_until"),
    )
    tell.check("She has to enter a code", held["status"] == "OTP_REQUIRED")
    tell.step(
        "She tries to pay without it",
        story.api.pay(token, held["order_id"]),
        expect=428,
        code="OTP_REQUIRED",
        fields=("reference_id",),
    )
    return held


def _read_sms(story: Story) -> str:
    me: dict[str, Any] = story.fact(story.api.me(story.token(FLO))).body
    text = story.own_stage.outside.newest_text(me["phone"])
    story.narrator.say(f"✉  SMS to {me['phone']}: {text}", "cyan")
    return text


def _enter(story: Story, held: Answer, text: str) -> None:
    tell, token = story.narrator, story.token(FLO)
    code = code_in(text)
    tell.step(
        "She mistypes it; the third wrong code would free the seat",
        story.api.verify_otp(token, held["order_id"], wrong_code(code)),
        expect=401,
        code="OTP_INVALID",
        fields=("attempts_left",),
    )
    tell.step(
        "She enters the right one",
        story.api.verify_otp(token, held["order_id"], code),
        fields=("verified", "status"),
    )
