"""The invariants as gauges: what somebody should be woken for."""

from __future__ import annotations

from prometheus_client import Gauge

VIOLATIONS = Gauge(
    "invariant_violations",
    "What breaks an invariant",
    ("service", "number", "name"),
    multiprocess_mode="max",
)
UNJUDGED = Gauge(
    "invariant_unjudged",
    "1 while an invariant could not be judged",
    ("service", "number", "name"),
    multiprocess_mode="max",
)
ROUND_COMPLETED = Gauge(
    "invariant_round_completed_timestamp_seconds",
    "When all of this kind had been judged once more, since the epoch",
    ("kind",),
    multiprocess_mode="max",
)
LEDGER_DRIFT = Gauge(
    "ledger_drift_cents",
    "How far balances and ledger are apart, over all accounts",
    multiprocess_mode="max",
)
