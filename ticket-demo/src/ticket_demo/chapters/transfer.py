"""Chapter: Alice sells a ticket to Bob, and both consent."""

from __future__ import annotations

from decimal import Decimal

from ticket_demo.answer import Answer
from ticket_demo.cast import ALICE, BOB, CAROL, STAFF, SYMPHONY_ID, Role
from ticket_demo.outside import wrong_code
from ticket_demo.seats import Seat, free_together
from ticket_demo.story import Story

TITLE = "Alice sells a ticket to Bob"
WHY = (
    "A ticket changes hands only when both parties enter the code on their phone. Seat "
    "and credits then move together or not at all, and the seller's own code is dead."
)
PRICE = "25.00"
_HALL = "HALL-B"


def tell(story: Story) -> None:
    """Offer, be refused, consent one after the other, look at who has what."""
    seat = _buy_one_more(story)
    screenshot = story.fact(story.api.ticket_code(story.token(ALICE), seat.seat_id))
    _refuse_carol(story, seat)
    transfer = _offer(story, seat)
    _consent(story, transfer)
    _look_around(story, seat)
    _scan_screenshot(story, screenshot["qr_payload"])
    story.transferred_seat = seat
    story.transfer_id = transfer["transfer_id"]


def _buy_one_more(story: Story) -> Seat:
    seat, token = free_together(story.seats(SYMPHONY_ID), 1)[0], story.token(ALICE)
    held = story.fact(story.api.reserve(token, seat.seat_id))
    story.fact(story.api.pay(token, held["order_id"]))
    return seat


def _refuse_carol(story: Story, seat: Seat) -> None:
    story.narrator.step(
        f"Alice offers {seat.name} to Carol, who cannot pay: nobody gets a code",
        _ask(story, seat, CAROL, "900.00"),
        expect=402,
        code="INSUFFICIENT_CREDITS",
        fields=("required",),
    )


def _offer(story: Story, seat: Seat) -> Answer:
    tell = story.narrator
    transfer = tell.step(
        f"Alice offers {seat.name} to Bob for {PRICE}",
        _ask(story, seat, BOB, PRICE),
        expect=201,
        fields=("status", "credits_amount", "expires_at"),
    )
    for role in (ALICE, BOB):
        phone = story.phone(role)
        text = story.own_stage.outside.newest_text(phone)
        tell.say(f"✉  SMS to {role.name}, {phone}: {text}", "cyan")
    tell.step(
        "She offers it to somebody else at the same time",
        _ask(story, seat, BOB, "30.00"),
        expect=409,
        code="TRANSFER_IN_PROGRESS",
        fields=("transfer_id",),
    )
    return transfer


def _consent(story: Story, transfer: Answer) -> None:
    tell, transfer_id = story.narrator, transfer["transfer_id"]
    before = {role: Decimal(story.balance(role)) for role in (ALICE, BOB)}
    codes = {role: story.code_on_phone(role) for role in (ALICE, BOB)}
    tell.step(
        "Alice enters hers; Bob, on the phone with her, mistypes his",
        story.api.confirm_transfer(
            story.token(ALICE),
            transfer_id,
            {"seller_otp": codes[ALICE], "buyer_otp": wrong_code(codes[BOB])},
        ),
        expect=401,
        code="OTP_INVALID",
        fields=("party", "attempts_left"),
    )
    done = tell.step(
        "Her consent is remembered; he enters the right one: ticket and credits move",
        story.api.confirm_transfer(
            story.token(BOB), transfer_id, {"buyer_otp": codes[BOB]}
        ),
        fields=("status", "seller_otp_verified", "buyer_otp_verified", "completed_at"),
    )
    tell.check("The transfer is COMPLETED", done["status"] == "COMPLETED")
    moved = {role: Decimal(story.balance(role)) - before[role] for role in before}
    tell.check(
        "What he paid is what she got",
        moved[ALICE] == Decimal(PRICE) == -moved[BOB],
        alice=f"{moved[ALICE]:+.2f}",
        bob=f"{moved[BOB]:+.2f}",
    )


def _look_around(story: Story, seat: Seat) -> None:
    tell = story.narrator
    for role, scope in ((ALICE, "sold"), (BOB, "purchased"), (BOB, "owned")):
        answer = story.fact(story.api.tickets(story.token(role), {"scope": scope}))
        there = {ticket["seat_id"] for ticket in answer["data"]}
        tell.check(f"{role.name} sees {seat.name} under {scope}", seat.seat_id in there)
    tell.step(
        "Alice can no longer open it",
        story.api.ticket_code(story.token(ALICE), seat.seat_id),
        expect=403,
        code="NOT_SEAT_OWNER",
    )


def _scan_screenshot(story: Story, payload: str) -> None:
    tell = story.narrator
    scan = tell.step(
        "But she has kept a picture of her code, not a minute old, and tries the gate",
        story.api.verify(story.token(STAFF), payload, _HALL),
        fields=("result", "message"),
    )
    tell.check("The transfer has made it worthless", scan["result"] == "EXPIRED")


def _ask(story: Story, seat: Seat, buyer: Role, amount: str) -> Answer:
    return story.api.initiate_transfer(
        story.token(ALICE),
        {
            "seat_id": seat.seat_id,
            "buyer_id": story.person(buyer).user_id,
            "credits_amount": amount,
        },
    )
