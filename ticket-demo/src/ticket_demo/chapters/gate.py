"""Chapter: at the gate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ticket_demo.answer import Answer
from ticket_demo.cast import ADMIN, ALICE, BOB, STAFF, SYMPHONY_ID, Role
from ticket_demo.insider import seal_code
from ticket_demo.seats import free_together
from ticket_demo.stage import Stage
from ticket_demo.story import Story
from ticket_demo.wording import brief, parse_time, shortened

TITLE = "At the gate"
WHY = (
    "A ticket is a code that only the server can read and that is old after a minute: "
    "a screenshot is worth nothing. A ticket lets one person in, whatever happens at "
    "how many gates, and every scan is in a log."
)

_HALL = "HALL-B"
_OTHER_HALL = "HALL-A"
_MARGIN = timedelta(seconds=2)
_COLUMNS = ("time", "result", "seat", "scanned at", "belongs to")


def tell(story: Story) -> None:
    """Enter, be refused in every way, look at the log."""
    code = _open_ticket(story)
    _enter(story, code)
    _forge(story, code)
    if story.stage is not None:
        _scan_unpaid(story, story.stage)
    _scan_screenshot(story)
    _read_log(story)


def _open_ticket(story: Story) -> str:
    tell, seat = story.narrator, story.paid_seats[0]
    ticket = tell.step(
        f"Alice opens her ticket for {seat.name}",
        story.api.ticket_code(story.token(ALICE), seat.seat_id),
        fields=("generated_at", "expires_at", "ttl_seconds"),
    )
    code = str(ticket["qr_payload"])
    tell.say(f"QR payload {shortened(code)}; Accept: image/png gives the picture")
    tell.step(
        "Bob asks for a code of Alice's ticket",
        story.api.ticket_code(story.token(BOB), seat.seat_id),
        expect=403,
        code="NOT_SEAT_OWNER",
    )
    return code


def _enter(story: Story, code: str) -> None:
    _scan(story, "She goes to the wrong hall", STAFF, code, "WRONG_HALL", _OTHER_HALL)
    entered = _scan(story, "Now to the right one: she is in", STAFF, code, "SUCCESS")
    again = _scan(
        story,
        "Her friend shows the same picture at another gate",
        ADMIN,
        code,
        "DUPLICATE",
    )
    story.narrator.check(
        "That gate is told when and where the ticket was used",
        again["first_scan"]
        == {"scanned_at": entered["checked_in_at"], "hall_id": _HALL},
        first_scan=brief(again["first_scan"]["scanned_at"]),
        hall=again["first_scan"]["hall_id"],
    )


def _forge(story: Story, code: str) -> None:
    # The first letter behind the key's name.
    at = code.rindex(".") + 1
    other = "A" if code[at] != "A" else "B"
    forged = f"{code[:at]}{other}{code[at + 1 :]}"
    _scan(story, "A counterfeit: one letter is another", STAFF, forged, "NOT_FOUND")


def _scan_unpaid(story: Story, stage: Stage) -> None:
    seat = free_together(story.seats(SYMPHONY_ID), 1)[0]
    held = story.fact(story.api.reserve(story.token(BOB), seat.seat_id))
    sealed = seal_code(stage.steal_qr_key(), seat.seat_id, SYMPHONY_ID, _HALL)
    _scan(
        story,
        f"Bob only reserved {seat.name}; his code is made with the stolen, true key",
        STAFF,
        sealed,
        "UNPAID",
    )
    story.fact(story.api.release(story.token(BOB), held["order_id"]))


def _scan_screenshot(story: Story) -> None:
    tell, seat, ticket = story.narrator, story.paid_seats[1], story.paid_tickets[1]
    stale_at = parse_time(ticket["expires_at"]) + _MARGIN
    tell.wait_for(
        lambda _: f"the code of Alice's payment is fresh for {_left_s(stale_at):.0f} s",
        lambda: True if _left_s(stale_at) <= 0 else None,
        _left_s(stale_at) + 5,
    )
    _scan(
        story,
        f"A screenshot of {seat.name} from the payment, more than a minute ago",
        STAFF,
        ticket["qr_payload"],
        "EXPIRED",
    )
    fresh = story.fact(story.api.ticket_code(story.token(ALICE), seat.seat_id))
    _scan(
        story,
        "The owner refreshes her ticket, and is in",
        STAFF,
        fresh["qr_payload"],
        "SUCCESS",
    )


def _left_s(until: datetime) -> float:
    return (until - datetime.now(UTC)).total_seconds()


def _read_log(story: Story) -> None:
    answer = story.narrator.step(
        "The staff reads the log of the gate",
        story.api.entry_logs(story.token(STAFF), {"page_size": 7}),
    )
    story.narrator.table(
        "Newest first", _COLUMNS, [_row(scan) for scan in answer["data"]]
    )


def _row(scan: dict[str, Any]) -> tuple[str, ...]:
    known = scan["seat_id"] is not None
    return (
        brief(scan["scanned_at"]),
        scan["result"],
        f"{scan['row_number']}{scan['seat_number']}"
        if known
        else brief(scan["presented_seat_id"]),
        scan["hall_id_presented"],
        scan["hall_id_expected"] or "-",
    )


def _scan(
    story: Story, what: str, who: Role, code: str, result: str, hall_id: str = _HALL
) -> Answer:
    """Scan, tell what the scanner shows, and check what it came to."""
    tell = story.narrator
    answer = tell.step(
        what,
        story.api.verify(story.token(who), code, hall_id),
        fields=("result", "message"),
    )
    if answer["result"] != result:
        tell.check(f"The gate says {result}", False, result=answer["result"])
    return answer
