"""Orders and the seats they cover."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MONEY = sa.Numeric(10, 2)
MOMENT = sa.TIMESTAMP(timezone=True)
STATUSES = ("PENDING", "CONFIRMED", "FAILED", "REFUNDED")


def upgrade() -> None:
    _create_orders()
    _create_order_items()


def downgrade() -> None:
    op.drop_table("order_items")
    op.drop_table("orders")
    op.execute("DROP TYPE order_status")


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("seat_id", sa.Uuid),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("hold_id", sa.Uuid, nullable=False),
        sa.Column(
            "status",
            sa.Enum(*STATUSES, name="order_status"),
            server_default="PENDING",
            nullable=False,
        ),
        sa.Column("total", MONEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column(
            "credits_charged", MONEY, server_default=sa.text("0"), nullable=False
        ),
        sa.Column("saga_id", sa.Uuid),
        sa.Column("failure_reason", sa.Text),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_orders")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_orders_total_not_negative")),
        sa.CheckConstraint(
            "currency ~ '^[A-Z]{3}$'", name=op.f("ck_orders_currency_is_a_code")
        ),
        sa.CheckConstraint(
            "num_nonnulls(confirmed_at, saga_id) ="
            " CASE WHEN status IN ('CONFIRMED', 'REFUNDED') THEN 2 ELSE 0 END",
            name=op.f("ck_orders_confirmed_by_a_saga"),
        ),
        sa.CheckConstraint(
            "credits_charged ="
            " CASE WHEN status IN ('CONFIRMED', 'REFUNDED') THEN total ELSE 0 END",
            name=op.f("ck_orders_charged_when_confirmed"),
        ),
        sa.CheckConstraint(
            "(status = 'FAILED') = (failure_reason IS NOT NULL)",
            name=op.f("ck_orders_failed_for_a_reason"),
        ),
    )
    op.create_index(
        "ix_orders_user_id_created_at", "orders", ["user_id", "created_at", "order_id"]
    )
    op.create_index(
        "ix_orders_event_id_confirmed_at",
        "orders",
        ["event_id", "confirmed_at"],
        postgresql_where=sa.text("status = 'CONFIRMED'"),
    )


def _create_order_items() -> None:
    op.create_table(
        "order_items",
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("seat_id", sa.Uuid, nullable=False),
        sa.Column("row_number", sa.String(4), nullable=False),
        sa.Column("seat_number", sa.Integer, nullable=False),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("price", MONEY, nullable=False),
        sa.Column("live", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "seat_id", name=op.f("pk_order_items")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.order_id"], name=op.f("fk_order_items_order_id")
        ),
        sa.CheckConstraint(
            "price >= 0", name=op.f("ck_order_items_price_not_negative")
        ),
    )
    op.create_index("ix_order_items_seat_id", "order_items", ["seat_id"])
    op.create_index(
        "uq_order_items_live_seat",
        "order_items",
        ["seat_id"],
        unique=True,
        postgresql_where=sa.text("live"),
    )
