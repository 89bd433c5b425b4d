"""Alerts: what a rule on a measure found, and when it was over."""

from __future__ import annotations

import sqlalchemy as sql
from alembic import op

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
    for statement in _kept(op.get_bind().dialect.name == "postgresql"):
        op.execute(statement)


def _kept(in_postgresql: bool) -> list[str]:
    """Statements that have the database refuse to change or delete rows."""
    if in_postgresql:
        return [
            f"create trigger keep_rows before update or delete or truncate on {TABLE} "
            "for each statement execute function qa_review_keep_rows()",
            f"create trigger alone before insert on {TABLE} "
            "for each statement execute function qa_review_alone()",
        ]
    refused = f"begin select raise(abort, 'rows of {TABLE} are never changed'); end"
    there = " and ".join(f"{name} = new.{name}" for name in KEY)
    return [
        f"create trigger {TABLE}_update before update on {TABLE} {refused}",
        f"create trigger {TABLE}_delete before delete on {TABLE} {refused}",
        f"create trigger {TABLE}_insert before insert on {TABLE} "
        f"when exists (select 1 from {TABLE} where {there}) {refused}",
    ]
