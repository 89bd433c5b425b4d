"""The first schema: rows that are added and never changed.

Every table refuses changes and deletions in the database itself. Views run with the rights of
whoever asks (``security_invoker``), so that they show no row that the asker may not see.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sql
from alembic import op

from qa_review.keep.migrations.kept import kept

revision = "0001"
down_revision = None

TABLES = {
    "calls": (
        ("call_id", "number"),
        "call_id:text number:number at:text body:text",
    ),
    "transcripts": (
        ("call_id", "digest"),
        "call_id:text digest:text number:number at:text body:text",
    ),
    "rubrics": (
        ("rubric_id", "version"),
        "rubric_id:text version:text digest:text by:text at:text text:text",
    ),
    "reviews": (
        ("call_id", "rubric_id", "reviewer", "number"),
        "call_id:text rubric_id:text reviewer:text number:number kind:text "
        "rubric_version:text rubric_digest:text scored_by:text transcript:text state:text "
        "by:text at:text why:text body:text",
    ),
    "notes": (
        ("call_id", "number"),
        "call_id:text number:number turn:number by:text at:text text:text",
    ),
    "sessions": (
        ("session_id",),
        "session_id:text name:text lead:text seal:text rubric_id:text rubric_version:text "
        "rubric_digest:text automatic:flag deadline:text chosen:text by:text at:text",
    ),
    "session_calls": (
        ("session_id", "call_id"),
        "session_id:text call_id:text number:number transcript:text",
    ),
    "seats": (
        ("session_id", "rater"),
        "session_id:text rater:text",
    ),
    "joins": (
        ("session_id", "rater"),
        "session_id:text rater:text key:text at:text",
    ),
    "commitments": (
        ("session_id", "rater", "call_id", "number"),
        "session_id:text rater:text call_id:text number:number digest:text signature:text at:text",
    ),
    "ballots": (
        ("session_id", "rater", "call_id", "number"),
        "session_id:text rater:text call_id:text number:number sealed:blob own:blob",
    ),
    "reveals": (
        ("session_id",),
        "session_id:text key:text ballots:text by:text at:text",
    ),
    "call_offs": (
        ("session_id",),
        "session_id:text reason:text by:text at:text",
    ),
    "remarks": (
        ("session_id", "number"),
        "session_id:text number:number call_id:text behaviour:text by:text at:text text:text",
    ),
    "votes": (
        ("session_id", "rater", "call_id", "behaviour", "number"),
        "session_id:text rater:text call_id:text behaviour:text number:number "
        "level:number? why_none:text reason:text at:text",
    ),
    "masters": (
        ("session_id", "call_id", "behaviour", "number"),
        "session_id:text call_id:text behaviour:text number:number level:number? "
        "why_none:text reason:text by:text at:text",
    ),
    "outcomes": (
        ("session_id", "number"),
        "session_id:text number:number call_id:text behaviour:text kind:text about:text "
        "text:text version:text by:text at:text",
    ),
    "disputes": (
        ("dispute_id",),
        "dispute_id:text call_id:text rubric_id:text reviewer:text number:number "
        "behaviour:text given:number? agent:text reason:text quotes:text at:text",
    ),
    "rulings": (
        ("dispute_id",),
        "dispute_id:text outcome:text level:number? why_none:text reason:text by:text at:text",
    ),
    "audit": (
        ("number",),
        "number:number at:text by:text what:text subject:text detail:text before:text digest:text",
    ),
}
"""table to its key and its columns; ``?`` marks those that may be empty"""
TYPES: dict[str, Any] = {
    "text": sql.Text,
    "number": sql.BigInteger,
    "flag": sql.Boolean,
    "blob": sql.LargeBinary,
}
VIEWS = {
    "latest_reviews": """
        select * from reviews r where number = (
            select max(number) from reviews o where o.call_id = r.call_id
            and o.rubric_id = r.rubric_id and o.reviewer = r.reviewer)
    """,
    "latest_masters": """
        select * from masters m where number = (
            select max(number) from masters o where o.session_id = m.session_id
            and o.call_id = m.call_id and o.behaviour = m.behaviour)
    """,
    "progress": """
        select s.session_id, s.rater, count(distinct c.call_id) as calls_done
        from seats s left join commitments c
        on c.session_id = s.session_id and c.rater = s.rater
        group by s.session_id, s.rater
    """,
}


LOCK = 5_391_724_008
"""the advisory lock of those who write"""
FUNCTIONS = (
    """
    create function qa_review_keep_rows() returns trigger language plpgsql as $$
    begin raise exception 'rows of % are never changed', tg_table_name; end $$
    """,
    # a rater who holds a transaction open can't be overtaken by the reveal
    f"""
    create function qa_review_alone() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock({LOCK}); return null; end $$
    """,
    # whether a row was written before this transaction, or by one that has ended: what may still
    # be rolled back opens nothing. Row versions have 32 bits of a transaction's 64.
    """
    create function qa_review_committed(writer xid) returns boolean language sql stable as $$
    select case when mine is null or apart < 0 then true
        else pg_xact_status((mine + apart)::text::xid8) is distinct from 'in progress' end
    from (select mine, (writer::text::bigint - mine % 4294967296 + 6442450944)
            % 4294967296 - 2147483648 as apart
        from (select pg_current_xact_id_if_assigned()::text::bigint as mine) as a) as b $$
    """,
)


def upgrade() -> None:
    """From nothing."""
    for name, (key, columns) in TABLES.items():
        op.create_table(name, *[_column(text, key) for text in columns.split()])
    in_postgresql = op.get_bind().dialect.name == "postgresql"
    if in_postgresql:
        for function in FUNCTIONS:
            op.execute(function)
    for name in TABLES:
        for statement in kept(name, TABLES[name][0], in_postgresql):
            op.execute(statement)
    rights = "with (security_invoker = true)" if in_postgresql else ""
    for name, query in VIEWS.items():
        op.execute(f"create view {name} {rights} as {query}")


def _column(text: str, key: tuple[str, ...]) -> sql.Column[Any]:
    name, _, kind = text.partition(":")
    return sql.Column(
        name,
        TYPES[kind.rstrip("?")](),
        nullable=kind.endswith("?"),
        primary_key=name in key,
        autoincrement=False,
    )
