"""Transfers of a ticket from one person to another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
STATUSES = (
    "INITIATED",
    "PENDING_OTP",
    "COMPLETED",
    "FAILED",
    "DISPUTED",
    "REVERSED",
)


def upgrade() -> None:
    op.create_table(
        "transfers",
        sa.Column("transfer_id", sa.Uuid, nullable=False),
        sa.Column("seat_id", sa.Uuid, nullable=False),
        sa.Column("seller_user_id", sa.Uuid, nullable=False),
        sa.Column("buyer_user_id", sa.Uuid, nullable=False),
        sa.Column(
            "status",
            sa.Enum(*STATUSES, name="transfer_status"),
            server_default="INITIATED",
            nullable=False,
        ),
        sa.Column(
            "seller_otp_verified",
            sa.Boolean,
            server_default=sa.false(),
            nullable=False,
        ),
        sa.Column(
            "buyer_otp_verified", sa.Boolean, server_default=sa.false(), nullable=False
        ),
        sa.Column("credits_amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("ticket_version", sa.Integer, nullable=False),
        sa.Column("dispute_reason", sa.Text),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("completed_at", MOMENT),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_transfers")),
        sa.CheckConstraint(
            "seller_user_id <> buyer_user_id", name=op.f("ck_transfers_two_parties")
        ),
        sa.CheckConstraint(
            "credits_amount > 0", name=op.f("ck_transfers_amount_positive")
        ),
        sa.CheckConstraint(
            "(status IN ('COMPLETED', 'DISPUTED', 'REVERSED'))"
            " = (completed_at IS NOT NULL)",
            name=op.f("ck_transfers_completed_at_a_time"),
        ),
        sa.CheckConstraint(
            "completed_at IS NULL OR (seller_otp_verified AND buyer_otp_verified)",
            name=op.f("ck_transfers_completed_by_both"),
        ),
        sa.CheckConstraint(
            "status <> 'DISPUTED' OR dispute_reason IS NOT NULL",
            name=op.f("ck_transfers_disputed_for_a_reason"),
        ),
    )
    op.create_index(
        "ix_transfers_seller_user_id", "transfers", ["seller_user_id", "created_at"]
    )
    op.create_index(
        "ix_transfers_buyer_user_id", "transfers", ["buyer_user_id", "created_at"]
    )
    op.create_index(
        "uq_transfers_open_seat",
        "transfers",
        ["seat_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('INITIATED', 'PENDING_OTP')"),
    )


def downgrade() -> None:
    op.drop_table("transfers")
    op.execute("DROP TYPE transfer_status")
