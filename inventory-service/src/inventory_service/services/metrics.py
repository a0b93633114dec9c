"""What the inventory counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

HOLDS = Counter("seat_holds", "Holds made", ("outcome",))
RELEASES = Counter("seat_hold_releases", "Holds that ended without a sale", ("cause",))
BUSY_RETRIES = Counter("seat_busy_retries", "Tries repeated because rows were locked")
CLAIMS = Counter("seat_claims", "Claims by what became of them", ("outcome",))
UNRELEASED = Gauge(
    "holds_expired_unreleased",
    "Seats under an unclaimed hold whose time was over ten seconds ago",
)
UNRELEASED_OLDEST_S = Gauge(
    "hold_unreleased_oldest_seconds",
    "How long ago the oldest unclaimed hold should have been released",
)
OPEN_CLAIM_OLDEST_S = Gauge(
    "claims_open_oldest_seconds", "Age of the oldest claim still open"
)
