"""What a transfer of a ticket goes through, and the orders that it writes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
TASKS = ("SWAP", "FREEZE", "UNFREEZE", "REVERSE", "CODES")
OPEN = "status IN ('INITIATED', 'PENDING_OTP')"
CHECKS = {
    "currency_is_a_code": "currency ~ '^[A-Z]{3}$'",
    "begun_by_a_party": "initiated_by IN (seller_user_id, buyer_user_id)",
    "consents_need_codes": (
        "status <> 'INITIATED' OR NOT (seller_otp_verified OR buyer_otp_verified)"
    ),
    "swap_owed_when_agreed": (
        "(unsettled IS NOT DISTINCT FROM 'SWAP')"
        " = (status = 'PENDING_OTP' AND seller_otp_verified AND buyer_otp_verified)"
    ),
    "task_fits_status": (
        "CASE unsettled WHEN 'FREEZE' THEN status = 'DISPUTED'"
        " WHEN 'REVERSE' THEN status = 'DISPUTED'"
        " WHEN 'UNFREEZE' THEN status = 'COMPLETED'"
        " WHEN 'CODES' THEN status = 'FAILED' ELSE true END"
    ),
    "unsettled_since_a_time": "num_nonnulls(unsettled, unsettled_since) <> 1",
    "failed_for_a_reason": "(status = 'FAILED') = (failure_reason IS NOT NULL)",
    "ended_at_a_time": "(status IN ('FAILED', 'REVERSED')) = (ended_at IS NOT NULL)",
    "completed_with_orders": (
        "num_nonnulls(completed_at, completed_version, saga_id, sold_order_id,"
        " bought_order_id) IN (0, 5)"
    ),
    "disputes_are_complete": (
        "num_nonnulls(dispute_reason, disputed_by, disputed_at)"
        " = CASE WHEN dispute_no > 0 THEN 3 ELSE 0 END"
    ),
    "disputed_once_completed": "dispute_no = 0 OR completed_at IS NOT NULL",
    "disputed_by_a_dispute": "status NOT IN ('DISPUTED', 'REVERSED') OR dispute_no > 0",
    "reversal_needs_a_dispute": "reversal_no = 0 OR dispute_no > 0",
    "reversed_by_a_saga": (
        "num_nonnulls(reversal_saga_id, reversed_version)"
        " = CASE WHEN status = 'REVERSED' THEN 2 ELSE 0 END"
    ),
}


def upgrade() -> None:
    _widen_transfers()
    _add_transfers_to_orders()
    _create_outbox()


def downgrade() -> None:
    # Orders of transfers cannot stand without their columns.
    op.drop_table("transfer_outbox")
    op.drop_constraint("fk_transfers_bought_order_id", "transfers")
    op.drop_constraint("fk_transfers_sold_order_id", "transfers")
    op.execute(
        "DELETE FROM order_items WHERE order_id IN"
        " (SELECT order_id FROM orders WHERE transfer_id IS NOT NULL)"
    )
    op.execute("DELETE FROM orders WHERE transfer_id IS NOT NULL")
    op.drop_column("orders", "transfer_id")
    op.alter_column("orders", "hold_id", nullable=False)
    op.execute("DELETE FROM transfers")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_transfers_{name}"), "transfers")
    for index in (
        "uq_transfers_sold_item",
        "ix_transfers_disputed_seat",
        "ix_transfers_due",
        "ix_transfers_unsettled_since",
        "ix_transfers_initiated_by",
    ):
        op.drop_index(index, "transfers")
    for column in _new_columns():
        op.drop_column("transfers", column.name)
    op.create_check_constraint(
        op.f("ck_transfers_disputed_for_a_reason"),
        "transfers",
        "status <> 'DISPUTED' OR dispute_reason IS NOT NULL",
    )
    op.execute("DROP TYPE transfer_task")


def _new_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("initiated_by", sa.Uuid, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("completed_version", sa.Integer),
        sa.Column("saga_id", sa.Uuid),
        sa.Column("sold_order_id", sa.Uuid),
        sa.Column("bought_order_id", sa.Uuid),
        sa.Column("failure_reason", sa.Text),
        sa.Column("disputed_by", sa.Uuid),
        sa.Column("disputed_at", MOMENT),
        sa.Column(
            "dispute_no", sa.Integer, server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "reversal_no", sa.Integer, server_default=sa.text("0"), nullable=False
        ),
        sa.Column("reversal_saga_id", sa.Uuid),
        sa.Column("reversed_version", sa.Integer),
        sa.Column("unsettled", sa.Enum(*TASKS, name="transfer_task")),
        sa.Column("unsettled_since", MOMENT),
        sa.Column("ended_at", MOMENT),
    ]


def _widen_transfers() -> None:
    # Nothing has written a transfer before this revision, so no column needs a filling.
    sa.Enum(*TASKS, name="transfer_task").create(op.get_bind())
    for column in _new_columns():
        op.add_column("transfers", column)
    op.drop_constraint(op.f("ck_transfers_disputed_for_a_reason"), "transfers")
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_transfers_{name}"), "transfers", condition)
    op.create_index(
        "ix_transfers_initiated_by", "transfers", ["initiated_by", "created_at"]
    )
    op.create_index(
        "ix_transfers_unsettled_since",
        "transfers",
        ["unsettled_since", "transfer_id"],
        postgresql_where=sa.text("unsettled IS NOT NULL"),
    )
    op.create_index(
        "ix_transfers_due",
        "transfers",
        ["expires_at"],
        postgresql_where=sa.text(f"{OPEN} AND unsettled IS NULL"),
    )
    op.create_index(
        "ix_transfers_disputed_seat",
        "transfers",
        ["seat_id"],
        postgresql_where=sa.text("status = 'DISPUTED'"),
    )
    op.create_index(
        "uq_transfers_sold_item",
        "transfers",
        ["sold_order_id", "seat_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('COMPLETED', 'DISPUTED')"),
    )


def _add_transfers_to_orders() -> None:
    op.alter_column("orders", "hold_id", nullable=True)
    op.add_column("orders", sa.Column("transfer_id", sa.Uuid))
    op.create_foreign_key(
        "fk_orders_transfer_id",
        "orders",
        "transfers",
        ["transfer_id"],
        ["transfer_id"],
    )
    op.create_check_constraint(
        op.f("ck_orders_by_hold_or_transfer"),
        "orders",
        "num_nonnulls(hold_id, transfer_id) = 1",
    )
    op.create_index(
        "uq_orders_transfer_id",
        "orders",
        ["transfer_id"],
        unique=True,
        postgresql_where=sa.text("transfer_id IS NOT NULL"),
    )
    for column in ("sold_order_id", "bought_order_id"):
        op.create_foreign_key(
            f"fk_transfers_{column}", "transfers", "orders", [column], ["order_id"]
        )


def _create_outbox() -> None:
    op.create_table(
        "transfer_outbox",
        sa.Column("id", sa.BigInteger, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column(
            "next_attempt_at", MOMENT, server_default=sa.func.now(), nullable=False
        ),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_outbox")),
        sa.CheckConstraint(
            "topic = 'transfer.offer'", name=op.f("ck_transfer_outbox_known_topic")
        ),
    )
