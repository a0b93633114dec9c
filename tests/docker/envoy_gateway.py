"""Render kong.yml for Envoy out of the environment, and become Envoy."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from gateway_config import GatewayConfigError, MetricsDoor, render_envoy

_CONFIG = Path("/tmp/envoy.json")  # noqa: S108 - the container's own memory
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - what a container needs
_PORT = 8000
_METRICS = MetricsDoor(_EVERYWHERE, 8100, "/tmp/admin.sock")  # noqa: S108 - the same


def main() -> None:
    template = Path("kong.yml").read_text(encoding="utf-8")
    try:
        rendered = render_envoy(
            template, os.environ, host=_EVERYWHERE, port=_PORT, metrics=_METRICS
        )
    except GatewayConfigError as error:
        sys.exit(f"the gateway cannot be configured: {error}")
    os.umask(0o077)
    _CONFIG.write_text(rendered, encoding="utf-8")
    package = importlib.util.find_spec("envoy")
    if package is None or package.origin is None:
        sys.exit("Envoy is not there")
    binary = str(Path(package.origin).parent / "_bin" / "envoy")
    arguments = ("-c", str(_CONFIG), "--disable-hot-restart", "--log-level", "warning")
    os.execv(binary, [binary, *arguments])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
