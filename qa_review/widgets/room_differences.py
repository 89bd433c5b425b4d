"""What the room shows of a revealed session: differences, what was said of them, and figures.

Takes a :class:`Revealed`; makes plain JSON from the same cases and figures as the session's page
(:mod:`qa_review.view.session_differences`). Words are the screen's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from math import isfinite

from qa_review.base.agreement import Agreement
from qa_review.capture.recording import Recording
from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import Behaviour, Rubric
from qa_review.grade.scores import LEVELS
from qa_review.keep.audit import SOFTWARE
from qa_review.keep.rows import MasterRow, OutcomeRow, VoteRow
from qa_review.meet.compare import Move, Position
from qa_review.meet.figures import POOLED, SHOWN, TOTAL, TOTAL_POINTS, Figure, agreement, severities
from qa_review.meet.opening import Revealed
from qa_review.view.session_differences import Case, along, cases, distance
from qa_review.widgets.room_looks import Look

PERCENT = ("exact", "within one", f"within {TOTAL_POINTS} points", "given")
"""figures that are shares"""


def revealed_look(session: Revealed, newest: Rubric) -> Look:
    """Everything that was given and said, widest difference first.

    Args:
        newest: the newest version of the rubric, which edits are made to.
    """
    return {
        "ballots": len(session.ballots),
        "problems": list(session.problems),
        "missing": [list(one) for one in session.missing],
        "newest": newest.version,
        "scale": [along(level) for level in (*LEVELS, None)],
        "behaviours": [_behaviour(one, newest) for one in session.rubric.behaviours],
        "cases": [_case(one) for one in cases(session)],
        "alone": len(session.session.calls) * len(session.rubric.behaviours) - len(cases(session)),
        "said": [
            {"call": one.call_id, "by": one.by, "text": one.text, "at": one.at}
            for one in session.remarks
            if not one.behaviour
        ],
        "notes": [
            {"call": ballot.call_id, "by": ballot.rater, "text": note.text, "turn": note.turn}
            for ballot in session.ballots
            for note in ballot.notes
        ],
        "other_outcomes": [_outcome(one) for one in session.outcomes if not one.call_id],
        "votes": len(session.votes),
    }


def _behaviour(one: Behaviour, newest: Rubric) -> Look:
    now = next((each for each in newest.behaviours if each.id == one.id), one)
    return {
        "id": one.id,
        "title": one.title,
        "anchors": list(one.anchors),
        "now": list(now.anchors),
        "indicators": [
            {"id": each.id, "meaning": each.meaning}
            for each in newest.indicators
            if one.id in (*each.supports, *each.speaks_against)
        ],
    }


def _case(one: Case) -> Look:
    here = one.difference
    far, without = distance(here)
    return {
        "id": f"{here.call_id}/{here.behaviour}",
        "call": here.call_id,
        "behaviour": here.behaviour,
        "width": here.width,
        "far": far,
        "without": without,
        "positions": [_position(one, each) for each in here.positions],
        "votes": [_vote(*each) for each in one.votes],
        "remarks": [{"by": r.by, "text": r.text, "at": r.at} for r in one.remarks],
        "outcomes": [_outcome(each) for each in one.outcomes],
        "master": _master(one.master) if one.master else None,
    }


def _position(case: Case, one: Position) -> Look:
    return {
        "rater": one.rater,
        "scorer": one.rater == SOFTWARE,
        "level": one.level,
        "open": one.rater in case.left_open,
        "why_none": one.why_none,
        "reason": one.reason if one.reason != one.why_none else "",
        "quotes": [
            {
                "stance": stance,
                "turn": quote.turn,
                "text": quote.text,
                "from": quote.span.start_ms if quote.span else None,
                "to": quote.span.end_ms if quote.span else None,
            }
            for stance, quote in one.quotes
        ],
    }


def _vote(row: VoteRow, move: Move | None) -> Look:
    return {
        "rater": row.rater,
        "level": row.level,
        "reason": row.reason or row.why_none,
        "number": row.number,
        "moved": move is not None,
        "towards": list(move.towards) if move else [],
    }


def _master(row: MasterRow) -> Look:
    return {
        "level": row.level,
        "why_none": row.why_none if row.why_none != row.reason else "",
        "reason": row.reason,
        "by": row.by,
        "at": row.at,
        "number": row.number,
    }


def _outcome(row: OutcomeRow) -> Look:
    return {
        name: value for name, value in row.values().items() if name not in ("session_id", "number")
    }


def talk_look(said: Transcript, recording: Recording | None) -> Look:
    """What was said on a call, for the turns around a quote and for the course of its sound."""
    return {
        "agent": said.agent_is.channel,
        "duration": recording.duration_ms if recording else said.duration_ms,
        "turns": [
            {
                "speaker": each.speaker,
                "text": each.text,
                "from": each.span.start_ms if each.span else None,
                "to": each.span.end_ms if each.span else None,
            }
            for each in said.turns
        ],
    }


# --- figures -----------------------------------------------------------------------------------


def figures_look(session: Revealed) -> Look:
    """How well the raters agree, each figure with its interval and n, or why there is none."""
    groups = [("people", agreement(session))]
    if SOFTWARE in session.session.raters:
        groups.append(("scorer", agreement(session, software=True)))
    return {
        "shown": list(SHOWN),
        "of": [*(one.id for one in session.rubric.behaviours), POOLED, TOTAL],
        "pooled": POOLED,
        "total": TOTAL,
        "groups": [{"among": among, "figures": list(_rows(found))} for among, found in groups],
        "severities": [
            {
                "rater": one.rater,
                "scorer": one.rater == SOFTWARE,
                "against": one.against,
                "mean": _measure(one.mean),
                "spread": one.spread,
                "absent": one.absent_share,
            }
            for one in severities(session)
        ],
    }


def _rows(found: tuple[Figure, ...]) -> Iterator[Look]:
    for one in found:
        yield {
            "of": one.of,
            "name": one.name,
            "when": one.when,
            "share": one.name in PERCENT,
            **_measure(one.agreement),
        }


def _measure(one: Agreement) -> Look:
    known = asdict(one)
    value = one.value if one.value is not None and isfinite(one.value) else None
    low, high = one.interval or (None, None)
    if low is None or high is None or not (isfinite(low) and isfinite(high)):
        low = high = None
    return {
        "value": value,
        "low": low,
        "high": high,
        "n": one.n,
        "calls": known["calls"] if known["calls"] is not None else one.n,
        "lacking": one.lacking,
        "why": one.why_none or "",
    }
