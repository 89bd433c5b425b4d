"""Which rows whom: the row-level security of a store in PostgreSQL, as data.

Deeds that a table has no policy for are refused: nobody changes or deletes a row. The conditions
are evaluated with the rights of whoever asks, so a subquery sees what the asker may see.

What it does not hide: that a ballot was handed in, and when (commitments); how many rows a table
has (``EXPLAIN ANALYZE``, ``pg_class``). What it can not stop: a superuser, and the owner of the
tables, who may turn it off. They meet sealed ballots.
"""

from __future__ import annotations

from collections.abc import Mapping

from qa_review.keep.audit import SOFTWARE

RATERS, LEADS = "qa_review_raters", "qa_review_leads"


def revealed(table: str) -> str:
    """The reveal is there for good: one that could still be rolled back opens nothing."""
    return (
        f"exists (select 1 from reveals x where x.session_id = {table}.session_id "
        "and qa_review_committed(x.xmin))"
    )


def led(table: str) -> str:
    return (
        f"exists (select 1 from sessions x where x.session_id = {table}.session_id "
        "and x.lead = current_user)"
    )


def being_called(table: str) -> str:
    """The session is being called in this very transaction, by its lead."""
    return (
        f"exists (select 1 from sessions x where x.session_id = {table}.session_id "
        "and x.lead = current_user and not qa_review_committed(x.xmin))"
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
        "(select 1 from reveals y where y.session_id = x.session_id) and not exists "
        "(select 1 from call_offs y where y.session_id = x.session_id))"
    )


LEAD = f"pg_has_role(current_user, '{LEADS}', 'member')"
MINE = "rater = current_user"
BY_ME = "by = current_user"
ALL = "true"


def _mine_or_software(table: str) -> str:
    """A rater's own row, or the scorer's in a session that one leads."""
    return f"({MINE} or (rater = '{SOFTWARE}' and {led(table)}))"


def _handed_in(table: str) -> str:
    ended = " or ".join(
        f"exists (select 1 from {end} x where x.session_id = {table}.session_id)"
        for end in ("reveals", "call_offs")
    )
    return f"{_mine_or_software(table)} and {seated(table)} and not ({ended})"


RULED_ON = (
    "exists (select 1 from disputes d join rulings u on u.dispute_id = d.dispute_id "
    "where d.call_id = reviews.call_id and d.rubric_id = reviews.rubric_id "
    "and d.reviewer = reviews.reviewer and u.by = current_user and u.outcome = 'changed')"
)
"""who saves this revision decided a dispute about the review"""
OF_THE_SCORER = f"(by = '{SOFTWARE}' and {LEAD})"
CONCERNED = (
    "exists (select 1 from disputes d where d.dispute_id = rulings.dispute_id "
    "and current_user in (d.agent, d.reviewer))"
)


POLICIES: Mapping[str, Mapping[str, str]] = {
    "calls": {"select": ALL, "insert": LEAD},
    "transcripts": {"select": ALL, "insert": LEAD},
    "rubrics": {"select": ALL, "insert": f"{BY_ME} and {LEAD}"},
    "reviews": {
        "select": "reviewer = current_user or "
        f"(state = 'submitted' and not {sealed_call('reviews')})",
        "insert": f"(({BY_ME} and (reviewer = current_user or {RULED_ON})) "
        f"or ({OF_THE_SCORER} and kind = 'automatic')) and not {sealed_call('reviews')}",
    },
    "work": {"select": ALL, "insert": LEAD},
    "notes": {
        "select": f"{BY_ME} or not {sealed_call('notes')}",
        "insert": f"{BY_ME} and not {sealed_call('notes')}",
    },
    "sessions": {"select": ALL, "insert": f"{LEAD} and lead = current_user and {BY_ME}"},
    "session_calls": {"select": ALL, "insert": being_called("session_calls")},
    "seats": {"select": ALL, "insert": being_called("seats")},
    "joins": {
        "select": ALL,
        "insert": f"{_mine_or_software('joins')} and {seated('joins')}",
    },
    "commitments": {"select": ALL, "insert": _handed_in("commitments")},
    "ballots": {"select": f"{MINE} or {revealed('ballots')}", "insert": _handed_in("ballots")},
    "reveals": {"select": ALL, "insert": f"{BY_ME} and {led('reveals')}"},
    "call_offs": {"select": ALL, "insert": f"{BY_ME} and {led('call_offs')}"},
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
    "disputes": {"select": ALL, "insert": f"agent = current_user or {LEAD}"},
    "rulings": {"select": ALL, "insert": f"{BY_ME} and not {CONCERNED}"},
    "alerts": {"select": LEAD, "insert": LEAD},
    "audit": {"select": ALL, "insert": f"{BY_ME} or {OF_THE_SCORER}"},
}
"""table to deed to the condition under which it is allowed"""
