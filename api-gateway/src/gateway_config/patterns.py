"""Paths of routes."""

from gateway_config.errors import GatewayConfigError
from gateway_config.section import Section

_VERSION_PREFIX = "/(?:v1/)?"


def read_patterns(section: Section) -> tuple[str, ...]:
    """Only patterns that match a whole path, bare and under /v1, are accepted."""
    paths = section.take_list("paths", str)
    return tuple(_read_pattern(path, section.where) for path in paths)


def _read_pattern(path: str, where: str) -> str:
    pattern = path.removeprefix("~")
    is_whole = path.startswith("~" + _VERSION_PREFIX) and path.endswith("$")
    if not is_whole or "$" in pattern[:-1]:
        raise GatewayConfigError(
            f"{where}.paths: {path!r} should look like ~{_VERSION_PREFIX}...$"
        )
    return pattern[:-1]
