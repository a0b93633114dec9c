"""Chapter: Alice buys two seats; Bob comes too late."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from ticket_demo.answer import Answer
from ticket_demo.cast import ALICE, BOB, SYMPHONY, SYMPHONY_ID
from ticket_demo.seats import HELD, SOLD, draw_around, find_seat, free_together
from ticket_demo.story import Story
from ticket_demo.wording import difference, parse_time, shortened

TITLE = "Alice buys two seats; Bob comes too late"
WHY = (
    "A seat is promised to one person at a time, and for a limited time. Paying is "
    "safe to repeat: a nervous double click or a lost answer never charges twice."
)


def tell(story: Story) -> None:
    """Reserve, be refused, pay, pay again, replay."""
    seats = story.seats()
    story.paid_seats = free_together(seats, 2)
    held = _reserve(story)
    story.paid_order_id = held["order_id"]
    _refuse_bob(story, held)
    key = str(uuid.uuid4())
    before = story.balance(ALICE)
    paid = _pay(story, key, before)
    _pay_again(story, paid)
    _replay(story, paid, key)


def _reserve(story: Story) -> Answer:
    tell, token = story.narrator, story.token(ALICE)
    ids = [seat.seat_id for seat in story.paid_seats]
    names = " and ".join(seat.name for seat in story.paid_seats)
    held = tell.step(
        f"Alice reserves {names} of “{SYMPHONY}”",
        story.api.reserve(token, ids),
        fields=("status", "order_id", "price", "held_until", "ttl_seconds"),
    )
    seats = story.seats()
    tell.show(draw_around(seats, [find_seat(seats, seat_id) for seat_id in ids]))
    tell.check(
        "The seat map shows everybody that they are held, and not by whom",
        all(find_seat(seats, seat_id).status == HELD for seat_id in ids),
    )
    again = tell.step(
        "Alice clicks twice: the same reservation, and not a longer one",
        story.api.reserve(token, ids),
        fields=("order_id", "held_until"),
    )
    same = [again[name] == held[name] for name in ("order_id", "hold_id", "held_until")]
    tell.check("It is the same order and the same deadline", all(same))
    return held


def _refuse_bob(story: Story, held: Answer) -> None:
    tell = story.narrator
    refused = tell.step(
        f"Bob wants {story.paid_seats[0].name} too, and is told how long it is held",
        story.api.reserve(story.token(BOB), story.paid_seats[0].seat_id),
        expect=409,
        code="SEAT_UNAVAILABLE",
        fields=("held_until",),
    )
    tell.check(
        "That is the moment at which Alice's hold ends",
        refused.details.get("held_until") == held["held_until"],
    )
    left_s = (parse_time(held["held_until"]) - datetime.now(UTC)).total_seconds()
    tell.say(f"Alice's clock runs: {left_s:.0f} seconds are left to pay.")


def _pay(story: Story, key: str, before: str) -> Answer:
    tell, token = story.narrator, story.token(ALICE)
    paid = tell.step(
        "Alice pays with credits, under an Idempotency-Key of her own",
        story.api.pay(token, story.paid_order_id, idempotency_key=key),
        fields=("status", "credits_charged", "remaining_balance", "confirmed_at"),
    )
    story.paid_tickets = paid["tickets"]
    for seat, ticket in zip(story.paid_seats, paid["tickets"], strict=True):
        qr = shortened(ticket["qr_payload"])
        tell.say(f"ticket for {seat.name}: QR payload {qr}, encrypted by the server")
    after = story.balance(ALICE)
    tell.check(
        "Alice's balance went down by exactly the price",
        difference(before, after) == paid["credits_charged"],
        before=before,
        after=after,
    )
    seats = story.seats(SYMPHONY_ID)
    tell.check(
        "Both seats are sold on the seat map",
        all(find_seat(seats, s.seat_id).status == SOLD for s in story.paid_seats),
    )
    tell.show(draw_around(seats, story.paid_seats))
    return paid


def _pay_again(story: Story, paid: Answer) -> None:
    tell, token = story.narrator, story.token(ALICE)
    again = tell.step(
        "Alice pays the same order again, without any key",
        story.api.pay(token, story.paid_order_id),
        fields=("status", "credits_charged", "remaining_balance"),
    )
    tell.check(
        "She gets the order that she has already paid; nothing is charged",
        again["confirmed_at"] == paid["confirmed_at"]
        and story.balance(ALICE) == paid["remaining_balance"],
        balance=story.balance(ALICE),
    )


def _replay(story: Story, paid: Answer, key: str) -> None:
    tell, token = story.narrator, story.token(ALICE)
    replay = tell.step(
        "Her phone never got the first answer and sends it again with the same key",
        story.api.pay(token, story.paid_order_id, idempotency_key=key),
        fields=("status",),
    )
    tell.check(
        "The first answer comes again, byte for byte, marked Idempotent-Replayed",
        replay.raw == paid.raw and replay.replayed,
        bytes=len(replay.raw),
    )
