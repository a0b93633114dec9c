"""Where a request comes from, as far as our own proxies tell."""

from __future__ import annotations

import ipaddress

from flask import request

# A household has at least this many addresses of IPv6, so one of them is nobody.
_IPV6_PREFIX = 64


def client_address(trusted_proxies: int) -> str:
    """The client's address: of X-Forwarded-For only what our proxies appended.

    Each of them appends whom it heard the request from; everything before that is what
    a client says of himself.
    """
    heard = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
    said = request.remote_addr or ""
    if 0 < trusted_proxies <= len(heard):
        said = heard[-trusted_proxies].strip() or said
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return request.remote_addr or "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is not None:
            return str(mapped)
        net = ipaddress.IPv6Network((int(address), _IPV6_PREFIX), strict=False)
        return str(net)
    return str(address)
