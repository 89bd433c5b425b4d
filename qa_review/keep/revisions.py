"""Reviews as they grow: each saving is a revision, and none replaces another.

A review belongs to a call, a rubric and a reviewer: a person, or a scorer by its name. Saving
says which revision it was made from; when somebody saved another meanwhile, nothing is written
and :class:`Conflict` says who did, when, and what differs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa_review.base.errors import Conflict, NotAllowed
from qa_review.base.records import MadeBy, from_json
from qa_review.capture.recording import Call
from qa_review.capture.transcript import Transcript
from qa_review.grade.friction import Friction
from qa_review.grade.rubric import Rubric, RubricVersion
from qa_review.grade.rules import overall
from qa_review.grade.scores import Overall, Score
from qa_review.grade.timing import Timing
from qa_review.keep.answers import TurnNote, check, levels
from qa_review.keep.audit import SOFTWARE, note, now
from qa_review.keep.calls import as_text, call_of, keep_call, keep_transcript, transcript_of
from qa_review.keep.reviews import Review
from qa_review.keep.rows import (
    CallOffRow,
    CallRow,
    RevealRow,
    ReviewRow,
    SessionCallRow,
    SessionRow,
)
from qa_review.keep.store import Reader, Store, Unit

State = Literal["draft", "submitted"]
STATES: tuple[State, ...] = ("draft", "submitted")


@dataclass(frozen=True, slots=True)
class Revision:
    """One saving of a review. ``by`` saved it; ``why`` says what for, ``""`` for the first."""

    call_id: str
    rubric: RubricVersion
    reviewer: str
    number: int
    scores: tuple[Score, ...]
    notes: tuple[TurnNote, ...]
    state: State
    by: str
    at: str
    why: str
    overall: Overall
    made_by: MadeBy
    transcript: str
    automatic: bool = False
    timing: Timing | None = None
    friction: tuple[Friction, ...] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One behaviour that two revisions differ in; ``None`` is N/A, ``"-"`` unanswered."""

    behaviour: str
    before: int | Literal["-"] | None
    after: int | Literal["-"] | None

    def __str__(self) -> str:
        return f"{self.behaviour} {_word(self.before)} to {_word(self.after)}"


def save_review(
    store: Store,
    rubric: Rubric,
    said: Transcript,
    scores: Sequence[Score],
    *,
    reviewer: str,
    after: int,
    notes: Sequence[TurnNote] = (),
    submit: bool = False,
    by: str = "",
    why: str = "",
) -> Revision:
    """Save what a person gives a call, as the revision after number ``after`` (0: the first).

    Args:
        submit: it is handed in, so every behaviour needs an answer; otherwise it is a draft.
        by: who saves it, when that isn't the reviewer.
        why: what the change is for; a change to what was handed in needs it.

    Raises:
        Conflict: another revision was saved meanwhile; nothing was written.
        NotAllowed: the call is being calibrated, and its scores go into the ballot.
        QuoteNotFound, UnknownName, ValueError: as for :func:`qa_review.keep.answers.check`.
    """
    check(rubric, said, scores, notes, whole=submit)
    if not reviewer.strip():
        raise ValueError("a review needs its reviewer's name")
    who = by or reviewer
    with store.writing() as unit:
        refuse_sealed(unit, said.call_id)
        last = unit.last(ReviewRow, call_id=said.call_id, rubric_id=rubric.id, reviewer=reviewer)
        if (last.number if last else 0) != after:
            raise _changed(after, last, scores)
        if last and last.state == "submitted" and not why.strip():
            raise ValueError("a change to a review that was handed in needs a reason: why=...")
        if last and last.state == "submitted" and not submit:
            raise ValueError("what was handed in can't become a draft again: submit the change")
        made = Revision(
            said.call_id, rubric.ref, reviewer, after + 1, tuple(scores), tuple(notes),
            "submitted" if submit else "draft", who, now(), why, overall(rubric, scores),
            MadeBy(reviewer, "1"), keep_transcript(unit, said),
        )  # fmt: skip
        if unit.last(CallRow, call_id=said.call_id) is None:
            keep_call(unit, Call(said.call_id))
        unit.add(_row(made))
        note(unit, who, f"review {made.state}", f"{said.call_id} {reviewer}", f"{made.number}")
    return made


def save_automatic(unit: Unit, review: Review) -> Revision:
    """Save a scorer's review with its call; one that says nothing new adds nothing.

    A level that a person changed on dispute stays as long as the rubric's version does.

    Raises:
        NotAllowed: the call is in a sealed session in which this scorer is a rater.
    """
    refuse_sealed(unit, review.call.id, automatic=True)
    keep_call(unit, review.call, review.recording)
    said = keep_transcript(unit, review.transcript)
    who = dict(call_id=review.call.id, rubric_id=review.rubric.id, reviewer=review.by.name)
    last = unit.last(ReviewRow, **who)
    made = Revision(
        review.call.id, review.rubric, review.by.name, last.number + 1 if last else 1,
        review.scores, (), "submitted", SOFTWARE, now(), review.note, review.overall, review.by,
        said, automatic=True, timing=review.timing, friction=review.friction,
    )  # fmt: skip
    row = _row(made)
    if last and last.by != SOFTWARE and last.rubric_digest == review.rubric.digest:
        return revision_of(last)  # a person ruled on it: that stands for this version
    if last and (last.body, last.rubric_digest, last.transcript) == (
        row.body, row.rubric_digest, said,
    ):  # fmt: skip
        return revision_of(last)
    unit.add(row)
    note(unit, SOFTWARE, "review automatic", f"{made.call_id} {made.reviewer}", str(made.number))
    return made


