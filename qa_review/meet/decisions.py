"""After the reveal: what is said, what is voted again, what is agreed, and what follows from it.

A disagreement ends as a master score with its reason, and, where something is to be learned, as
an anchor in other words or an indicator dropped (each a new version of the rubric), or as a note
to a rater. Nothing is overwritten: a later decision is another row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qa_review.base.errors import NotAllowed, UnknownName
from qa_review.grade.scores import LEVELS
from qa_review.grade.tomlkit import difference, next_version, with_anchor, without_indicator
from qa_review.keep.answers import Answer, NotObserved
from qa_review.keep.audit import SOFTWARE, note, now
from qa_review.keep.calls import keep_rubric_text, rubric_of, rubric_text, versions
from qa_review.keep.rows import MasterRow, OutcomeRow, RemarkRow, VoteRow
from qa_review.keep.store import Store, Unit, next_number
from qa_review.meet.opening import opened_session
from qa_review.meet.sessions import Session


@dataclass(frozen=True, slots=True)
class Edited:
    """A new version of a rubric: its name, its text, and how it differs from the one before."""

    rubric_id: str
    version: str
    text: str
    difference: str


def remark(
    store: Store, session_id: str, text: str, *, by: str, call_id: str, behaviour: str = ""
) -> RemarkRow:
    """Keep what was said in the discussion of a call, or of one behaviour of it.

    Raises:
        StillSealed: the session is not revealed.
        UnknownName: no such call or behaviour, or ``by`` has no part in the session.
    """
    if not text.strip():
        raise ValueError("a remark needs words")
    with store.writing() as unit:
        known = _part(unit, session_id, by, call_id, behaviour)
        number = next_number(unit, RemarkRow, session_id=known.id)
        row = RemarkRow(session_id, number, call_id, behaviour, by, now(), text.strip())
        unit.add(row)
        note(unit, by, "remark made", session_id, f"{call_id} {behaviour}".strip())
    return row


def vote(
    store: Store,
    session_id: str,
    *,
    rater: str,
    call_id: str,
    behaviour: str,
    answer: Answer,
    reason: str = "",
) -> VoteRow:
    """Give a behaviour again after the discussion; the blind ballot stays beside it.

    Raises:
        StillSealed: the session is not revealed.
        NotAllowed: ``rater`` is not a person who scored in the session.
        UnknownName, ValueError: no such call, behaviour or level.
    """
    level, why = _level(behaviour, answer)
    with store.writing() as unit:
        known = _part(unit, session_id, rater, call_id, behaviour)
        if rater not in known.raters or rater == SOFTWARE:
            raise NotAllowed(f"{rater} is not a person who scores in {session_id}")
        if call_id not in known.done.get(rater, ()):
            raise NotAllowed(
                f"{rater} handed in no ballot of {call_id!r}, so has no vote to change"
            )
        where = {"session_id": session_id, "rater": rater, "call_id": call_id}
        number = next_number(unit, VoteRow, **where, behaviour=behaviour)
        row = VoteRow(session_id, rater, call_id, behaviour, number, level, why, reason, now())
        unit.add(row)
        note(unit, rater, "vote given", session_id, f"{call_id} {behaviour}")
    return row


def decide(
    store: Store,
    session_id: str,
    *,
    by: str,
    call_id: str,
    behaviour: str,
    answer: Answer,
    reason: str,
) -> MasterRow:
    """Keep the level that the session agreed on, with its reason.

    Raises:
        StillSealed: the session is not revealed.
        NotAllowed: ``by`` does not lead the session.
        UnknownName, ValueError: no such call, behaviour or level, or no reason.
    """
    level, why = _level(behaviour, answer)
    if not reason.strip():
        raise ValueError("a master score needs its reason")
    with store.writing() as unit:
        known = _part(unit, session_id, by, call_id, behaviour)
        _lead(known, by)
        where = {"session_id": session_id, "call_id": call_id, "behaviour": behaviour}
        number = next_number(unit, MasterRow, **where)
        row = MasterRow(
            session_id, call_id, behaviour, number, level, why, reason.strip(), by, now()
        )
        unit.add(row)
        note(unit, by, "master decided", session_id, f"{call_id} {behaviour}")
    return row


def edit_anchor(
    store: Store, session_id: str, *, by: str, behaviour: str, level: int, words: str,
    call_id: str = "",
) -> Edited:  # fmt: skip
    """Give one level of a behaviour other words, in a new version of the rubric.

    ``call_id`` is the call whose disagreement led to it, ``""`` for none in particular. The
    edit is made to the newest version of the rubric in the store.

    Raises:
        StillSealed, NotAllowed, UnknownName, ValueError: as for :func:`decide`.
    """

    def edit(text: str, version: str) -> str:
        return with_anchor(text, behaviour, level, words, version=version)

    what = ("anchor", str(level), words.strip())
    return _edit(store, session_id, edit, what, by=by, behaviour=behaviour, call_id=call_id)


def drop_indicator(
    store: Store, session_id: str, *, by: str, indicator: str, reason: str,
    behaviour: str = "", call_id: str = "",
) -> Edited:  # fmt: skip
    """Take an indicator out, in a new version of the rubric.

    Raises:
        StillSealed, NotAllowed, UnknownName, ValueError: as for :func:`decide`.
    """
    if not reason.strip():
        raise ValueError("dropping an indicator needs its reason")

    def edit(text: str, version: str) -> str:
        return without_indicator(text, indicator, version=version)

    what = ("indicator", indicator, reason.strip())
    return _edit(store, session_id, edit, what, by=by, behaviour=behaviour, call_id=call_id)


def tell_rater(
    store: Store, session_id: str, *, by: str, rater: str, text: str, behaviour: str = "",
    call_id: str = "",
) -> OutcomeRow:  # fmt: skip
    """Keep a note to one rater.

    Raises:
        StillSealed, NotAllowed, UnknownName, ValueError: as for :func:`decide`.
    """
    if not text.strip():
        raise ValueError("a note needs words")
    with store.writing() as unit:
        known = _part(unit, session_id, by, call_id, behaviour)
        _lead(known, by)
        if rater not in known.raters:
            raise UnknownName("rater of this session", rater, known.raters)
        what = ("note", rater, text.strip())
        return _outcome(unit, session_id, what, "", by, behaviour, call_id)


def _edit(
    store: Store,
    session_id: str,
    edit: Callable[[str, str], str],
    what: tuple[str, str, str],
    *,
    by: str,
    behaviour: str,
    call_id: str,
) -> Edited:
    with store.writing() as unit:
        known = _part(unit, session_id, by, call_id, behaviour)
        _lead(known, by)
        there = versions(unit, known.rubric.id)
        newest = there[-1]
        before = rubric_text(unit, newest)
        version = next_version(one.version for one in there)
        after = edit(before, version)
        keep_rubric_text(unit, after, f"{known.rubric.id} version {version}", by)
        _outcome(unit, session_id, what, version, by, behaviour, call_id)
    names = (f"{known.rubric.id}.v{newest.version}.toml", f"{known.rubric.id}.v{version}.toml")
    return Edited(known.rubric.id, version, after, difference(before, after, names=names))


def _outcome(
    unit: Unit, session_id: str, what: tuple[str, str, str], version: str, by: str,
    behaviour: str, call_id: str,
) -> OutcomeRow:  # fmt: skip
    number = next_number(unit, OutcomeRow, session_id=session_id)
    row = OutcomeRow(session_id, number, call_id, behaviour, *what, version, by, now())
    unit.add(row)
    note(unit, by, f"outcome {row.kind}", session_id, f"{row.about} {version}".strip())
    return row


def _part(unit: Unit, session_id: str, by: str, call_id: str, behaviour: str) -> Session:
    """The revealed session, when ``by`` has a part in it and it has the call and behaviour."""
    known, _ = opened_session(unit, session_id)
    people = (known.lead, *known.raters)
    if by not in people:
        raise NotAllowed(f"{by} has no part in {session_id}; those who have: {', '.join(people)}")
    if call_id and call_id not in known.calls:
        raise UnknownName("call of this session", call_id, known.calls)
    names = [one.id for one in rubric_of(unit, known.rubric).behaviours]
    if behaviour and behaviour not in names:
        raise UnknownName("behaviour", behaviour, names)
    return known


def _lead(known: Session, by: str) -> None:
    if by != known.lead:
        raise NotAllowed(f"{known.lead} leads {known.id} and decides, not {by}")


def _level(behaviour: str, answer: Answer) -> tuple[int | None, str]:
    if isinstance(answer, NotObserved):
        return None, answer.why
    if isinstance(answer, bool) or answer not in LEVELS:
        raise ValueError(f"{behaviour} is 1 to 5 or N/A, not {answer!r}")
    return answer, ""
