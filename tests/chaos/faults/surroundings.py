"""What processes rely on goes wrong: their clocks, a disk, and the broker."""

from __future__ import annotations

from chaos import evidence
from chaos.clocks import NAMES
from chaos.faults.means import Fault, Means, NothingHappened
from chaos.recorder import Outcome

_CLOCK_OFF_S = 90
_UNPUBLISHED = (
    "SELECT count(*) FROM outbox WHERE topic = 'seat.hold'"
    " AND created_at < now() - interval '1 second'"
)


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
    means.broker.lose_waiting()
    return "seat.hold.queue"


def replay_messages(means: Means) -> str:
    """Old, early and doubled messages that holds are over, in any order."""
    held = [one.told for one in means.recorder.of("reserve") if "hold_id" in one.told]
    fields = ("hold_id", "order_id", "event_id", "held_until")
    holds = [{name: one[name] for name in fields} for one in held[-60:]] * 3
    means.rng.shuffle(holds)
    return f"{means.broker.say_expired(holds)} messages"


def unbind_releases(means: Means) -> str:
    """Messages that holds are over have nowhere to go: only the sweeper is left."""
    means.until(lambda: evidence.released_by_message(means.stack) > 0)
    with means.undone(means.broker.bind_releases):
        means.broker.unbind_releases()
        before = evidence.swept(means.stack)
        means.until(lambda: evidence.swept(means.stack) > before, every_s=1.0)
        swept = evidence.swept(means.stack) - before
        if means.broker.are_releases_bound():
            raise NothingHappened
    means.seen["swept_while_unbound"] += swept
    return f"{swept} holds swept"


def alarm_broker(means: Means) -> str:
    """The broker has no memory and takes no message; seats are reserved meanwhile."""
    with means.undone(means.broker.have_memory):
        means.broker.run_out_of_memory()
        means.until(lambda: means.books.count("seats_db", _UNPUBLISHED) > 0)
        since_s = means.recorder.now_s()
        means.until(lambda: _reserved(means, since_s) > 0)
        means.wait(means.rng.uniform(1, 3))
        reserved = _reserved(means, since_s)
        if not means.broker.is_alarmed():
            raise NothingHappened
    means.seen["reserved_while_blocked"] += reserved
    return f"{reserved} reserved meanwhile"


def fill_disk(means: Means) -> str:
    """No saga can be written down: none starts, and none ends."""
    disk = means.saga_disk
    before = disk.refused_inserts()
    with means.undone(disk.clear):
        disk.fill()
        means.until(lambda: disk.refused_inserts() > before)
        means.wait(means.rng.uniform(2, 4))
    return f"{disk.refused_inserts() - before} sagas not started"


def _reserved(means: Means, since_s: float) -> int:
    """How many reservations were asked for since then, and granted."""
    return sum(
        one.outcome is Outcome.OK and one.began_s > since_s
        for one in means.recorder.of("reserve")
    )


FAULTS: tuple[Fault, ...] = (
    shift_clock,
    lose_messages,
    replay_messages,
    unbind_releases,
    alarm_broker,
    fill_disk,
)
