"""One-time codes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    now, zero = sa.text("now()"), sa.text("0")
    op.create_table(
        "otp_challenges",
        sa.Column(
            "challenge_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()")
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("reference", sa.String(255), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("state", sa.String(16), server_default="OPEN", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=zero, nullable=False),
        sa.Column("failures", sa.SmallInteger(), server_default=zero, nullable=False),
        sa.Column("codes_sent", sa.SmallInteger(), server_default=zero, nullable=False),
        sa.Column("sent_at", moment, nullable=True),
        sa.Column("created_at", moment, server_default=now, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("challenge_id", name="pk_otp_challenges"),
        sa.CheckConstraint(
            "purpose IN ('PURCHASE', 'TRANSFER_SELLER', 'TRANSFER_BUYER')",
            name=op.f("ck_otp_challenges_purpose_known"),
        ),
        sa.CheckConstraint(
            "state IN ('OPEN', 'VERIFIED', 'FAILED', 'EXPIRED')",
            name=op.f("ck_otp_challenges_state_known"),
        ),
        sa.CheckConstraint(
            "0 <= failures AND failures <= attempts AND attempts <= 3",
            name=op.f("ck_otp_challenges_three_attempts"),
        ),
    )
    op.create_index(
        "uq_otp_challenges_open_phone",
        "otp_challenges",
        ["phone"],
        unique=True,
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_index(
        "uq_otp_challenges_reference",
        "otp_challenges",
        ["user_id", "purpose", "reference"],
        unique=True,
        postgresql_where=sa.text("state <> 'EXPIRED'"),
    )
    op.create_index(
        "ix_otp_challenges_phone", "otp_challenges", ["phone", "created_at"]
    )
    op.create_index(
        "ix_otp_challenges_user_id", "otp_challenges", ["user_id", "created_at"]
    )


def downgrade() -> None:
    op.drop_table("otp_challenges")
