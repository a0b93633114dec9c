"""The project's own programs as processes of a test, gone with it."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from support.waiting import eventually

START_DEADLINE_S = 20.0
STOP_DEADLINE_S = 10.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], env: Mapping[str, str], ready: Callable[[], object]
) -> Iterator[None]:
    """The process, from when `ready` answers without an error."""
    process = subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.DEVNULL
    )
    try:
        eventually(ready, lambda _: True, within_s=START_DEADLINE_S, every_s=0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
