"""Top-ups, what Stripe tells of them, debts, and idempotency keys."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KINDS_BEFORE = "'TOPUP', 'DEDUCT', 'REFUND', 'TOMBSTONE'"
_KINDS = f"{_KINDS_BEFORE}, 'TOPUP_REFUND', 'CHARGEBACK', 'DEBT', 'SETTLEMENT'"


def upgrade() -> None:
    _know_kinds(_KINDS)
    _create_topups()
    _create_stripe_payments()
    _create_stripe_take_backs()
    _create_idempotency_keys()


def downgrade() -> None:
    op.drop_table("idempotency_keys")
    op.drop_table("stripe_take_backs")
    op.drop_table("stripe_payments")
    op.drop_table("topups")
    _know_kinds(_KINDS_BEFORE)


def _know_kinds(kinds: str) -> None:
    name = op.f("ck_credit_ledger_kind_known")
    op.drop_constraint(name, "credit_ledger", type_="check")
    op.create_check_constraint(name, "credit_ledger", f"kind IN ({kinds})")


def _create_topups() -> None:
    op.create_table(
        "topups",
        sa.Column("topup_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()")),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("currency", sa.String(3), server_default="SGD", nullable=False),
        sa.Column("status", sa.String(16), server_default="PENDING", nullable=False),
        sa.Column("payment_intent_id", sa.String(255), nullable=True),
        _created_at(),
        sa.PrimaryKeyConstraint("topup_id", name="pk_topups"),
        sa.CheckConstraint(
            "status IN ('PENDING', 'SUCCEEDED', 'FAILED')",
            name=op.f("ck_topups_status_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_topups_amount_positive")),
        sa.CheckConstraint(
            "currency = 'SGD'", name=op.f("ck_topups_currency_of_the_platform")
        ),
    )
    op.create_index(
        "uq_topups_payment_intent_id", "topups", ["payment_intent_id"], unique=True
    )
    op.create_index("ix_topups_user_id", "topups", ["user_id", "created_at"])


def _create_stripe_payments() -> None:
    op.create_table(
        "stripe_payments",
        sa.Column("payment_intent_id", sa.String(255), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("topup_id", sa.Uuid(), nullable=True),
        sa.Column("received", sa.Numeric(10, 2), nullable=True),
        _no("credited"),
        sa.Column("problem", sa.String(16), nullable=True),
        _created_at(),
        sa.PrimaryKeyConstraint("payment_intent_id", name="pk_stripe_payments"),
        sa.CheckConstraint(
            "received > 0", name=op.f("ck_stripe_payments_received_positive")
        ),
        sa.CheckConstraint(
            "NOT credited OR (received IS NOT NULL AND user_id IS NOT NULL)",
            name=op.f("ck_stripe_payments_credited_what_to_whom"),
        ),
        sa.CheckConstraint(
            "problem IN ('WRONG_CURRENCY', 'BAD_AMOUNT', 'UNKNOWN_USER')",
            name=op.f("ck_stripe_payments_problem_known"),
        ),
        sa.CheckConstraint(
            "NOT credited OR problem IS NULL",
            name=op.f("ck_stripe_payments_problem_or_credited"),
        ),
    )


def _create_stripe_take_backs() -> None:
    op.create_table(
        "stripe_take_backs",
        sa.Column("source_id", sa.String(255), nullable=False),
        sa.Column("payment_intent_id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        sa.Column(
            "taken", sa.Numeric(10, 2), server_default=sa.text("0"), nullable=False
        ),
        _no("handled"),
        sa.PrimaryKeyConstraint("source_id", name="pk_stripe_take_backs"),
        sa.ForeignKeyConstraint(
            ["payment_intent_id"],
            ["stripe_payments.payment_intent_id"],
            name="fk_stripe_take_backs_payment_intent_id",
        ),
        sa.CheckConstraint(
            "kind IN ('REFUND', 'DISPUTE')",
            name=op.f("ck_stripe_take_backs_kind_known"),
        ),
        sa.CheckConstraint(
            "0 <= taken AND taken <= amount AND amount > 0",
            name=op.f("ck_stripe_take_backs_taken_within_amount"),
        ),
    )
    op.create_index(
        "ix_stripe_take_backs_payment_intent_id",
        "stripe_take_backs",
        ["payment_intent_id"],
    )


def _create_idempotency_keys() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("claimed_until", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("caller", "route", "key", name="pk_idempotency_keys"),
    )
    op.create_index(
        "ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"]
    )


def _created_at() -> sa.Column:
    return sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("now()"),
        nullable=False,
    )


def _no(name: str) -> sa.Column:
    return sa.Column(
        name, sa.Boolean(), server_default=sa.text("false"), nullable=False
    )
