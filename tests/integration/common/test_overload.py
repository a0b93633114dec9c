"""More requests than threads, in front of the real gunicorn with one process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from service_common.bounded_worker import WAIT_MAX_S, WAITING_PER_THREAD
from support.processes import free_port, running
from support.waiting import eventually

THREADS = 2
SERVED = THREADS + THREADS * WAITING_PER_THREAD
TESTS = Path(__file__).parents[2]
_START = """
from service_common.serve import ServerSettings, become_gunicorn
become_gunicorn(
    "support.slow_service:create_app()",
    ServerSettings(host="127.0.0.1", port={port}, workers=1, threads={threads}),
)
"""


@dataclass(frozen=True, slots=True)
class Seen:
    status: int
    code: str | None
    retry_after: str | None
    after_s: float


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-c", _START.format(port=port, threads=THREADS)]
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    with running(
        command,
        {"PYTHONPATH": path},
        lambda: requests.get(f"{address}/health/live", timeout=1).raise_for_status(),
    ):
        yield address


def _ask(url: str) -> Seen:
    started = time.monotonic()
    answer = requests.get(url, timeout=30)
    code = answer.json().get("error", {}).get("code")
    after_s = time.monotonic() - started
    return Seen(answer.status_code, code, answer.headers.get("Retry-After"), after_s)


def _ask_at_once(url: str, times: int) -> list[Seen]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(_ask, [url] * times))


def test_what_finds_the_queue_full_is_refused_while_the_others_are_served(
    url: str,
) -> None:
    # The whole queue is served before anybody in it has waited for too long.
    each_ms = int(WAIT_MAX_S * 1000 * 0.6 / (1 + WAITING_PER_THREAD))
    seen = _ask_at_once(f"{url}/slow/{each_ms}", 4 * SERVED)

    served = [one for one in seen if one.status == 200]
    refused = [one for one in seen if one.status != 200]
    assert {(one.status, one.code) for one in refused} == {(503, "OVERLOADED")}
    assert all(one.retry_after in {"1", "2", "3"} for one in refused)
    assert len(served) >= SERVED
    # All who were refused knew it before the last of the others was served.
    assert max(one.after_s for one in refused) < max(one.after_s for one in served)


def test_health_is_told_while_every_thread_is_busy_and_the_queue_is_full(
    url: str,
) -> None:
    before = _refused(url)
    with ThreadPoolExecutor(2 * SERVED) as pool:
        crowd = [pool.submit(_ask, f"{url}/slow/700") for _ in range(2 * SERVED)]
        eventually(
            lambda: _refused(url), lambda now: now > before, within_s=5, every_s=0.05
        )

        health = [
            requests.get(f"{url}/health/{page}", timeout=5).status_code
            for page in ("live", "ready")
        ]

        assert sum(not one.done() for one in crowd) >= THREADS
    assert health == [200, 200]


def test_what_has_waited_for_too_long_is_refused_instead_of_served(url: str) -> None:
    longer_than_anybody_waits_ms = int(WAIT_MAX_S * 1000) + 500

    seen = _ask_at_once(f"{url}/slow/{longer_than_anybody_waits_ms}", THREADS + 1)

    assert sorted(one.status for one in seen) == [200] * THREADS + [503]
    assert {one.code for one in seen} == {None, "OVERLOADED"}


def test_what_has_waited_for_too_long_knows_it_before_a_thread_is_free(
    url: str,
) -> None:
    takes_s = WAIT_MAX_S + 4

    seen = _ask_at_once(f"{url}/slow/{int(takes_s * 1000)}", SERVED)

    refused = [one for one in seen if one.status == 503]
    assert len(refused) == SERVED - THREADS
    assert all(WAIT_MAX_S <= one.after_s < WAIT_MAX_S + 2.5 for one in refused)


def test_everything_is_served_again_once_the_crowd_has_gone(url: str) -> None:
    _ask_at_once(f"{url}/slow/50", 4 * SERVED)

    assert [_ask(f"{url}/slow/0").status for _ in range(5)] == [200] * 5


def _refused(url: str) -> float:
    lines = requests.get(f"{url}/metrics", timeout=5).text.splitlines()
    found = [one for one in lines if one.startswith("requests_refused_total")]
    return float(found[0].split()[1]) if found else 0.0
