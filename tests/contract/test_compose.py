"""docker-compose.yml says what the services, their images and the documents say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import event_service.settings
import inventory_service.settings
import orchestrator_service.settings
import order_service.settings
import user_service.settings
from local_stack.databases import EVENTS, ORDERS, SAGAS, SEATS, USERS, Database
from local_stack.services import SERVICES, Service
from local_stack.standins import WEBHOOK_EVENTS
from support.environment import ENVIRONMENT
from support.recording import RecordingEnvironment

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
STANDINS: dict[str, Any] = yaml.safe_load(
    (ROOT / "docker-compose.standins.yml").read_text()
)
DEV: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.dev.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
DATABASES = {
    "seats-db": (SEATS, {"inventory-service", "inventory-worker"}),
    "users-db": (USERS, {"user-service"}),
    "orders-db": (ORDERS, {"order-service", "order-worker"}),
    "events-db": (EVENTS, {"event-service"}),
    "sagas-db": (SAGAS, {"orchestrator-service", "orchestrator-recovery"}),
}
SETTINGS: dict[str, Any] = {
    "inventory-service": inventory_service.settings.Settings,
    "inventory-worker": inventory_service.settings.WorkerSettings,
    "user-service": user_service.settings.Settings,
    "order-service": order_service.settings.Settings,
    "order-worker": order_service.settings.WorkerSettings,
    "event-service": event_service.settings.Settings,
    "orchestrator-service": orchestrator_service.settings.Settings,
    "orchestrator-recovery": orchestrator_service.settings.Settings,
}
# Where the settings' own defaults are right in a container, too.
DEFAULT_IS_RIGHT = {"PORT", "OPS_PORT", "DB_PORT", "DB_NAME", "DB_USER"} | {
    "RABBITMQ_PORT",
}
_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(:[-?])?([^}]*)\}")
_HOW_TO_MEND = "run bin/make-env, or copy .env.example to .env and fill it in"


def _image_folder(name: str) -> str:
    folder: str = CONTAINERS[name]["build"]["dockerfile"]
    return str(Path(folder).parent)


def _of_dockerfile(name: str, instruction: str) -> list[str]:
    text = (ROOT / _image_folder(name) / "Dockerfile").read_text()
    [found] = re.findall(rf"^{instruction} (\[.*\])$", text, re.MULTILINE)
    parsed: list[str] = json.loads(found)
    return parsed


def _references(
    compose: dict[str, Any], name: str | None = None
) -> list[tuple[str, ...]]:
    part = compose["services"][name] if name else compose["services"]
    return _REFERENCE.findall(json.dumps(part))


def _required_by_example() -> set[str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    found = (re.match(r"([A-Z][A-Z0-9_]+)=change_me$", line) for line in lines)
    return {match.group(1) for match in found if match}


def _listed_by_example() -> set[str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    found = (re.match(r"(?:# )?([A-Z][A-Z0-9_]+)=", line) for line in lines)
    return {match.group(1) for match in found if match}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_service_is_given_every_variable_it_reads(name: str) -> None:
    environment = RecordingEnvironment(ENVIRONMENT)
    SETTINGS[name].from_env(environment)

    missing = environment.asked - set(CONTAINERS[name]["environment"])

    assert missing - DEFAULT_IS_RIGHT == set()


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_service_is_given_nothing_it_does_not_read(name: str) -> None:
    environment = RecordingEnvironment(ENVIRONMENT)
    SETTINGS[name].from_env(environment)
    # Read by gunicorn's settings of the others, and by the demo data.
    also = {"WEB_CONCURRENCY", "WEB_THREADS", "DEMO_PASSWORD"}

    assert set(CONTAINERS[name]["environment"]) - environment.asked - also == set()


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_empty_optional_variable_is_as_good_as_none(name: str) -> None:
    given = {
        variable: ENVIRONMENT.get(variable, "") if str(value).startswith("$") else value
        for variable, value in CONTAINERS[name]["environment"].items()
    }

    SETTINGS[name].from_env({variable: str(value) for variable, value in given.items()})


def test_secret_of_the_example_is_required_and_the_refusal_says_what_to_do() -> None:
    found = _references(COMPOSE) + _references(STANDINS)
    required = {name for name, how, _ in found if how == ":?"}

    assert required == _required_by_example()
    assert {text for _, how, text in found if how == ":?"} == {_HOW_TO_MEND}


def test_every_variable_is_in_the_example() -> None:
    files = (COMPOSE, STANDINS, DEV)
    found = {name for file in files for name, *_ in _references(file)}

    assert found - _listed_by_example() == set()
    assert _listed_by_example() - found == {"COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_container_starts_what_the_local_stack_starts(service: Service) -> None:
    own = CONTAINERS[service.name].get("command")

    command = own or _of_dockerfile(service.name, "CMD")

    assert command == ["python", "-m", service.module]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_start_command_is_the_documented_one(service: Service) -> None:
    text = (ROOT / "docs/internal-api.md").read_text()

    assert f"| {service.name} | `python -m {service.module}`" in text


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_container_has_a_health_check(name: str) -> None:
    container = CONTAINERS[name]
    if "healthcheck" not in container:
        dockerfile = ROOT / container["build"]["dockerfile"]
        assert "\nHEALTHCHECK " in dockerfile.read_text()


def test_side_processes_are_asked_where_they_answer() -> None:
    worker = CONTAINERS["inventory-worker"]
    recovery = CONTAINERS["orchestrator-recovery"]
    orders = CONTAINERS["order-worker"]

    # The image's own check reads OPS_PORT.
    assert "healthcheck" not in worker
    assert worker["environment"]["OPS_PORT"] == 8082
    assert recovery["environment"]["OPS_PORT"] == 8083
    assert ":8083/health/ready" in recovery["healthcheck"]["test"][-1]
    assert orders["environment"]["OPS_PORT"] == 8084
    assert ":8084/health/ready" in orders["healthcheck"]["test"][-1]


def test_only_the_gateway_and_the_management_page_are_published() -> None:
    published = {
        name: container["ports"]
        for name, container in CONTAINERS.items()
        if "ports" in container
    }

    assert published == {
        "api-gateway": ["${GATEWAY_PORT:-8000}:8000"],
        "rabbitmq": ["127.0.0.1:${RABBITMQ_MANAGEMENT_PORT:-15672}:15672"],
    }


@pytest.mark.parametrize(
    "port",
    [
        port
        for file in (STANDINS, DEV)
        for container in file["services"].values()
        for port in container.get("ports", [])
    ],
)
def test_what_is_for_developers_is_published_to_this_machine_only(port: str) -> None:
    assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_developer_runs_the_same_command_and_sees_the_sources(name: str) -> None:
    [service] = [service for service in SERVICES if service.name == name]
    folder = _image_folder(name)
    container = DEV["services"][name]

    watcher, *_, command, shared, own = container["command"]

    assert (watcher, command) == ("watchfiles", f"python -m {service.module}")
    assert (shared, own) == ("/app/common/src", f"/app/{folder}")
    assert container["working_dir"] == own
    assert container["volumes"] == ["./common:/app/common:ro", f"./{folder}:{own}:ro"]
    assert container["environment"]["PYTHONPATH"] == f"{shared}:{own}/src"
    assert container["environment"]["LOG_LEVEL"] == "${LOG_LEVEL:-DEBUG}"


def test_developer_reaches_every_inner_port() -> None:
    assert {n for n in CONTAINERS if DEV["services"][n].get("ports")} == set(CONTAINERS)


def test_developer_has_the_stand_ins() -> None:
    for name in STANDINS["services"].keys() - CONTAINERS.keys():
        wanted = {"file": "docker-compose.standins.yml", "service": name}
        assert DEV["services"][name]["extends"] == wanted
    stripe = STANDINS["services"]["user-service"]["environment"]
    assert stripe.items() <= DEV["services"]["user-service"]["environment"].items()


@pytest.mark.parametrize("name", sorted(DATABASES))
def test_database_is_reachable_by_its_service_alone(name: str) -> None:
    _, owners = DATABASES[name]
    [network] = CONTAINERS[name]["networks"]

    members = {n for n, c in CONTAINERS.items() if network in c["networks"]}

    assert members == owners | {name}
    assert COMPOSE["networks"][network] == {"internal": True}


@pytest.mark.parametrize("name", sorted(DATABASES))
def test_database_is_the_one_its_service_asks_for(name: str) -> None:
    database: Database = DATABASES[name][0]
    environment = CONTAINERS[name]["environment"]

    assert environment["POSTGRES_DB"] == database.name
    assert environment["POSTGRES_USER"] == database.role
    assert environment["POSTGRES_PASSWORD"].startswith(f"${{{database.secret}:?")
    for owner in DATABASES[name][1]:
        assert CONTAINERS[owner]["environment"]["DB_HOST"] == name


@pytest.mark.parametrize("name", sorted(DATABASES))
def test_database_logs_no_row_and_keeps_its_data(name: str) -> None:
    container = CONTAINERS[name]

    assert "log_error_verbosity=terse" in container["command"]
    assert "log_min_error_statement=panic" in container["command"]
    # A volume without a name would be left behind by every `down`.
    names = {volume.split(":")[0] for volume in container["volumes"]}
    assert len(names) == 2
    assert names <= set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_container_is_bounded(name: str) -> None:
    container = CONTAINERS[name]

    assert container["restart"] == "unless-stopped"
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert {"max-size", "max-file"} <= set(container["logging"]["options"])
    assert {"memory", "pids"} <= set(container["deploy"]["resources"]["limits"])
    if name != "rabbitmq":
        assert container["read_only"] is True
        assert container["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_container_waits_for_health(name: str) -> None:
    needs = CONTAINERS[name].get("depends_on", {})

    assert all(how == {"condition": "service_healthy"} for how in needs.values())


def test_stand_in_of_stripe_sends_the_webhooks_of_the_local_stack() -> None:
    serve = (ROOT / "stripe-standin" / "serve.py").read_text()

    assert all(f'"{event}"' in serve for event in WEBHOOK_EVENTS)


def test_orchestrator_can_be_scaled() -> None:
    assert not {"container_name", "ports"} & set(CONTAINERS["orchestrator-service"])


def test_broker_loads_the_topology_and_its_user() -> None:
    targets = {
        config["source"]: config["target"]
        for config in CONTAINERS["rabbitmq"]["configs"]
    }
    content = COMPOSE["configs"]["rabbitmq_users"]["content"]
    values = {"RABBITMQ_USER": "somebody", "RABBITMQ_PASS": "secret"}
    users = json.loads(_REFERENCE.sub(lambda found: values[found.group(1)], content))

    conf = (ROOT / "rabbitmq" / "rabbitmq.conf").read_text()
    [folder] = re.findall(r"^load_definitions = (.*)$", conf, re.MULTILINE)
    assert os.path.dirname(targets["rabbitmq_topology"]) == folder  # noqa: PTH120
    assert os.path.dirname(targets["rabbitmq_users"]) == folder  # noqa: PTH120
    assert users["users"][0]["name"] == "somebody"
    assert users["users"][0]["password"] == "secret"
    assert users["permissions"][0]["user"] == "somebody"


def test_made_environment_starts_every_service(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    shutil.copy(ROOT / ".env.example", tmp_path)

    subprocess.run([tmp_path / "bin" / "make-env"], check=True, stdout=subprocess.PIPE)

    made = (tmp_path / ".env").read_text()
    lines = (line for line in made.splitlines() if re.match("[A-Z]", line))
    environment = dict(line.split("=", 1) for line in lines)
    for settings in SETTINGS.values():
        settings.from_env(environment)
    assert len(set(environment.values())) == len(environment)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    subprocess.run([tmp_path / "bin" / "make-env"], check=True, stdout=subprocess.PIPE)
    assert (tmp_path / ".env").read_text() == made
