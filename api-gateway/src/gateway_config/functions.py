"""The Lua functions of kong.yml whose meaning the Envoy configuration has, too.

Lua cannot be translated, so each function is known by its name (the first words of its
first line) and by a digest of its text. Whoever changes one of them is stopped here,
looks at what the Envoy side does, and then writes the new digest down.
"""

import hashlib
import re

from gateway_config.errors import GatewayConfigError

_NAME = re.compile(r"-- ([a-z-]+): ")

# Where Envoy does the same: bootstrap.py for the first three, routes.py, filters.py,
# replies.py.
_DIGESTS = {
    "request-id": "6f6356c1c071ed6b",
    "clean-request": "6d974225929176ca",
    "rate-limit-subject": "a293afe42dd49905",
    "strip-version": "0899e08ad3dd4546",
    "rate-limit-headers": "500b4e6541bf0196",
    "error-envelope-head": "9747dae8cb7d2eb1",
    "error-envelope-body": "d16390cc3c48320c",
}


def name_of(function: str, where: str) -> str:
    """The name of a known function; refused when it is unknown, or has changed."""
    match = _NAME.match(function)
    name = match[1] if match else ""
    if name not in _DIGESTS:
        first_line = function.splitlines()[0] if function else ""
        raise GatewayConfigError(
            f"{where}: this function is not translated to Envoy: {first_line!r}"
        )
    if digest(function) != _DIGESTS[name]:
        raise GatewayConfigError(
            f"{where}: the function {name} has changed; see that Envoy does the same, "
            f"then set its digest in {__name__} to {digest(function)}"
        )
    return name


def digest(function: str) -> str:
    """A short fingerprint of a function's text."""
    return hashlib.sha256(function.encode()).hexdigest()[:16]
