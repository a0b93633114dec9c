"""Chapter: Bob reserves and forgets to pay."""

from __future__ import annotations

import time

from ticket_demo.answer import Answer
from ticket_demo.cast import BOB, CONCERT, CONCERT_ID
from ticket_demo.seats import AVAILABLE, HELD, Seat, free_together
from ticket_demo.stage import Stage
from ticket_demo.story import Story

TITLE = "A hold that expires"
WHY = (
    "No seat may stay locked because somebody closed the browser. Each hold sends a "
    "message to a queue where it waits as long as the hold lasts; when its time is "
    "over RabbitMQ dead-letters it to a second queue, and its consumer frees the seat."
)

# Longer than that nobody wants to watch a countdown.
_WATCHED_S = 60
# The message may be late; the sweeper comes every five seconds.
_RELEASE_WITHIN_S = 10.0


def tell(story: Story) -> None:
    """Reserve, let the time pass, see the seat come back."""
    seat = free_together(story.seats(CONCERT_ID), 1)[0]
    held = story.narrator.step(
        f"Bob reserves {seat.name} of “{CONCERT}”, and does nothing more",
        story.api.reserve(story.token(BOB), seat.seat_id),
        fields=("status", "held_until", "ttl_seconds"),
    )
    status = story.seat(CONCERT_ID, seat.seat_id).status
    story.narrator.check("The seat is his for now", status == HELD, seat=status)
    if held["ttl_seconds"] > _WATCHED_S:
        _give_back(story, held)
    else:
        _watch(story, seat, held)


def _give_back(story: Story, held: Answer) -> None:
    story.narrator.say(
        f"This stack holds seats for {held['ttl_seconds']} seconds, too long to watch; "
        "start it with HOLD_TTL_SECONDS=15 to see the hold expire."
    )
    story.narrator.step(
        "So Bob gives the seat back",
        story.api.release(story.token(BOB), held["order_id"]),
        expect=204,
    )


def _watch(story: Story, seat: Seat, held: Answer) -> None:
    tell = story.narrator
    before = _releases(story.stage)
    ends = time.monotonic() + held["ttl_seconds"]
    took_s = tell.wait_for(
        lambda _: _countdown(seat, ends - time.monotonic()),
        lambda: _seconds_late(story, seat, ends),
        held["ttl_seconds"] + _RELEASE_WITHIN_S,
    )
    tell.check(
        "Nobody did anything, and the seat is free again: HELD → AVAILABLE",
        True,
        seconds_after_the_deadline=f"{took_s:.1f}",
    )
    _say_who(story, before)
    _see_the_order(story, held)


def _countdown(seat: Seat, left_s: float) -> str:
    if left_s > 0:
        return f"{seat.name} is HELD; the hold ends in {left_s:.0f} s"
    return f"{seat.name}: the time is over, the message is on its way"


def _seconds_late(story: Story, seat: Seat, ends: float) -> float | None:
    """How long after the deadline the seat was seen free, once it is."""
    if story.seat(CONCERT_ID, seat.seat_id).status != AVAILABLE:
        return None
    return max(0.0, time.monotonic() - ends)


def _see_the_order(story: Story, held: Answer) -> None:
    tell = story.narrator
    order_id = held["order_id"]
    order = tell.wait_for(
        lambda _: "the order service is told",
        lambda: _failed(story.order(BOB, order_id)),
        _RELEASE_WITHIN_S,
    )
    tell.step("Bob looks at his order", order, fields=("status", "failure_reason"))
    before = story.balance(BOB)
    tell.step(
        "Bob pays after all, too late",
        story.api.pay(story.token(BOB), order_id),
        expect=410,
        code="HOLD_EXPIRED",
        fields=("seat_id",),
    )
    after = story.balance(BOB)
    tell.check("Nothing was charged", before == after, before=before, after=after)


def _failed(order: Answer) -> Answer | None:
    return order if order["status"] == "FAILED" else None


def _releases(stage: Stage | None) -> dict[str, int]:
    return stage.releases() if stage else {}


def _say_who(story: Story, before: dict[str, int]) -> None:
    """The worker counts what told it; only our own stack lets us look."""
    after = _releases(story.stage)
    if after.get("message", 0) > before.get("message", 0):
        story.narrator.say(
            "The worker's metrics say: the dead-lettered message did it."
        )
    elif after.get("sweeper", 0) > before.get("sweeper", 0):
        story.narrator.say(
            "The worker's metrics say: this time the sweeper, which is there for lost "
            "messages, came by first; the message found nothing left to do."
        )
