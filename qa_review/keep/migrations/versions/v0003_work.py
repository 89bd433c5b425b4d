"""The ledger: which stage of the work on a call is done, and what it was made from."""

from __future__ import annotations

import sqlalchemy as sql
from alembic import op

from qa_review.keep.migrations.kept import kept

revision = "0003"
down_revision = "0002"

TABLE, KEY = "work", ("call_id", "stage", "number")
TEXTS = "key sound stamp version rubric weights state result at"


def upgrade() -> None:
    """From the schema with alerts."""
    texts = [sql.Column(name, sql.Text, nullable=False) for name in TEXTS.split()]
    op.create_table(
        TABLE,
        sql.Column("call_id", sql.Text, primary_key=True, autoincrement=False),
        sql.Column("stage", sql.Text, primary_key=True, autoincrement=False),
        sql.Column("number", sql.BigInteger, primary_key=True, autoincrement=False),
        *texts,
    )
    for statement in kept(TABLE, KEY, op.get_bind().dialect.name == "postgresql"):
        op.execute(statement)
