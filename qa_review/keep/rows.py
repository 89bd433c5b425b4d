"""Everything that a store keeps, as rows that are added and never changed.

A row is a frozen dataclass; ``TABLE`` names where it is kept, ``KEY`` the fields that no two rows
share. What changes in the world is a new row with the next ``number``: nothing is updated and
nothing deleted, so who knew what, and when, can always be told.

Conventions
-----------
- Times are ISO 8601 in UTC (``2026-10-05T09:30:00.123456+00:00``) and sort as text.
- ``by`` is who did it: a person's name, or ``qa_review`` for the software itself.
- ``body`` is JSON in ASCII, the record as :func:`qa_review.base.records.to_json` writes it.
- ``number`` counts from 1 within the rest of the key.
- A level is 1 to 5; ``None`` is N/A, and then ``why_none`` says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa_review.keep.row import Row


@dataclass(frozen=True, slots=True)
class CallRow(Row):
    """What is known about a call; ``body`` is a ``Call``. The highest ``number`` holds."""

    TABLE = "calls"
    KEY = ("call_id", "number")
    call_id: str
    number: int
    at: str
    body: str


@dataclass(frozen=True, slots=True)
class TranscriptRow(Row):
    """What was said on a call; ``body`` is a ``Transcript``, ``digest`` is of its turns."""

    TABLE = "transcripts"
    KEY = ("call_id", "digest")
    call_id: str
    digest: str
    number: int
    at: str
    body: str


@dataclass(frozen=True, slots=True)
class RubricRow(Row):
    """One version of a rubric, whole: ``text`` is the TOML file."""

    TABLE = "rubrics"
    KEY = ("rubric_id", "version")
    rubric_id: str
    version: str
    digest: str
    by: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class ReviewRow(Row):
    """One revision of a review.

    ``reviewer`` is whose review it is, ``by`` who saved this revision, ``kind`` "person" or
    "automatic", ``state`` "draft" or "submitted", ``why`` what this revision is for,
    ``transcript`` the digest of what was read. ``body`` holds scores, overall and made_by.
    """

    TABLE = "reviews"
    KEY = ("call_id", "rubric_id", "reviewer", "number")
    call_id: str
    rubric_id: str
    reviewer: str
    number: int
    kind: str
    rubric_version: str
    rubric_digest: str
    scored_by: str
    transcript: str
    state: str
    by: str
    at: str
    why: str
    body: str


@dataclass(frozen=True, slots=True)
class WorkRow(Row):
    """A stage of the work on a call that ended: the ledger of runs. The highest ``number`` holds.

    ``stage`` is "heard", "scored" or "shown"; ``key`` a digest of all that decides its result:
    ``sound`` (SHA-256 of the recording), the ``version`` of the stage, ``rubric``, ``weights``.
    ``stamp`` tells the recording's file as it was then. ``state`` is "done", and then ``result``
    tells what came of it (digest of the transcript, number of the review, digest of the page), or
    "failed", and then it says why.
    """

    TABLE = "work"
    KEY = ("call_id", "stage", "number")
    call_id: str
    stage: str
    number: int
    key: str
    sound: str
    stamp: str
    version: str
    rubric: str
    weights: str
    state: str
    result: str
    at: str


@dataclass(frozen=True, slots=True)
class NoteRow(Row):
    """A person's comment on one turn of a call; turns count from 0."""

    TABLE = "notes"
    KEY = ("call_id", "number")
    call_id: str
    number: int
    turn: int
    by: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class SessionRow(Row):
    """A calibration session as it was called; ``seal`` is the public key of its ballots.

    ``chosen`` says in words how the calls were chosen; ``deadline`` is ``""`` where there is
    none.
    """

    TABLE = "sessions"
    KEY = ("session_id",)
    session_id: str
    name: str
    lead: str
    seal: str
    rubric_id: str
    rubric_version: str
    rubric_digest: str
    automatic: bool
    deadline: str
    chosen: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class SessionCallRow(Row):
    """A call of a session, in the order of the agenda from 1."""

    TABLE = "session_calls"
    KEY = ("session_id", "call_id")
    session_id: str
    call_id: str
    number: int
    transcript: str


@dataclass(frozen=True, slots=True)
class SeatRow(Row):
    """A rater who is asked to a session."""

    TABLE = "seats"
    KEY = ("session_id", "rater")
    session_id: str
    rater: str


@dataclass(frozen=True, slots=True)
class JoinRow(Row):
    """A rater took their seat; ``key`` is the public key that signs their ballots."""

    TABLE = "joins"
    KEY = ("session_id", "rater")
    session_id: str
    rater: str
    key: str
    at: str


