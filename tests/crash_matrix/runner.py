"""Runs all cells, a few at a time, while a supervisor revives what they kill."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from crash_matrix.abandoned import abandon
from crash_matrix.cells import Cell, Flow
from crash_matrix.subjects import Subject
from crash_matrix.supervisor import Supervisor
from orchestrator_service.saga.declaration import Saga
from service_common.db import Database
from service_common.errors import AppError
from support.waiting import eventually
from ticket_demo.api import Answer, NoAnswer

_DECIDED_WITHIN_S = 150.0
_SETTLED_WITHIN_S = 90.0
_ASKS_EVERY_S = 0.25
_SUBJECTS_MAX = 5
_SERVER_ERROR = 500

_ENDS = text("SELECT state FROM sagas WHERE request_id = :request_id")

# Makes a fresh subject for a kind of saga; one lane, one customer.
MakeSubject = Callable[[str], Subject]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one cell; `problem` is empty when all was well."""

    cell: Cell
    problem: str = ""
    sagas: Sequence[str] = ()
    answers: Sequence[str] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Matrix:
    """The cells, and what they are run against."""

    cells: Sequence[Cell]
    sagas: Mapping[str, Saga[Any]]
    database: Database
    supervisor: Supervisor
    report: Callable[[Outcome], None]

    def run(self, lanes: Sequence[MakeSubject]) -> dict[str, Outcome]:
        """Every cell's outcome, by its name."""
        waiting: queue.SimpleQueue[Cell] = queue.SimpleQueue()
        for cell in self.cells:
            waiting.put(cell)
        outcomes: dict[str, Outcome] = {}
        lock = threading.Lock()

        def work(make: MakeSubject) -> None:
            while True:
                try:
                    cell = waiting.get_nowait()
                except queue.Empty:
                    return
                outcome = self._try_cell(cell, make)
                with lock:
                    self.report(outcome)
                    outcomes[str(cell)] = outcome

        with ThreadPoolExecutor(len(lanes)) as pool:
            list(pool.map(work, lanes))
        return outcomes

    def _try_cell(self, cell: Cell, make: MakeSubject) -> Outcome:
        began = time.monotonic()
        told: list[str] = []
        problem = ""
        try:
            self._run_cell(cell, make, told)
        except Exception as error:  # noqa: BLE001 - the cell's test tells it
            problem = f"{type(error).__name__}: {error}"
        seconds = time.monotonic() - began
        return Outcome(cell, problem, self._ends(cell), told, seconds)

    def _run_cell(self, cell: Cell, make: MakeSubject, told: list[str]) -> None:
        for _ in range(_SUBJECTS_MAX):
            subject = make(cell.saga)
            if cell.flow is not Flow.FORWARD and not self._abandon(cell, subject):
                continue
            give_up_at = time.monotonic() + _DECIDED_WITHIN_S
            try:
                self._ask_until_decided(cell, subject, give_up_at)
            finally:
                told += [
                    f"{answer.status} {answer.code or ''}" for answer in subject.told
                ]
            self._settle(cell)
            subject.check_promises()
            # What a client was told he is told again, under the same key.
            before, again = subject.told[-1], self._ask_again(cell, subject)
            assert again.status == before.status, again.body
            if self.supervisor.has_died(cell):
                return
            # Another cell's fault turned this subject back: take another one.
            self.supervisor.help_again(cell)
        raise AssertionError(f"nothing died at {cell}")

    def _abandon(self, cell: Cell, subject: Subject) -> bool:
        """False where somebody else was quicker, or nobody answered."""
        saga = self.sagas[cell.saga]
        try:
            abandon(self.database, saga, subject, cell.flow, cell.request_id)
        except AppError:
            return False
        eventually(
            lambda: self.supervisor.has_died(cell) or self._is_settled(cell),
            bool,
            within_s=_SETTLED_WITHIN_S,
            every_s=0.1,
        )
        self._settle(cell)
        return True

    def _ask_until_decided(
        self, cell: Cell, subject: Subject, give_up_at: float
    ) -> None:
        while not subject.is_decided():
            if self.supervisor.error is not None:
                raise self.supervisor.error
            assert time.monotonic() < give_up_at, "the client was never told"
            answer = self._ask(cell, subject)
            if answer is not None:
                subject.told.append(answer)
            if not subject.is_decided():
                time.sleep(_ASKS_EVERY_S)

    def _ask_again(self, cell: Cell, subject: Subject) -> Answer:
        """The next answer that is one: a neighbour's fault may be in the way."""
        return eventually(
            lambda: subject.ask(_request_id(cell)),
            lambda answer: answer.status < _SERVER_ERROR,
            within_s=_SETTLED_WITHIN_S,
        )

    def _ask(self, cell: Cell, subject: Subject) -> Answer | None:
        try:
            return subject.ask(_request_id(cell))
        except NoAnswer:
            return None

    def _settle(self, cell: Cell) -> None:
        eventually(lambda: self._is_settled(cell), bool, within_s=_SETTLED_WITHIN_S)

    def _is_settled(self, cell: Cell) -> bool:
        return set(self._ends(cell)) <= {"DONE", "FAILED"}

    def _ends(self, cell: Cell) -> list[str]:
        values = {"request_id": cell.request_id}
        with self.database.statement() as connection:
            return list(connection.execute(_ENDS, values).scalars())


def _request_id(cell: Cell) -> str:
    """What a client asks for after recovery was killed is another request."""
    own = cell.flow is Flow.FORWARD
    return cell.request_id if own else f"{cell.request_id}-client"
