"""Master scores of a store, as the reviews that ``fit`` and ``trust`` take.

A trust card asks how well the scorer agrees with people who didn't know what it says. So where
the scorer took part in a session, the master score, which was agreed on after its level was
seen, is no proof: the people's own blind levels stand in for it (their median, the lower of two
middle ones).
"""

from __future__ import annotations

from qa_review.base.errors import StillSealed
from qa_review.base.records import MadeBy
from qa_review.grade.rules import overall
from qa_review.grade.scores import Score
from qa_review.keep.audit import SOFTWARE
from qa_review.keep.calls import call_of
from qa_review.keep.reviews import Review
from qa_review.keep.rows import SessionRow
from qa_review.keep.store import Reader, Store
from qa_review.meet.opening import Revealed, revealed_in
from qa_review.meet.seats import said_in

PEOPLE = MadeBy("people", "1")


def masters_of(store: Store, rubric_id: str, *, blind: bool = False) -> tuple[Review, ...]:
    """The master scores of every revealed session on a rubric, in whatever version of it.

    A call that several sessions decided has the scores of the last one. A behaviour that was not
    decided is left out, and so is a call without any.

    Args:
        blind: take the people's blind levels where the scorer was a rater.
    """
    found: dict[str, Review] = {}
    with store.reading() as reader:
        rows = reader.find(SessionRow, rubric_id=rubric_id)
        for row in sorted(rows, key=lambda one: one.at):
            try:
                known = revealed_in(reader, row.session_id)
            except StillSealed:
                continue
            found |= {review.call.id: review for review in _reviews(reader, known, blind)}
    return tuple(found.values())


def _reviews(reader: Reader, known: Revealed, blind: bool) -> list[Review]:
    made = []
    for call_id in known.session.calls:
        scores = _scores(known, call_id, blind and known.session.automatic)
        if scores:
            said = said_in(reader, known.session, call_id)
            call, recording = call_of(reader, call_id)
            figure = overall(known.rubric, scores)
            made.append(
                Review(call, said, known.rubric.ref, scores, figure, PEOPLE, recording=recording)
            )
    return made


def _scores(known: Revealed, call_id: str, blind: bool) -> tuple[Score, ...]:
    found = []
    for behaviour in known.rubric.behaviours:
        row = known.master(call_id, behaviour.id)
        if row is None:
            continue
        level, why, reason = row.level, row.why_none, row.reason
        if blind:
            level, why, reason = _middle(known, call_id, behaviour.id)
        found.append(Score(behaviour.id, level, 1.0, reason, why if level is None else None))
    return tuple(found)


def _middle(known: Revealed, call_id: str, behaviour: str) -> tuple[int | None, str, str]:
    """The median of what people gave blind; N/A when most of them said so."""
    given: list[int | None] = []
    for ballot in known.ballots:
        score = ballot.score(behaviour)
        if ballot.call_id == call_id and ballot.rater != SOFTWARE and score is not None:
            given.append(score.level)
    levels = sorted(level for level in given if level is not None)
    if 2 * len(levels) <= len(given):
        return None, "most raters saw no opportunity", ""
    return levels[(len(levels) - 1) // 2], "", "the median of people's blind levels"
