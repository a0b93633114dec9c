"""Chapter: the orchestrator is killed when a payment is half done.

To hit the worst moment every time, two services are frozen (SIGSTOP) for an instant:
inventory, until the payment waits for it, and then orders, so that it gets as far as
taking the credits and handing the seat over, and no further.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ticket_demo.answer import Answer
from ticket_demo.api import NoAnswer
from ticket_demo.cast import ADMIN, BOB, SYMPHONY, SYMPHONY_ID
from ticket_demo.chapters.crash import start_orchestrator
from ticket_demo.chapters.saga_steps import show_saga
from ticket_demo.narrator import StoryBroke
from ticket_demo.seats import SOLD, free_together
from ticket_demo.stage import INVENTORY, ORCHESTRATOR, ORDERS
from ticket_demo.story import Story
from ticket_demo.wording import difference

TITLE = "A crash in the middle of a payment"
WHY = (
    "The worst moment there is: the credits are gone, the seat is handed over, the "
    "order is not written, and the only process that knows is killed. Its log entry is "
    "still there, and when its lease runs out another process finishes the work."
)

_BEGINS_WITHIN_S = 5.0
_RECOVERS_WITHIN_S = 45.0
_ENDED = {"DONE", "FAILED"}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The payment that is interrupted."""

    order_id: str
    seat_id: str
    price: str
    balance_before: str


def tell(story: Story) -> None:
    """Pay, kill in the middle, start again, let recovery finish."""
    attempt = _reserve(story)
    with ThreadPoolExecutor(max_workers=1) as threads:
        payment = _stop_half_way(story, attempt, threads)
    _show_what_bob_sees(story, payment)
    start_orchestrator(story)
    saga = _await_recovery(story, attempt)
    _compare(story, attempt, saga)


def _reserve(story: Story) -> _Attempt:
    seat = free_together(story.seats(), 1)[0]
    held = story.narrator.step(
        f"Bob reserves {seat.name} of “{SYMPHONY}”",
        story.api.reserve(story.token(BOB), seat.seat_id),
        fields=("status", "price"),
    )
    return _Attempt(held["order_id"], seat.seat_id, held["price"], story.balance(BOB))


def _stop_half_way(
    story: Story, attempt: _Attempt, threads: ThreadPoolExecutor
) -> Future[Answer]:
    tell, stage = story.narrator, story.own_stage
    tell.say("Bob pays; inventory, then orders are frozen for a moment on the way …")
    with stage.frozen(INVENTORY):
        payment = threads.submit(story.api.pay, story.token(BOB), attempt.order_id)
        tell.wait_for(
            lambda _: "the saga begins",
            lambda: story.find_purchase_saga(ADMIN, attempt.order_id),
            _BEGINS_WITHIN_S,
        )
        stage.stack.pause(ORDERS)
    try:
        tell.wait_for(
            lambda _: "the credits are taken, and the seat is handed over",
            lambda: _is_half_done(story, attempt) or None,
            _BEGINS_WITHIN_S,
        )
        tell.check(
            "The credits are taken, the seat is sold, and the order is still open",
            not payment.done(),
            balance=story.balance(BOB),
            before=attempt.balance_before,
            seat=story.seat(SYMPHONY_ID, attempt.seat_id).status,
        )
        stage.kill(ORCHESTRATOR)
        tell.say("kill -9 orchestrator-service", "bold red")
    finally:
        stage.stack.resume(ORDERS)
    return payment


def _is_half_done(story: Story, attempt: _Attempt) -> bool:
    charged = difference(attempt.balance_before, story.balance(BOB))
    seat = story.seat(SYMPHONY_ID, attempt.seat_id)
    return charged == attempt.price and seat.status == SOLD


def _show_what_bob_sees(story: Story, payment: Future[Answer]) -> None:
    try:
        answer = payment.result()
    except NoAnswer as error:
        story.narrator.say(f"Bob's payment got no answer: {error}")
        return
    story.narrator.step(
        "Bob's payment breaks off: he cannot know whether he has paid",
        answer,
        expect=503,
        code="SERVICE_UNAVAILABLE",
    )


def _await_recovery(story: Story, attempt: _Attempt) -> dict[str, Any]:
    tell = story.narrator
    tell.wait_for(
        lambda gone_s: f"nobody drives the saga; its lease runs out ({gone_s:.0f} s)",
        lambda: _ended(story, attempt.order_id),
        _RECOVERS_WITHIN_S,
    )
    found = story.purchase_saga(ADMIN, attempt.order_id)
    saga = tell.step(
        "The recovery worker has taken the saga over and ended it",
        story.api.admin_saga(story.token(ADMIN), found["saga_id"]),
        fields=("state", "drives", "duration_ms"),
    )
    body: dict[str, Any] = saga.body
    show_saga(tell, body)
    tell.say(
        "It did not know how far the first driver had come, so it repeated every step. "
        "Each service knew the operation again and did nothing twice."
    )
    return body


def _ended(story: Story, order_id: str) -> dict[str, Any] | None:
    saga = story.find_purchase_saga(ADMIN, order_id)
    return saga if saga and saga["state"] in _ENDED else None


def _compare(story: Story, attempt: _Attempt, saga: dict[str, Any]) -> None:
    """All or nothing; after the pivot it can only be all."""
    tell = story.narrator
    order = story.order(BOB, attempt.order_id)
    seat = story.seat(SYMPHONY_ID, attempt.seat_id).status
    charged = difference(attempt.balance_before, story.balance(BOB))
    if saga["state"] != "DONE":
        raise StoryBroke(
            f"the saga ended {saga['state']}, after the credits were taken"
        )
    tell.check(
        "Order, seat and credits agree: Bob has paid once, and the seat is his",
        order["status"] == "CONFIRMED" and seat == SOLD and charged == attempt.price,
        order=order["status"],
        seat=seat,
        charged=charged,
    )
    again = tell.step(
        "Bob, unsure, pays again",
        story.api.pay(story.token(BOB), attempt.order_id),
        fields=("status", "credits_charged", "remaining_balance"),
    )
    tell.check(
        "He gets his ticket, and nothing more is charged",
        len(again["tickets"]) == 1
        and difference(attempt.balance_before, story.balance(BOB)) == charged,
        balance=story.balance(BOB),
    )
