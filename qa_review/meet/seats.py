"""A rater's place in a session: score alone, see one's own ballots, hand in again until the reveal.

The first who joins under a name binds it to their key: from then on nobody without that key can
hand in a ballot under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qa_review.base.errors import BallotError, Conflict, NotAllowed, UnknownName
from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import Rubric
from qa_review.grade.scores import Score
from qa_review.keep.answers import TurnNote, check
from qa_review.keep.audit import note, now
from qa_review.keep.calls import rubric_of, transcript_of
from qa_review.keep.rows import (
    BallotRow,
    CommitmentRow,
    JoinRow,
    SessionCallRow,
)
from qa_review.keep.store import Reader, Store, read
from qa_review.meet import nacl
from qa_review.meet.ballots import Ballot, Receipt, opened, receipt, salted, sealed, told
from qa_review.meet.keys import Keys
from qa_review.meet.sessions import Session, person, session, session_of


@dataclass(frozen=True, slots=True)
class Seat:
    """One rater in one session; made by :func:`join`."""

    store: Store
    session: Session
    rater: str
    signer: str = field(repr=False)

    def said(self, call_id: str) -> Transcript:
        """What was said on a call of the session.

        Raises:
            UnknownName: the call is not on the agenda.
        """
        with self.store.reading() as reader:
            return said_in(reader, self.session, call_id)

    def rubric(self) -> Rubric:
        """The rubric that the session scores on."""
        with self.store.reading() as reader:
            return rubric_of(reader, self.session.rubric)

    def mine(self, call_id: str) -> Ballot | None:
        """The rater's own newest ballot of a call; ``None`` before the first.

        Raises:
            BallotError: it was changed since it was handed in.
        """
        here = {"session_id": self.session.id, "rater": self.rater, "call_id": call_id}
        with self.store.reading() as reader:
            commitment = reader.last(CommitmentRow, **here)
            if commitment is None:
                return None
            kept = reader.find(BallotRow, **here, number=commitment.number)
        if not kept:
            raise BallotError(
                f"ballot {commitment.number} of {call_id!r} was taken out of the store"
            )
        secret = nacl.own_seal(self.signer)
        return opened(commitment, kept[0].own, secret, nacl.signer_of(self.signer))

    def hand_in(
        self,
        call_id: str,
        scores: Sequence[Score],
        *,
        notes: Sequence[TurnNote] = (),
        after: int | None = None,
    ) -> Receipt:
        """Hand in the ballot of a call, sealed; a later one takes the place of an earlier one.

        Args:
            scores: one for each behaviour (see :func:`qa_review.keep.answers.given`).
            notes: comments on turns; they are sealed too.
            after: the number of the ballot that this one was made from, 0 for the first;
                ``None`` takes whatever is there.

        Raises:
            NotAllowed: the session was revealed.
            Conflict: the rater handed in another ballot meanwhile, in another window.
            UnknownName, QuoteNotFound, ValueError: the scores are not of this call and rubric.
        """
        here = {"session_id": self.session.id, "rater": self.rater, "call_id": call_id}
        with self.store.writing() as unit:
            current = session_of(unit, self.session.id)
            said = said_in(unit, current, call_id)
            check(rubric_of(unit, current.rubric), said, scores, notes, whole=True)
            if current.state != "sealed":
                raise NotAllowed(
                    f"{current.id} is {current.state}, so ballots are no longer taken; after the "
                    "reveal and the discussion you can vote"
                )
            last = unit.last(CommitmentRow, **here)
            number = last.number if last else 0
            if after is not None and after != number:
                raise Conflict(
                    f"ballot {number} of {call_id!r} was handed in at {last.at if last else '-'}, "
                    f"after you read ballot {after}: look at it first"
                )
            ballot = Ballot(
                current.id, self.rater, call_id, number + 1, tuple(scores), tuple(notes), now(),
                salted(),
            )  # fmt: skip
            rows = sealed(ballot, seal=current.seal, signer=self.signer, own=True)
            unit.add(*rows)
            note(unit, self.rater, "ballot handed in", current.id, told(rows[0]))
        return receipt(rows[0])


def join(store: Store, session_id: str, rater: str, *, keys: Keys | None = None) -> Seat:
    """Take a seat, or come back to it.

    Raises:
        NotAllowed: this rater is not asked to the session, or joined with another key.
        UnknownName: there is no such session.
    """
    rater = person(rater)
    known = session(store, session_id)
    _refuse_stranger(known, rater)
    signer = (keys or Keys()).signer(rater)
    public = nacl.signer_of(signer)
    here = {"session_id": session_id, "rater": rater}
    joined = read(store, JoinRow, **here)
    if not joined:
        with store.writing() as unit:
            joined = unit.find(JoinRow, **here)
            if not joined:
                joined = (JoinRow(session_id, rater, public, now()),)
                unit.add(*joined)
                note(unit, rater, "session joined", session_id, public)
    if joined[0].key != public:
        raise NotAllowed(
            f"{rater} joined {session_id} with another key, at {joined[0].at}: use the folder of "
            "keys from then (--keys), or tell the lead that it wasn't you"
        )
    return Seat(store, session(store, session_id), rater, signer)


def said_in(reader: Reader, known: Session, call_id: str) -> Transcript:
    """What was said on a call, as the session has it.

    Raises:
        UnknownName: the call is not on the agenda.
    """
    placed = reader.find(SessionCallRow, session_id=known.id, call_id=call_id)
    if not placed:
        raise UnknownName("call of this session", call_id, known.calls)
    return transcript_of(reader, call_id, placed[0].transcript)


def _refuse_stranger(known: Session, rater: str) -> None:
    if rater not in known.raters:
        asked = ", ".join(known.raters)
        raise NotAllowed(f"{rater} is not a rater of {known.id}; its raters are {asked}")
