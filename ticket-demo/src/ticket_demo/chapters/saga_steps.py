"""Chapter: what went on behind Alice's payment; and a saga as a table for others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from ticket_demo.cast import ADMIN
from ticket_demo.narrator import Narrator
from ticket_demo.story import Story
from ticket_demo.wording import elapsed_ms

TITLE = "The saga behind the payment"
WHY = (
    "A payment changes three databases in three services, and no transaction spans "
    "them. A saga does: each step is written so that it can be repeated or undone, and "
    "a log lets any process take over where another one stopped."
)

_SERVICES = {
    "claim_seat": "inventory",
    "deduct_credits": "user",
    "confirm_seat": "inventory",
    "confirm_order": "order",
}
_COLUMNS = ("step", "service", "outcome", "ms", "undo")
_STYLES = {"DONE": "green", "REFUSED": "yellow", "UNKNOWN": "red"}


def tell(story: Story) -> None:
    """Show the steps of the purchase that Alice has just made."""
    tell = story.narrator
    found = story.purchase_saga(ADMIN, story.paid_order_id)
    saga = tell.step(
        "The admin looks at the saga of Alice's payment",
        story.api.admin_saga(story.token(ADMIN), found["saga_id"]),
        fields=("type", "state", "duration_ms", "request_id"),
    )
    show_saga(tell, saga.body)
    tell.check(
        "Four steps in four calls, none of them undone",
        [step["outcome"] for step in saga["steps"]] == ["DONE"] * 4
        and all(step["compensation"] is None for step in saga["steps"]),
    )
    tell.say(
        "The seat is claimed before any money moves, so nobody pays for a seat that is "
        "gone. deduct_credits is the pivot: from there on it only goes forward."
    )


def show_saga(tell: Narrator, saga: Mapping[str, Any]) -> None:
    """Print the steps of a saga."""
    tell.table(f"saga {saga['type']}: {saga['state']}", _COLUMNS, saga_rows(saga))


def saga_rows(saga: Mapping[str, Any]) -> Iterator[tuple[str | Text, ...]]:
    """One row for each declared step."""
    for step in saga["steps"]:
        yield (
            step["name"],
            _SERVICES.get(step["name"], "-"),
            _outcome(step, nothing="not reached"),
            elapsed_ms(step["started_at"], step["ended_at"]),
            _undo(step["compensation"]),
        )


def _outcome(tries: Mapping[str, Any], nothing: str = "-") -> Text:
    outcome = tries["outcome"]
    if outcome is None:
        return Text(nothing, "dim")
    text = Text(outcome, _STYLES.get(outcome, ""))
    if tries["attempts"] > 1:
        text.append(f" after {tries['attempts']} tries")
    if tries["error"]:
        text.append(f" {tries['error']}", "dim")
    return text


def _undo(undo: Mapping[str, Any] | None) -> Text:
    if undo is None:
        return Text("-", "dim")
    return Text(f"{undo['name']} ").append_text(_outcome(undo))
