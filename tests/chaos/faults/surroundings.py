"""What processes rely on goes wrong: their clocks, and their messages."""

from __future__ import annotations

from chaos.clocks import NAMES
from chaos.faults.means import Fault, Means

_CLOCK_OFF_S = 90


def shift_clock(means: Means) -> str:
    """One process believes that it is a minute and a half sooner, or later."""
    name = means.rng.choice(NAMES)
    seconds = means.rng.choice((-_CLOCK_OFF_S, _CLOCK_OFF_S))
    with means.undone(lambda: means.clocks.shift(name, 0)):
        means.clocks.shift(name, seconds)
        means.wait(means.rng.uniform(5, 8))
    return f"{name} {seconds:+d} s"


def lose_messages(means: Means) -> str:
    """The broker forgets every hold: only the sweeper is left."""
    means.messages.lose_waiting()
    return "seat.hold.queue"


def replay_messages(means: Means) -> str:
    """Old, early and doubled messages that holds are over, in any order."""
    held = [one.told for one in means.recorder.of("reserve") if "hold_id" in one.told]
    fields = ("hold_id", "order_id", "event_id", "held_until")
    holds = [{name: one[name] for name in fields} for one in held[-60:]] * 3
    means.rng.shuffle(holds)
    return f"{means.messages.say_expired(holds)} messages"


FAULTS: tuple[Fault, ...] = (shift_clock, lose_messages, replay_messages)
