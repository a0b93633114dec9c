"""Every schedule of one shape: the first driver has one fault on the wire and is then
stopped somewhere; a recovery driver follows, and is crashed somewhere, or meets the
first driver again somewhere, or a request that was late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from saga_simulator.scenario import LIMITS, Recipe, Scenario, Situation
from saga_simulator.world import Driver, Moment, Point, Verdict

_LONG_S = LIMITS.lease_s + 1
_RECOVERIES_MAX = 20


class Stop(Enum):
    """How a driver's work breaks off."""

    KILLED = "killed"
    KILLED_REQUEST_SENT = "killed, its request arrives later"
    FROZEN = "frozen"
    FROZEN_ONE_CALL = "frozen, freezes again after one call"


@dataclass(frozen=True, slots=True)
class Plan:
    """One schedule. Numbers count the points of a driver from 0; None: not at all."""

    situation: Situation
    unreachable: str | None = None  # for the recovery driver, past the deadline
    fault: tuple[int, Verdict, int] | None = None  # at, what, how many tries of it
    stop: tuple[int, Stop] | None = None
    recovery_stop: tuple[int, Stop] | None = None
    encounter: int | None = None  # point of recovery at which what was late comes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan came to, and where its drivers have been."""

    violations: list[str]
    history: list[str]
    first: list[Point]
    recovery: list[Point]
    anything_late: bool


class PlannedRun:
    """One plan over one fresh scenario."""

    def __init__(self, recipe: Recipe, plan: Plan) -> None:
        self._plan = plan
        self._scenario = Scenario(recipe, plan.situation)
        self._world = self._scenario.world
        self._world.others_run_meanwhile = False
        self._zombie: Driver | None = None
        self._fault_left = plan.fault[2] if plan.fault else 0
        self._faulty_operation = ""

    def run(self) -> Outcome:
        """The first driver, the recovery driver, then calm."""
        first = self._scenario.requester("request")
        self._drive_first(first)
        anything_late = bool(self._world.in_flight) or self._zombie is not None
        recovery = self._scenario.recoverer("recovery")
        past = LIMITS.deadline_s + 1 if self._plan.unreachable else _LONG_S
        self._world.time_s += past
        self._drive_recovery(recovery)
        at_rest = self._calm_down()
        violations = self._scenario.violations()
        if not at_rest:
            violations.append("does not come to rest")
        return Outcome(
            violations,
            self._world.history if violations else [],
            first.points,
            recovery.points,
            anything_late,
        )

    def _drive_first(self, driver: Driver) -> None:
        driver.resume()
        while driver.alive and driver.at is not None:
            if self._is_stopped(driver, self._plan.stop):
                return
            driver.resume(self._verdict(driver, driver.at))

    def _drive_recovery(self, driver: Driver) -> None:
        driver.resume()
        while driver.alive and driver.at is not None:
            if len(driver.points) - 1 == self._plan.encounter:
                self._let_the_late_come()
            if self._is_stopped(driver, self._plan.recovery_stop):
                return
            point = driver.at
            cut_off = point.operation == self._plan.unreachable and point.request
            driver.resume(Verdict.DROP if cut_off else Verdict.GO)

    def _is_stopped(self, driver: Driver, planned: tuple[int, Stop] | None) -> bool:
        if planned is None or len(driver.points) - 1 != planned[0]:
            return False
        stop = planned[1]
        self._world.note(f"{driver.name}: {stop.value}")
        if stop in (Stop.FROZEN, Stop.FROZEN_ONE_CALL):
            driver.freeze(_LONG_S, machine_paused=True)
            self._zombie = driver
        else:
            driver.kill(request_is_sent=stop is Stop.KILLED_REQUEST_SENT)
        return True

    def _verdict(self, driver: Driver, point: Point) -> Verdict:
        if self._plan.fault is None or self._fault_left == 0:
            return Verdict.GO
        at, verdict, _ = self._plan.fault
        if len(driver.points) - 1 == at:
            self._faulty_operation = point.operation
        fits = (point.moment is Moment.BEFORE_ANSWER) == (verdict is Verdict.LOSE)
        if point.operation != self._faulty_operation or not fits:
            return Verdict.GO
        self._fault_left -= 1
        return verdict

    def _let_the_late_come(self) -> None:
        while self._world.in_flight:
            self._world.deliver()
        zombie = self._zombie
        if zombie is None:
            return
        zombie.thaw()
        one_call = self._plan.stop and self._plan.stop[1] is Stop.FROZEN_ONE_CALL
        for _ in range(2 if one_call else 1000):
            if not zombie.alive:
                break
            zombie.resume()
        if zombie.alive:
            zombie.freeze(_LONG_S, machine_paused=True)
        else:
            self._zombie = None

    def _calm_down(self) -> bool:
        """Recovery without faults, before and after what was late has come."""
        if not self._recover():
            return False
        while self._zombie or self._world.in_flight:
            while self._world.in_flight:
                self._world.deliver()
            if self._zombie:
                self._finish_zombie(self._zombie)
        return self._recover()

    def _finish_zombie(self, zombie: Driver) -> None:
        zombie.thaw()
        zombie.straight = True
        zombie.resume()
        self._zombie = None

    def _recover(self) -> bool:
        for _ in range(_RECOVERIES_MAX):
            if not self._scenario.log.has_live():
                return True
            self._world.time_s += LIMITS.deadline_s + 1
            driver = self._scenario.recoverer("later recovery")
            driver.straight = True
            driver.resume()
        return False


