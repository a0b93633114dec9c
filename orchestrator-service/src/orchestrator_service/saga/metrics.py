"""What an operator wants to see of the sagas."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SAGAS_FINISHED = Counter("saga_total", "Sagas by how they ended", ("kind", "state"))
SAGA_STEP_SECONDS = Histogram(
    "saga_step_seconds", "Time of a step with its tries", ("kind", "step", "outcome")
)
SAGA_TAKEOVERS = Counter("saga_takeovers_total", "Sagas taken over", ("kind",))
OLDEST_LIVE_SECONDS = Gauge(
    "saga_oldest_live_seconds",
    "Age of the oldest saga that has not ended",
    multiprocess_mode="max",
)
STUCK = Gauge("saga_stuck", "Sagas that wait for a person", multiprocess_mode="max")