@dataclass(frozen=True, slots=True)
class CommitmentRow(Row):
    """That a ballot was handed in, and which: nothing of what it says can be told from this."""

    TABLE = "commitments"
    KEY = ("session_id", "rater", "call_id", "number")
    session_id: str
    rater: str
    call_id: str
    number: int
    digest: str
    signature: str
    at: str


@dataclass(frozen=True, slots=True)
class BallotRow(Row):
    """A ballot, sealed to its session; ``own`` is the rater's own copy, sealed to the rater."""

    TABLE = "ballots"
    KEY = ("session_id", "rater", "call_id", "number")
    session_id: str
    rater: str
    call_id: str
    number: int
    sealed: bytes
    own: bytes


@dataclass(frozen=True, slots=True)
class RevealRow(Row):
    """The reveal: the session's secret key, for all to open every ballot with.

    ``ballots`` is a digest of every commitment that counted.
    """

    TABLE = "reveals"
    KEY = ("session_id",)
    session_id: str
    key: str
    ballots: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class CallOffRow(Row):
    """A session that was called off: its ballots stay sealed, its calls are free again."""

    TABLE = "call_offs"
    KEY = ("session_id",)
    session_id: str
    reason: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class RemarkRow(Row):
    """What was said in the discussion; ``behaviour`` is ``""`` for the call as a whole."""

    TABLE = "remarks"
    KEY = ("session_id", "number")
    session_id: str
    number: int
    call_id: str
    behaviour: str
    by: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class VoteRow(Row):
    """A rater's vote after the discussion; the highest ``number`` holds."""

    TABLE = "votes"
    KEY = ("session_id", "rater", "call_id", "behaviour", "number")
    session_id: str
    rater: str
    call_id: str
    behaviour: str
    number: int
    level: int | None
    why_none: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class MasterRow(Row):
    """The level that a session agreed on, with its reason; the highest ``number`` holds."""

    TABLE = "masters"
    KEY = ("session_id", "call_id", "behaviour", "number")
    session_id: str
    call_id: str
    behaviour: str
    number: int
    level: int | None
    why_none: str
    reason: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class OutcomeRow(Row):
    """What a disagreement led to: ``kind`` is "anchor", "indicator", "note" or "nothing".

    ``about`` is the level of the anchor, the id of the indicator, or the rater that the note is
    for; ``version`` the version of the rubric that it made, ``""`` for a note.
    """

    TABLE = "outcomes"
    KEY = ("session_id", "number")
    session_id: str
    number: int
    call_id: str
    behaviour: str
    kind: str
    about: str
    text: str
    version: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class DisputeRow(Row):
    """An agent's dispute of one score; ``number`` is the revision of the review it is about.

    ``given`` is the level disputed, ``quotes`` a JSON list of what the agent points at.
    """

    TABLE = "disputes"
    KEY = ("dispute_id",)
    dispute_id: str
    call_id: str
    rubric_id: str
    reviewer: str
    number: int
    behaviour: str
    given: int | None
    agent: str
    reason: str
    quotes: str
    at: str


@dataclass(frozen=True, slots=True)
class RulingRow(Row):
    """How a dispute ended: ``outcome`` is "stands" or "changed"."""

    TABLE = "rulings"
    KEY = ("dispute_id",)
    dispute_id: str
    outcome: str
    level: int | None
    why_none: str
    reason: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class AlertRow(Row):
    """What a rule found, in ``body``; ``state``: fired, over, standing, revised. The last holds."""

    TABLE = "alerts"
    KEY = ("alert_id", "number")
    alert_id: str
    number: int
    rule: str
    state: str
    at: str
    body: str


@dataclass(frozen=True, slots=True)
class AuditRow(Row):
    """One thing that was done. ``digest`` covers the row and the ``before`` of the one ahead."""

    TABLE = "audit"
    KEY = ("number",)
    number: int
    at: str
    by: str
    what: str
    subject: str
    detail: str
    before: str
    digest: str


KINDS: tuple[type[Row], ...] = (
    CallRow, TranscriptRow, RubricRow, ReviewRow, WorkRow, NoteRow, SessionRow, SessionCallRow,
    SeatRow, JoinRow, CommitmentRow, BallotRow, RevealRow, CallOffRow, RemarkRow, VoteRow,
    MasterRow, OutcomeRow, DisputeRow, RulingRow, AlertRow, AuditRow,
)  # fmt: skip
"""every kind of row, in an order in which they can be imported"""
