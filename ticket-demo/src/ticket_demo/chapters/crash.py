"""Chapter: the orchestrator is killed between reserve and pay."""

from __future__ import annotations

import time

from ticket_demo.cast import BOB, SYMPHONY
from ticket_demo.seats import free_together
from ticket_demo.stage import ORCHESTRATOR
from ticket_demo.story import Story

TITLE = "A crash between reserve and pay"
WHY = (
    "kill -9 gives a process no time to tidy up. Nothing is lost, because nothing that "
    "matters lives in a process: the hold is in one database, the order in another."
)

_FOUND_WITHIN_S = 10.0


def tell(story: Story) -> None:
    """Reserve, kill, start again, pay."""
    tell = story.narrator
    seconds = story.own_stage.mend()
    tell.say(f"From here on a hold lasts {seconds} seconds again, as usual.", "dim")
    seat = free_together(story.seats(), 1)[0]
    held = tell.step(
        f"Bob reserves {seat.name} of “{SYMPHONY}”",
        story.api.reserve(story.token(BOB), seat.seat_id),
        fields=("status", "price", "held_until", "ttl_seconds"),
    )
    _crash(story)
    start_orchestrator(story)
    before = story.balance(BOB)
    paid = tell.step(
        "Bob pays as if nothing had happened",
        story.api.pay(story.token(BOB), held["order_id"]),
        fields=("status", "credits_charged", "remaining_balance"),
    )
    tell.check(
        "He has his ticket, and has paid for it once",
        len(paid["tickets"]) == 1 and paid["status"] == "CONFIRMED",
        before=before,
        after=story.balance(BOB),
    )


def _crash(story: Story) -> None:
    tell = story.narrator
    story.own_stage.kill(ORCHESTRATOR)
    tell.say("kill -9 orchestrator-service", "bold red")
    tell.step(
        "Bob looks at his orders meanwhile: the gateway refuses, and does not hang",
        story.api.orders(story.token(BOB)),
        expect=503,
        code="SERVICE_UNAVAILABLE",
    )


def start_orchestrator(story: Story) -> None:
    """Start it after its crash, and wait until the gateway has found it again."""
    began_s = time.monotonic()
    story.own_stage.start(ORCHESTRATOR)
    story.narrator.wait_for(
        lambda _: "the gateway finds the orchestrator again",
        lambda: story.api.orders(story.token(BOB)).ok or None,
        _FOUND_WITHIN_S,
    )
    took_s = time.monotonic() - began_s
    story.narrator.say(f"orchestrator-service is back after {took_s:.1f} s")
