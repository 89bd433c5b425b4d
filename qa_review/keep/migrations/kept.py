"""Statements that have the database itself refuse to change or delete rows."""

from __future__ import annotations

from collections.abc import Sequence


def kept(table: str, key: Sequence[str], in_postgresql: bool) -> list[str]:
    """The triggers of a table whose rows are added and never changed."""
    if in_postgresql:
        return [
            f"create trigger keep_rows before update or delete or truncate on {table} "
            "for each statement execute function qa_review_keep_rows()",
            f"create trigger alone before insert on {table} "
            "for each statement execute function qa_review_alone()",
        ]
    refused = f"begin select raise(abort, 'rows of {table} are never changed'); end"
    there = " and ".join(f"{name} = new.{name}" for name in key)
    return [
        # "insert or replace" deletes without the trigger for that
        f"create trigger {table}_update before update on {table} {refused}",
        f"create trigger {table}_delete before delete on {table} {refused}",
        f"create trigger {table}_insert before insert on {table} "
        f"when exists (select 1 from {table} where {there}) {refused}",
    ]
