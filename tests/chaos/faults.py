"""What the nemesis can do, each fault with its undoing."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from chaos import evidence
from chaos.books import Books
from chaos.clocks import NAMES, Clocks
from chaos.links import FINE, Link, Network, Trouble
from chaos.messages import Messages
from chaos.recorder import Recorder
from chaos.topology import ORCHESTRATORS, PARTICIPANTS, RECOVERIES
from local_stack import Stack
from local_stack.errors import StackError

_LONGER_THAN_LEASE_S = 18.0
_RESTART_TRIES = 10
_GIVE_UP_S = 45.0
_CLOCK_OFF_S = 90
# Each effect by the words of its own call, and of those that are gathered.
_DEDUCT = (b"POST /credits/deduct", b'"deduct_credits"')
_CONFIRM = (b"/confirm HTTP", b'"confirm_order"')
_EFFECTS = (_DEDUCT, _CONFIRM, (b"POST /credits/transfer",), (b"/complete HTTP",))


@dataclass
class Means:
    """What faults are made with."""

    stack: Stack
    network: Network
    clocks: Clocks
    messages: Messages
    books: Books
    recorder: Recorder
    rng: random.Random
    stop: threading.Event

    def wait(self, seconds: float) -> None:
        """Let time pass, unless the run is over."""
        self.stop.wait(seconds)

    def until(self, happened: Callable[[], bool]) -> bool:
        """Whether it happened in time; the machine may be slow."""
        end_s = self.recorder.now_s() + _GIVE_UP_S
        while self.recorder.now_s() < end_s:
            if happened():
                return True
            if self.stop.wait(0.25):
                return False
        return False

    def grows(self, query: str) -> Callable[[], bool]:
        """Whether a count of the saga log is higher than now."""
        before = self.books.count_or_none("sagas_db", query) or 0
        return lambda: (self.books.count_or_none("sagas_db", query) or 0) > before

    def links(self, sources: Sequence[str], target: str) -> list[Link]:
        """The links from some processes to another."""
        return [
            link
            for link in self.network.links
            if link.source in sources and link.target == target
        ]

    @contextmanager
    def troubled(self, links: Sequence[Link], trouble: Trouble) -> Iterator[None]:
        """Trouble for as long as the block takes."""
        for link in links:
            self.network.trouble(link, trouble)
        try:
            yield
        finally:
            for link in links:
                self.network.trouble(link, FINE)

    def revive(self, name: str) -> None:
        """Start it again; what it needs may be in trouble itself."""
        for _ in range(_RESTART_TRIES):
            try:
                self.stack.restart(name)
            except StackError:
                self.stop.wait(0.5)
            else:
                return


Fault = Callable[[Means], str]
"""Makes a fault, undoes it, and says what it was."""


def kill_orchestrator(means: Means) -> str:
    """Kill one of the two, or one that recovers."""
    return _kill(means, means.rng.choice((*ORCHESTRATORS, *RECOVERIES)))


def kill_participant(means: Means) -> str:
    """Kill a service that holds the truth, or the worker."""
    return _kill(means, means.rng.choice((*PARTICIPANTS, "inventory-worker")))


def freeze_orchestrator(means: Means) -> str:
    """Stop one for longer than its lease; then it goes on as if nothing had been."""
    name = means.rng.choice(ORCHESTRATORS)
    means.stack.pause(name)
    try:
        means.wait(_LONGER_THAN_LEASE_S)
    finally:
        means.stack.resume(name)
    return name


def kill_databases(means: Means) -> str:
    """The server of all five databases, at once, in the middle of commits."""
    return _kill(means, "postgres")


def kill_broker(means: Means) -> str:
    """The broker, with whatever is on its way."""
    return _kill(means, "rabbitmq")


def delay_links(means: Means) -> str:
    """Everything over some links takes its time."""
    links = means.rng.sample(means.network.links, 4)
    with means.troubled(links, Trouble(delay_s=means.rng.uniform(0.1, 0.8))):
        means.wait(means.rng.uniform(2, 5))
    return _names(links)


def cut_links(means: Means) -> str:
    """Some pairs cannot reach each other, and what was open is reset."""
    links = means.rng.sample(means.network.links, 3)
    with means.troubled(links, Trouble(cut=True)):
        means.wait(means.rng.uniform(1, 4))
    return _names(links)


def deafen_links(means: Means) -> str:
    """Requests arrive, and answers do not."""
    calls = [link for link in means.network.links if link.target in PARTICIPANTS]
    links = means.rng.sample(calls, 3)
    with means.troubled(links, Trouble(deaf=True)):
        means.wait(means.rng.uniform(2, 4))
    return _names(links)


def lose_replies(means: Means) -> str:
    """Some effect is carried out, and nobody who asked for it hears of it."""
    effect = means.rng.choice(_EFFECTS)
    with means.troubled(_calls(means), Trouble(lose_reply=effect)):
        means.wait(means.rng.uniform(3, 6))
    return effect[0].decode()


def shift_clock(means: Means) -> str:
    """One process believes that it is a minute and a half sooner, or later."""
    name = means.rng.choice(NAMES)
    seconds = means.rng.choice((-_CLOCK_OFF_S, _CLOCK_OFF_S))
    means.clocks.shift(name, seconds)
    try:
        means.wait(means.rng.uniform(5, 8))
    finally:
        means.clocks.shift(name, 0)
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


def starve_the_pivot(means: Means) -> str:
    """No deduct arrives until a payment is given up: undone, it leaves a tombstone."""
    given_up = means.grows(evidence.GIVEN_UP)
    with means.troubled(_calls(means), Trouble(lose_request=_DEDUCT)):
        happened = means.until(given_up)
    return "given up" if happened else "nobody gave up"


def squeeze_the_end(means: Means) -> str:
    """A sold seat's saga is made to give up, and learns that it is too late.

    First no order can be confirmed, so that a saga waits behind its last beat; then no
    deduct can be repeated either, so that whoever takes it over gives it up.
    """
    waiting = means.grows(evidence.HANDED_OVER_UNCONFIRMED)
    too_late = means.grows(evidence.REVOKED_TOO_LATE)
    orders = means.links((*ORCHESTRATORS, *RECOVERIES), "order-service")
    users = means.links((*ORCHESTRATORS, *RECOVERIES), "user-service")
    with means.troubled(orders, Trouble(lose_request=_CONFIRM)):
        if not means.until(waiting):
            return "nothing was sold"
        with means.troubled(users, Trouble(lose_request=_DEDUCT)):
            happened = means.until(too_late)
    return "too late to give up" if happened else "nobody gave up"


PROCESS_FAULTS: tuple[Fault, ...] = (
    kill_orchestrator,
    kill_participant,
    freeze_orchestrator,
    kill_databases,
    kill_broker,
)
OTHER_FAULTS: tuple[Fault, ...] = (
    delay_links,
    cut_links,
    deafen_links,
    lose_replies,
    shift_clock,
    lose_messages,
    replay_messages,
    starve_the_pivot,
    squeeze_the_end,
)


def _kill(means: Means, name: str) -> str:
    means.stack.kill(name)
    means.wait(means.rng.uniform(0.2, 2.0))
    means.revive(name)
    return name


def _calls(means: Means) -> list[Link]:
    return [
        link
        for link in means.network.links
        if link.source in (*ORCHESTRATORS, *RECOVERIES) and link.target in PARTICIPANTS
    ]


def _names(links: Sequence[Link]) -> str:
    return ", ".join(link.name for link in links)
