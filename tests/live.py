"""A whole stack for the tests that need one, or the one that BASE_URL names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from local_stack import Stack
from local_stack.testing import temporary_stack

HOLD_TTL_S = 6

SAGA_DEADLINE_S = 10

TRANSFER_TTL_S = 20

_DEADLINE = {"SAGA_DEADLINE_SECONDS": str(SAGA_DEADLINE_S)}
OVERRIDES = {
    "orchestrator-service": _DEADLINE,
    "orchestrator-recovery": _DEADLINE,
    "inventory-service": {"HOLD_TTL_SECONDS": str(HOLD_TTL_S)},
    "user-service": {"BCRYPT_ROUNDS": "4", "RATE_LIMIT_SCALE": "1000"},
    "order-service": {
        "TRANSFER_TTL_SECONDS": str(TRANSFER_TTL_S),
        "RATE_LIMIT_SCALE": "1000",
    },
    "gateway": {"RATE_LIMIT_SCALE": "1000"},
}


@contextmanager
def live_stack() -> Iterator[Stack]:
    """All services as processes, short holds, cheap password hashes, no rate limits."""
    with temporary_stack(overrides=OVERRIDES) as stack:
        yield stack
