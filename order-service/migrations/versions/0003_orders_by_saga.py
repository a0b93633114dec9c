"""Orders are found by the saga that confirmed them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_orders_saga_id",
        "orders",
        ["saga_id"],
        postgresql_where=sa.text("saga_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_orders_saga_id", "orders")
