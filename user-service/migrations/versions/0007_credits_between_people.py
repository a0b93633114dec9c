"""Credits between two people; one-time codes that are withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KINDS_BEFORE = (
    "'TOPUP', 'DEDUCT', 'REFUND', 'TOMBSTONE',"
    " 'TOPUP_REFUND', 'CHARGEBACK', 'DEBT', 'SETTLEMENT'"
)
_KINDS = (
    f"{_KINDS_BEFORE}, 'TRANSFER', 'TRANSFER_REVERSAL', 'RETURN', 'RETURN_REVERSAL'"
)
_STATES_BEFORE = "'OPEN', 'VERIFIED', 'FAILED', 'EXPIRED'"
_STATES = f"{_STATES_BEFORE}, 'WITHDRAWN'"


def upgrade() -> None:
    op.alter_column("credit_ledger", "kind", type_=sa.String(32))
    _know("credit_ledger", "kind", _KINDS)
    _know("otp_challenges", "state", _STATES)


def downgrade() -> None:
    _know("otp_challenges", "state", _STATES_BEFORE)
    _know("credit_ledger", "kind", _KINDS_BEFORE)
    op.alter_column("credit_ledger", "kind", type_=sa.String(16))


def _know(table: str, column: str, values: str) -> None:
    name = op.f(f"ck_{table}_{column}_known")
    op.drop_constraint(name, table, type_="check")
    op.create_check_constraint(name, table, f"{column} IN ({values})")
