"""The demo's own stack: a short hold for the time of the story, and crashes on purpose.

With `--base-url` there is no stage: the stack belongs to somebody else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import requests

from local_stack import PortMode, Stack, StackError
from local_stack.waiting import wait_until
from ticket_demo.api import Api
from ticket_demo.cast import SYMPHONY_ID
from ticket_demo.outside import Outside

INVENTORY = "inventory-service"
ORCHESTRATOR = "orchestrator-service"
ORDERS = "order-service"
HOLD_SECONDS = "15"

_HOLD = "HOLD_TTL_SECONDS"
_NORMAL_HOLD_SECONDS = "300"
_METRICS_TIMEOUT_S = 5.0
_FOUND_WITHIN_S = 10.0
_RELEASES = re.compile(
    r'^seat_hold_releases_total\{cause="(\w+)"\} (\d+)', re.MULTILINE
)


class Stage:
    """Starts the stack, shortens its holds, breaks and mends it."""

    def __init__(self, name: str, port_mode: PortMode) -> None:
        self.name = name
        self._port_mode = port_mode
        self._hold_before = _chosen_hold(Stack(name))

    @property
    def stack(self) -> Stack:
        """The stack as it was started."""
        return Stack(self.name)

    def open(self, report: Callable[[str], None]) -> Api:
        """Start what is not running, with short holds; say how to reach it."""
        self._up(HOLD_SECONDS, report)
        return Api(self.stack.url("gateway"))

    def mend(self) -> str:
        """Start what is dead; let holds last as long as before, and say how long."""
        self._up(self._hold_before, lambda _: None)
        return self._hold_before or _NORMAL_HOLD_SECONDS

    def kill(self, process: str) -> None:
        """SIGKILL: no goodbye, nothing is tidied up."""
        self.stack.kill(process)

    def start(self, process: str) -> None:
        """Start a process that was killed, and wait until it is ready."""
        self.stack.restart(process)

    @contextmanager
    def frozen(self, process: str) -> Iterator[None]:
        """A process that holds what it holds and answers nobody, for a while."""
        self.stack.pause(process)
        try:
            yield
        finally:
            self.stack.resume(process)

    def steal_qr_key(self) -> bytes:
        """The key of the ticket codes, which no client ever sees."""
        return base64.b64decode(self.stack.context.secrets["QR_ENCRYPTION_KEY"])

    @property
    def outside(self) -> Outside:
        """The stand-ins beside the stack."""
        stack = self.stack
        return Outside(
            stripe_url=stack.url("localstripe"),
            stripe_key=stack.context.secrets["STRIPE_SECRET_KEY"],
            smu_url=stack.url("smu-standin"),
        )

    def releases(self) -> dict[str, int]:
        """How many expired holds the worker has given back so far, by what told it."""
        url = f"{self.stack.url('inventory-worker-ops')}/metrics"
        with requests.Session() as session:
            session.trust_env = False
            page = session.get(url, timeout=_METRICS_TIMEOUT_S)
        return {cause: int(count) for cause, count in _RELEASES.findall(page.text)}

    def _up(self, hold_seconds: str | None, report: Callable[[str], None]) -> None:
        before = _overrides(self.stack)
        wanted = _with_hold(before, hold_seconds)
        statuses = self.stack.status()
        is_running = any(one.name == INVENTORY and one.pid for one in statuses)
        if is_running and wanted != before:
            # What runs keeps its environment.
            self.stack.stop(INVENTORY)
        Stack(
            self.name,
            port_mode=self._port_mode,
            overrides={INVENTORY: wanted},
            report=report,
        ).up()
        self._await_seats()

    def _await_seats(self) -> None:
        """A new process behind an old port is found again within a second or so."""
        api = Api(self.stack.url("gateway"))
        if not wait_until(lambda: api.seat_map(SYMPHONY_ID).ok, _FOUND_WITHIN_S):
            raise StackError("the gateway does not serve the seats of the demo data")


def _overrides(stack: Stack) -> dict[str, str]:
    try:
        return dict(stack.context.overrides_of(INVENTORY))
    except StackError:
        return {}  # never started


def _with_hold(before: Mapping[str, str], seconds: str | None) -> dict[str, str]:
    others = {name: value for name, value in before.items() if name != _HOLD}
    return others if seconds is None else others | {_HOLD: seconds}


def _chosen_hold(stack: Stack) -> str | None:
    """The hold that somebody chose for this stack, if anybody did."""
    seconds = _overrides(stack).get(_HOLD)
    # Ours, left behind by a demo that was killed, is nobody's choice.
    return None if seconds == HOLD_SECONDS else seconds
