"""Requests and replies are late, lost or cut off."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from chaos import evidence
from chaos.faults.means import Fault, Means
from chaos.links import Link, Trouble
from chaos.settings import SAGA_DEADLINE_S
from chaos.topology import DRIVERS, PARTICIPANTS

# Each effect by the words of its own call, and of those that are gathered.
_DEDUCT = (b"POST /credits/deduct", b'"deduct_credits"')
_CONFIRM = (b"/confirm HTTP", b'"confirm_order"')
_EFFECTS = (_DEDUCT, _CONFIRM, (b"POST /credits/transfer",), (b"/complete HTTP",))
_WAITING_CLAIMS = (
    "SELECT count(*) FROM seat_claims WHERE state = 'OPEN'"
    " AND created_at < now() - interval '1 second'"
)


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


def starve_the_pivot(means: Means) -> str:
    """No deduct arrives until a payment is given up: undone, it leaves a tombstone."""
    given_up = means.grows(lambda: means.books.count("sagas_db", evidence.GIVEN_UP))
    with means.troubled(_calls(means), Trouble(lose_request=_DEDUCT)):
        means.until(given_up)
    return "given up"


def squeeze_the_end(means: Means) -> str:
    """A sold seat's saga is made to give up, and learns that it is too late.

    First no order can be confirmed, so that a saga waits behind its last beat; then no
    deduct can be repeated either, so that whoever takes it over gives it up.
    """
    sagas = partial(means.books.count, "sagas_db")
    waiting = means.grows(lambda: sagas(evidence.HANDED_OVER_UNCONFIRMED))
    too_late = means.grows(lambda: sagas(evidence.REVOKED_TOO_LATE))
    orders = means.links(DRIVERS, "order-service")
    users = means.links(DRIVERS, "user-service")
    with means.troubled(orders, Trouble(lose_request=_CONFIRM)):
        means.until(waiting)
        with means.troubled(users, Trouble(lose_request=_DEDUCT)):
            means.until(too_late)
    return "too late to give up"


def partition_users(means: Means) -> str:
    """The users are out of reach for longer than a saga may take; claims are open.

    Before the links break no deduct arrives, so that sagas stand there with their seats
    claimed. They are given up, and once the links are whole what they took goes back.
    """
    given_up = partial(means.books.count, "sagas_db", evidence.GIVEN_UP)
    users = means.links(DRIVERS, "user-service")
    with means.troubled(users, Trouble(lose_request=_DEDUCT)):
        means.until(lambda: means.books.count("seats_db", _WAITING_CLAIMS) > 0)
        with means.troubled(users, Trouble(cut=True)):
            before = given_up()
            means.wait(SAGA_DEADLINE_S)
            means.until(lambda: given_up() > before)
            sagas = given_up() - before
    means.seen["given_up_in_partition"] += sagas
    return f"{sagas} given up"


def _calls(means: Means) -> list[Link]:
    return [
        link
        for link in means.network.links
        if link.source in DRIVERS and link.target in PARTICIPANTS
    ]


def _names(links: Sequence[Link]) -> str:
    return ", ".join(link.name for link in links)


FAULTS: tuple[Fault, ...] = (
    delay_links,
    cut_links,
    deafen_links,
    lose_replies,
    starve_the_pivot,
    squeeze_the_end,
    partition_users,
)
