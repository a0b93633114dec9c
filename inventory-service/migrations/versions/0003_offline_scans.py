"""Scans of a scanner that was alone: who went in, and when we were told."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "entry_logs",
        sa.Column("admitted", sa.Boolean(), nullable=False, server_default="false"),
    )
    op.add_column(
        "entry_logs",
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
    )
    op.execute(
        "UPDATE entry_logs SET admitted = result = 'SUCCESS', recorded_at = scanned_at"
    )
    op.create_check_constraint(
        "success_is_an_admission", "entry_logs", "result <> 'SUCCESS' OR admitted"
    )


def downgrade() -> None:
    op.drop_constraint(
        op.f("ck_entry_logs_success_is_an_admission"), "entry_logs", type_="check"
    )
    op.drop_column("entry_logs", "recorded_at")
    op.drop_column("entry_logs", "admitted")
