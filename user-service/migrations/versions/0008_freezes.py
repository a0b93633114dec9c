"""Credits that a dispute sets aside."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_CHECKS = {
    "state_known": "state IN ('FROZEN', 'RELEASED', 'TAKEN')",
    "frozen_within_asked": "0 <= frozen AND frozen <= coalesce(asked, 0)",
    "held_within_frozen": "0 <= held AND 0 <= taken AND held + taken <= frozen",
    "only_frozen_holds": "held = 0 OR state = 'FROZEN'",
    "taken_by_somebody": "state <> 'TAKEN' OR taken_by IS NOT NULL",
    "released_says_what": "(state = 'RELEASED') = (unfrozen IS NOT NULL)",
}


def upgrade() -> None:
    money, zero = sa.Numeric(10, 2), sa.text("0")
    op.create_table(
        "credit_freezes",
        sa.Column("operation_key", sa.String(255, collation="C"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), server_default="FROZEN", nullable=False),
        sa.Column("asked", money, nullable=True),
        sa.Column("frozen", money, server_default=zero, nullable=False),
        sa.Column("held", money, server_default=zero, nullable=False),
        sa.Column("taken", money, server_default=zero, nullable=False),
        sa.Column("taken_by", sa.String(255, collation="C"), nullable=True),
        sa.Column("unfrozen", money, nullable=True),
        sa.Column("balance_when_frozen", money, nullable=True),
        sa.Column("frozen_when_frozen", money, nullable=True),
        sa.Column("balance_when_released", money, nullable=True),
        sa.Column("frozen_when_released", money, nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("operation_key", name="pk_credit_freezes"),
        *(
            sa.CheckConstraint(check, name=op.f(f"ck_credit_freezes_{name}"))
            for name, check in _CHECKS.items()
        ),
    )
    op.create_index(
        "uq_credit_freezes_taken_by",
        "credit_freezes",
        ["taken_by"],
        unique=True,
        postgresql_where=sa.text("taken_by IS NOT NULL"),
    )
    op.create_index("ix_credit_freezes_user_id", "credit_freezes", ["user_id"])


def downgrade() -> None:
    op.drop_table("credit_freezes")
