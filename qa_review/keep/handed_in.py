"""What people handed in, as it stands now: the newest revision of each review."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from qa_review.base.frames import frame
from qa_review.keep.revisions import Revision, revision_of
from qa_review.keep.rows import ReviewRow
from qa_review.keep.store import Reader

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "call": "string",
    "rubric": "string",
    "version": "string",
    "reviewer": "string",
    "revision": "Int64",
    "at": "string",
    "behaviour": "string",
    "level": "Int64",
    "why_none": "string",
    "reason": "string",
}


def handed_in(reader: Reader, *, reviewer: str = "", rubric_id: str = "") -> tuple[Revision, ...]:
    """The newest revision of each review that a person handed in, by call, rubric and reviewer.

    Args:
        reviewer: whose; everybody's by default.
        rubric_id: on which rubric, in whatever version of it; on every one by default.
    """
    chosen = {"reviewer": reviewer, "rubric_id": rubric_id}
    where = {"kind": "person", "state": "submitted"} | {k: v for k, v in chosen.items() if v}
    newest = {
        (row.call_id, row.rubric_id, row.reviewer): row for row in reader.find(ReviewRow, **where)
    }  # rows are sorted by number: the last stays
    return tuple(map(revision_of, newest.values()))


def handed_in_frame(revisions: Iterable[Revision]) -> pd.DataFrame:
    """One row a call and behaviour; the columns are ``COLUMNS``."""
    rows = (
        (
            one.call_id, one.rubric.id, one.rubric.version, one.reviewer, one.number, one.at,
            score.behaviour, score.level, score.why_none, score.reason,
        )
        for one in revisions
        for score in one.scores
    )  # fmt: skip
    return frame(COLUMNS, rows)
