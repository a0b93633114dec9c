"""The saga log and the idempotency keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_sagas()
    _create_idempotency_keys()


def downgrade() -> None:
    op.drop_table("idempotency_keys")
    op.drop_table("sagas")


def _create_sagas() -> None:
    moment = sa.DateTime(timezone=True)
    now = sa.text("now()")
    op.create_table(
        "sagas",
        sa.Column("saga_id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="RUNNING"),
        sa.Column("stuck_from", sa.Text()),
        sa.Column("data", JSONB(), nullable=False),
        sa.Column("trace", JSONB(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("reason", JSONB()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("epoch", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", moment),
        sa.Column("next_run_at", moment, nullable=False, server_default=now),
        sa.Column("deadline", moment, nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False, server_default="-"),
        sa.Column("created_at", moment, nullable=False, server_default=now),
        sa.Column("finished_at", moment),
        sa.CheckConstraint(
            "state IN ('RUNNING', 'ABORTING', 'DONE', 'FAILED', 'STUCK')",
            name=op.f("ck_sagas_state"),
        ),
        sa.CheckConstraint(
            "(state IN ('DONE', 'FAILED')) = (finished_at IS NOT NULL)",
            name=op.f("ck_sagas_finished_at"),
        ),
    )
    op.create_index(
        "uq_sagas_one_per_subject",
        "sagas",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("state <> 'FAILED'"),
    )
    op.create_index(
        "ix_sagas_due",
        "sagas",
        ["next_run_at"],
        postgresql_where=sa.text("state IN ('RUNNING', 'ABORTING')"),
    )
    op.create_index("ix_sagas_created_at", "sagas", ["created_at"])
    op.create_index("ix_sagas_subject", "sagas", ["subject"])


def _create_idempotency_keys() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), primary_key=True),
        sa.Column("route", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("claimed_until", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("content_type", sa.Text()),
    )
    op.create_index(
        "ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"]
    )
