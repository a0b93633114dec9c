"""How many messages a person has to look at, as the worker counted them last."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "parked_messages",
        sa.Column("queue", sa.Text(), primary_key=True),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column(
            "counted_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
        sa.CheckConstraint("messages >= 0", name="messages_not_negative"),
    )
    # Good for two minutes: until then the worker has to have counted.
    op.execute(
        "INSERT INTO parked_messages (queue, messages)"
        " VALUES ('seat.release.parking', 0)"
    )


def downgrade() -> None:
    op.drop_table("parked_messages")
