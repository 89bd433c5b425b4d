"""Alerts: what a rule on a measure found, and when it was over."""

from __future__ import annotations

import sqlalchemy as sql
from alembic import op

from qa_review.keep.migrations.kept import kept

revision = "0002"
down_revision = "0001"

TABLE, KEY = "alerts", ("alert_id", "number")


def upgrade() -> None:
    """From the first schema."""
    texts = [sql.Column(name, sql.Text, nullable=False) for name in ("rule", "state", "at", "body")]
    op.create_table(
        TABLE,
        sql.Column("alert_id", sql.Text, primary_key=True, autoincrement=False),
        sql.Column("number", sql.BigInteger, primary_key=True, autoincrement=False),
        *texts,
    )
    for statement in kept(TABLE, KEY, op.get_bind().dialect.name == "postgresql"):
        op.execute(statement)
