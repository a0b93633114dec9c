"""Scans have a name of their own and belong to an event."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("entry_logs", sa.Column("scan_id", sa.Uuid()))
    op.add_column("entry_logs", sa.Column("event_id", sa.Uuid()))
    op.execute(
        "UPDATE entry_logs e SET event_id = s.event_id"
        " FROM seats s WHERE s.seat_id = e.seat_id"
    )
    op.create_index(
        "one_admission_per_scan",
        "entry_logs",
        ["scan_id"],
        unique=True,
        postgresql_where=sa.text("result = 'SUCCESS'"),
    )
    op.create_index("ix_entry_logs_scanned_at", "entry_logs", ["scanned_at"])
    op.create_index(
        "ix_entry_logs_event_id_scanned_at", "entry_logs", ["event_id", "scanned_at"]
    )


def downgrade() -> None:
    op.drop_index("ix_entry_logs_event_id_scanned_at")
    op.drop_index("ix_entry_logs_scanned_at")
    op.drop_index("one_admission_per_scan")
    op.drop_column("entry_logs", "event_id")
    op.drop_column("entry_logs", "scan_id")
