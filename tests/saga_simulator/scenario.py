"""A saga with its world: how to start it, how to recover it, what must hold after."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from orchestrator_service.saga.declaration import Registry, Saga
from orchestrator_service.saga.drive import EngineLimits, Result
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.log import FINAL_STATES, SagaRecord, SagaState
from orchestrator_service.saga.recovery import RecoveryWorker
from saga_simulator.memory_log import MemorySagaLog
from saga_simulator.wire_log import WireLog
from saga_simulator.world import Driver, World

LIMITS = EngineLimits()


class Situation(Enum):
    """How the business stands when the saga begins."""

    GOOD = "good"  # nothing stands in its way
    PIVOT_REFUSED = "pivot refused"  # not enough credits, hall taken
    CLAIM_REFUSED = "claim refused"  # hold expired, venue unknown


class Participants(Protocol):
    """What a saga touches: little services with rules and a memory."""

    @property
    def surprises(self) -> Mapping[str, Callable[[], None]]:
        """What the rest of the world may do meanwhile, each at most once."""

    def declare(self, world: World) -> Saga[Any]:
        """The saga over these participants."""

    def data(self) -> Any:
        """The inputs of the saga."""

    def violations(self, sagas: list[SagaRecord]) -> list[str]:
        """What is wrong now that all sagas have ended."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a scenario is made of; a mutation replaces one ingredient."""

    participants: Callable[[World, Situation], Participants]
    engine: type[Engine] = Engine
    log: type[MemorySagaLog] = MemorySagaLog


class Scenario:
    """One fresh world, with one subject that drivers work on."""

    subject = "subject-1"

    def __init__(self, recipe: Recipe, situation: Situation) -> None:
        self.world = World()
        self.log = recipe.log(self.world.now)
        self.participants = recipe.participants(self.world, situation)
        self.saga = self.participants.declare(self.world)
        self.told: list[Result] = []
        self.surprises = dict(self.participants.surprises)
        registry = Registry(self.saga)
        wire_log = WireLog(self.world, self.log)
        self._engine = recipe.engine(
            wire_log, registry, owner="simulated", limits=LIMITS, clock=self.world
        )
        self._worker = RecoveryWorker(
            self._engine,
            wire_log,
            registry,
            owner="simulated",
            limits=LIMITS,
            stop=threading.Event(),
        )

    def requester(self, name: str) -> Driver:
        """A request thread that starts the saga and hears how it ended."""
        return Driver(self.world, name, self._request)

    def recoverer(self, name: str) -> Driver:
        """A recovery worker's one look for a due saga."""
        return Driver(self.world, name, self._worker.run_once)

    def surprise(self, name: str) -> None:
        """Something happens outside of the saga."""
        self.world.note(f"surprise: {name}")
        self.surprises.pop(name)()

    def violations(self) -> list[str]:
        """All that must not be, now that the world has come to rest."""
        sagas = self.log.all()
        unended = [
            f"{saga.saga_id} is {saga.state}"
            for saga in sagas
            if saga.state not in FINAL_STATES
        ]
        return unended + self._broken_words() + self.participants.violations(sagas)

    def _request(self) -> None:
        result = self._engine.run(
            self.saga, subject=self.subject, data=self.participants.data()
        )
        self.world.note(f"told: {result.saga_id} {result.state}")
        self.told.append(result)

    def _broken_words(self) -> list[str]:
        final = {saga.saga_id: saga.state for saga in self.log.all()}
        broken = []
        for word in self.told:
            kept = final.get(word.saga_id) is word.state
            if word.state in FINAL_STATES and not kept:
                broken.append(f"told {word.state}, is {final.get(word.saga_id)}")
            if word.state is SagaState.STUCK:
                broken.append("told STUCK")
        return broken
