"""Chapter: the orchestrator is killed between reserve and pay."""

from __future__ import annotations

import time

from ticket_demo.cast import BOB, SYMPHONY
from ticket_demo.seats import free_together
from ticket_demo.stage import ORCHESTRATOR, Stage
from ticket_demo.story import Story

TITLE = "A crash between reserve and pay"
WHY = (
    "kill -9 gives a process no time to tidy up. Nothing is lost, because nothing that "
    "matters lives in a process: the hold is in one database, the order in another."
)


def tell(story: Story) -> None:
    """Reserve, kill, start again, pay."""
    tell, stage = story.narrator, story.own_stage
    seconds = stage.mend()
    tell.say(f"From here on a hold lasts {seconds} seconds again, as usual.", "dim")
    seat = free_together(story.seats(), 1)[0]
    held = tell.step(
        f"Bob reserves {seat.name} of “{SYMPHONY}”",
        story.api.reserve(story.token(BOB), seat.seat_id),
        fields=("status", "price", "held_until", "ttl_seconds"),
    )
    _crash(story, stage)
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


def _crash(story: Story, stage: Stage) -> None:
    tell = story.narrator
    stage.kill(ORCHESTRATOR)
    tell.say("kill -9 orchestrator-service", "bold red")
    tell.step(
        "Bob looks at his orders meanwhile: the gateway refuses, and does not hang",
        story.api.orders(story.token(BOB)),
        expect=503,
        code="SERVICE_UNAVAILABLE",
    )
    began = time.monotonic()
    stage.start(ORCHESTRATOR)
    tell.say(f"orchestrator-service is back after {time.monotonic() - began:.1f} s")
    tell.wait_for(
        lambda _: "the gateway finds the orchestrator again",
        lambda: story.api.orders(story.token(BOB)).ok or None,
        10.0,
    )
