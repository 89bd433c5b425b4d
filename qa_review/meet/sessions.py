"""Calibration sessions: several people score the same calls blind, then reveal, discuss, agree.

A session's id ends with the fingerprint of the key that its ballots are sealed to. Who joins by
the id that the lead told them can't be given another key by whoever can write to the store.

Until the reveal a :class:`Session` tells who has handed in what, and nothing else can be had.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from qa_review.base.errors import BallotError, NotAllowed, UnknownName
from qa_review.grade.rubric import Rubric, RubricVersion, load
from qa_review.keep.answers import check
from qa_review.keep.audit import SOFTWARE, note, now
from qa_review.keep.calls import keep_call, keep_rubric, keep_transcript
from qa_review.keep.rows import (
    CallOffRow,
    CommitmentRow,
    JoinRow,
    NoteRow,
    RevealRow,
    ReviewRow,
    SeatRow,
    SessionCallRow,
    SessionRow,
)
from qa_review.keep.store import Reader, Store, Unit, read
from qa_review.meet import nacl
from qa_review.meet.ballots import Ballot, salted, sealed, told
from qa_review.meet.choose import Candidate, Choice
from qa_review.meet.keys import Keys


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it was called, and how far it is; ``state`` is sealed, revealed or called off.

    ``done`` has the ids of the calls that each rater handed in; ``joined`` who took their seat.
    ``deadline`` is ISO 8601 text, ``""`` for none. It holds nobody's scores.
    """

    id: str
    name: str
    lead: str
    rubric: RubricVersion
    calls: tuple[str, ...]
    raters: tuple[str, ...]
    automatic: bool
    deadline: str
    chosen: str
    at: str
    seal: str
    joined: tuple[str, ...]
    done: dict[str, tuple[str, ...]]
    revealed_at: str = ""
    called_off: str = ""
    """why, ``""`` when it wasn't"""

    @property
    def state(self) -> str:
        if self.called_off:
            return "called off"
        return "revealed" if self.revealed_at else "sealed"

    @property
    def waiting_for(self) -> tuple[tuple[str, str], ...]:
        """Each rater and call that no ballot was handed in for."""
        return tuple(
            (rater, call)
            for rater in self.raters
            for call in self.calls
            if call not in self.done.get(rater, ())
        )


def create(
    store: Store,
    name: str,
    choice: Choice,
    *,
    rubric: Path,
    raters: Sequence[str],
    lead: str,
    keys: Keys | None = None,
    deadline: str = "",
    automatic: bool = False,
    reviewed: bool = False,
) -> Session:
    """Call a session; its secret key is kept in the lead's ``keys``.

    Args:
        choice: the calls (see :mod:`qa_review.meet.choose`); they are kept in the store.
        rubric: the rubric's file; it is kept in the store as it is.
        raters: the people who score; not the lead, who holds the key.
        deadline: ISO 8601, in this machine's time where it names no zone; told to raters, and
            no ballot is refused for it.
        automatic: whether the scorer takes part as a rater, under the name ``qa_review``.
        reviewed: take calls too that people reviewed in this store, where raters could read it.

    Raises:
        NotAllowed: a rater could reach somebody's score of a chosen call, or the lead is a rater.
        ValueError: names or the deadline are not usable.
    """
    lead = person(lead)
    raters = _named(raters, lead, automatic)
    known = load(rubric)
    secret = nacl.new_seal()
    seal = nacl.seal_of(secret)
    row = SessionRow(
        f"{_slug(name)}-{nacl.fingerprint(seal)}", name.strip(), lead, seal, known.id,
        known.version, known.digest, automatic, _deadline(deadline), choice.how, lead, now(),
    )  # fmt: skip
    kept = (keys or Keys()).keep_seal(row.session_id, secret)
    try:
        with store.writing() as unit:
            keep_rubric(unit, rubric, lead)
            for one in choice.calls:
                _refuse_known(unit, one.call.id, reviewed=reviewed, automatic=automatic)
            _write(unit, row, choice.calls, raters, known)
    except BaseException:
        kept.unlink()  # a key without its session
        raise
    return session(store, row.session_id)


def _write(
    unit: Unit, row: SessionRow, calls: Sequence[Candidate], raters: Sequence[str], rubric: Rubric
) -> None:
    """The rows of a session: itself, its agenda, its seats, the scorer's ballots."""
    unit.add(row)
    for number, one in enumerate(calls, 1):
        keep_call(unit, one.call, one.recording)
        said = keep_transcript(unit, one.said)
        unit.add(SessionCallRow(row.session_id, one.call.id, number, said))
    unit.add(*(SeatRow(row.session_id, rater) for rater in raters))
    if row.automatic:
        _score_by_software(unit, row.session_id, row.seal, calls, rubric)
    note(unit, row.lead, "session created", row.session_id, f"{len(calls)} calls")


def session(store: Store, session_id: str) -> Session:
    """A session by its id.

    Raises:
        UnknownName: the store has none with this id.
        BallotError: its key is not the one that its id was made from.
    """
    with store.reading() as reader:
        return session_of(reader, session_id)


