"""What has to hold in events_db at any moment, judged by this database alone."""

from __future__ import annotations

from service_common.db import Database
from service_common.invariants import BUDGET_S, Invariant, Rule, judge

# The database's own constraints refuse most of this; the queries are the proof that
# they were there all the time.
RULES = (
    Rule(
        "",
        "event_is_complete_unless_discarded",
        "event",
        """
        SELECT e.event_id FROM events e
         WHERE e.status <> 'DISCARDED'
           AND num_nulls(e.name, e.venue_id, e.hall_id, e.event_date, e.total_seats,
                         e.pricing_tiers) > 0
        """,
    ),
    Rule(
        "",
        "event_is_published_at_a_time",
        "event",
        """
        SELECT e.event_id FROM events e
         WHERE (e.status = 'PUBLISHED') <> (e.published_at IS NOT NULL)
        """,
    ),
    Rule(
        "",
        "event_takes_place_at_a_venue",
        "event",
        """
        SELECT e.event_id FROM events e
         WHERE e.venue_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM venues v WHERE v.venue_id = e.venue_id)
        """,
    ),
    Rule(
        "",
        "pricing_tiers_are_prices",
        "event",
        """
        SELECT DISTINCT e.event_id FROM events e, jsonb_each_text(e.pricing_tiers) t
         WHERE t.value !~ '^[0-9]{1,8}[.][0-9]{2}$' OR t.value ~ '^[0.]*$'
        """,
    ),
    Rule(
        "",
        "venue_is_written_once",
        "venue",
        """
        SELECT min(CAST(v.venue_id AS text)) FROM venues v
         GROUP BY v.name, v.address HAVING count(*) > 1
        """,
    ),
)


class InvariantService:
    """Judges the invariants of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def judge(self, *, budget_s: float = BUDGET_S) -> list[Invariant]:
        """Every invariant, in one snapshot."""
        return judge(self._database, RULES, budget_s=budget_s)
