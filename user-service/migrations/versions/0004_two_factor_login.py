"""Two-factor login, and the counting of failed logins."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    now = sa.text("now()")
    op.add_column(
        "users",
        sa.Column(
            "totp_enabled",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
        ),
    )
    op.add_column("users", sa.Column("totp_last_step", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_users_totp_needs_a_secret"),
        "users",
        "NOT totp_enabled OR two_fa_secret IS NOT NULL",
    )
    op.create_table(
        "mfa_challenges",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("created_at", moment, server_default=now, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("used_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_mfa_challenges"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.user_id"],
            name="fk_mfa_challenges_user_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "attempts BETWEEN 0 AND 5", name=op.f("ck_mfa_challenges_five_attempts")
        ),
    )
    op.create_index("ix_mfa_challenges_user_id", "mfa_challenges", ["user_id"])
    op.create_table(
        "login_attempts",
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("forgotten_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_login_attempts"),
        sa.CheckConstraint(
            "attempts >= 0", name=op.f("ck_login_attempts_attempts_not_negative")
        ),
    )
    op.create_index(
        "ix_login_attempts_forgotten_at", "login_attempts", ["forgotten_at"]
    )


def downgrade() -> None:
    op.drop_table("login_attempts")
    op.drop_table("mfa_challenges")
    op.drop_constraint(op.f("ck_users_totp_needs_a_secret"), "users", type_="check")
    op.drop_column("users", "totp_last_step")
    op.drop_column("users", "totp_enabled")
