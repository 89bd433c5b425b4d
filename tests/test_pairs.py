"""Natural, not forced; right within the confines; courteous is not understanding.

Pairs of calls that differ in one turn of the agent, written apart from the patterns and the
model. The better call may not score lower, and must score higher nearly always.
"""

from __future__ import annotations

from functools import cache

import pytest
from pair_calls import lines, pairs, said

from qa_review.base.resources import rubric_path
from qa_review.capture.transcript import Transcript
from qa_review.grade.finders import finders
from qa_review.grade.learned import LearnedScorer
from qa_review.grade.rubric import load
from qa_review.grade.scores import LEVELS, Score

RUBRIC = load(rubric_path("behaviours.v1"))
SCORER = LearnedScorer(RUBRIC)
FINDERS = finders(RUBRIC)
NEARLY_ALWAYS = 0.9
"""share of pairs in which the better call must have the higher mean level by its chances"""


def score_of(transcript: Transcript, behaviour: str) -> Score:
    evidence = [piece for finder in FINDERS for piece in finder.find(transcript)]
    scores = SCORER.score(transcript, evidence)
    return next(score for score in scores if score.behaviour == behaviour)


def expected(score: Score) -> float:
    return sum(level * chance for level, chance in zip(LEVELS, score.chances, strict=True))


@cache
def compared(name: str) -> dict[str, tuple[Score, Score]]:
    return {
        call_id: (score_of(better, behaviour), score_of(worse, behaviour))
        for call_id, behaviour, better, worse in pairs(name)
    }


@pytest.mark.parametrize("name", ["natural", "confines"])
def test_the_better_call_scores_higher_in_nearly_every_pair(name: str) -> None:
    found = compared(name)
    assert len(found) >= 30
    lower = [one for one, (better, worse) in found.items() if expected(better) <= expected(worse)]
    assert len(lower) <= (1 - NEARLY_ALWAYS) * len(found), lower


@pytest.mark.parametrize("name", ["natural", "confines"])
def test_the_better_call_hardly_ever_has_the_lower_level(name: str) -> None:
    found = compared(name)
    lower = [one for one, (better, worse) in found.items() if better.level < worse.level]
    assert len(lower) <= 0.06 * len(found), lower


def test_a_courteous_call_without_a_question_is_not_understanding() -> None:
    levels = {
        one["id"]: score_of(said(one["id"], one["turns"]), "understanding").level
        for one in lines("courteous")
    }
    assert len(levels) >= 20
    high = [call for call, level in levels.items() if level is not None and level >= 4]
    assert len(high) <= 1, high
    assert sum(level for level in levels.values() if level) / len(levels) <= 2.6
