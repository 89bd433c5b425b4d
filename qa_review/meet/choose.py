"""Which calls a session is about: by hand, at random, or those the scorer is least sure of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_review.base.errors import UnknownName
from qa_review.base.lots import by_lot
from qa_review.capture.recording import Call, Recording
from qa_review.capture.transcript import Transcript
from qa_review.grade.scores import Score
from qa_review.keep.audit import SOFTWARE
from qa_review.keep.calls import call_of, transcript_of
from qa_review.keep.reviews import Review
from qa_review.keep.revisions import history
from qa_review.keep.rows import CallRow, ReviewRow
from qa_review.keep.store import Store


@dataclass(frozen=True, slots=True)
class Candidate:
    """A call that can be chosen. ``review`` is the scorer's, ``None`` where there is none."""

    call: Call
    said: Transcript
    recording: Recording | None = None
    review: Review | None = None

    @classmethod
    def of(cls, review: Review) -> Candidate:
        """The call of a scorer's review."""
        return cls(review.call, review.transcript, review.recording, review)


@dataclass(frozen=True, slots=True)
class Choice:
    """The calls chosen, in the order of the agenda, and how in words."""

    calls: tuple[Candidate, ...]
    how: str


def candidates(store: Store, rubric_id: str) -> tuple[Candidate, ...]:
    """Every call of a store, each with the scorer's newest review where there is one."""
    found = []
    with store.reading() as reader:
        scorers: dict[str, set[str]] = {}
        for row in reader.find(ReviewRow, rubric_id=rubric_id, kind="automatic", by=SOFTWARE):
            scorers.setdefault(row.call_id, set()).add(row.reviewer)
        for call_id in sorted({row.call_id for row in reader.find(CallRow)}):
            call, recording = call_of(reader, call_id)
            said, review = transcript_of(reader, call_id), None
            revisions = [
                one
                for name in sorted(scorers.get(call_id, ()))
                for one in history(reader, call_id, reviewer=name)
                if one.by == SOFTWARE and one.rubric.id == rubric_id
            ]
            if revisions:
                newest = max(revisions, key=lambda one: one.at)
                said = transcript_of(reader, call_id, newest.transcript)
                review = Review(call, said, newest.rubric, newest.scores, newest.overall,
                                newest.made_by, recording=recording)  # fmt: skip
            found.append(Candidate(call, said, recording, review))
    return tuple(found)


def by_hand(among: Sequence[Candidate], ids: Iterable[str]) -> Choice:
    """These calls, in this order.

    Raises:
        UnknownName: there is no such call.
        ValueError: one is named twice, or none.
    """
    known = {one.call.id: one for one in among}
    ids = list(ids)
    for call_id in ids:
        if call_id not in known:
            raise UnknownName("call", call_id, known)
        if ids.count(call_id) > 1:
            raise ValueError(f"{call_id!r} is named {ids.count(call_id)} times")
    if not ids:
        raise ValueError("a session needs at least one call")
    return Choice(tuple(known[call_id] for call_id in ids), "by hand")


def at_random(among: Sequence[Candidate], count: int, *, seed: int) -> Choice:
    """``count`` calls by lot (:mod:`qa_review.base.lots`); the same seed chooses the same.

    Raises:
        ValueError: there are not so many.
    """
    _enough(among, count)
    known = {one.call.id: one for one in among}
    drawn = by_lot(known, count, seed=seed)
    return Choice(
        tuple(known[name] for name in drawn), f"at random with seed {seed} from {len(among)} calls"
    )


def most_uncertain(among: Sequence[Candidate], count: int) -> Choice:
    """The ``count`` calls whose levels the scorer is least sure of, least sure first.

    Raises:
        ValueError: the scorer has not scored so many.
    """
    scored = [one for one in among if one.review and one.review.scores]
    if len(scored) < count:
        raise ValueError(f"the scorer has scored {len(scored)} of these calls, not {count}")
    _enough(scored, count)

    def order(one: Candidate) -> tuple[float, str]:
        return (-doubt(one.review.scores if one.review else ()), one.call.id)

    found = sorted(scored, key=order)[:count]
    return Choice(tuple(found), f"the most uncertain of {len(scored)} calls")


def doubt(scores: Sequence[Score]) -> float:
    """How unsure a scorer is of a call, in [0, 1]: the mean chance that a level is another one.

    Where a scorer doesn't tell chances its confidence stands in; N/A counts by its confidence.
    """
    sure = [max(one.chances) if one.chances else one.confidence for one in scores]
    return 1 - sum(sure) / len(sure) if sure else 1.0


def _enough(among: Sequence[Candidate], count: int) -> None:
    if count < 1:
        raise ValueError(f"a session needs at least one call, not {count}")
    if count > len(among):
        raise ValueError(f"there are {len(among)} calls to choose from, not {count}")
