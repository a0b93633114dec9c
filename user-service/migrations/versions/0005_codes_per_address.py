"""One-time codes are limited per client address, too."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "otp_challenges", sa.Column("client_address", sa.String(64), nullable=True)
    )
    op.create_index(
        "ix_otp_challenges_client_address",
        "otp_challenges",
        ["client_address", "created_at"],
    )


def downgrade() -> None:
    op.drop_index("ix_otp_challenges_client_address", table_name="otp_challenges")
    op.drop_column("otp_challenges", "client_address")
