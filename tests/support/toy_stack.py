"""A stack of toys: the same machinery, processes that start in a moment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psutil
import requests

from local_stack import PortMode, Stack
from local_stack.component import (
    Component,
    Context,
    base_environment,
    http_unready_reason,
)
from local_stack.supervisor import MARKER, ProcessSpec

TOY = Path(__file__).with_name("toy_process.py")
# The names are those of real processes, because ports have names.
FIRST, SECOND, THIRD = "user-service", "order-service", "event-service"


class Toy(Component):
    def __init__(
        self,
        name: str,
        *needs: str,
        behaviour: str = "serves",
        timeout_s: float = 10.0,
        stop_grace_s: float = 1.0,
    ) -> None:
        self.name = name
        self.needs = needs
        self.behaviour = behaviour
        self.start_timeout_s = timeout_s
        self.stop_grace_s = stop_grace_s

    def spec(self, context: Context) -> ProcessSpec:
        return ProcessSpec(
            name=self.name,
            command=(sys.executable, str(TOY)),
            cwd=context.folder.path,
            env=base_environment()
            | {"TOY": self.behaviour, "PORT": str(context.ports[self.name])}
            | dict(context.overrides_of(self.name)),
        )

    def unready_reason(self, context: Context) -> str | None:
        return http_unready_reason(f"http://{context.address(self.name)}/")


def toy_stack(
    repository: Path, *toys: Toy, name: str = "toys", **options: Any
) -> Stack:
    """A stack below a folder of the test's own, on free ports if not told otherwise."""
    options = {"port_mode": PortMode.AUTO} | options
    return Stack(name, components=toys, repository=repository, **options)


def who_is(stack: Stack, name: str) -> dict[str, Any]:
    """Ask a toy for its pid and environment."""
    answer: dict[str, Any] = requests.get(stack.url(name), timeout=5).json()
    return answer


def living(repository: Path) -> list[str]:
    """Every process on the machine that was started below the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = process.environ().get(MARKER, "").startswith(str(repository))
            if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {' '.join(process.cmdline())}")
        except psutil.Error:
            continue
    return found
