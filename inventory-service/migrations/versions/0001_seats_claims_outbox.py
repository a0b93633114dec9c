"""Seats, claims, the log of the gate, the outbox and the seat plans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

SEAT_STATUS = postgresql.ENUM(
    "AVAILABLE", "HELD", "SOLD", "CHECKED_IN", name="seat_status", create_type=False
)
CLAIM_KIND = postgresql.ENUM(
    "PURCHASE", "TRANSFER", name="claim_kind", create_type=False
)
CLAIM_STATE = postgresql.ENUM(
    "OPEN", "CONFIRMED", "REVOKED", name="claim_state", create_type=False
)
SCAN_RESULT = postgresql.ENUM(
    "SUCCESS",
    "DUPLICATE",
    "WRONG_HALL",
    "UNPAID",
    "NOT_FOUND",
    "EXPIRED",
    name="scan_result",
    create_type=False,
)
PLAN_STATE = postgresql.ENUM(
    "CREATED", "DISCARDED", name="plan_state", create_type=False
)
ENUMS = (SEAT_STATUS, CLAIM_KIND, CLAIM_STATE, SCAN_RESULT, PLAN_STATE)

TIME = sa.DateTime(timezone=True)
NOW = sa.text("now()")

# The one place that bumps the version of a changed seat: no statement can forget it.
TOUCH_SEAT = """
CREATE FUNCTION touch_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := pg_current_xact_id()::text::bigint;
    NEW.updated_at := now();
    RETURN NEW;
