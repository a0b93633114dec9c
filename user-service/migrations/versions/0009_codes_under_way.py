"""A code that is being sent, and an attempt that is being checked, have their time."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_LEASES = ("sending_until", "checking_until")


def upgrade() -> None:
    for name in _LEASES:
        op.add_column(
            "otp_challenges",
            sa.Column(name, sa.DateTime(timezone=True), nullable=True),
        )


def downgrade() -> None:
    for name in _LEASES:
        op.drop_column("otp_challenges", name)