def add_revision(unit: Unit, made: Revision) -> None:
    """Add a revision that was made from the newest one in this same transaction."""
    unit.add(_row(made))


def history(reader: Reader, call_id: str, *, reviewer: str = "") -> tuple[Revision, ...]:
    """Every revision of the reviews of a call, by rubric and reviewer, oldest first."""
    where = {"call_id": call_id, **({"reviewer": reviewer} if reviewer else {})}
    return tuple(revision_of(row) for row in reader.find(ReviewRow, **where))


def latest(reader: Reader, call_id: str, rubric_id: str, reviewer: str) -> Revision | None:
    """The newest revision of one review."""
    row = reader.last(ReviewRow, call_id=call_id, rubric_id=rubric_id, reviewer=reviewer)
    return revision_of(row) if row else None


def review_of(reader: Reader, revision: Revision) -> Review:
    """The whole review of a revision, with its call and what was said."""
    call, recording = call_of(reader, revision.call_id)
    said = transcript_of(reader, revision.call_id, revision.transcript)
    return Review(
        call, said, revision.rubric, revision.scores, revision.overall, revision.made_by,
        timing=revision.timing, recording=recording, revision=revision.number, note=revision.why,
        friction=revision.friction,
    )  # fmt: skip


def changes(before: Sequence[Score], after: Sequence[Score]) -> tuple[Change, ...]:
    """The behaviours whose answer differs, in the order of ``after``."""
    old, new = levels(before), levels(after)
    found = (
        Change(name, old.get(name, "-"), new.get(name, "-")) for name in dict.fromkeys([*new, *old])
    )
    return tuple(change for change in found if change.before != change.after)


def refuse_sealed(reader: Reader, call_id: str, *, automatic: bool = False) -> None:
    """Raise when a call is in a session whose ballots are sealed: a review would tell.

    Args:
        automatic: the review is the scorer's own, which tells only where it is a rater.
    """
    for placed in reader.find(SessionCallRow, call_id=call_id):
        here = {"session_id": placed.session_id}
        if reader.find(RevealRow, **here):
            continue
        if reader.find(CallOffRow, **here):
            continue
        (session,) = reader.find(SessionRow, **here)
        if session.automatic or not automatic:
            raise NotAllowed(
                f"{call_id!r} is being calibrated in session {session.session_id}: until that "
                "is revealed or called off, scores of this call go into a ballot"
            )


def _changed(after: int, last: ReviewRow | None, mine: Sequence[Score]) -> Conflict:
    if last is None:
        return Conflict(f"there is no revision {after} of this review: nobody saved one yet")
    theirs = revision_of(last)
    differ = ", ".join(map(str, changes(theirs.scores, mine))) or "no level differs"
    return Conflict(
        f"{last.by} saved revision {last.number} of this review at {last.at}, after you read "
        f"revision {after}; from theirs to yours: {differ}"
    )


def _row(made: Revision) -> ReviewRow:
    body: dict[str, object] = {
        "scores": made.scores,
        "notes": made.notes,
        "overall": made.overall,
        "made_by": made.made_by,
    }
    if made.automatic:
        body |= {"timing": made.timing, "friction": made.friction}
    return ReviewRow(
        made.call_id, made.rubric.id, made.reviewer, made.number,
        "automatic" if made.automatic else "person", made.rubric.version, made.rubric.digest,
        str(made.made_by), made.transcript, made.state, made.by, made.at, made.why, as_text(body),
    )  # fmt: skip


def revision_of(row: ReviewRow) -> Revision:
    """A row as what it holds."""
    body = json.loads(row.body)
    timing, friction = body.get("timing"), body.get("friction")  # of a scorer's review alone
    return Revision(
        row.call_id,
        RubricVersion(row.rubric_id, row.rubric_version, row.rubric_digest),
        row.reviewer,
        row.number,
        tuple(from_json(Score, one) for one in body["scores"]),
        tuple(from_json(TurnNote, one) for one in body["notes"]),
        "submitted" if row.state == "submitted" else "draft",
        row.by,
        row.at,
        row.why,
        from_json(Overall, body["overall"]),
        from_json(MadeBy, body["made_by"]),
        row.transcript,
        row.kind == "automatic",
        from_json(Timing, timing) if timing is not None else None,
        tuple(from_json(Friction, one) for one in friction) if friction is not None else None,
    )


def _word(answer: int | str | None) -> str:
    return "N/A" if answer is None else "unanswered" if answer == "-" else str(answer)
