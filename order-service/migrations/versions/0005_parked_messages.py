"""How many messages a person has to look at, as the worker counted them last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parked_messages",
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column(
            "counted_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("queue", name=op.f("pk_parked_messages")),
        sa.CheckConstraint(
            "messages >= 0", name=op.f("ck_parked_messages_messages_not_negative")
        ),
    )
    # Good for two minutes: until then the worker has to have counted.
    op.execute(
        "INSERT INTO parked_messages (queue, messages)"
        " VALUES ('transfer.expiry.parking', 0)"
    )


def downgrade() -> None:
    op.drop_table("parked_messages")
