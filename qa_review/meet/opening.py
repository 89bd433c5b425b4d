"""The reveal: one event, written as one row, that can't be taken back.

It makes the session's secret key public. From then on everybody can open every ballot, and
check by digest and signature that it is the one that was handed in. Nothing is copied, so there
is no half-revealed session; raters who are missing are missing.

Only a :class:`Revealed` has scores to compare. It can be had from :func:`revealed` alone, which
needs the key in the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from qa_review.base.errors import BallotError, NotAllowed, QAReviewError, StillSealed
from qa_review.grade.rubric import Rubric
from qa_review.keep.answers import check
from qa_review.keep.audit import digest_of, note, now
from qa_review.keep.calls import rubric_of
from qa_review.keep.rows import (
    AuditRow,
    BallotRow,
    CommitmentRow,
    JoinRow,
    MasterRow,
    OutcomeRow,
    RemarkRow,
    RevealRow,
    VoteRow,
)
from qa_review.keep.store import Reader, Store
from qa_review.meet import nacl
from qa_review.meet.ballots import Ballot, Receipt, opened, told
from qa_review.meet.keys import Keys
from qa_review.meet.seats import said_in
from qa_review.meet.sessions import Session, session_of

_ONLY_HERE = object()


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A ballot that doesn't count, with the reason."""

    rater: str
    call_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Revealed:
    """A session whose ballots are open.

    ``problems`` says in words what does not match what was committed to before the reveal;
    it is empty when every ballot is as it was handed in.
    """

    session: Session
    rubric: Rubric
    ballots: tuple[Ballot, ...]
    spoiled: tuple[Spoiled, ...]
    votes: tuple[VoteRow, ...]
    masters: tuple[MasterRow, ...]
    remarks: tuple[RemarkRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    problems: tuple[str, ...]
    commitments: tuple[CommitmentRow, ...]
    _made: object = field(repr=False)

    def __post_init__(self) -> None:
        if self._made is not _ONLY_HERE:
            raise StillSealed("a session is revealed by reveal(), not made")

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """Each rater and call without a ballot that counts."""
        there = {(ballot.rater, ballot.call_id) for ballot in self.ballots}
        return tuple(
            (rater, call)
            for rater in self.session.raters
            for call in self.session.calls
            if (rater, call) not in there
        )

    def ballot(self, rater: str, call_id: str) -> Ballot | None:
        """One rater's ballot of a call; ``None`` when there is none."""
        for one in self.ballots:
            if (one.rater, one.call_id) == (rater, call_id):
                return one
        return None

    def holds(self, receipt: Receipt) -> bool:
        """Whether the ballot of this receipt is among those that were handed in."""
        return any(
            (*row.identity, row.digest)
            == (receipt.session_id, receipt.rater, receipt.call_id, receipt.number, receipt.digest)
            for row in self.commitments
        )

    def master(self, call_id: str, behaviour: str) -> MasterRow | None:
        """The level that was agreed on; ``None`` before it was."""
        found = [m for m in self.masters if (m.call_id, m.behaviour) == (call_id, behaviour)]
        return max(found, key=lambda row: row.number, default=None)

    def vote(self, rater: str, call_id: str, behaviour: str) -> VoteRow | None:
        """A rater's newest vote after the discussion; ``None`` when there is none."""
        found = [
            v
            for v in self.votes
            if (v.rater, v.call_id, v.behaviour) == (rater, call_id, behaviour)
        ]
        return max(found, key=lambda row: row.number, default=None)


def reveal(store: Store, session_id: str, *, by: str, keys: Keys | None = None) -> Revealed:
    """Open the ballots of a session for everybody, for good.

    Raises:
        NotAllowed: ``by`` is not its lead, doesn't have its key, or it was revealed before.
    """
    with store.writing() as unit:
        known = session_of(unit, session_id)
        if by != known.lead:
            raise NotAllowed(f"only {known.lead}, who leads {session_id}, can reveal it, not {by}")
        if known.state == "called off":
            raise NotAllowed(f"{session_id} was called off: {known.called_off}")
        if known.state == "revealed":
            raise NotAllowed(f"{session_id} was revealed by {known.lead} at {known.revealed_at}")
        secret = (keys or Keys()).seal(session_id)
        if nacl.seal_of(secret) != known.seal:
            raise NotAllowed(f"this is not the key of {session_id}")
        given = unit.find(CommitmentRow, session_id=session_id)
        unit.add(RevealRow(session_id, secret, all_of(given), by, now()))
        note(unit, by, "session revealed", session_id, all_of(given))
    return revealed(store, session_id)


def revealed(store: Store, session_id: str) -> Revealed:
    """A session that was revealed.

    Raises:
        StillSealed: it was not.
        UnknownName: there is no such session.
    """
    with store.reading() as reader:
        return revealed_in(reader, session_id)


def opened_session(reader: Reader, session_id: str) -> tuple[Session, RevealRow]:
    """A session that was revealed, and the event; its ballots are left as they are.

    Raises:
        StillSealed: it was not.
        UnknownName: there is no such session.
    """
    known = session_of(reader, session_id)
    events = reader.find(RevealRow, session_id=session_id)
    if not events:
        waiting = len(known.waiting_for)
        raise StillSealed(f"{session_id} is not revealed yet; {waiting} ballots are outstanding")
    return known, events[0]


def revealed_in(reader: Reader, session_id: str) -> Revealed:
    """As :func:`revealed`, within a transaction."""
    known, event = opened_session(reader, session_id)
    here = {"session_id": session_id}
    rubric = rubric_of(reader, known.rubric)
    given = reader.find(CommitmentRow, **here)
    ballots, spoiled = _opened(reader, known, rubric, given, event.key)
    problems = [f"the ballot of {s.rater} on {s.call_id} does not count: {s.why}" for s in spoiled]
    if nacl.seal_of(event.key) != known.seal:
        problems.append("the key that was made public is not the one of the session")
    if all_of(given) != event.ballots:
        problems.append("ballots were added, taken out or changed after the reveal")
    problems += _against_the_trail(reader, known, given)
    return Revealed(
        known, rubric, ballots, spoiled, reader.find(VoteRow, **here),
        reader.find(MasterRow, **here), reader.find(RemarkRow, **here),
        reader.find(OutcomeRow, **here), tuple(problems), given, _ONLY_HERE,
    )  # fmt: skip


def _against_the_trail(
    reader: Reader, known: Session, given: Iterable[CommitmentRow]
) -> Iterator[str]:
    """Where ballots and keys are not those that the audit trail tells of."""
    lines = reader.find(AuditRow, subject=known.id)
    for line in lines:
        if line.digest != digest_of(line):
            yield f"line {line.number} of the audit trail was changed"
    handed_in = {(row.by, row.detail) for row in lines if row.what == "ballot handed in"}
    there = {(row.rater, told(row)) for row in given}
    for rater, which in sorted(handed_in - there):
        yield f"a ballot of {rater} was taken out: {which.partition(' ')[2]}"
    for rater, which in sorted(there - handed_in):
        yield f"the audit trail knows nothing of a ballot of {rater}: {which.partition(' ')[2]}"
    joined = {(row.by, row.detail) for row in lines if row.what == "session joined"}
    for row in reader.find(JoinRow, session_id=known.id):
        if (row.rater, row.key) not in joined:
            yield f"the key of {row.rater} is not the one that they joined with"


def _opened(
    reader: Reader,
    known: Session,
    rubric: Rubric,
    given: Iterable[CommitmentRow],
    secret: str,
) -> tuple[tuple[Ballot, ...], tuple[Spoiled, ...]]:
    newest = {(row.rater, row.call_id): row for row in given}  # sorted by number: the last stays
    sealed = {row.identity: row for row in reader.find(BallotRow, session_id=known.id)}
    signers = {row.rater: row.key for row in reader.find(JoinRow, session_id=known.id)}
    ballots, spoiled = [], []
    for (rater, call_id), row in newest.items():
        try:
            if row.identity not in sealed or rater not in signers or rater not in known.raters:
                raise BallotError("it is not there, or its rater has no seat")
            ballot = opened(row, sealed[row.identity].sealed, secret, signers[rater])
            check(rubric, said_in(reader, known, call_id), ballot.scores, ballot.notes, whole=True)
        except (QAReviewError, ValueError) as error:
            spoiled.append(Spoiled(rater, call_id, str(error)))
        else:
            ballots.append(ballot)
    return tuple(ballots), tuple(spoiled)


def all_of(given: Iterable[CommitmentRow]) -> str:
    """One digest of every commitment, in a fixed order."""
    lines = sorted(f"{row.rater}\0{row.call_id}\0{row.number}\0{row.digest}" for row in given)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
