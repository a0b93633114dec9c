"""The processes of TicketRemaster itself, as docs/internal-api.md lists them.

Each starts with the same command as in its container. Its environment is built here, of
this stack's ports and secrets; from the caller's environment it gets only the settings
that are named here.
"""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from local_stack.component import (
    Component,
    Context,
    base_environment,
    http_unready_reason,
)
from local_stack.connections import BROKER_USER
from local_stack.databases import EVENTS, ORDERS, SAGAS, SEATS, USERS, Database
from local_stack.folder import REPOSITORY
from local_stack.ports import HOST
from local_stack.replicas import replica_name
from local_stack.supervisor import ProcessSpec

_SETTINGS = ("LOG_LEVEL", "WEB_CONCURRENCY", "WEB_THREADS")
_URLS = {
    "INVENTORY_SERVICE_URL": ("inventory-service", "{}"),
    "USER_SERVICE_URL": ("user-service", "http://{}"),
    "ORDER_SERVICE_URL": ("order-service", "http://{}"),
    "EVENT_SERVICE_URL": ("event-service", "http://{}"),
    "SMU_API_URL": ("smu-standin", "http://{}"),
    "STRIPE_API_BASE": ("localstripe", "http://{}"),
}
_OF_ORCHESTRATOR = (
    "INVENTORY_SERVICE_URL",
    "USER_SERVICE_URL",
    "ORDER_SERVICE_URL",
    "EVENT_SERVICE_URL",
)
_BEFORE_ORCHESTRATOR = (
    "postgres",
    "inventory-service",
    "user-service",
    "order-service",
    "event-service",
)


@dataclass(frozen=True, eq=False)
class Service(Component):
    """One process of a service.

    `listens` names the port behind each variable; `health` is the port that answers
    /health/ready.
    """

    name: str
    folder: str
    module: str
    database: Database
    listens: Mapping[str, str]
    health: str
    needs: tuple[str, ...] = ("postgres",)
    secrets: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    uses_broker: bool = False
    settings: tuple[str, ...] = _SETTINGS
    # Whether others find more than one of it: through the gateway, or not at all.
    scales: bool = False
    # Longer than gunicorn gives its workers (20 s) to finish what they have begun.
    stop_grace_s: float = 25.0

    @property
    def ports(self) -> tuple[str, ...]:
        """The ports it listens on."""
        return tuple(self.listens.values())

    def replica(self, number: int) -> Component:
        """Make the n-th of its kind."""
        if not self.scales:
            return super().replica(number)
        listens = {
            variable: replica_name(port, number)
            for variable, port in self.listens.items()
        }
        return replace(
            self,
            name=replica_name(self.name, number),
            listens=listens,
            health=replica_name(self.health, number),
        )

    def prepare(self, context: Context) -> None:
        """Give the process an empty place for its temporary files."""
        temporary = context.folder.path / "tmp" / self.name
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)

    def spec(self, context: Context) -> ProcessSpec:
        """The start command of the container, in the service's folder."""
        return ProcessSpec(
            name=self.name,
            command=(sys.executable, "-m", self.module),
            cwd=REPOSITORY / self.folder,
            env=self._environment(context),
        )

    def unready_reason(self, context: Context) -> str | None:
        """Ask the process itself: it knows what it depends on."""
        return http_unready_reason(
            f"http://{context.address(self.health)}/health/ready"
        )

    def _environment(self, context: Context) -> dict[str, str]:
        environment = base_environment() | {
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(context.folder.path / "tmp" / self.name),
            "BIND_HOST": HOST,
            "DB_HOST": HOST,
            "DB_PORT": str(context.ports["postgres"]),
            "DB_NAME": self.database.name,
            "DB_USER": self.database.role,
        }
        for variable, port in self.listens.items():
            environment[variable] = str(context.ports[port])
        for name in ("INTERNAL_SERVICE_TOKEN", self.database.secret, *self.secrets):
            environment[name] = context.secrets[name]
        for name in self.urls:
            port_name, pattern = _URLS[name]
            environment[name] = pattern.format(context.address(port_name))
        if self.uses_broker:
            environment |= _broker_environment(context)
        chosen = context.overrides_of(self.name)
        if "STRIPE_SECRET_KEY" in chosen:
            environment.pop("STRIPE_API_BASE", None)
        return environment | dict(chosen)