END
$$
"""
TOUCH_TRIGGER = """
CREATE TRIGGER touch_seat BEFORE UPDATE ON seats
FOR EACH ROW EXECUTE FUNCTION touch_seat()
"""


def upgrade() -> None:
    for enum in ENUMS:
        enum.create(op.get_bind())
    _create_seats()
    _create_claims()
    _create_entry_logs()
    _create_outbox()
    op.create_table(
        "seat_plans",
        sa.Column("event_id", sa.Uuid(), primary_key=True),
        sa.Column("state", PLAN_STATE, nullable=False),
        sa.Column("seats_created", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.CheckConstraint("seats_created >= 0", name="seats_created_not_negative"),
    )


def downgrade() -> None:
    for table in ("seat_plans", "outbox", "entry_logs", "seat_claims", "seats"):
        op.drop_table(table)
    op.execute("DROP FUNCTION touch_seat()")
    for enum in ENUMS:
        enum.drop(op.get_bind())


def _create_seats() -> None:
    op.create_table(
        "seats",
        sa.Column("seat_id", sa.Uuid(), primary_key=True),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.String(4), nullable=False),
        sa.Column("seat_number", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("price", sa.Numeric(10, 2), nullable=False),
        sa.Column("status", SEAT_STATUS, nullable=False, server_default="AVAILABLE"),
        sa.Column("owner_user_id", sa.Uuid()),
        sa.Column("held_by_user_id", sa.Uuid()),
        sa.Column("held_until", TIME),
        sa.Column("hold_id", sa.Uuid()),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("claim_id", sa.Uuid()),
        sa.Column("ticket_version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("qr_code_hash", sa.Text()),
        sa.Column("price_paid", sa.Numeric(10, 2)),
        sa.Column(
            "version",
            sa.BigInteger(),
            nullable=False,
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
        ),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.Column("updated_at", TIME, nullable=False, server_default=NOW),
        sa.UniqueConstraint("event_id", "row_number", "seat_number"),
        *(sa.CheckConstraint(rule, name=name) for name, rule in SEAT_RULES.items()),
    )
    op.create_index("ix_seats_event_id_version", "seats", ["event_id", "version"])
    for column, condition in SEAT_INDEXES.items():
        op.create_index(
            f"ix_seats_{column}",
            "seats",
            [column],
            postgresql_where=sa.text(condition),
        )
    # Room in each page for the next version of a row that changes three times.
    op.execute("ALTER TABLE seats SET (fillfactor = 85)")
    op.execute(TOUCH_SEAT)
    op.execute(TOUCH_TRIGGER)


SEAT_RULES = {
    "held_has_holder": "(status = 'HELD') = (held_by_user_id IS NOT NULL)",
    "held_has_end": "(status = 'HELD') = (held_until IS NOT NULL)",
    "taken_has_hold": "(status = 'AVAILABLE') = (hold_id IS NULL)",
    "hold_has_order": "(hold_id IS NULL) = (order_id IS NULL)",
    "sold_has_owner": (
        "(status IN ('SOLD', 'CHECKED_IN')) = (owner_user_id IS NOT NULL)"
    ),
    "sold_has_price": "(status IN ('SOLD', 'CHECKED_IN')) = (price_paid IS NOT NULL)",
    "claim_has_target": "claim_id IS NULL OR status IN ('HELD', 'SOLD')",
    "price_not_negative": "price >= 0",
    "seat_number_positive": "seat_number >= 1",
    "ticket_version_not_negative": "ticket_version >= 0",
}
SEAT_INDEXES = {
    "hold_id": "hold_id IS NOT NULL",
    "claim_id": "claim_id IS NOT NULL",
    "held_until": "status = 'HELD' AND claim_id IS NULL",
    "owner_user_id": "owner_user_id IS NOT NULL",
}


def _create_claims() -> None:
    op.create_table(
        "seat_claims",
        sa.Column("claim_id", sa.Uuid(), primary_key=True),
        sa.Column("kind", CLAIM_KIND, nullable=False),
        sa.Column("hold_id", sa.Uuid()),
        sa.Column("seat_id", sa.Uuid()),
        sa.Column("seat_count", sa.Integer(), nullable=False),
        sa.Column("state", CLAIM_STATE, nullable=False),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.Column("closed_at", TIME),
        sa.CheckConstraint(
            "CASE kind WHEN 'PURCHASE' THEN hold_id IS NOT NULL AND seat_id IS NULL"
            " ELSE seat_id IS NOT NULL AND hold_id IS NULL END",
            name="target_fits_kind",
        ),
        sa.CheckConstraint(
            "seat_count >= 1 OR state = 'REVOKED'", name="claim_covers_seats"
        ),
        sa.CheckConstraint(
            "(state = 'OPEN') = (closed_at IS NULL)", name="closed_has_time"
        ),
    )
    op.create_index(
        "one_sale_per_hold",
        "seat_claims",
        ["hold_id"],
        unique=True,
        postgresql_where=sa.text("state = 'CONFIRMED' AND kind = 'PURCHASE'"),
    )
    op.create_index(
        "ix_seat_claims_created_at",
        "seat_claims",
        ["created_at"],
        postgresql_where=sa.text("state = 'OPEN'"),
    )


def _create_entry_logs() -> None:
    op.create_table(
        "entry_logs",
        sa.Column(
            "log_id",
            sa.Uuid(),
            primary_key=True,
            server_default=sa.text("gen_random_uuid()"),
        ),
        sa.Column(
            "seat_id", sa.Uuid(), sa.ForeignKey("seats.seat_id", ondelete="SET NULL")
        ),
        sa.Column("presented_seat_id", sa.Text(), nullable=False),
        sa.Column("ticket_version", sa.Integer()),
        sa.Column("scanned_at", TIME, nullable=False, server_default=NOW),
        sa.Column("scanned_by_staff_id", sa.Uuid(), nullable=False),
        sa.Column("result", SCAN_RESULT, nullable=False),
        sa.Column("hall_id_presented", sa.String(20)),
        sa.Column("hall_id_expected", sa.String(20)),
        sa.CheckConstraint(
            "result <> 'SUCCESS' OR ticket_version IS NOT NULL",
            name="success_has_ticket_version",
        ),
    )
    op.create_index(
        "one_success_per_ticket",
        "entry_logs",
        ["seat_id", "ticket_version"],
        unique=True,
        postgresql_where=sa.text("result = 'SUCCESS'"),
    )
    op.create_index("ix_entry_logs_seat_id", "entry_logs", ["seat_id"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_attempt_at", TIME, nullable=False, server_default=NOW),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.CheckConstraint(
            "topic IN ('seat.hold', 'hold.released')", name="known_topic"
        ),
    )
    op.create_index("ix_outbox_topic_id", "outbox", ["topic", "id"])
