"""The one way in which this room says no."""


class GatewayConfigError(Exception):
    """The description of the gateway cannot be rendered; the message names where."""
