"""What work costs: CPU seconds by process, commits by database, calls by service."""

from __future__ import annotations

import time
import urllib.request
from collections import Counter
from collections.abc import Mapping
from contextlib import closing, suppress

import psutil
import psycopg2

from local_stack import Stack, supervisor
from local_stack.databases import DATABASES

_SETTLE_S = 4.0
_SETTLE_STEP_S = 1.2


def cpu_seconds(stack: Stack) -> dict[str, float]:
    """CPU seconds used so far by every process of the stack, its children included."""
    return {
        status.stem: _family_seconds(status.stem, stack)
        for status in sorted((stack.folder.path / "run").glob("*.json"))
    }


def difference(
    before: Mapping[str, float], after: Mapping[str, float]
) -> dict[str, float]:
    """What came on top, by name."""
    return {name: after[name] - before.get(name, 0.0) for name in after}


def write_commits(stack: Stack) -> int:
    """Transaction ids given out so far: each is one commit that wrote something."""
    return _number(stack, "SELECT txid_snapshot_xmax(txid_current_snapshot())")


def transactions(stack: Stack, *, settle: bool) -> int:
    """Commits of all services' databases so far, also of those that only read.

    Sessions report theirs once a second and when they rest, so this waits until the
    number stands still.
    """
    names = ", ".join(f"'{database.name}'" for database in DATABASES)
    query = f"SELECT sum(xact_commit) FROM pg_stat_database WHERE datname IN ({names})"  # noqa: S608 - our own names
    last = _number(stack, query)
    give_up_at = time.monotonic() + (_SETTLE_S if settle else 0.0)
    while time.monotonic() < give_up_at:
        time.sleep(_SETTLE_STEP_S)
        now = _number(stack, query)
        if now - last <= _SETTLE_STEP_S * _IDLE_COMMITS_PER_S:
            return now
        last = now
    return last


# Pollers (recovery, relay, sweeper) go on while nobody buys.
_IDLE_COMMITS_PER_S = 40


def inner_calls(stack: Stack) -> Counter[str]:
    """Calls that the orchestrator made so far, by service and call."""
    calls: Counter[str] = Counter()
    with urllib.request.urlopen(  # noqa: S310 - our own stack
        f"{stack.url('orchestrator-service')}/metrics", timeout=10
    ) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("remote_call_seconds_count{"):
                labels, _, value = line.partition("} ")
                calls[_call_of(labels)] += int(float(value))
    return calls


def _call_of(labels: str) -> str:
    pairs = dict(
        pair.split("=", 1) for pair in labels.partition("{")[2].split(",") if pair
    )
    return f"{pairs['service']}:{pairs['call']}".replace('"', "")


def _family_seconds(name: str, stack: Stack) -> float:
    record = supervisor.find_record(stack.folder.record(name))
    process = record.process() if record else None
    if process is None:
        return 0.0
    total = 0.0
    for relative in supervisor.family(process):
        with suppress(psutil.NoSuchProcess):
            times = relative.cpu_times()
            total += times.user + times.system
            total += times.children_user + times.children_system
    return total


def _number(stack: Stack, query: str) -> int:
    with closing(psycopg2.connect(stack.postgres.superuser_dsn())) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
    return int(row[0]) if row else 0


def requests(stack: Stack) -> int:
    """HTTP requests and gRPC calls that the services have answered so far."""
    total = 0
    for port in ("user-service", "order-service", "event-service"):
        total += _metric_sum(f"{stack.url(port)}/metrics", "http_request_seconds_count")
    ops = f"{stack.url('inventory-service-ops')}/metrics"
    return total + _metric_sum(ops, "grpc_request_seconds_count")


def _metric_sum(url: str, name: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own stack
        lines = answer.read().decode().splitlines()
    return sum(
        int(float(line.rpartition(" ")[2]))
        for line in lines
        if line.startswith(name) and "/health" not in line and "/metrics" not in line
    )