class Exhaustion:
    """Runs every plan of the shape for one situation.

    Thinned by n, it runs only every n-th way in which the recovery driver can fare;
    the first driver's own fates are always all there.
    """

    def __init__(self, recipe: Recipe, situation: Situation, *, thinning: int) -> None:
        self._recipe = recipe
        self._situation = situation
        self._thinning = thinning
        self._fates = 0

    def run(self) -> Iterator[tuple[Plan, Outcome]]:
        """Every plan with what it came to."""
        steps = Scenario(self._recipe, self._situation).saga.steps
        for unreachable in (None, steps[0].name, steps[1].name):
            base = Plan(self._situation, unreachable)
            for plan, outcome in self._with_every_fault(base):
                yield plan, outcome
                yield from self._with_every_encounter(plan, outcome)
                yield from self._with_every_stop(plan, outcome)

    def _with_every_fault(self, base: Plan) -> Iterator[tuple[Plan, Outcome]]:
        clean = PlannedRun(self._recipe, base).run()
        yield base, clean
        for at, point in enumerate(clean.first):
            if point.moment is Moment.BEFORE_EFFECT:
                verdicts = [Verdict.DROP, Verdict.DELAY]
            else:
                verdicts = [Verdict.LOSE]
            for verdict in verdicts:
                for tries in (1, 3):
                    plan = replace(base, fault=(at, verdict, tries))
                    yield plan, PlannedRun(self._recipe, plan).run()

    def _with_every_stop(
        self, plan: Plan, outcome: Outcome
    ) -> Iterator[tuple[Plan, Outcome]]:
        begin = plan.fault[0] + 1 if plan.fault else 0
        for at in range(begin, len(outcome.first)):
            for stop in Stop:
                unsent = outcome.first[at].request is None
                if unsent and stop is Stop.KILLED_REQUEST_SENT:
                    continue
                stopped = replace(plan, stop=(at, stop))
                its_outcome = PlannedRun(self._recipe, stopped).run()
                yield stopped, its_outcome
                yield from self._with_every_encounter(stopped, its_outcome)
                if stop in (Stop.KILLED, Stop.KILLED_REQUEST_SENT):
                    yield from self._with_every_crash(stopped, its_outcome)

    def _with_every_encounter(
        self, plan: Plan, outcome: Outcome
    ) -> Iterator[tuple[Plan, Outcome]]:
        if not outcome.anything_late:
            return
        for at in range(len(outcome.recovery)):
            yield from self._thinned(replace(plan, encounter=at))

    def _with_every_crash(
        self, plan: Plan, outcome: Outcome
    ) -> Iterator[tuple[Plan, Outcome]]:
        for at, point in enumerate(outcome.recovery):
            for stop in (Stop.KILLED, Stop.KILLED_REQUEST_SENT):
                if stop is Stop.KILLED or point.request:
                    yield from self._thinned(replace(plan, recovery_stop=(at, stop)))

    def _thinned(self, plan: Plan) -> Iterator[tuple[Plan, Outcome]]:
        self._fates += 1
        if self._fates % self._thinning == 0:
            yield plan, PlannedRun(self._recipe, plan).run()
