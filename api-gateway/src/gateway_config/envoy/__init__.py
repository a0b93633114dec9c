"""From the model to Envoy's configuration."""

from gateway_config.envoy.bootstrap import render_bootstrap
from gateway_config.envoy.metrics import MetricsDoor

__all__ = ["MetricsDoor", "render_bootstrap"]