def session_of(reader: Reader, session_id: str) -> Session:
    """As :func:`session`, within a transaction."""
    rows = reader.find(SessionRow, session_id=session_id)
    if not rows:
        known = [row.session_id for row in reader.find(SessionRow)]
        raise UnknownName("session", session_id, known)
    (row,) = rows
    if session_id.rpartition("-")[2] != nacl.fingerprint(row.seal):
        raise BallotError(
            f"the key of {session_id} was exchanged: ballots sealed to it could be read by "
            "somebody else than its lead; tell the lead, and hand in nothing"
        )
    here = {"session_id": session_id}
    done: dict[str, dict[str, None]] = {}
    for given in reader.find(CommitmentRow, **here):
        done.setdefault(given.rater, {})[given.call_id] = None
    reveals = reader.find(RevealRow, **here)
    ended = reader.find(CallOffRow, **here)
    calls = sorted(reader.find(SessionCallRow, **here), key=lambda call: call.number)
    return Session(
        session_id, row.name, row.lead,
        RubricVersion(row.rubric_id, row.rubric_version, row.rubric_digest),
        tuple(call.call_id for call in calls),
        tuple(seat.rater for seat in reader.find(SeatRow, **here)),
        row.automatic, row.deadline, row.chosen, row.at, row.seal,
        tuple(join.rater for join in reader.find(JoinRow, **here)),
        {rater: tuple(found) for rater, found in done.items()},
        reveals[0].at if reveals else "", ended[0].reason if ended else "",
    )  # fmt: skip


def all_sessions(store: Store) -> tuple[Session, ...]:
    """Every session of a store, oldest first; those whose key was exchanged are left out."""
    rows = sorted(read(store, SessionRow), key=lambda row: (row.at, row.session_id))
    found = []
    for row in rows:
        try:
            found.append(session(store, row.session_id))
        except BallotError:
            continue
    return tuple(found)


def call_off(store: Store, session_id: str, *, by: str, reason: str) -> Session:
    """End a session without revealing it: its ballots stay sealed, its calls are free again.

    Raises:
        NotAllowed: ``by`` does not lead it, or it was revealed or called off before.
        ValueError: there is no reason.
    """
    if not reason.strip():
        raise ValueError("calling a session off needs a reason")
    with store.writing() as unit:
        known = session_of(unit, session_id)
        if by != known.lead:
            raise NotAllowed(
                f"only {known.lead}, who leads {session_id}, can call it off, not {by}"
            )
        if known.state != "sealed":
            raise NotAllowed(f"{session_id} is {known.state}: it can't be called off")
        unit.add(CallOffRow(session_id, reason.strip(), by, now()))
        note(unit, by, "session called off", session_id)
    return session(store, session_id)


def person(text: str) -> str:
    """A person's name as it is kept: composed, without outer blanks."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name or not name.isprintable():
        raise ValueError(f"a name is printable text and not empty, not {text!r}")
    if name.casefold() == SOFTWARE:
        raise ValueError(f"{name!r} is the name of the software")
    return name


def _deadline(text: str) -> str:
    """A deadline as it is kept: a day as it is, a time in UTC."""
    if not text:
        return ""
    try:
        at = datetime.fromisoformat(text)
        return text if len(text) <= len("2026-12-01") else at.astimezone(UTC).isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(
            f"a deadline is written 2026-12-01 or 2026-12-01T12:00, not {text!r}"
        ) from error


def _named(raters: Iterable[str], lead: str, automatic: bool) -> tuple[str, ...]:
    names = [person(name) for name in raters]
    alike = [name.casefold() for name in names]
    if lead.casefold() in alike:
        raise NotAllowed(
            f"{lead} leads the session and holds the key of its ballots, so can't be a rater; "
            "let somebody who doesn't score lead it"
        )
    if len(set(alike)) < len(alike):
        raise ValueError("a rater is named twice")
    if len(names) + automatic < 2:
        raise ValueError("a session needs at least two raters")
    return (*names, SOFTWARE) if automatic else tuple(names)


def _slug(name: str) -> str:
    if not name.strip():
        raise ValueError("a session needs a name")
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "session"


def _refuse_known(unit: Unit, call_id: str, *, reviewed: bool, automatic: bool) -> None:
    """Raise when the store tells somebody's score of a call."""
    rows = unit.find(ReviewRow, call_id=call_id)
    people = sorted({row.by for row in rows if row.by != SOFTWARE})
    people += sorted({row.by for row in unit.find(NoteRow, call_id=call_id)})
    for other in unit.find(SessionCallRow, call_id=call_id):
        if not reviewed and not unit.find(CallOffRow, session_id=other.session_id):
            raise NotAllowed(
                f"{call_id!r} is on the agenda of {other.session_id} too, whose ballots raters can "
                "read once it is revealed: choose another call, or say that it may be so (reviewed)"
            )
    if people and not reviewed:
        raise NotAllowed(
            f"{call_id!r} has a review or notes by {people[0]} in this store, which raters could "
            "read: choose another call, or say that it may be so (reviewed)"
        )
    if automatic and any(row.kind == "automatic" for row in rows):
        raise NotAllowed(
            f"this store has the scorer's own review of {call_id!r}, which raters could read "
            "before the reveal: leave the scorer out, or call the session in a store of its own"
        )


def _score_by_software(
    unit: Unit, session_id: str, seal: str, calls: Sequence[Candidate], rubric: Rubric
) -> None:
    """The scorer's ballots, signed by a key that nobody keeps."""
    signer = nacl.new_signer()
    public = nacl.signer_of(signer)
    unit.add(JoinRow(session_id, SOFTWARE, public, now()))
    note(unit, SOFTWARE, "session joined", session_id, public)
    for one in calls:
        if one.review is None or one.review.rubric != rubric.ref:
            raise NotAllowed(
                f"the scorer has not scored {one.call.id!r} on {rubric.id} {rubric.version}, "
                "so it can't take part as a rater"
            )
        check(rubric, one.said, one.review.scores, (), whole=True)
        ballot = Ballot(
            session_id, SOFTWARE, one.call.id, 1, one.review.scores, (), now(), salted()
        )
        rows = sealed(ballot, seal=seal, signer=signer, own=False)
        unit.add(*rows)
        note(unit, SOFTWARE, "ballot handed in", session_id, told(rows[0]))