def _broker_environment(context: Context) -> dict[str, str]:
    return {
        "RABBITMQ_HOST": HOST,
        "RABBITMQ_PORT": str(context.ports["rabbitmq"]),
        "RABBITMQ_USER": BROKER_USER,
        "RABBITMQ_PASS": context.secrets["RABBITMQ_PASS"],
    }


SERVICES = (
    Service(
        name="inventory-service",
        folder="inventory-service",
        module="inventory_service",
        database=SEATS,
        listens={"PORT": "inventory-service", "OPS_PORT": "inventory-service-ops"},
        health="inventory-service-ops",
        settings=(*_SETTINGS, "HOLD_TTL_SECONDS"),
    ),
    Service(
        name="inventory-worker",
        folder="inventory-service",
        module="inventory_service.worker",
        database=SEATS,
        listens={"OPS_PORT": "inventory-worker-ops"},
        health="inventory-worker-ops",
        needs=("postgres", "rabbitmq", "order-service"),
        urls=("ORDER_SERVICE_URL",),
        uses_broker=True,
        scales=True,
        settings=(*_SETTINGS, "SWEEP_INTERVAL_SECONDS"),
    ),
    Service(
        name="user-service",
        folder="user-service",
        module="user_service",
        database=USERS,
        listens={"PORT": "user-service"},
        health="user-service",
        needs=("postgres", "localstripe", "smu-standin"),
        secrets=(
            "JWT_SECRET",
            "STRIPE_SECRET_KEY",
            "STRIPE_WEBHOOK_SECRET",
            "SMU_API_KEY",
            "TOTP_ENCRYPTION_KEY",
        ),
        urls=("SMU_API_URL", "STRIPE_API_BASE"),
        settings=(
            *_SETTINGS,
            *("BCRYPT_ROUNDS", "DEMO_PASSWORD"),
            *("OTP_TTL_SECONDS", "OTP_RESEND_SECONDS", "TRUSTED_PROXIES"),
            "RATE_LIMIT_SCALE",
            # The real Stripe in the place of localstripe.
            *("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"),
        ),
    ),
    Service(
        name="order-service",
        folder="order-service",
        module="order_service",
        database=ORDERS,
        listens={"PORT": "order-service"},
        health="order-service",
        settings=(
            *_SETTINGS,
            *("TRANSFER_TTL_SECONDS", "TRANSFERS_PER_HOUR", "RATE_LIMIT_SCALE"),
        ),
    ),
    Service(
        name="order-worker",
        folder="order-service",
        module="order_service.worker",
        database=ORDERS,
        listens={"OPS_PORT": "order-worker-ops"},
        health="order-worker-ops",
        needs=("postgres", "rabbitmq"),
        uses_broker=True,
        scales=True,
        settings=(*_SETTINGS, "SWEEP_INTERVAL_SECONDS"),
    ),
    Service(
        name="event-service",
        folder="event-service",
        module="event_service",
        database=EVENTS,
        listens={"PORT": "event-service"},
        health="event-service",
    ),
    Service(
        name="orchestrator-service",
        folder="orchestrator-service",
        module="orchestrator_service",
        database=SAGAS,
        listens={"PORT": "orchestrator-service"},
        health="orchestrator-service",
        scales=True,
        needs=_BEFORE_ORCHESTRATOR,
        secrets=("JWT_SECRET", "QR_ENCRYPTION_KEY"),
        urls=_OF_ORCHESTRATOR,
        settings=(
            *_SETTINGS,
            "SAGA_DEADLINE_SECONDS",
            "QR_RETIRED_KEYS",
            "SCAN_REPLAY_SECONDS",
            *("TRANSFER_PRICE_CAP_PERCENT", "TRANSFER_CLOSES_MINUTES_BEFORE"),
        ),
    ),
    Service(
        name="orchestrator-recovery",
        folder="orchestrator-service",
        module="orchestrator_service.recovery",
        database=SAGAS,
        listens={"OPS_PORT": "orchestrator-recovery-ops"},
        health="orchestrator-recovery-ops",
        scales=True,
        needs=_BEFORE_ORCHESTRATOR,
        secrets=("JWT_SECRET", "QR_ENCRYPTION_KEY"),
        urls=_OF_ORCHESTRATOR,
        settings=(
            *_SETTINGS,
            *("SAGA_DEADLINE_SECONDS", "SWEEP_INTERVAL_SECONDS", "TRUSTED_PROXIES"),
        ),
    ),
)
