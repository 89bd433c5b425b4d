"""Master scores of a store, as the reviews that ``fit`` and ``trust`` take.

A trust card asks how well the scorer agrees with people who didn't know what it says. So where
the scorer took part in a session, or its review lay in the same store, the master score is no
proof, for it was agreed on when the scorer's level could be known: the people's own blind levels
stand in for it (their median, the lower of two middle ones).
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_review.base.errors import BallotError, StillSealed
from qa_review.base.records import MadeBy
from qa_review.grade.rules import overall
from qa_review.grade.scores import Score
from qa_review.keep.audit import SOFTWARE
from qa_review.keep.calls import call_of
from qa_review.keep.reviews import Review
from qa_review.keep.rows import ReviewRow, SessionRow
from qa_review.keep.store import Reader, Store
from qa_review.meet.opening import Revealed, revealed_in
from qa_review.meet.seats import said_in

PEOPLE = MadeBy("people", "1")


def masters_of(store: Store, rubric_id: str, *, blind: bool = False) -> tuple[Review, ...]:
    """The master scores of every revealed session on a rubric, in whatever version of it.

    A behaviour that several sessions decided has the level that was decided last. One that was
    not decided is left out, and so is a call without any.

    Args:
        blind: take the people's blind levels where raters could have known the scorer's.
    """
    found: dict[str, dict[str, tuple[str, Score]]] = {}
    where: dict[str, Revealed] = {}
    with store.reading() as reader:
        rows = reader.find(SessionRow, rubric_id=rubric_id)
        for row in sorted(rows, key=lambda one: one.at):
            try:
                known = revealed_in(reader, row.session_id)
            except (StillSealed, BallotError):
                continue
            for call_id in known.session.calls:
                instead = blind and _scorer_was_known(reader, known, call_id)
                for at, score in _scores(known, call_id, instead):
                    before = found.setdefault(call_id, {}).get(score.behaviour)
                    if before is None or before[0] <= at:
                        found[call_id][score.behaviour] = (at, score)
                        where[call_id] = known
        return tuple(
            _review(reader, where[call_id], call_id, [score for _, score in scores.values()])
            for call_id, scores in found.items()
            if scores
        )


def _scorer_was_known(reader: Reader, known: Revealed, call_id: str) -> bool:
    """Whether raters could have known the scorer's levels before the master was agreed."""
    if known.session.automatic:
        return True
    rows = reader.find(ReviewRow, call_id=call_id, rubric_id=known.rubric.id, kind="automatic")
    return any(row.at <= known.session.revealed_at for row in rows)


def _review(reader: Reader, known: Revealed, call_id: str, scores: list[Score]) -> Review:
    order = [behaviour.id for behaviour in known.rubric.behaviours]
    there = tuple(s for s in sorted(scores, key=lambda s: _place(order, s.behaviour)))
    said = said_in(reader, known.session, call_id)
    call, recording = call_of(reader, call_id)
    counted = [score for score in there if score.behaviour in order]
    figure = overall(known.rubric, counted)
    return Review(call, said, known.rubric.ref, there, figure, PEOPLE, recording=recording)


def _place(order: list[str], behaviour: str) -> int:
    return order.index(behaviour) if behaviour in order else len(order)


def _scores(known: Revealed, call_id: str, blind: bool) -> Iterator[tuple[str, Score]]:
    """What was decided of a call, each with when."""
    for behaviour in known.rubric.behaviours:
        row = known.master(call_id, behaviour.id)
        if row is None:
            continue
        if not blind:
            why = row.why_none if row.level is None else None
            yield row.at, Score(behaviour.id, row.level, 1.0, row.reason, why)
        elif (score := _middle(known, call_id, behaviour.id)) is not None:
            yield row.at, score


def _middle(known: Revealed, call_id: str, behaviour: str) -> Score | None:
    """The median of what people gave blind; N/A when most of them said so.

    ``None`` when nobody gave anything, or as many said N/A as gave a level.
    """
    given: list[int | None] = []
    for ballot in known.ballots:
        score = ballot.score(behaviour)
        if ballot.call_id == call_id and ballot.rater != SOFTWARE and score is not None:
            given.append(score.level)
    levels = sorted(level for level in given if level is not None)
    if 2 * len(levels) == len(given):
        return None
    if 2 * len(levels) < len(given):
        return Score(behaviour, None, 1.0, "", "most raters saw no opportunity")
    middle = levels[(len(levels) - 1) // 2]
    return Score(behaviour, middle, 1.0, "the median of people's blind levels")
