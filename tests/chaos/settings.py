"""How the stack of a run is set: what waits is over soon, and rates have no limit."""

from __future__ import annotations

from collections.abc import Mapping

SAGA_DEADLINE_S = 5
_HOLD_TTL_S = 4

SETTINGS: Mapping[str, Mapping[str, str]] = {
    "orchestrator-service": {"SAGA_DEADLINE_SECONDS": str(SAGA_DEADLINE_S)},
    "orchestrator-recovery": {"SAGA_DEADLINE_SECONDS": str(SAGA_DEADLINE_S)},
    "inventory-service": {"HOLD_TTL_SECONDS": str(_HOLD_TTL_S)},
    "user-service": {"BCRYPT_ROUNDS": "4", "RATE_LIMIT_SCALE": "10000"},
    "order-service": {"RATE_LIMIT_SCALE": "10000"},
    "gateway": {"RATE_LIMIT_SCALE": "10000"},
}
