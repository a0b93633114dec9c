"""One run: a stack behind links, clients, a nemesis, and what came of it."""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from shutil import copytree

from chaos import evidence, report
from chaos.books import Books
from chaos.broker import Broker, impatient
from chaos.checker import Ending, contradictions, unsettled
from chaos.clocks import NAMES as WITH_CLOCKS
from chaos.clocks import Clocks
from chaos.faults.means import Means
from chaos.links import Network
from chaos.nemesis import Nemesis
from chaos.recorder import Recorder
from chaos.report import Report
from chaos.settings import SETTINGS
from chaos.topology import SCALE, lay
from chaos.town import Town
from chaos.workload import start_clients
from local_stack import Stack
from local_stack.folder import REPOSITORY
from local_stack.ports import PortMode
from local_stack.replicas import replica_name
from support.full_disk import FullDisk
from support.release_audit import ReleaseAudit
from support.shop import Shop

REPORTS = REPOSITORY / ".local" / "reports"
_REST_WITHIN_S = 150.0
_LOOKS_EVERY_S = 1.0
_HANDS_DOWN_WITHIN_S = 90.0
# Time enough for every fault to be made once, also on a slow machine.
_LONGER_AT_MOST = 4.0


def play(
    *, seed: int, seconds: float, folder: Path = REPORTS, say: Callable[[str], None]
) -> Report:
    """Run it, and write the report; True to its seed but for the machine's own pace."""
    network = Network()
    clocks = Clocks(folder / f"clocks-{seed}")
    stack = _stack(network, clocks, impatient(folder / f"broker-{seed}"))
    try:
        say("starting the stack behind its links")
        stack.up()
        return _play(stack, network, clocks, seed, seconds, folder, say)
    finally:
        network.heal()
        stack.destroy()
        network.close()


def _stack(network: Network, clocks: Clocks, broker: Mapping[str, str]) -> Stack:
    @cache
    def ports() -> Mapping[str, int]:
        return stack.ports

    overrides = lay(network, ports)
    for name, settings in SETTINGS.items():
        for number in range(1, SCALE.get(name, 1) + 1):
            replica = name if number == 1 else replica_name(name, number)
            overrides.setdefault(replica, {}).update(settings)
    for name in WITH_CLOCKS:
        overrides.setdefault(name, {}).update(clocks.environment(name))
    overrides["rabbitmq"] = dict(broker)
    stack = Stack(
        f"chaos-{secrets.token_hex(3)}",
        port_mode=PortMode.AUTO,
        overrides=overrides,
        scale=SCALE,
    )
    return stack


def _play(
    stack: Stack,
    network: Network,
    clocks: Clocks,
    seed: int,
    seconds: float,
    folder: Path,
    say: Callable[[str], None],
) -> Report:
    recorder, stop = Recorder(), threading.Event()
    audit = ReleaseAudit(stack.postgres.superuser_dsn("seats_db"))
    audit.install()
    town = Town.found(stack, recorder)
    means = Means(
        stack=stack,
        network=network,
        clocks=clocks,
        broker=Broker(stack),
        saga_disk=FullDisk(stack.postgres.superuser_dsn("sagas_db"), "sagas"),
        books=Books(stack),
        recorder=recorder,
        rng=random.Random(seed),  # noqa: S311 - a schedule that repeats
        stop=stop,
    )
    nemesis = Nemesis(means, seed)
    say(f"seed {seed}: clients and nemesis begin")
    recorder.begin()
    clients = start_clients(town, seed, stop)
    nemesis.start()
    _let_run(nemesis, recorder, seconds, say)
    ran_s = recorder.now_s()
    stop.set()
    nemesis.join(_HANDS_DOWN_WITHIN_S)
    for client in clients:
        client.join(_HANDS_DOWN_WITHIN_S)
    say("faults are over; everything comes to rest")
    means.heal()
    left, broken = _come_to_rest(town, means.books)
    rested_s = recorder.now_s() - ran_s
    found = evidence.gather(means, audit)
    told = contradictions(town, Ending.read(means.books))
    result = Report(
        seed=seed,
        seconds=ran_s,
        settled_after_s=rested_s,
        operations=recorder.counts(),
        faults=nemesis.counts(),
        evidence=found,
        missing=evidence.missing(found),
        contradictions=[*told, *audit.contradictions()],
        broken_invariants=broken,
        unsettled=left,
        strikes=nemesis.strikes,
    )
    say(f"report: {report.write(result, recorder.operations, folder)}")
    if not result.is_good:
        kept = folder / f"logs-{seed}"
        copytree(stack.folder.path / "logs", kept, dirs_exist_ok=True)
        say(f"what the processes said: {kept}")
    return result


def _let_run(
    nemesis: Nemesis, recorder: Recorder, seconds: float, say: Callable[[str], None]
) -> None:
    said = 0
    while True:
        now_s = recorder.now_s()
        if now_s > seconds * _LONGER_AT_MOST:
            return
        if now_s > seconds and nemesis.has_made_all():
            return
        for strike in nemesis.strikes[said:]:
            said += 1
            say(
                f"{strike.began_s:6.1f} to {strike.ended_s:6.1f} s  {strike.fault}: "
                f"{strike.detail}"
            )
        time.sleep(_LOOKS_EVERY_S)


def _come_to_rest(town: Town, books: Books) -> tuple[dict[str, int], list[str]]:
    """What is left over after a while, and which invariants are broken."""
    give_up_at = time.monotonic() + _REST_WITHIN_S
    for intent in list(town.payments):
        town.deliver_until_taken(intent)
    shop = Shop(town.api)
    while True:
        try:
            left = unsettled(books)
            broken = [
                f"{one['service']} {one['name']} {one['violations']} {one['examples']}"
                for one in shop.broken_invariants(town.admin)
            ]
        except Exception as error:  # noqa: BLE001 - as long as anything is coming up
            left, broken = {type(error).__name__: 1}, []
        if not left and not broken:
            return {}, []
        if time.monotonic() > give_up_at:
            return left, broken
        time.sleep(_LOOKS_EVERY_S)
