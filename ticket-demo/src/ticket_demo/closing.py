"""The end of the story: what was seen, and where everything is."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from ticket_demo.api import Api
from ticket_demo.cast import ACCOUNTS, ALICE, SYMPHONY_ID
from ticket_demo.narrator import Narrator
from ticket_demo.stage import Stage

_JSON = "-H 'Content-Type: application/json'"


def summarise(tell: Narrator, told: list[tuple[str, float]]) -> None:
    """The chapters that were told and how long each took."""
    lines = Text()
    for number, (title, seconds) in enumerate(told, start=1):
        lines.append(f" {number:>2}. {title:<45}", "bold")
        lines.append(f"{seconds:5.1f} s\n", "dim")
    total = sum(seconds for _, seconds in told)
    lines.append(f"{tell.steps} steps, each of them checked, in {total:.0f} s: ")
    lines.append("all went as the story says.", "bold green")
    tell.panel(lines, "The story in short")


def say_where(tell: Narrator, api: Api, password: str) -> None:
    """How to go on by hand, on whatever stack it was."""
    table = Table.grid(padding=(0, 2))
    table.add_row("gateway", Text(api.base_url, "bold"))
    if api.call("GET", "/docs").ok:
        table.add_row("API description", f"{api.base_url}/docs")
    for account in ACCOUNTS:
        table.add_row("account", Text(f"{account.email}  ({account.part})"))
    table.add_row("their password", Text(password, "bold"))
    tell.panel(table, "Where everything is")
    # Below the frame and without wrapping, so that it can be copied.
    for line in example_calls(api.base_url, password):
        tell.console.print(Text(line), soft_wrap=True)


def example_calls(base_url: str, password: str) -> list[str]:
    """Two lines for a shell."""
    body = f'{{"email": "{ALICE.email}", "password": "{password}"}}'
    return [
        f"curl -s {base_url}/v1/events/{SYMPHONY_ID}",
        f"curl -s {base_url}/v1/auth/login {_JSON} -d '{body}'",
    ]


def say_where_inside(tell: Narrator, stage: Stage) -> None:
    """What only our own stack has: the broker's page, logs, how to stop it."""
    stack = stage.stack
    broker = stack.rabbitmq
    table = Table.grid(padding=(0, 2))
    table.add_row("RabbitMQ", Text(broker.management_url, "bold"))
    table.add_row(
        "its user", f"{broker.user}, password: RABBITMQ_PASS in secrets.env below"
    )
    table.add_row("data, logs, secrets", str(stack.folder.path))
    table.add_row("processes", f"python -m local_stack ps --name {stage.name}")
    table.add_row("stop it", f"python -m local_stack down --name {stage.name}")
    tell.panel(table, f"The stack “{stage.name}” stays up")
