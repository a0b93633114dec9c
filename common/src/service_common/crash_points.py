"""Named places at which a process can be told to die, as when its machine loses power.

`CRASHPOINT=<name>:<moment>[:<pass>][@<request id>]` arms one of them when a process
starts: it kills itself with -9 as it comes there for the n-th time (of that request).
Several of them, by spaces, and the one that is reached first ends the process.
Without the variable nothing is installed, and `crash_point` looks at one empty tuple.

Every call that a service answers is a place: `<blueprint>.<function>` over HTTP,
`grpc.<Method>` over gRPC, `gathered.<call>` or `gathered.<Method>` for one of several
that came together. Its moments are `before` (nothing done yet), `after_commit` (done,
not answered) and `after_answer`. What happens elsewhere names its own places.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from service_common.request_context import get_request_id

log = structlog.get_logger()

VARIABLE = "CRASHPOINT"
_SPEC = re.compile(
    r"(?P<name>[\w.]+:(?:before|after_commit|after_answer))"
    r"(?::(?P<nth>[1-9]\d{0,5}))?(?:@(?P<request_id>[\x21-\x7e]{1,128}))?"
)


@dataclass(slots=True)
class CrashPoint:
    """One armed place: its name, and which pass of it, by whom, is the last."""

    name: str
    nth: int = 1
    request_id: str | None = None
    _passes: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def parse(cls, spec: str) -> CrashPoint:
        """Read one of the variable; ValueError when it is none."""
        match = _SPEC.fullmatch(spec)
        if match is None:
            raise ValueError(
                f"{VARIABLE} is no <name>:<moment>[:<pass>][@<request id>]"
            )
        return cls(match["name"], int(match["nth"] or 1), match["request_id"])

    def __str__(self) -> str:
        whose = f"@{self.request_id}" if self.request_id else ""
        return f"{self.name}:{self.nth}{whose}"

    def is_reached(self, name: str, request_id: str) -> bool:
        """Whether this pass is the one."""
        if name != self.name or self.request_id not in (None, request_id):
            return False
        with self._counting:
            self._passes += 1
            return self._passes == self.nth


_armed: tuple[CrashPoint, ...] = ()


def arm(spec: str) -> None:
    """Arm what the variable says, by spaces; ValueError when it is malformed."""
    global _armed  # noqa: PLW0603 - one process, one death
    _armed = tuple(CrashPoint.parse(one) for one in spec.split())
    if not _armed:
        return
    # Only a process that is to die pays for the hooks.
    from service_common.crash_edges import watch_http  # noqa: PLC0415

    watch_http()


def crash_point(name: str, request_id: str | None = None) -> None:
    """Die here, if this is an armed place."""
    for point in _armed:
        if not point.is_reached(name, request_id or get_request_id()):
            continue
        log.warning("crash_point_reached", crash_point=str(point))
        # The whole group: a supervisor of ours must not quietly replace its worker.
        os.killpg(0, signal.SIGKILL)


@contextmanager
def crash_points_around(name: str, request_id: str | None = None) -> Iterator[None]:
    """Two places: before the block, and after it came to its end."""
    crash_point(f"{name}:before", request_id)
    yield
    crash_point(f"{name}:after_commit", request_id)


def grpc_interceptors() -> tuple[Any, ...]:
    """What a gRPC server has to install inside its edge; nothing when unarmed."""
    if not _armed:
        return ()
    from service_common.crash_edges import CrashInterceptor  # noqa: PLC0415

    return (CrashInterceptor(),)
