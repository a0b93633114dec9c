"""Makes an Envoy configuration of the gateway's kong.yml.

kong.yml is the one description of the gateway. Where there is no Docker there is no
Kong, and Envoy stands in for it with the same routes, tokens, limits and errors.
"""

import json
from collections.abc import Mapping

from gateway_config.envoy import MetricsDoor, render_bootstrap
from gateway_config.errors import GatewayConfigError
from gateway_config.reader import read_gateway
from gateway_config.template import substitute

__all__ = ["GatewayConfigError", "MetricsDoor", "render_envoy"]


def render_envoy(
    template: str,
    values: Mapping[str, str],
    *,
    host: str,
    port: int,
    metrics: MetricsDoor,
) -> str:
    """Envoy's bootstrap as JSON, out of the text of kong.yml and its variables."""
    gateway = read_gateway(substitute(template, values))
    bootstrap = render_bootstrap(gateway, host=host, port=port, metrics=metrics)
    return json.dumps(bootstrap, indent=2)
