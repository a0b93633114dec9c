"""Chapter: whether everything still adds up."""

from __future__ import annotations

from rich.text import Text

from ticket_demo.cast import ADMIN
from ticket_demo.story import Story

TITLE = "Does everything still add up?"
WHY = (
    "After all this, the sum of all credits, the owner of every seat and the state of "
    "every order are compared across the services."
)

_COLUMNS = ("service", "invariant", "holds", "violations")


def tell(story: Story) -> None:
    """Ask for all invariants; each of them has to hold."""
    tell = story.narrator
    answer = tell.step(
        "The admin has all invariants checked",
        story.api.invariants(story.token(ADMIN)),
        fields=("holds",),
    )
    rows = [
        (
            one["service"],
            str(one["name"]).replace("_", " "),
            Text("yes", "green") if one["holds"] else Text("NO", "bold red"),
            str(one["violations"]),
        )
        for one in answer["invariants"]
    ]
    tell.table("Invariants", _COLUMNS, rows)
    broken = [one["name"] for one in answer["invariants"] if not one["holds"]]
    tell.check(
        "All of them hold",
        answer["holds"] is True and not broken and bool(rows),
        invariants=len(rows),
    )
