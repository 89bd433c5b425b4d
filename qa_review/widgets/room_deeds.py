"""What is done in the room: ballots revealed, remarks, votes, decisions, and what they lead to.

Each deed is one of :mod:`qa_review.meet`'s. What is added here is for people who look at the same
thing at once: who decides tells what they had seen, and is told when it is no longer so.
"""

from __future__ import annotations

from typing import Any

from qa_review.base.errors import Conflict
from qa_review.grade.rubric import RubricVersion
from qa_review.grade.tomlkit import difference, next_version, with_anchor
from qa_review.keep.answers import Answer, NotObserved
from qa_review.keep.calls import rubric_text, versions
from qa_review.keep.rows import MasterRow, VoteRow
from qa_review.keep.store import Reader, Store, read
from qa_review.meet import decisions
from qa_review.meet.sessions import session_of


def answer_of(level: int | None, why: str) -> Answer:
    """A level, or N/A with its reason.

    Raises:
        ValueError: N/A has no reason.
    """
    return NotObserved(why) if level is None else level


def vote(
    store: Store, who: str, session: str, *, call: str, behaviour: str, level: int | None,
    reason: str, after: int,
) -> None:  # fmt: skip
    """Give a behaviour again.

    Raises:
        Conflict: this person voted on it in another window meanwhile.
    """
    here = {"session_id": session, "rater": who, "call_id": call, "behaviour": behaviour}
    last = max(read(store, VoteRow, **here), key=lambda row: row.number, default=None)
    if last and last.number != after:
        raise Conflict(
            f"you voted {_word(last.level)} in another window at {last.at}; vote again if it "
            "should be another level"
        )
    answer = answer_of(level, reason)
    decisions.vote(
        store, session, rater=who, call_id=call, behaviour=behaviour, answer=answer,
        reason="" if isinstance(answer, NotObserved) else reason.strip(),
    )  # fmt: skip


def decide(
    store: Store, who: str, session: str, *, call: str, behaviour: str, level: int | None,
    reason: str, after: int,
) -> str:  # fmt: skip
    """Keep a master score; what must be told of another that was decided at the same moment.

    Raises:
        Conflict: another was decided since the one with number ``after``; nothing was kept.
    """
    if not reason.strip():
        raise ValueError("a master score needs its reason")
    here = {"session_id": session, "call_id": call, "behaviour": behaviour}
    last = max(read(store, MasterRow, **here), key=lambda row: row.number, default=None)
    if last and last.number != after:
        raise Conflict(
            f"{last.by} decided {_word(last.level)} meanwhile: {last.reason}. Yours was not "
            "kept; decide again if it should take the place of that"
        )
    row = decisions.decide(
        store, session, by=who, call_id=call, behaviour=behaviour,
        answer=answer_of(level, reason), reason=reason,
    )  # fmt: skip
    if row.number == after + 1:
        return ""
    return "Another window decided at the same moment. Both are kept; yours, the later, holds."


def _word(level: int | None) -> str:
    return "N/A" if level is None else str(level)


# --- the rubric --------------------------------------------------------------------------------


def newest_rubric(reader: Reader, rubric_id: str) -> RubricVersion:
    """The version that edits are made to: the newest in the store."""
    return versions(reader, rubric_id)[-1]


def proposed(
    store: Store, session: str, *, behaviour: str, level: int, words: str
) -> dict[str, Any]:
    """How the rubric would change if an anchor read ``words``; nothing is written.

    ``lines`` is empty while the words are none, or those that are there.
    """
    with store.reading() as reader:
        rubric_id = session_of(reader, session).rubric.id
        there = versions(reader, rubric_id)
        before = rubric_text(reader, there[-1])
    version = next_version(one.version for one in there)
    names = (f"{rubric_id}.v{there[-1].version}.toml", f"{rubric_id}.v{version}.toml")
    after = before
    if words.strip():
        try:
            after = with_anchor(before, behaviour, level, words, version=version)
        except ValueError:  # it reads so already
            after = before
    lines = difference(before, after, names=names).splitlines()
    return {"version": version, "newest": there[-1].version, "lines": lines}


def edit_anchor(
    store: Store, who: str, session: str, *, call: str, behaviour: str, level: int, words: str,
    after: str,
) -> str:  # fmt: skip
    """Make the next version of the rubric; its number.

    Raises:
        Conflict: version ``after``, which the change was shown against, is no longer the newest.
    """
    _still_newest(store, session, after)
    made = decisions.edit_anchor(
        store, session, by=who, behaviour=behaviour, level=level, words=words, call_id=call
    )
    return made.version


def drop_indicator(
    store: Store, who: str, session: str, *, call: str, behaviour: str, indicator: str,
    reason: str,
) -> str:  # fmt: skip
    """Take an indicator out of the rubric; the number of the version without it."""
    made = decisions.drop_indicator(
        store, session, by=who, indicator=indicator, reason=reason, behaviour=behaviour,
        call_id=call,
    )  # fmt: skip
    return made.version


def _still_newest(store: Store, session: str, after: str) -> None:
    with store.reading() as reader:
        newest = newest_rubric(reader, session_of(reader, session).rubric.id)
    if newest.version != after:
        raise Conflict(
            f"version {newest.version} of {newest.id} was made meanwhile; look at how your words "
            "change that one, then make the version again"
        )
