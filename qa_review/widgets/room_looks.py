"""What the room shows of sessions before anything is revealed: whose they are, and how far.

Takes rows of a store; makes plain JSON. Nothing here holds a level, a reason or a quote: before
the reveal there is none to be had, and this file never asks for one.
"""

from __future__ import annotations

from typing import Any

from qa_review.base.errors import BallotError, NotAllowed
from qa_review.keep.audit import SOFTWARE
from qa_review.keep.calls import call_of, rubric_of
from qa_review.keep.rows import AuditRow, SeatRow, SessionRow
from qa_review.keep.store import Reader
from qa_review.meet.sessions import Session, session_of

Look = dict[str, Any]
TOLD = {
    "session created",
    "session joined",
    "ballot handed in",
    "session revealed",
    "session called off",
    "remark made",
    "vote given",
    "master decided",
    "outcome anchor",
    "outcome indicator",
    "outcome note",
}
"""deeds that people in a session are told of when they happen, by the words of the audit trail"""


def sessions_of(reader: Reader, who: str) -> list[Look]:
    """The sessions that a person leads or scores in, newest first.

    One whose key was exchanged has a ``problem`` and nothing else.
    """
    seats = {row.session_id for row in reader.find(SeatRow, rater=who)}
    rows = [r for r in reader.find(SessionRow) if r.lead == who or r.session_id in seats]
    found = []
    for row in sorted(rows, key=lambda row: (row.at, row.session_id), reverse=True):
        try:
            found.append(_line(session_of(reader, row.session_id), who))
        except BallotError as error:
            found.append({"id": row.session_id, "name": row.name, "problem": str(error)})
    return found


def _line(known: Session, who: str) -> Look:
    return {
        "id": known.id,
        "name": known.name,
        "lead": known.lead,
        "leads": known.lead == who,
        "state": known.state,
        "at": known.at,
        "deadline": known.deadline,
        "calls": len(known.calls),
        "ballots": [sum(map(len, known.done.values())), len(known.raters) * len(known.calls)],
        "mine": len(known.done.get(who, ())),
    }


def part_of(known: Session, who: str) -> None:
    """Raise unless somebody has a part in a session.

    Raises:
        NotAllowed: they neither lead it nor score in it.
    """
    if who != known.lead and who not in known.raters:
        people = ", ".join((known.lead, *known.raters))
        raise NotAllowed(f"{who} has no part in {known.id}; those who have: {people}")


def session_look(reader: Reader, known: Session, who: str) -> Look:
    """A session as its header and its table of who is done show it."""
    rubric = rubric_of(reader, known.rubric)
    people = [name for name in known.raters if name != SOFTWARE]
    return {
        "id": known.id,
        "name": known.name,
        "state": known.state,
        "lead": known.lead,
        "who": who,
        "leads": who == known.lead,
        "scores": who in people,
        "seated": who in known.joined,
        "rubric": {"id": rubric.id, "version": rubric.version, "title": rubric.title},
        "calls": [_call(reader, call_id, leads=who == known.lead) for call_id in known.calls],
        "raters": [_rater(known, name) for name in known.raters],
        "waiting": [list(one) for one in known.waiting_for],
        "deadline": known.deadline,
        "chosen": known.chosen,
        "at": known.at,
        "revealed_at": known.revealed_at,
        "called_off": known.called_off,
    }


def _rater(known: Session, name: str) -> Look:
    done = known.done.get(name, ())
    return {
        "name": name,
        "scorer": name == SOFTWARE,
        "seated": name in known.joined,
        "done": [call for call in known.calls if call in done],
    }


def _call(reader: Reader, call_id: str, *, leads: bool) -> Look:
    """A call of the agenda; who scores it is not told whose call it is, nor how long it took."""
    call, recording = call_of(reader, call_id)
    length = recording.duration_ms if recording else call.handle_ms
    return {
        "id": call_id,
        "agent": call.agent if leads else None,
        "at": call.started_at,
        "ms": length if leads else None,
    }


def version_of(reader: Reader, session_id: str = "") -> int:
    """The number of the last thing that was done in a session, or in the whole store."""
    last = reader.last(AuditRow, subject=session_id) if session_id else reader.last(AuditRow)
    return last.number if last else 0


def happened(reader: Reader, session_id: str, *, after: int) -> list[Look]:
    """What was done in a session since line ``after`` of the trail.

    Only who, what, and of a call and behaviour where it was about such: the trail has no more.
    """
    lines = [row for row in reader.find(AuditRow, subject=session_id) if row.number > after]
    return [
        {"by": row.by, "what": row.what, "about": _about(row)} for row in lines if row.what in TOLD
    ]


def _about(row: AuditRow) -> list[str]:
    if row.what in ("remark made", "vote given", "master decided"):
        call, _, behaviour = row.detail.rpartition(" ")
        return [call, behaviour] if call else [row.detail, ""]
    return []
