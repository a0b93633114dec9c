"""From the model to Envoy's configuration."""

from gateway_config.envoy.bootstrap import render_bootstrap

__all__ = ["render_bootstrap"]
