"""From the text of kong.yml to the model; what is not understood is refused."""

import re

import yaml

from gateway_config import functions
from gateway_config.errors import GatewayConfigError
from gateway_config.model import Cors, Gateway, Route, Service, Tokens, Upstream
from gateway_config.other_methods import SERVICE_NAME, read_other_methods
from gateway_config.patterns import read_patterns
from gateway_config.section import Section
from gateway_config.upstreams import read_upstreams

SUBJECT_HEADER = "X-RateLimit-Subject"
REQUEST_ID_HEADER = "X-Request-ID"
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?")


def read_gateway(text: str) -> Gateway:
    """Understand all of kong.yml, variables filled in, or say what is not."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise GatewayConfigError(f"kong.yml is not YAML: {error}") from None
    top = Section(content, "kong.yml")
    top.expect("_format_version", "3.0")
    tokens = _read_tokens(top)
    plugins = {
        section.take("name", str): section for section in top.sections("plugins")
    }
    cors, body_bytes_max = _read_global_plugins(plugins)
    upstreams = read_upstreams(top)
    *sections, last = top.sections("services")
    services = tuple(_read_service(section, upstreams) for section in sections)
    if len({service.connect_timeout_ms for service in services}) != 1:
        raise GatewayConfigError("kong.yml.services: connect_timeout should be one")
    last.expect("name", SERVICE_NAME)
    other_methods = read_other_methods(last, services)
    top.done()
    return Gateway(tokens, cors, body_bytes_max, services, other_methods)


def _read_tokens(top: Section) -> Tokens:
    consumers = top.sections("consumers")
    if len(consumers) != 1:
        raise GatewayConfigError("kong.yml.consumers: one is translated to Envoy")
    consumer = consumers[0]
    consumer.take("username", str)
    credentials = consumer.sections("jwt_secrets")
    consumer.done()
    if len(credentials) != 1:
        raise GatewayConfigError(f"{consumer.where}.jwt_secrets: one is translated")
    credential = credentials[0]
    credential.expect("algorithm", "HS256")
    tokens = Tokens(credential.take("key", str), credential.take("secret", str))
    credential.done()
    return tokens


def _read_global_plugins(plugins: dict[str, Section]) -> tuple[Cors, int]:
    expected = {
        "correlation-id",
        "cors",
        "request-size-limiting",
        "prometheus",
        "pre-function",
        "post-function",
    }
    for name in plugins.keys() ^ expected:
        state = "missing" if name in expected else "not translated to Envoy"
        raise GatewayConfigError(f"kong.yml.plugins[{name}] is {state}")
    configs = {name: _config(plugin) for name, plugin in plugins.items()}

    correlation = configs["correlation-id"]
    correlation.expect("header_name", REQUEST_ID_HEADER)
    correlation.expect("generator", "uuid")
    correlation.expect("echo_downstream", True)
    correlation.done()
    for kind in ("status_code", "latency", "bandwidth", "upstream_health"):
        # Envoy counts all of it, under names of its own.
        configs["prometheus"].expect(f"{kind}_metrics", True)
    configs["prometheus"].expect("per_consumer", False)
    configs["prometheus"].done()
    _expect_functions(configs["pre-function"], "rewrite", "request-id")
    _expect_functions(
        configs["pre-function"], "access", "clean-request", "strip-version"
    )
    _expect_functions(
        configs["post-function"],
        "header_filter",
        "rate-limit-headers",
        "error-envelope-head",
    )
    _expect_functions(configs["post-function"], "body_filter", "error-envelope-body")
    configs["pre-function"].done()
    configs["post-function"].done()
    return _read_cors(configs["cors"]), _read_size(configs["request-size-limiting"])


def _read_size(config: Section) -> int:
    config.expect("size_unit", "bytes")
    config.expect("require_content_length", False)
    size = config.take("allowed_payload_size", int)
    config.done()
    return size


def _read_cors(config: Section) -> Cors:
    config.expect("credentials", False)
    cors = Cors(
        origins=config.take_list("origins", str),
        methods=config.take_list("methods", str),
        headers=config.take_list("headers", str),
        exposed_headers=config.take_list("exposed_headers", str),
        max_age_s=config.take("max_age", int),
    )
    config.done()
    for origin in cors.origins:
        # Kong would read anything else as a pattern, or as everybody.
        if not _ORIGIN.fullmatch(origin):
            raise GatewayConfigError(f"{config.where}.origins: {origin!r} is no origin")
    return cors


def _read_service(section: Section, upstreams: dict[str, Upstream]) -> Service:
    name = section.take("name", str)
    host = section.take("host", str)
    if host not in upstreams:
        raise GatewayConfigError(f"{section.where}.host should be an upstream: {host}")
    connect_retries = section.take("retries", int)
    connect_timeout_ms = section.take("connect_timeout", int)
    read_timeout_ms = section.take("read_timeout", int)
    section.expect("write_timeout", read_timeout_ms)
    needs_token = _read_service_plugins(section)
    routes = tuple(_read_route(route) for route in section.sections("routes"))
    section.done()
    return Service(
        name=name,
        upstream=upstreams[host],
        connect_retries=connect_retries,
        connect_timeout_ms=connect_timeout_ms,
        read_timeout_ms=read_timeout_ms,
        needs_token=needs_token,
        routes=routes,
    )


def _read_service_plugins(section: Section) -> bool:
    """Whether the service needs a token: all of the rules for users, or none."""
    plugins = {
        plugin.take("name", str): plugin for plugin in section.sections("plugins")
    }
    if not plugins:
        return False
    if plugins.keys() != {"jwt", "pre-function"}:
        named = ", ".join(sorted(plugins))
        raise GatewayConfigError(f"{section.where}.plugins is not translated: {named}")
    jwt = _config(plugins["jwt"])
    jwt.expect("key_claim_name", "iss")
    jwt.expect("claims_to_verify", ["exp"])
    jwt.expect("uri_param_names", [])
    jwt.done()
    function = _config(plugins["pre-function"])
    _expect_functions(
        function, "access", "clean-request", "strip-version", "rate-limit-subject"
    )
    function.done()
    return True


def _read_route(section: Section) -> Route:
    name = section.take("name", str)
    section.expect("strip_path", False)
    methods = section.take_list("methods", str)
    missing = {"OPTIONS", "HEAD" if "GET" in methods else "OPTIONS"} - set(methods)
    if missing:
        raise GatewayConfigError(f"{section.where}.methods lacks {', '.join(missing)}")
    patterns = read_patterns(section)
    limit = _read_rate_limit(section)
    section.done()
    return Route(name, methods, patterns, limit)


def _read_rate_limit(section: Section) -> int | None:
    plugins = section.sections("plugins")
    for plugin in plugins:
        plugin.expect("name", "rate-limiting")
    if not plugins:
        return None
    if len(plugins) > 1:
        raise GatewayConfigError(f"{section.where}.plugins has two rate limits")
    config = _config(plugins[0])
    config.expect("policy", "local")
    config.expect("limit_by", "header")
    config.expect("header_name", SUBJECT_HEADER)
    limit = config.take("minute", int)
    config.done()
    return limit


def _config(plugin: Section) -> Section:
    config = plugin.section("config")
    plugin.done()
    return config


def _expect_functions(config: Section, phase: str, *names: str) -> None:
    where = f"{config.where}.{phase}"
    found = [functions.name_of(text, where) for text in config.take_list(phase, str)]
    if found != list(names):
        raise GatewayConfigError(f"{where} should be {', '.join(names)}")
