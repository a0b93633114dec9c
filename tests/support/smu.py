"""The SMU stand-in as a process, and what tests ask of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from support.processes import free_port, running

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class SmuStandin:
    """Where it is, and what arrived there."""

    url: str
    api_key: str

    def texts(self, phone: str) -> list[str]:
        """What arrived on a phone, newest first."""
        answer = requests.get(
            f"{self.url}/messages", {"phone_number": phone}, timeout=TIMEOUT_S
        )
        return [message["message"] for message in answer.json()["messages"]]

    def code(self, phone: str) -> str:
        """The newest code of a phone."""
        return self.texts(phone)[0][-6:]

    def calls(self) -> dict[str, int]:
        counts: dict[str, int] = requests.get(
            f"{self.url}/_calls", timeout=TIMEOUT_S
        ).json()
        return counts

    @contextmanager
    def fault(self, call: str, fault: str) -> Iterator[None]:
        self._switch(call, fault)
        try:
            yield
        finally:
            self._switch(call, None)

    def _switch(self, call: str, fault: str | None) -> None:
        answer = requests.post(
            f"{self.url}/_faults", json={call: fault}, timeout=TIMEOUT_S
        )
        answer.raise_for_status()


@contextmanager
def running_smu_standin(api_key: str) -> Iterator[SmuStandin]:
    standin = SmuStandin(f"http://127.0.0.1:{free_port()}", api_key)
    with running(
        [sys.executable, "-m", "smu_standin"],
        {"PORT": standin.url.rsplit(":", 1)[1], "SMU_API_KEY": api_key},
        lambda: requests.get(f"{standin.url}/health/ready", timeout=TIMEOUT_S),
    ):
        yield standin
