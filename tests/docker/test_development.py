"""docker-compose.dev.yml: sources that are changed are running sources."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.containers import ROOT, Containers, containers
from support.waiting import eventually

pytestmark = pytest.mark.timeout(900)

RELOADED_WITHIN_S = 60.0
# Added to the end of the event service's app.py: one more address.
ONE_MORE = """

from service_common.access import public as _public

_create_app = create_app


def create_app(*arguments):
    app = _create_app(*arguments)
    app.add_url_rule("/one-more", "one-more", _public(lambda: "here"))
    return app
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is under version control or about to be, free to be changed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    copy = tmp_path_factory.mktemp("tree")
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    shutil.copytree(ROOT / "tests" / "docker", copy / "tests" / "docker")
    return copy


@pytest.fixture(scope="module")
def development(tree: Path) -> Iterator[Containers]:
    """One service behind gunicorn, one process without, and what they need."""
    with containers("docker-compose.dev.yml", name="dev", root=tree) as project:
        project.up("event-service", "inventory-worker")
        yield project


def test_changed_service_answers_with_its_new_code(
    development: Containers, tree: Path
) -> None:
    url = development.url("EVENT_SERVICE_PORT") + "/one-more"
    assert requests.get(url, timeout=10).status_code == 404

    with (tree / "event-service/src/event_service/app.py").open("a") as source:
        source.write(ONE_MORE)

    eventually(
        lambda: requests.get(url, timeout=10).text,
        lambda text: text == "here",
        within_s=RELOADED_WITHIN_S,
    )


def test_change_of_the_shared_room_restarts_a_worker(
    development: Containers, tree: Path
) -> None:
    def started() -> float:
        url = development.url("INVENTORY_WORKER_OPS_PORT")
        text = requests.get(f"{url}/metrics", timeout=10).text
        [found] = re.findall(r"^process_start_time_seconds (.*)$", text, re.MULTILINE)
        return float(found)

    before = started()

    (tree / "common/src/service_common/errors.py").open("a").write("# touched\n")

    eventually(started, lambda now: now > before, within_s=RELOADED_WITHIN_S)


@pytest.mark.parametrize(
    "name", ["EVENTS_DB_PORT", "SEATS_DB_PORT", "RABBITMQ_AMQP_PORT"]
)
def test_inner_port_is_open_on_this_machine(development: Containers, name: str) -> None:
    port = int(development.environment[name])

    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


def test_logs_are_at_debug_and_the_stand_ins_belong_to_it(
    development: Containers,
) -> None:
    level = development.compose("exec", "-T", "event-service", "printenv", "LOG_LEVEL")

    assert level.strip() == "DEBUG"
    assert {"smu-standin", "localstripe"} <= set(development.services())
