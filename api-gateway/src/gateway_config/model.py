"""What the gateway does, in words that are neither Kong's nor Envoy's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """The access tokens that the gateway accepts."""

    issuer: str
    secret: str


@dataclass(frozen=True, slots=True)
class Cors:
    """Which browsers' pages may call, with what, and what they may read."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed_headers: tuple[str, ...]
    max_age_s: int


@dataclass(frozen=True, slots=True)
class Route:
    """Requests that go to a service, by method and path.

    The patterns are regular expressions that match a whole path.
    """

    name: str
    methods: tuple[str, ...]
    patterns: tuple[str, ...]
    requests_per_minute: int | None


@dataclass(frozen=True, slots=True)
class Upstream:
    """The replicas of a service, and when one of them counts as gone."""

    name: str
    addresses: tuple[tuple[str, int], ...]
    probe_interval_s: int
    probe_timeout_s: int
    failures_until_gone: int
    successes_until_back: int


@dataclass(frozen=True, slots=True)
class Service:
    """What is let through to an upstream."""

    name: str
    upstream: Upstream
    # How often another replica is tried where there was no connection.
    connect_retries: int
    connect_timeout_ms: int
    read_timeout_ms: int
    needs_token: bool
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class OtherMethods:
    """Known paths and the methods they have; any other method is 405."""

    name: str
    allowed: tuple[str, ...]
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gateway:
    """All of it."""

    tokens: Tokens
    cors: Cors
    body_bytes_max: int
    services: tuple[Service, ...]
    other_methods: tuple[OtherMethods, ...]

    @property
    def upstreams(self) -> tuple[Upstream, ...]:
        """Each upstream once."""
        return tuple(dict.fromkeys(service.upstream for service in self.services))
