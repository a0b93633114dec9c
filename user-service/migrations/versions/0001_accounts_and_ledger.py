"""Accounts, the double-entry ledger of credits, refresh tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()")),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.String(100), nullable=True),
        sa.Column("role", sa.String(16), server_default="customer", nullable=False),
        _credits("credit_balance"),
        _credits("credits_frozen"),
        _credits("credits_owed"),
        sa.Column("two_fa_secret", sa.Text(), nullable=True),
        sa.Column(
            "is_flagged", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        _moment("created_at", "now()"),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
        sa.CheckConstraint(
            "credit_balance >= 0", name=op.f("ck_users_credit_balance_not_negative")
        ),
        sa.CheckConstraint(
            "credits_frozen >= 0", name=op.f("ck_users_credits_frozen_not_negative")
        ),
        sa.CheckConstraint(
            "credits_owed >= 0", name=op.f("ck_users_credits_owed_not_negative")
        ),
        sa.CheckConstraint(
            "role IN ('customer', 'staff', 'organiser', 'admin')",
            name=op.f("ck_users_role_known"),
        ),
    )
    op.create_index("uq_users_email", "users", [sa.text("lower(email)")], unique=True)
    # Balances change in place: room on the page keeps those updates off the indexes.
    op.execute("ALTER TABLE users SET (fillfactor = 85)")
    _create_credit_ledger()
    _create_refresh_tokens()


def _create_credit_ledger() -> None:
    op.create_table(
        "credit_ledger",
        sa.Column("operation_key", sa.String(255, collation="C"), nullable=False),
        sa.Column("leg", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "entry_id",
            sa.Uuid(),
            server_default=sa.text("gen_random_uuid()"),
            nullable=False,
        ),
        sa.Column("entry_no", sa.BigInteger(), sa.Identity(always=True)),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("balance_after", sa.Numeric(10, 2), nullable=True),
        sa.Column("reference", sa.String(255), nullable=False),
        _moment("created_at", "clock_timestamp()"),
        sa.PrimaryKeyConstraint("operation_key", "leg", name="pk_credit_ledger"),
        sa.CheckConstraint("leg IN (1, 2)", name=op.f("ck_credit_ledger_leg_known")),
        sa.CheckConstraint(
            "kind IN ('TOPUP', 'DEDUCT', 'REFUND', 'TOMBSTONE')",
            name=op.f("ck_credit_ledger_kind_known"),
        ),
        sa.CheckConstraint(
            "account LIKE 'user:%' OR account IN"
            " ('platform:stripe', 'platform:sales', 'platform:receivable')",
            name=op.f("ck_credit_ledger_account_known"),
        ),
        sa.CheckConstraint(
            "(kind = 'TOMBSTONE') = (amount = 0)",
            name=op.f("ck_credit_ledger_only_tombstones_move_nothing"),
        ),
        sa.CheckConstraint(
            "balance_after >= 0",
            name=op.f("ck_credit_ledger_balance_after_not_negative"),
        ),
        sa.CheckConstraint(
            "balance_after IS NULL OR account LIKE 'user:%'",
            name=op.f("ck_credit_ledger_only_users_have_a_balance"),
        ),
    )
    op.create_index(
        "ix_credit_ledger_history",
        "credit_ledger",
        ["account", "entry_no"],
        postgresql_where=sa.text("balance_after IS NOT NULL"),
    )


def _create_refresh_tokens() -> None:
    op.create_table(
        "refresh_families",
        sa.Column("family_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()")),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _moment("created_at", "now()"),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("family_id", name="pk_refresh_families"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.user_id"],
            name="fk_refresh_families_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_refresh_families_user_id", "refresh_families", ["user_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        _moment("issued_at", "now()"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["family_id"],
            ["refresh_families.family_id"],
            name="fk_refresh_tokens_family_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_refresh_tokens_family_id", "refresh_tokens", ["family_id"])


def downgrade() -> None:
    op.drop_table("refresh_tokens")
    op.drop_table("refresh_families")
    op.drop_table("credit_ledger")
    op.drop_table("users")


def _credits(name: str) -> sa.Column:
    return sa.Column(
        name, sa.Numeric(10, 2), server_default=sa.text("0"), nullable=False
    )


def _moment(name: str, default: str) -> sa.Column:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text(default),
        nullable=False,
    )
