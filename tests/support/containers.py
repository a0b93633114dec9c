"""The containers of docker-compose.yml, started, broken and removed by tests."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import live
from support.processes import free_port

ROOT = Path(__file__).parents[2]
KONG_IMAGE = "kong:3.9"
ENVOY_FILE = "tests/docker/compose.envoy.yml"
# With builds; a machine that has to fetch base images needs most of it.
UP_WITHIN_S = 600
_COMMAND_S = 120

# What the end-to-end tests expect of a stack: the same as of processes.
SETTINGS = {
    "HOLD_TTL_SECONDS": str(live.HOLD_TTL_S),
    "SAGA_DEADLINE_SECONDS": str(live.SAGA_DEADLINE_S),
    "BCRYPT_ROUNDS": "4",
    "RATE_LIMIT_SCALE": "1000",
}
_PORTS = (
    "GATEWAY_PORT",
    "RABBITMQ_MANAGEMENT_PORT",
    "SMU_STANDIN_PORT",
    "LOCALSTRIPE_PORT",
)
_INNER_PORTS = (
    *(f"{name}_SERVICE_PORT" for name in ("USER", "ORDER", "EVENT", "ORCHESTRATOR")),
    *("INVENTORY_SERVICE_PORT", "INVENTORY_SERVICE_OPS_PORT"),
    *("INVENTORY_WORKER_OPS_PORT", "ORCHESTRATOR_RECOVERY_OPS_PORT"),
    *("GATEWAY_METRICS_PORT", "RABBITMQ_AMQP_PORT"),
    *(f"{name}_DB_PORT" for name in ("SEATS", "USERS", "ORDERS", "EVENTS", "SAGAS")),
)


@dataclass(frozen=True, slots=True)
class Containers:
    """One compose project of its own name, ports, secrets and volumes."""

    project: str
    files: tuple[str, ...]
    environment: Mapping[str, str]
    env_file: Path
    root: Path = ROOT

    def compose(self, *arguments: str, within_s: float = _COMMAND_S) -> str:
        """Run a command of docker compose; what it prints, or the failure with it."""
        chosen = [part for file in self.files for part in ("-f", str(self.root / file))]
        command = [
            *("docker", "compose", "--project-name", self.project),
            *("--project-directory", str(self.root), "--env-file", str(self.env_file)),
            *chosen,
            *arguments,
        ]
        return _run(command, within_s)

    def up(self, *arguments: str) -> None:
        """Build, start, and wait until everything, or what is named, is healthy."""
        wait = ("--detach", "--wait", "--wait-timeout", "300")
        build = () if "--no-recreate" in arguments else ("--build",)
        try:
            self.compose("up", *wait, *build, *arguments, within_s=UP_WITHIN_S)
        except AssertionError as error:
            logs = self.compose("logs", "--tail", "20")
            raise AssertionError(
                f"{error}\n{self.compose('ps', '-a')}\n{logs}"
            ) from None

    def load_demo_data(self) -> None:
        """As `make up` does; the organiser must exist before his events do."""
        for service in ("user-service", "orchestrator-service"):
            module = f"{service.replace('-', '_')}.demo_data"
            self.compose("exec", "-T", service, "python", "-m", module)

    def down(self) -> None:
        """Remove all of it, data and networks too."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")

    def services(self) -> list[str]:
        """The names of all services."""
        return sorted(self.compose("config", "--services").split())

    def ids(self, service: str) -> list[str]:
        """The containers of a service, dead ones too."""
        return self.compose("ps", "--all", "--quiet", service).split()

    def kill(self, container: str) -> None:
        """`docker kill`, which Docker takes for the will of a person."""
        _run(["docker", "kill", container], _COMMAND_S)

    def crash(self, container: str) -> None:
        """Kill its first process from outside, as the kernel's OOM killer would."""
        _run([str(ROOT / "bin" / "crash"), container], _COMMAND_S)

    def has_served(self, container: str) -> bool:
        """Whether a request is in the log of its present life."""
        started = self.inspect(container, "{{.State.StartedAt}}")
        # docker logs answers on the stream that the service has written to.
        told = ["docker", "logs", "--since", started, container]
        return '"http_request"' in _run(["sh", "-c", f"{shlex.join(told)} 2>&1"], 30)

    def inspect(self, container: str, template: str) -> str:
        """One property of a container."""
        return _run(["docker", "inspect", "-f", template, container], 30).strip()

    def health(self, container: str) -> str:
        """healthy, unhealthy or starting; the state of one that does not run."""
        state = self.inspect(container, "{{.State.Status}} {{.State.Health.Status}}")
        status, health = state.split()
        return health if status == "running" else status

    def url(self, port: str) -> str:
        """The address of a published port, by the name of its variable."""
        return f"http://127.0.0.1:{self.environment[port]}"

    def for_tests(self) -> dict[str, str]:
        """What tests/e2e want to know of a stack that they did not start."""
        return {
            "BASE_URL": self.url("GATEWAY_PORT"),
            "SMU_URL": self.url("SMU_STANDIN_PORT"),
            "STRIPE_URL": self.url("LOCALSTRIPE_PORT"),
            **{
                name: self.environment[name]
                for name in (
                    "SMU_API_KEY",
                    "STRIPE_SECRET_KEY",
                    "STRIPE_WEBHOOK_SECRET",
                    "QR_ENCRYPTION_KEY",
                )
            },
        }


@contextmanager
def containers(
    *files: str, name: str = "all", root: Path = ROOT
) -> Iterator[Containers]:
    """A project of these files beside docker-compose.yml; gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        environment = _environment(folder)
        env_file = folder / "containers.env"
        env_file.write_text("".join(f"{n}={v}\n" for n, v in environment.items()))
        gateway = () if _kong_is_to_be_had() else (ENVOY_FILE,)
        project = Containers(
            f"ticketremaster-test-{name}-{os.getpid()}",
            ("docker-compose.yml", *files, *gateway),
            environment,
            env_file,
            root,
        )
        stack.callback(project.down)
        yield project


def _environment(folder: Path) -> dict[str, str]:
    """The example with random secrets, as bin/make-env makes it, and free ports."""
    shutil.copytree(ROOT / "bin", folder / "bin")
    shutil.copy(ROOT / ".env.example", folder)
    _run([str(folder / "bin" / "make-env")], _COMMAND_S)
    lines = (folder / ".env").read_text().splitlines()
    made = dict(line.split("=", 1) for line in lines if line and line[0] != "#")
    ports = {name: str(free_port()) for name in (*_PORTS, *_INNER_PORTS)}
    return {**made, **ports, **SETTINGS}


def _kong_is_to_be_had() -> bool:
    """Here already, or from a registry."""
    for command in (["image", "inspect"], ["pull", "--quiet"]):
        try:
            _run(["docker", *command, KONG_IMAGE], _COMMAND_S)
        except (AssertionError, subprocess.TimeoutExpired):
            continue
        return True
    return False


def _run(command: list[str], within_s: float) -> str:
    # COMPOSE_* of the caller would choose other files and another project.
    env = {n: v for n, v in os.environ.items() if not n.startswith("COMPOSE_")}
    ran = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=within_s, check=False
    )
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout
