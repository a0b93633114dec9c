"""Simulated time, drivers that can be killed and frozen, and a wire that loses things.

A driver is a greenlet that runs the real engine. Before each remote call takes effect,
and after that before its answer comes back, it stops and a scheduler decides: go on,
drop the request, lose the answer, let the request arrive later, kill the driver,
freeze it. (The moment after an answer is the moment before the next call.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar, cast

from greenlet import GreenletExit, getcurrent, greenlet

from orchestrator_service.saga.log import SagaRecord
from service_common.errors import Refusal, Unavailable, Unknown

T = TypeVar("T")
_DAY_ZERO = datetime(2030, 1, 1, tzinfo=UTC)


class Moment(Enum):
    """Where in a call a driver stands."""

    BEFORE_EFFECT = "before"
    BEFORE_ANSWER = "after"
    ASLEEP = "asleep"


class Verdict(Enum):
    """What becomes of the call."""

    GO = "go"
    DROP = "drop"  # the request never arrives
    DELAY = "delay"  # the request arrives, long after its sender gave up
    LOSE = "lose"  # the answer never arrives


@dataclass(frozen=True, slots=True)
class Point:
    """A place where a driver waits for its fate."""

    operation: str
    moment: Moment
    request: Callable[[], object] | None = None


class Driver(greenlet):  # type: ignore[misc]
    """A request thread or a recovery worker, from its first call to its last."""

    def __init__(self, world: World, name: str, work: Callable[[], object]) -> None:
        super().__init__()
        self.name = name
        self.at: Point | None = None
        self.points: list[Point] = []
        self.wakes_at_s = 0.0
        self.thaws_at_s: float | None = None
        self.stood_still_s = 0.0
        self.straight = False
        self._frozen_at_s = 0.0
        self._machine_paused = False
        self._world = world
        self._work = work

    def run(self, _: Verdict) -> None:
        """Live until the work is done; an error of the engine belongs to its caller."""
        try:
            self._work()
        except Unavailable:
            self._world.note(f"{self.name} was told: unavailable")

    @property
    def alive(self) -> bool:
        """It has more to do, and nobody has killed it."""
        return not self.dead

    @property
    def frozen(self) -> bool:
        """It stands still in the middle of something."""
        return self.thaws_at_s is not None

    def resume(self, verdict: Verdict = Verdict.GO) -> None:
        """Let it go on to its next point, or to its end."""
        self.at = None
        self.switch(verdict)

    def wait(self, point: Point) -> Verdict:
        """Called inside of it: stand at the point until a scheduler decides."""
        if self.straight:
            return Verdict.GO
        self.at = point
        self.points.append(point)
        return cast("Verdict", self.parent.switch())

    def sleep(self, seconds: float) -> None:
        """Called inside of it: wait."""
        if self.straight or not self._world.others_run_meanwhile:
            self._world.time_s += seconds
            return
        self.wakes_at_s = self._world.time_s + seconds
        self.wait(Point("sleep", Moment.ASLEEP))

    def kill(self, *, request_is_sent: bool = False) -> None:
        """End it here; what it has sent may arrive all the same."""
        if request_is_sent and self.at is not None and self.at.request is not None:
            self._world.in_flight.append((self.at.operation, self.at.request))
        self.at = None
        self.throw(GreenletExit)

    def freeze(self, seconds: float, *, machine_paused: bool = False) -> None:
        """Stop it. A stopped process's clock runs on, a paused machine's does not."""
        self._frozen_at_s = self._world.time_s
        self._machine_paused = machine_paused
        self.thaws_at_s = self._world.time_s + seconds

    def thaw(self) -> None:
        """It wakes up where it stood, as if nothing had happened."""
        if self._machine_paused:
            self.stood_still_s += self._world.time_s - self._frozen_at_s
        self.thaws_at_s = None


class World:
    """Time, the wire, and what has been sent and not arrived yet."""

    def __init__(self) -> None:
        self.time_s = 0.0
        self.others_run_meanwhile = True
        self.in_flight: list[tuple[str, Callable[[], object]]] = []
        self._history: list[tuple[float, str, object]] = []

    def now(self) -> datetime:
        """The time of day."""
        return _DAY_ZERO + timedelta(seconds=self.time_s)

    def monotonic(self) -> float:
        """The clock of the machine that the current driver runs on."""
        return self.time_s - cast("Driver", getcurrent()).stood_still_s

    def sleep(self, seconds: float) -> None:
        """The current driver waits."""
        cast("Driver", getcurrent()).sleep(seconds)

    def note(self, what: str, answer: object = "") -> None:
        """Remember it for the story of a schedule that went wrong."""
        self._history.append((self.time_s, what, answer))

    @property
    def history(self) -> list[str]:
        """The story so far, a line for each thing that happened."""
        return [
            f"{time_s:8.2f} {what} {_brief(answer)}"
            for time_s, what, answer in self._history
        ]

    def call(
        self,
        operation: str,
        effect: Callable[[], T],
        timeout_s: float,
        *,
        silence: type[Unavailable] = Unknown,
    ) -> T:
        """A remote call of the current driver; silence is raised when it stays silent.

        Its effect is atomic: that is what a participant's single statement is.
        """
        driver = cast("Driver", getcurrent())
        verdict = driver.wait(Point(operation, Moment.BEFORE_EFFECT, effect))
        if verdict is Verdict.DELAY:
            self.in_flight.append((operation, effect))
        if verdict in (Verdict.DROP, Verdict.DELAY):
            driver.sleep(timeout_s)
            raise silence
        answer = _perform(effect)
        self.note(f"{driver.name} {operation}:", answer)
        if driver.wait(Point(operation, Moment.BEFORE_ANSWER)) is Verdict.LOSE:
            driver.sleep(timeout_s)
            raise silence
        if isinstance(answer, Refusal):
            raise answer
        return cast("T", answer)

    def deliver(self, index: int = 0) -> None:
        """A request that was on its way arrives; nobody hears its answer."""
        operation, request = self.in_flight.pop(index)
        self.note(f"late {operation}:", _perform(request))


class DirectWire:
    """The wire of a world without faults and without drivers."""

    def call(self, _: str, effect: Callable[[], T], __: float) -> T:
        """Just do it."""
        return effect()


def _perform(effect: Callable[[], Any]) -> Any:
    try:
        return effect()
    except Refusal as refusal:
        return refusal


def _brief(answer: object) -> str:
    """An answer in the story of a schedule."""
    if isinstance(answer, SagaRecord):
        return f"{answer.saga_id} {answer.state}, epoch {answer.epoch}"
    if isinstance(answer, list):
        return "; ".join(map(_brief, answer)) or "none"
    return str(answer)
