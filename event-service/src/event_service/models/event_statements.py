"""The statements that make and move events."""

from __future__ import annotations

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

# No target: both the id and (name, address) may be there already, and whichever
# transaction is about to write either of them is waited for.
ADD_VENUE = text("""
    INSERT INTO venues (venue_id, name, address) VALUES (:venue_id, :name, :address)
    ON CONFLICT DO NOTHING
""")

FIND_VENUE = text("""
    SELECT venue_id FROM venues WHERE name = :name AND address = :address
""")

VENUE_EXISTS = text("SELECT FROM venues WHERE venue_id = :venue_id")

ADD_DRAFT = text("""
    INSERT INTO events (event_id, name, type, description, venue_id, hall_id,
                        event_date, total_seats, pricing_tiers)
    VALUES (:event_id, :name, :type, :description, :venue_id, :hall_id,
            :event_date, :total_seats, :pricing_tiers)
    ON CONFLICT (event_id) DO NOTHING
""").bindparams(bindparam("pricing_tiers", type_=JSONB))

LOCK_EVENT = text("SELECT status FROM events WHERE event_id = :event_id FOR UPDATE")

PUBLISH_EVENT = text("""
    UPDATE events SET status = 'PUBLISHED', published_at = now()
     WHERE event_id = :event_id AND status = 'DRAFT'
""")

# The arbiter: DO UPDATE waits for a draft or a publication that is under way and sees
# what became of it, so the status that comes back is final.
DISCARD_EVENT = text("""
    INSERT INTO events AS e (event_id, status) VALUES (:event_id, 'DISCARDED')
    ON CONFLICT (event_id) DO UPDATE
       SET status = CASE e.status WHEN 'DRAFT' THEN 'DISCARDED' ELSE e.status END
    RETURNING status
""")

GET_EVENT = text("""
    SELECT e.event_id, e.name, e.type, e.description, e.hall_id, e.event_date,
           e.total_seats, e.pricing_tiers, e.status, v.venue_id,
           v.name AS venue_name, v.address AS venue_address
      FROM events e JOIN venues v USING (venue_id)
     WHERE e.event_id = :event_id
""")
