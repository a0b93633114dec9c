"""Clocks of application processes that go wrong while they run, by libfaketime."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from local_stack.services import SERVICES

NAMES = tuple(service.name for service in SERVICES)


class Clocks:
    """A file for each process says by how many seconds its time of day is off.

    Only the time of day: what measures spans is left alone, as on a machine whose clock
    is set.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            self.shift(name, 0)

    def shift(self, name: str, seconds: int) -> None:
        """Set one clock; the process notices within a second."""
        self._file(name).write_text(f"{seconds:+d}\n")

    def environment(self, name: str) -> Mapping[str, str]:
        """What puts a process under this clock."""
        return {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file(name)),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def _file(self, name: str) -> Path:
        return self._folder / name


def _library() -> Path:
    package = importlib.util.find_spec("libfaketime")
    if package is None or package.origin is None:
        raise FileNotFoundError("libfaketime is not there: run make setup")
    folder = Path(package.origin).parent / "vendor" / "libfaketime" / "src"
    return next(iter(folder.glob("libfaketime*.so.1")))
