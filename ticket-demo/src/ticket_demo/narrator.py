"""Tells the story at the terminal: chapters, steps, tables, countdowns.

Every step checks what it tells; the first that goes otherwise ends the story. Without
a terminal the same lines come without colours and without anything that moves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from ticket_demo.answer import Answer
from ticket_demo.wording import brief, brief_ids

T = TypeVar("T")

_POLL_S = 0.2
# How often a line says that we still wait, where nothing can move.
_PLAIN_FIRST_LINE_S = 1.0
_PLAIN_LINE_EVERY_S = 5.0
_WIDTH_PLAIN = 100
_WIDTH_MAX = 110
_INDENT = (0, 0, 0, 4)


class StoryBroke(Exception):
    """A step did not go as the story says."""


class Narrator:
    """Prints, and checks what it prints."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or make_console()
        self.steps = 0

    # --- telling -------------------------------------------------------------------

    def chapter(self, number: int, title: str, why: str) -> None:
        """Open a chapter: what it shows and why that matters."""
        self.console.print()
        self.console.print(Rule(Text(f"{number}. {title}", "bold cyan"), style="cyan"))
        self.console.print(Text(why, "italic"))
        self.console.print()

    def say(self, text: str, style: str = "") -> None:
        """Say a sentence between the steps."""
        self.show(Text(text, style))

    def show(self, thing: RenderableType) -> None:
        """Print a picture or a table below a step."""
        # Not expanded, or every line would end in blanks.
        self.console.print(Padding(thing, _INDENT, expand=False))

    def panel(self, thing: RenderableType, title: str) -> None:
        """Print something in a frame."""
        self.console.print()
        self.console.print(Panel(thing, title=title, title_align="left"))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Any]) -> None:
        """Print a table; cells are strings or styled texts."""
        table = Table(title=title, title_justify="left", title_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            # Text, so that a bracket in an answer is no markup.
            table.add_row(*(Text(c) if isinstance(c, str) else c for c in row))
        self.show(table)

    # --- checking ------------------------------------------------------------------

    def step(
        self,
        what: str,
        answer: Answer,
        *,
        expect: int = 200,
        code: str | None = None,
        fields: Sequence[str] = (),
        **more: Any,
    ) -> Answer:
        """Tell who did what, what was asked and what came back; check the answer.

        `fields` are taken from the body, or from a refusal's details; `more` is shown
        beside them.
        """
        went_well = answer.status == expect and answer.code == code
        self._what(what, went_well=went_well)
        self._exchange(answer, fields, more)
        if not went_well:
            wanted = f"{expect} {code or ''}".strip()
            raise StoryBroke(f"{what}: {wanted} was expected, but: {answer}")
        return answer

    def check(self, what: str, holds: bool, **shown: Any) -> None:  # noqa: FBT001
        """Tell something that must be so, and check it."""
        self._what(what, went_well=holds)
        if shown:
            self._facts(Text(), shown)
        if not holds:
            facts = ", ".join(f"{name} {value}" for name, value in shown.items())
            raise StoryBroke(f"it is not so: {what} ({facts})")

    def _what(self, what: str, *, went_well: bool) -> None:
        self.steps += went_well
        sign = Text(" ✓  ", "bold green") if went_well else Text(" ✗  ", "bold red")
        self.console.print(sign.append(what, "bold default"))

    def _exchange(
        self, answer: Answer, fields: Sequence[str], more: dict[str, Any]
    ) -> None:
        line = Text().append(f"{brief_ids(answer.request)} → ", "dim")
        line.append(str(answer.status), "green" if answer.ok else "yellow")
        if answer.code:
            line.append(f" {answer.code}", "yellow")
        source = answer.details if answer.code else answer.body or {}
        self._facts(line, {name: source.get(name) for name in fields} | more)

    def _facts(self, line: Text, facts: dict[str, Any]) -> None:
        for name, value in facts.items():
            line.append(" · " if line else "", "dim")
            line.append(f"{name.replace('_', ' ')} ", "dim").append(brief(value))
        self.show(line)

    # --- waiting -------------------------------------------------------------------

    def wait_for(
        self,
        what: Callable[[float], str],
        probe: Callable[[], T | None],
        limit_s: float,
    ) -> T:
        """Poll until the probe finds something; `what` words it by the seconds gone."""
        began_s = time.monotonic()
        found = probe()
        with self._waiting_line() as show:
            while found is None:
                gone_s = time.monotonic() - began_s
                if gone_s > limit_s:
                    raise StoryBroke(f"waited {limit_s:.0f} s in vain: {what(gone_s)}")
                show(what(gone_s))
                time.sleep(_POLL_S)
                found = probe()
        return found

    @contextmanager
    def _waiting_line(self) -> Iterator[Callable[[str], None]]:
        """One line that changes; or, where nothing can, a line now and then."""
        if self.console.is_terminal:
            with self.console.status("") as status:
                yield lambda text: status.update(Text(text))
            return
        next_line_s = time.monotonic() + _PLAIN_FIRST_LINE_S

        def show(text: str) -> None:
            nonlocal next_line_s
            if time.monotonic() >= next_line_s:
                self.say(f"… {text}", "dim")
                next_line_s += _PLAIN_LINE_EVERY_S

        yield show


def make_console() -> Console:
    """The terminal, not too wide to read; or plain lines that do not wrap early."""
    console = Console(highlight=False)
    if not console.is_terminal:
        return Console(highlight=False, width=_WIDTH_PLAIN)
    return Console(highlight=False, width=min(console.width, _WIDTH_MAX))
