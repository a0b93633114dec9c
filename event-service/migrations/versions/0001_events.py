"""Venues, and the events that take place there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
STATUSES = ("DRAFT", "PUBLISHED", "DISCARDED")


def upgrade() -> None:
    op.create_table(
        "venues",
        sa.Column("venue_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("address", sa.String(255), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("venue_id", name=op.f("pk_venues")),
        sa.UniqueConstraint("name", "address", name=op.f("uq_venues_name_address")),
    )
    op.create_table(
        "events",
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String(255)),
        sa.Column("type", sa.String(50)),
        sa.Column("description", sa.Text),
        sa.Column("venue_id", sa.Uuid),
        sa.Column("hall_id", sa.String(20)),
        sa.Column("event_date", MOMENT),
        sa.Column("total_seats", sa.Integer),
        sa.Column("pricing_tiers", JSONB),
        sa.Column(
            "status",
            sa.Enum(*STATUSES, name="event_status"),
            server_default="DRAFT",
            nullable=False,
        ),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("published_at", MOMENT),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venues.venue_id"], name=op.f("fk_events_venue_id")
        ),
        sa.CheckConstraint(
            "status = 'DISCARDED' OR num_nulls(name, venue_id, hall_id, event_date,"
            " total_seats, pricing_tiers) = 0",
            name=op.f("ck_events_complete_unless_discarded"),
        ),
        sa.CheckConstraint(
            "(status = 'PUBLISHED') = (published_at IS NOT NULL)",
            name=op.f("ck_events_published_at_a_time"),
        ),
        sa.CheckConstraint(
            "total_seats BETWEEN 1 AND 50000",
            name=op.f("ck_events_total_seats_bounded"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(pricing_tiers) = 'object'",
            name=op.f("ck_events_pricing_tiers_is_an_object"),
        ),
    )
    op.create_index(
        "ix_events_published_event_date",
        "events",
        ["event_date", "event_id"],
        postgresql_where=sa.text("status = 'PUBLISHED'"),
    )


def downgrade() -> None:
    op.drop_table("events")
    op.drop_table("venues")
    op.execute("DROP TYPE event_status")
