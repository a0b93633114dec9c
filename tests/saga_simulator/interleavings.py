"""Random schedules: up to five drivers at once, and everything goes wrong. One seed
gives one schedule, always the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from saga_simulator.scenario import LIMITS, Recipe, Scenario, Situation
from saga_simulator.world import Driver, Moment, Point, Verdict

_DRIVERS_MAX = 5
_REQUESTS_MAX = 3
_FAULTY_STEPS_MAX = 150
_CALM_STEPS_MAX = 600
_FAULT_RATES = (0.05, 0.15, 0.3)
_LEAPS_S = (0.3, 2.0, LIMITS.lease_s + 1, LIMITS.deadline_s + 1)
_SITUATIONS = (
    Situation.GOOD,
    Situation.GOOD,
    Situation.PIVOT_REFUSED,
    Situation.CLAIM_REFUSED,
)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a schedule came to."""

    violations: list[str]
    history: list[str]


class Interleaving:
    """One seed's schedule over one fresh scenario."""

    def __init__(self, recipe: Recipe, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- repeatable, not secret
        self._scenario = Scenario(recipe, self._random.choice(_SITUATIONS))
        self._world = self._scenario.world
        self._fault_rate = self._random.choice(_FAULT_RATES)
        self._drivers: list[Driver] = []
        self._names = 0
        self._requests = 0
        self._outage = self._pick_outage()
        self.moves: list[str] = []

    @property
    def history(self) -> list[str]:
        """What has happened, a line for each thing."""
        return self._world.history

    def run(self) -> Verdicts:
        """Trouble first, then calm until nothing is left to do."""
        self._request()
        for _ in range(_FAULTY_STEPS_MAX):
            if self._is_over():
                break
            self._faulty_step()
        at_rest = self._calm_down()
        violations = self._scenario.violations()
        if not at_rest:
            violations.append("does not come to rest")
        return Verdicts(violations, self._world.history if violations else [])

    def _is_over(self) -> bool:
        waits = self._world.in_flight and self._scenario.surprises
        return not (self._drivers or self._scenario.log.has_live() or waits)

    def _pick_outage(self) -> tuple[str | None, range]:
        """Often one participant's operation is out of reach for a while."""
        if self._random.random() < 0.4:
            return None, range(0)
        steps = self._scenario.saga.steps
        undos = [step.undo_name for step in steps if step.undo_name]
        operation = self._random.choice([step.name for step in steps] + undos)
        begin = self._random.randrange(40)
        return operation, range(begin, begin + self._random.randrange(10, 80))

    def _is_out_of_reach(self, operation: str) -> bool:
        outage, when = self._outage
        return operation == outage and len(self.moves) in when

    def _faulty_step(self) -> None:
        moves: list[tuple[Callable[[], None], float]] = [(self._leap, 0.6)]
        if self._ready():
            moves.append((self._let_one_run, 10.0))
        elif self._drivers:
            moves.append((self._wait_for_the_next, 5.0))
        if self._world.in_flight:
            moves.append((self._deliver, 0.2))
        if len(self._drivers) < _DRIVERS_MAX:
            if self._scenario.log.has_due():
                moves.append((self._recover, 3.0))
            if self._requests < _REQUESTS_MAX:
                moves.append((self._request, 0.3))
        if self._scenario.surprises:
            moves.append((self._surprise, 0.6))
        (move,) = self._random.choices(
            [move for move, _ in moves], [weight for _, weight in moves]
        )
        self.moves.append(move.__name__)
        move()
        self._bury()

    def _calm_down(self) -> bool:
        """True when nothing is left to do."""
        for driver in self._drivers:
            if driver.frozen:
                driver.thaw()
        return any(not self._calm_step() for _ in range(_CALM_STEPS_MAX))

    def _calm_step(self) -> bool:
        """One step without faults; False when nothing is left to do."""
        ready = self._ready()
        late = bool(self._world.in_flight) and self._random.random() < 0.1
        if ready and not late:
            self._random.choice(ready).resume()
        elif self._drivers and not late:
            self._wait_for_the_next()
        elif self._scenario.log.has_due() and not late:
            self._recover()
        elif self._scenario.log.has_live() and not late:
            self._world.time_s += LIMITS.deadline_s + 1
        elif self._world.in_flight:
            self._deliver()
        else:
            return False
        self._bury()
        return True

    def _ready(self) -> list[Driver]:
        now_s = self._world.time_s
        for driver in self._drivers:
            if driver.thaws_at_s is not None and driver.thaws_at_s <= now_s:
                driver.thaw()
        return [
            driver
            for driver in self._drivers
            if not driver.frozen and driver.wakes_at_s <= now_s
        ]

    def _let_one_run(self) -> None:
        driver = self._random.choice(self._ready())
        point = driver.at
        if point is None or point.moment is Moment.ASLEEP:
            driver.resume()
        elif self._is_out_of_reach(point.operation) and point.request is not None:
            driver.resume(Verdict.DROP)
        elif self._random.random() < self._fault_rate:
            self._hurt(driver, point)
        else:
            driver.resume()

    def _hurt(self, driver: Driver, point: Point) -> None:
        faults = ["kill", "freeze", "pause", "lose"]
        if point.moment is Moment.BEFORE_EFFECT:
            faults = ["kill", "freeze", "pause", "drop", "delay", "delay", "kill, sent"]
        fault = self._random.choice(faults)
        self._world.note(f"{driver.name} {point.operation}: {fault}")
        if fault.startswith("kill"):
            driver.kill(request_is_sent=fault == "kill, sent")
        elif fault in ("freeze", "pause"):
            longer_than_lease_s = LIMITS.lease_s * self._random.uniform(1.1, 15.0)
            driver.freeze(longer_than_lease_s, machine_paused=fault == "pause")
        else:
            driver.resume(Verdict(fault))

    def _wait_for_the_next(self) -> None:
        """Let time pass until a driver can go on."""
        self._world.time_s = min(
            driver.wakes_at_s if driver.thaws_at_s is None else driver.thaws_at_s
            for driver in self._drivers
        )

    def _leap(self) -> None:
        self._world.time_s += self._random.choice(_LEAPS_S)

    def _deliver(self) -> None:
        self._world.deliver(self._random.randrange(len(self._world.in_flight)))

    def _request(self) -> None:
        self._requests += 1
        self._drivers.append(self._scenario.requester(f"request {self._requests}"))

    def _recover(self) -> None:
        self._names += 1
        self._drivers.append(self._scenario.recoverer(f"recovery {self._names}"))

    def _surprise(self) -> None:
        self._scenario.surprise(self._random.choice(sorted(self._scenario.surprises)))

    def _bury(self) -> None:
        self._drivers = [driver for driver in self._drivers if driver.alive]


def first_violation(
    recipe: Recipe, schedules: int, *, first_seed: int = 0
) -> tuple[int, Verdicts] | None:
    """Run seeds until one breaks something; the seed and what it came to."""
    for seed in range(first_seed, first_seed + schedules):
        verdicts = Interleaving(recipe, seed).run()
        if verdicts.violations:
            return seed, verdicts
    return None


def story(seed: int, verdicts: Verdicts) -> str:
    """What went wrong in a schedule, and how it came to that."""
    return "\n".join([f"seed {seed}", *verdicts.violations, *verdicts.history])
