"""What people gave, as a store has it: rulings on disputes, master scores, reviews handed in.

Where a behaviour of a call has several, a ruling goes before a master score, and that before the
review that was handed in last. Drafts don't count.
"""

from __future__ import annotations

from collections.abc import Mapping

from qa_review.capture.recording import Call
from qa_review.grade.scores import Score
from qa_review.keep.handed_in import handed_in
from qa_review.keep.rows import CallOffRow, RevealRow, SessionCallRow
from qa_review.keep.store import Store
from qa_review.meet.disputes import all_disputes
from qa_review.meet.masters import masters_of
from qa_review.team.rows import Scored, scored
from qa_review.team.stored import calls_in

Place = tuple[str, str]
"""a call and a behaviour"""


def given_by_people(
    store: Store, rubric_id: str, calls: Mapping[str, Call] | None = None
) -> dict[Place, Scored]:
    """What people gave, by call and behaviour, on any version of a rubric.

    Args:
        calls: calls that are known better than the store knows them.
    """
    known = dict(calls or {})
    given = _handed_in(store, rubric_id)
    for review in masters_of(store, rubric_id):
        known.setdefault(review.call.id, review.call)
        for score in review.scores:
            given[review.call.id, score.behaviour] = (score, "master score")
    for one in sorted(all_disputes(store), key=lambda one: one.ruled_at):
        if one.outcome == "changed" and one.rubric_id == rubric_id:
            why = "the ruling on a dispute" if one.level is None else None
            score = Score(one.behaviour, one.level, 1.0, one.ruling, why)
            given[one.call_id, one.behaviour] = (score, "ruling")
    with store.reading() as reader:
        known |= calls_in(reader, {call_id for call_id, _ in given} - set(known))
    return {
        (call_id, behaviour): scored(known[call_id], score, "people", by)
        for (call_id, behaviour), (score, by) in given.items()
    }


def sealed_calls(store: Store) -> frozenset[str]:
    """The calls of sessions whose ballots are sealed: nobody may see yet what others gave."""
    with store.reading() as reader:
        over = {row.session_id for row in reader.find(RevealRow)}
        over |= {row.session_id for row in reader.find(CallOffRow)}
        placed = reader.find(SessionCallRow)
    return frozenset(row.call_id for row in placed if row.session_id not in over)


def _handed_in(store: Store, rubric_id: str) -> dict[Place, tuple[Score, str]]:
    with store.reading() as reader:
        newest = handed_in(reader, rubric_id=rubric_id)
    return {
        (one.call_id, score.behaviour): (score, one.reviewer)
        for one in sorted(newest, key=lambda one: one.at)
        for score in one.scores
    }
