"""Envoy's extensions are chosen by the type of their settings."""

from typing import Any

Json = dict[str, Any]

_PREFIX = "type.googleapis.com/"


def typed(message: str, **settings: object) -> Json:
    """Settings of an extension, under the full name of their protobuf message."""
    return {"@type": _PREFIX + message, **settings}
