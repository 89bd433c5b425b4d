"""What a session shows, as tidy frames with documented columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from qa_review.base.agreement import Agreement
from qa_review.base.frames import frame
from qa_review.base.raters import Drift, Severity
from qa_review.keep.reviews import Review
from qa_review.meet.compare import Difference, Move, everything, moves
from qa_review.meet.disputes import Dispute
from qa_review.meet.figures import Figure, agreement, severities
from qa_review.meet.opening import Revealed
from qa_review.meet.progress import BeforeAfter

if TYPE_CHECKING:
    import pandas as pd

FIGURE = {
    "value": "Float64",
    "low": "Float64",
    "high": "Float64",
    "n": "Int64",
    "lacking": "Int64",
    "why": "string",
}
"""``lacking`` is how many more calls are needed before the figure says anything"""
BALLOTS = {
    "session": "string",
    "call": "string",
    "behaviour": "string",
    "rater": "string",
    "level": "Int64",
    "why_none": "string",
    "reason": "string",
    "voted": "boolean",
    "then": "Int64",
    "then_reason": "string",
    "width": "Int64",
}
QUOTES = {
    "session": "string",
    "call": "string",
    "behaviour": "string",
    "rater": "string",
    "stance": "string",
    "turn": "Int64",
    "quote": "string",
    "start_ms": "Int64",
    "end_ms": "Int64",
}
AGREEMENT = {
    "session": "string",
    "of": "string",
    "figure": "string",
    "when": "string",
    "among": "string",
    **FIGURE,
}
SEVERITY = {
    "session": "string",
    "rater": "string",
    "against": "string",
    **FIGURE,
    "spread": "Float64",
    "absent_share": "Float64",
    "calls": "Int64",
}
MOVES = {
    "session": "string",
    "call": "string",
    "behaviour": "string",
    "rater": "string",
    "before": "Int64",
    "after": "Int64",
    "towards": "string",
    "reason": "string",
}
DECISIONS = {
    "session": "string",
    "call": "string",
    "behaviour": "string",
    "level": "Int64",
    "why_none": "string",
    "reason": "string",
    "by": "string",
    "at": "string",
    "number": "Int64",
}
REMARKS = {
    "session": "string",
    "call": "string",
    "behaviour": "string",
    "by": "string",
    "at": "string",
    "text": "string",
}
NOTES = {
    "session": "string",
    "call": "string",
    "rater": "string",
    "turn": "Int64",
    "text": "string",
}
MASTERS = {
    "call": "string",
    "agent": "string",
    "behaviour": "string",
    "level": "Int64",
    "why_none": "string",
    "reason": "string",
}
OUTCOMES = {
    "session": "string",
    "call": "string",
    "behaviour": "string",
    "kind": "string",
    "about": "string",
    "text": "string",
    "version": "string",
    "by": "string",
    "at": "string",
}
DRIFT = {"rater": "string", "against": "string", "session": "string", **FIGURE}
BEFORE_AFTER = {
    "behaviour": "string",
    "kind": "string",
    "about": "string",
    "version": "string",
    "figure": "string",
    "before_session": "string",
    "before": "Float64",
    "before_low": "Float64",
    "before_high": "Float64",
    "before_n": "Int64",
    "after_session": "string",
    "after": "Float64",
    "after_low": "Float64",
    "after_high": "Float64",
    "after_n": "Int64",
}
DISPUTES = {
    "dispute": "string",
    "call": "string",
    "rubric": "string",
    "behaviour": "string",
    "reviewer": "string",
    "agent": "string",
    "opened_at": "string",
    "given": "Int64",
    "reason": "string",
    "outcome": "string",
    "level": "Int64",
    "ruling": "string",
    "ruled_by": "string",
    "ruled_at": "string",
}


def ballots_frame(session: Revealed) -> pd.DataFrame:
    """One row a call, behaviour and rater, widest difference first.

    ``then`` is the level after the discussion, missing where the rater did not vote again or
    gave N/A; ``width`` is the difference that the row belongs to.
    """
    return frame(BALLOTS, _positions(session, everything(session)))


def quotes_frame(session: Revealed) -> pd.DataFrame:
    """One row a quote that a rater attached; turns count from 0, times are in milliseconds."""
    rows = (
        (session.session.id, one.call_id, one.behaviour, position.rater, stance, quote.turn,
         quote.text, quote.span.start_ms if quote.span else None,
         quote.span.end_ms if quote.span else None)
        for one in everything(session)
        for position in one.positions
        for stance, quote in position.quotes
    )  # fmt: skip
    return frame(QUOTES, rows)


def agreement_frame(session: Revealed) -> pd.DataFrame:
    """One row a figure: of what, its name, from which votes, value, interval, n.

    ``why`` says why a value is missing; ``among`` is "people", or "people and scorer" where the
    scorer took part and is counted as a rater.
    """
    found = list(agreement(session))
    if session.session.automatic:
        found += agreement(session, software=True)
    return frame(AGREEMENT, (_figure_row(session, one) for one in found))


def severity_frame(session: Revealed) -> pd.DataFrame:
    """One row a rater and what they are compared with: mean difference in levels, interval, n.

    ``spread`` is the SD of the differences, ``absent_share`` the share of N/A in [0, 1].
    """
    rows = (_severity_row(session, one) for one in severities(session))
    return frame(SEVERITY, rows)


def moves_frame(session: Revealed) -> pd.DataFrame:
    """One row a level that a rater changed after the discussion; ``towards`` names raters."""
    rows = (_move_row(session, one) for one in moves(session))
    return frame(MOVES, rows)


def decisions_frame(session: Revealed) -> pd.DataFrame:
    """One row a decision; the highest ``number`` of a call and behaviour holds."""
    rows = (
        (one.session_id, one.call_id, one.behaviour, one.level, one.why_none or None, one.reason,
         one.by, one.at, one.number)
        for one in session.masters
    )  # fmt: skip
    return frame(DECISIONS, rows)


def remarks_frame(session: Revealed) -> pd.DataFrame:
    """One row a remark of the discussion; ``behaviour`` is missing where it is of the call."""
    rows = (
        (one.session_id, one.call_id, one.behaviour or None, one.by, one.at, one.text)
        for one in session.remarks
    )
    return frame(REMARKS, rows)


def notes_frame(session: Revealed) -> pd.DataFrame:
    """One row a comment on a turn that a rater put into a ballot; turns count from 0."""
    rows = (
        (ballot.session_id, ballot.call_id, ballot.rater, note.turn, note.text)
        for ballot in session.ballots
        for note in ballot.notes
    )
    return frame(NOTES, rows)


def masters_frame(reviews: Sequence[Review]) -> pd.DataFrame:
    """One row a master score, from what :func:`qa_review.meet.masters.masters_of` gives."""
    rows = (
        (
            review.call.id,
            review.call.agent,
            score.behaviour,
            score.level,
            score.why_none,
            score.reason,
        )
        for review in reviews
        for score in review.scores
    )
    return frame(MASTERS, rows)


def outcomes_frame(session: Revealed) -> pd.DataFrame:
    """One row for what a disagreement led to: an anchor, an indicator dropped, a note."""
    rows = (
        (one.session_id, one.call_id or None, one.behaviour or None, one.kind, one.about,
         one.text, one.version or None, one.by, one.at)
        for one in session.outcomes
    )  # fmt: skip
    return frame(OUTCOMES, rows)


def drift_frame(found: Sequence[Drift]) -> pd.DataFrame:
    """One row a rater and session: severity with interval and n."""
    rows = ((one.rater, one.against, one.session, *_values(one.mean)) for one in found)
    return frame(DRIFT, rows)


def before_after_frame(found: Sequence[BeforeAfter]) -> pd.DataFrame:
    """One row a change of the rubric: agreement before it and after it."""
    rows = (
        (one.outcome.behaviour, one.outcome.kind, one.outcome.about, one.outcome.version,
         one.name, one.before_session, *_values(one.before)[:4], one.after_session,
         *_values(one.after)[:4])
        for one in found
    )  # fmt: skip
    return frame(BEFORE_AFTER, rows)


def disputes_frame(found: Sequence[Dispute]) -> pd.DataFrame:
    """One row a dispute; ``outcome`` is open, stands or changed."""
    rows = (
        (one.id, one.call_id, one.rubric_id, one.behaviour, one.reviewer, one.agent, one.at,
         one.given, one.reason, one.outcome, one.level, one.ruling or None, one.ruled_by or None,
         one.ruled_at or None)
        for one in found
    )  # fmt: skip
    return frame(DISPUTES, rows)


def session_frames(session: Revealed) -> dict[str, pd.DataFrame]:
    """Every frame of a session by its name."""
    return {
        "ballots": ballots_frame(session),
        "quotes": quotes_frame(session),
        "agreement": agreement_frame(session),
        "severity": severity_frame(session),
        "notes": notes_frame(session),
        "moves": moves_frame(session),
        "remarks": remarks_frame(session),
        "decisions": decisions_frame(session),
        "outcomes": outcomes_frame(session),
    }


def _positions(session: Revealed, found: Iterable[Difference]) -> Iterable[tuple[Any, ...]]:
    for one in found:
        for position in one.positions:
            yield (
                session.session.id, one.call_id, one.behaviour, position.rater, position.level,
                position.why_none or None, position.reason, position.voted, position.then,
                position.then_reason or None, one.width,
            )  # fmt: skip


def _values(one: Agreement) -> tuple[Any, ...]:
    low, high = one.interval or (None, None)
    return one.value, low, high, one.n, one.lacking, one.why_none


def _figure_row(session: Revealed, one: Figure) -> tuple[Any, ...]:
    return session.session.id, one.of, one.name, one.when, one.among, *_values(one.agreement)


def _severity_row(session: Revealed, one: Severity) -> tuple[Any, ...]:
    return (
        session.session.id, one.rater, one.against, *_values(one.mean), one.spread,
        one.absent_share, one.calls,
    )  # fmt: skip


def _move_row(session: Revealed, one: Move) -> tuple[Any, ...]:
    return (
        session.session.id, one.call_id, one.behaviour, one.rater, one.before, one.after,
        ", ".join(one.towards), one.reason or None,
    )  # fmt: skip
