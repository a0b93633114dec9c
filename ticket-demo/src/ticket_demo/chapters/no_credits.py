"""Chapter: Carol cannot pay, and what was begun is taken back."""

from __future__ import annotations

from ticket_demo.cast import ADMIN, CAROL, CONCERT, CONCERT_ID
from ticket_demo.chapters.saga_steps import show_saga
from ticket_demo.seats import AVAILABLE, HELD, Seat, free_together
from ticket_demo.story import Story

TITLE = "Carol has no credits"
WHY = (
    "A payment that fails half way must leave nothing behind: what was done is undone "
    "(compensated), and the answer says what to do next."
)


def tell(story: Story) -> None:
    """Reserve, fail to pay, look at the compensation, give the seat back."""
    seat = free_together(story.seats(CONCERT_ID), 1)[0]
    order_id = _reserve(story, seat)
    _fail_to_pay(story, seat, order_id)
    _show_compensation(story, order_id)
    _give_back(story, seat, order_id)


def _reserve(story: Story, seat: Seat) -> str:
    held = story.narrator.step(
        f"Carol reserves {seat.name} of “{CONCERT}”",
        story.api.reserve(story.token(CAROL), seat.seat_id),
        fields=("status", "price", "held_until"),
    )
    return str(held["order_id"])


def _fail_to_pay(story: Story, seat: Seat, order_id: str) -> None:
    tell = story.narrator
    tell.step(
        "Carol pays, but she has nothing",
        story.api.pay(story.token(CAROL), order_id),
        expect=402,
        code="INSUFFICIENT_CREDITS",
        fields=("required", "available", "shortfall", "top_up_url"),
    )
    status = story.seat(CONCERT_ID, seat.seat_id).status
    tell.check(
        "Her hold stays: she may still top up and pay in time",
        status == HELD,
        seat=status,
        order=story.order(CAROL, order_id)["status"],
    )


def _show_compensation(story: Story, order_id: str) -> None:
    tell = story.narrator
    found = story.purchase_saga(ADMIN, order_id)
    saga = tell.step(
        "The admin looks at the saga of the refused payment",
        story.api.admin_saga(story.token(ADMIN), found["saga_id"]),
        fields=("state",),
    )
    show_saga(tell, saga.body)
    claim = saga["steps"][0]
    undo = claim["compensation"] or {}
    tell.check(
        "The claim on the seat was taken back; no money was ever moved",
        saga["state"] == "FAILED" and undo.get("outcome") == "DONE",
        reason=saga["reason"]["code"],
        undo=undo.get("name"),
    )


def _give_back(story: Story, seat: Seat, order_id: str) -> None:
    tell = story.narrator
    tell.step(
        "Carol gives the seat back, so that somebody else can have it at once",
        story.api.release(story.token(CAROL), order_id),
        expect=204,
    )
    status = story.seat(CONCERT_ID, seat.seat_id).status
    order = story.order(CAROL, order_id)
    tell.check(
        "The seat is free again, and her order has failed",
        status == AVAILABLE and order["status"] == "FAILED",
        seat=status,
        order=order["status"],
        reason=order["failure_reason"],
    )
