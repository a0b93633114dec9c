"""What many parts of Envoy's configuration are written with."""

from typing import Any

Json = dict[str, Any]

_PREFIX = "type.googleapis.com/"


def typed(message: str, **settings: object) -> Json:
    """Settings of an extension, which is chosen by the name of its message."""
    return {"@type": _PREFIX + message, **settings}


def address(host: str, port: int) -> Json:
    """Where something listens."""
    return {"socket_address": {"address": host, "port_value": port}}
