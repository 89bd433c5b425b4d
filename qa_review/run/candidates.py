"""Calls that a session can be about: of a folder of results, a file of dialogues, a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.capture.recording import Call
from qa_review.keep.folder import ResultsFolder
from qa_review.keep.store import Store
from qa_review.meet.choose import Candidate, candidates
from qa_review.run.masters import read_said
from qa_review.run.pipeline import Reviewer
from qa_review.run.settings import Settings


def find_candidates(store: Store, rubric_id: str, place: Path | None) -> tuple[Candidate, ...]:
    """Every call in ``place``, or in the store where none is given.

    Calls of a folder of results come with what is known about them and the scorer's review.

    Raises:
        QAReviewError: there is no call.
    """
    if place is None:
        found = candidates(store, rubric_id)
        if not found:
            raise QAReviewError(f"{store.name} holds no calls: say where they are with --calls")
        return found
    said, problems = read_said(place)
    if not said:
        raise QAReviewError(f"{place} holds no calls" + "".join(f"\n  - {p}" for p in problems))
    results = ResultsFolder(place)
    made = []
    for call_id, transcript in said.items():
        record = results.read(call_id) if place.is_dir() else None
        if record:
            made.append(Candidate.of(record.review))
        else:
            made.append(Candidate(Call(call_id), transcript))
    return tuple(made)


def scored(found: Sequence[Candidate], settings: Settings) -> tuple[Candidate, ...]:
    """The same calls, each with the scorer's review on the rubric of ``settings``.

    A call that the scorer can't score stays without one.
    """
    reviewer = Reviewer(settings)
    made = []
    for one in found:
        if one.review is None or one.review.rubric != reviewer.rubric.ref:
            try:
                review = replace(reviewer.score(one.said), call=one.call, recording=one.recording)
                one = replace(one, review=review)
            except QAReviewError:
                one = replace(one, review=None)
        made.append(one)
    return tuple(made)
