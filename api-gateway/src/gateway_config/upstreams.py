"""The upstreams of kong.yml: where a service is, and when a replica counts as gone."""

from gateway_config.errors import GatewayConfigError
from gateway_config.model import Upstream
from gateway_config.section import Section


def read_upstreams(top: Section) -> dict[str, Upstream]:
    """All upstreams by name."""
    found = [_read_upstream(section) for section in top.sections("upstreams")]
    return {upstream.name: upstream for upstream in found}


def _read_upstream(section: Section) -> Upstream:
    name = section.take("name", str)
    targets = section.sections("targets")
    if len(targets) != 1:
        raise GatewayConfigError(f"{section.where}.targets: one is translated to Envoy")
    addresses = _read_addresses(targets[0])
    checks = section.section("healthchecks")
    active = checks.section("active")
    checks.done()
    section.done()

    active.expect("type", "tcp")
    timeout_s = active.take("timeout", int)
    healthy, unhealthy = active.section("healthy"), active.section("unhealthy")
    active.done()
    interval_s = healthy.take("interval", int)
    successes = healthy.take("successes", int)
    healthy.done()
    # Envoy has one interval and one count for both ways of not answering.
    unhealthy.expect("interval", interval_s)
    failures = unhealthy.take("tcp_failures", int)
    unhealthy.expect("timeouts", failures)
    unhealthy.done()
    return Upstream(name, addresses, interval_s, timeout_s, failures, successes)


def _read_addresses(target: Section) -> tuple[tuple[str, int], ...]:
    """One name for all replicas, as Kong wants it, or all of them by commas."""
    text = target.take("target", str)
    target.done()
    addresses = []
    for address in text.split(","):
        host, _, port = address.rpartition(":")
        if not host or "/" in host or not port.isdecimal():
            raise GatewayConfigError(f"{target.where} should be host:port: {address!r}")
        addresses.append((host, int(port)))
    return tuple(addresses)
