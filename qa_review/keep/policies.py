"""Which rows whom: the row-level security of a store in PostgreSQL, as data.

Deeds that a table has no policy for are refused: nobody changes or deletes a row. The conditions
are evaluated with the rights of whoever asks, so a subquery sees what the asker may see.

What it does not hide: that a ballot was handed in, and when (commitments); how many rows a table
has (``EXPLAIN ANALYZE``, ``pg_class``). What it can not stop: a superuser, and the owner of the
tables, who may turn it off. They meet sealed ballots.
"""

from __future__ import annotations

from collections.abc import Mapping

RATERS, LEADS = "qa_review_raters", "qa_review_leads"
SOFTWARE = "qa_review"


def revealed(table: str) -> str:
    return f"exists (select 1 from reveals x where x.session_id = {table}.session_id)"


def led(table: str) -> str:
    return (
        f"exists (select 1 from sessions x where x.session_id = {table}.session_id "
        "and x.lead = current_user)"
    )


def seated(table: str) -> str:
    return (
        f"exists (select 1 from seats x where x.session_id = {table}.session_id "
        f"and x.rater = {table}.rater)"
    )


def sealed_call(table: str) -> str:
    """The call belongs to a session whose ballots are still sealed."""
    return (
        "exists (select 1 from session_calls x where "
        f"x.call_id = {table}.call_id and not exists "
        "(select 1 from reveals y where y.session_id = x.session_id))"
    )


LEAD = f"pg_has_role(current_user, '{LEADS}', 'member')"
MINE = "rater = current_user"
BY_ME = "by = current_user"
MINE_OR_SOFTWARE = f"({MINE} or (rater = '{SOFTWARE}' and {led('{table}')}))"
ALL = "true"


def _handed_in(table: str) -> str:
    mine = MINE_OR_SOFTWARE.replace("{table}", table)
    return f"{mine} and {seated(table)} and not {revealed(table)}"


POLICIES: Mapping[str, Mapping[str, str]] = {
    "calls": {"select": ALL, "insert": ALL},
    "transcripts": {"select": ALL, "insert": ALL},
    "rubrics": {"select": ALL, "insert": BY_ME},
    "reviews": {
        "select": "reviewer = current_user or "
        f"(state = 'submitted' and not {sealed_call('reviews')})",
        "insert": f"{BY_ME} and not {sealed_call('reviews')}",
    },
    "notes": {
        "select": f"{BY_ME} or not {sealed_call('notes')}",
        "insert": f"{BY_ME} and not {sealed_call('notes')}",
    },
    "sessions": {"select": ALL, "insert": f"{LEAD} and lead = current_user and {BY_ME}"},
    "session_calls": {"select": ALL, "insert": led("session_calls")},
    "seats": {"select": ALL, "insert": led("seats")},
    "joins": {
        "select": ALL,
        "insert": f"{MINE_OR_SOFTWARE.replace('{table}', 'joins')} and {seated('joins')}",
    },
    "commitments": {"select": ALL, "insert": _handed_in("commitments")},
    "ballots": {"select": f"{MINE} or {revealed('ballots')}", "insert": _handed_in("ballots")},
    "reveals": {"select": ALL, "insert": f"{BY_ME} and {led('reveals')}"},
    "remarks": {
        "select": revealed("remarks"),
        "insert": f"{BY_ME} and {revealed('remarks')}",
    },
    "votes": {
        "select": revealed("votes"),
        "insert": f"{MINE} and {seated('votes')} and {revealed('votes')}",
    },
    "masters": {
        "select": revealed("masters"),
        "insert": f"{BY_ME} and {led('masters')} and {revealed('masters')}",
    },
    "outcomes": {
        "select": revealed("outcomes"),
        "insert": f"{BY_ME} and {led('outcomes')} and {revealed('outcomes')}",
    },
    "disputes": {"select": ALL, "insert": ALL},
    "rulings": {"select": ALL, "insert": BY_ME},
    "audit": {"select": ALL, "insert": BY_ME},
}
"""table to deed to the condition under which it is allowed"""
