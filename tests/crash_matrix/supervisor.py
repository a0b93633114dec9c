"""Starts again what has died, as a container's restart policy does."""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from types import TracebackType
from typing import Self

import psycopg2

from crash_matrix.cells import (
    INVENTORY,
    ORCHESTRATOR,
    ORDER_WORKER,
    RECOVERY,
    WORKER,
    Cell,
)
from local_stack import Stack
from local_stack.errors import StartFailed
from service_common.crash_points import VARIABLE

_LOOKS_EVERY_S = 0.1
_HURRIES_EVERY_S = 1.0
_FAILURES_MAX = 5
# Long enough for a client who has to wait for some processes of other cells, too.
_PATIENT = {
    INVENTORY: {"HOLD_TTL_SECONDS": "120"},
    ORCHESTRATOR: {"SAGA_DEADLINE_SECONDS": "120"},
    RECOVERY: {"SAGA_DEADLINE_SECONDS": "120"},
    # Messages come first; the sweeper has its turn whenever the worker starts.
    WORKER: {"SWEEP_INTERVAL_SECONDS": "60"},
    ORDER_WORKER: {"SWEEP_INTERVAL_SECONDS": "60"},
}
_MARK = '"crash_point_reached"'

# Whoever died holds its leases and keys for 15 and 60 seconds more. They are let run
# out, because their holder is known to be dead: it saves time and decides nothing.
_LEASES_OF_REQUESTS = """
    UPDATE sagas SET lease_until = now()
     WHERE lease_until > now() AND lease_owner NOT LIKE '%:recovery'
"""
_LEASES_OF_RECOVERY = """
    UPDATE sagas SET lease_until = now()
     WHERE lease_until > now() AND lease_owner LIKE '%:recovery'
"""
_KEYS = "UPDATE idempotency_keys SET claimed_until = now() WHERE status IS NULL"
_BACKOFF = """
    UPDATE sagas SET next_run_at = now() + interval '1 s'
     WHERE state IN ('RUNNING', 'ABORTING') AND next_run_at > now() + interval '1 s'
"""


class Supervisor:
    """The armed processes of a stack: each is started again without what it died of."""

    def __init__(self, stack: Stack, cells: Iterable[Cell]) -> None:
        self._stack = stack
        self._armed: dict[str, list[str]] = defaultdict(list)
        for cell in cells:
            for process, point in (*cell.own_points, *cell.helping_points):
                self._armed[process].append(point)
        # How often each point was come to, by process, and how often it has to be.
        self._reached: dict[str, Counter[str]] = {
            name: Counter() for name in self._armed
        }
        self._wanted: dict[str, int] = {}
        self._reviving = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._watch, name="supervisor"),
            threading.Thread(target=self._hurry, name="hurry"),
        ]
        self._failures = 0
        self.deaths = 0
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        self._start(self._armed)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._stack.restart_together({process: {} for process in self._armed})

    def has_died(self, cell: Cell) -> bool:
        """Whether the death that the cell is about has happened."""
        return any(self._reached[process][point] for process, point in cell.own_points)

    def help_again(self, cell: Cell) -> None:
        """Arm what helps the cell to its place once more, for a further subject.

        A death of a neighbour came between the helping death and the cell's own.
        """
        with self._reviving:
            spent = [one for one in cell.helping_points if not self._is_due(one[1])]
            for process, point in spent:
                self._wanted[point] = self._reached[process][point] + 1
            for process in {process for process, _ in spent}:
                self._stack.kill(process)

    def _watch(self) -> None:
        try:
            while not self._stop.wait(_LOOKS_EVERY_S):
                dead = [
                    name for name in self._armed if not self._stack.is_running(name)
                ]
                if dead:
                    with self._reviving:
                        self._revive(dead)
        except Exception as error:  # noqa: BLE001 - told to who waits for the cells
            self.error = error

    def _revive(self, dead: list[str]) -> None:
        self.deaths += len(dead)
        for process in dead:
            self._reached[process] = self._points_reached(process)
            if process in (ORCHESTRATOR, RECOVERY):
                self._forget_claims_of(process)
        try:
            self._start(dead)
        except StartFailed:
            # It came to its next crash point before it was seen to be ready.
            self._failures += 1
            if self._failures > _FAILURES_MAX:
                raise
        else:
            self._failures = 0

    def _start(self, processes: Iterable[str]) -> None:
        self._stack.restart_together(
            {
                process: {
                    VARIABLE: " ".join(filter(self._is_due, self._armed[process])),
                    **_PATIENT.get(process, {}),
                }
                for process in processes
            }
        )

    def _is_due(self, point: str) -> bool:
        """Whether nobody has come to it yet, or not as often as was wanted."""
        reached = sum(points[point] for points in self._reached.values())
        return reached < self._wanted.get(point, 1)

    def _points_reached(self, process: str) -> Counter[str]:
        lines = self._stack.folder.log(process).read_text(errors="replace").splitlines()
        return Counter(
            json.loads(line)["crash_point"] for line in lines if _MARK in line
        )

    def _forget_claims_of(self, process: str) -> None:
        if process == ORCHESTRATOR:
            self._execute(_LEASES_OF_REQUESTS, _KEYS)
        else:
            self._execute(_LEASES_OF_RECOVERY)

    def _hurry(self) -> None:
        """Let no saga wait longer than a moment for what is up again."""
        while not self._stop.wait(_HURRIES_EVERY_S):
            self._execute(_BACKOFF)

    def _execute(self, *statements: str) -> None:
        connection = psycopg2.connect(self._stack.postgres.service_dsn("sagas_db"))
        try:
            with connection, connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()
