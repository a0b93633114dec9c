"""Processes die, stand still, or are replaced by new ones."""

from __future__ import annotations

from chaos.faults.means import Fault, Means
from chaos.topology import DRIVERS, ORCHESTRATORS, PARTICIPANTS, WORKERS

_LONGER_THAN_LEASE_S = 18.0
_DEPLOYED = (*DRIVERS, *PARTICIPANTS, *WORKERS)


def kill_orchestrator(means: Means) -> str:
    """Kill one of the two, or one that recovers."""
    return _kill(means, means.rng.choice(DRIVERS))


def kill_participant(means: Means) -> str:
    """Kill a service that holds the truth, or a worker of one."""
    return _kill(means, means.rng.choice((*PARTICIPANTS, *WORKERS)))


def freeze_orchestrator(means: Means) -> str:
    """Stop one for longer than its lease; then it goes on as if nothing had been."""
    name = means.rng.choice(ORCHESTRATORS)
    means.stack.pause(name)
    with means.undone(lambda: means.stack.resume(name)):
        means.wait(_LONGER_THAN_LEASE_S)
    return name


def kill_databases(means: Means) -> str:
    """The server of all five databases, at once, in the middle of commits."""
    return _kill(means, "postgres")


def kill_broker(means: Means) -> str:
    """The broker, with whatever is on its way."""
    return _kill(means, "rabbitmq")


def roll_out(means: Means) -> str:
    """A deployment: one process after the other ends when it is told to, and is new."""
    obeyed = [name for name in _DEPLOYED if _replace(means, name)]
    means.seen["graceful_stops"] += len(obeyed)
    return f"{len(obeyed)} of {len(_DEPLOYED)} ended by themselves"


def _replace(means: Means, name: str) -> bool:
    """Whether it had not to be killed; the rest of a deployment may be called off."""
    if means.stop.is_set() or not means.stack.is_running(name):
        return False
    obeyed = means.stack.stop(name)
    means.revive(name)
    return obeyed


def _kill(means: Means, name: str) -> str:
    means.stack.kill(name)
    means.wait(means.rng.uniform(0.2, 2.0))
    means.revive(name)
    return name


FAULTS: tuple[Fault, ...] = (
    kill_orchestrator,
    kill_participant,
    freeze_orchestrator,
    kill_databases,
    kill_broker,
    roll_out,
)
