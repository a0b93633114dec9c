"""The last service of kong.yml: known paths, asked with a method they do not have."""

from collections.abc import Iterable

from gateway_config.errors import GatewayConfigError
from gateway_config.model import OtherMethods, Service
from gateway_config.patterns import read_patterns
from gateway_config.section import Section

SERVICE_NAME = "other-methods"


def read_other_methods(
    section: Section, services: Iterable[Service]
) -> tuple[OtherMethods, ...]:
    """The lists; refused unless they are what follows from the routes."""
    for name in ("host", "retries", "connect_timeout", "write_timeout", "read_timeout"):
        # Nothing of this is ever used.
        section.take(name, object)
    lists = tuple(_read_list(route) for route in section.sections("routes"))
    section.done()
    _compare(section.where, lists, services)
    return lists


def _read_list(section: Section) -> OtherMethods:
    name = section.take("name", str)
    section.expect("strip_path", False)
    patterns = read_patterns(section)
    plugins = section.sections("plugins")
    section.done()
    try:
        refusal, header = plugins
    except ValueError:
        raise GatewayConfigError(f"{section.where}.plugins should be two") from None
    refusal.expect("name", "request-termination")
    status = refusal.section("config")
    status.expect("status_code", 405)
    header.expect("name", "response-transformer")
    add = header.section("config").section("add")
    [allow] = add.take_list("headers", str)
    for read in (status, refusal, add, header):
        read.done()
    allowed = tuple(allow.removeprefix("Allow:").split(", "))
    return OtherMethods(name, allowed, patterns)


def _compare(
    where: str, lists: Iterable[OtherMethods], services: Iterable[Service]
) -> None:
    listed = {(pattern, entry.allowed) for entry in lists for pattern in entry.patterns}
    routed = {
        (pattern, route.methods)
        for service in services
        for route in service.routes
        for pattern in route.patterns
    }
    for pattern, methods in sorted(listed ^ routed):
        state = "lacks" if (pattern, methods) in routed else "has without a route"
        raise GatewayConfigError(f"{where} {state} {pattern} {', '.join(methods)}")
