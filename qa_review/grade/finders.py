"""All finders that a rubric can use without a model."""

from __future__ import annotations

from qa_review.grade.evidence import Finder
from qa_review.grade.rubric import Rubric
from qa_review.grade.spacy import PatternFinder
from qa_review.grade.timing import TimingFinder
from qa_review.grade.uptake import UptakeFinder


def finders(rubric: Rubric) -> tuple[Finder, ...]:
    """One finder of each kind, made for ``rubric``; each may be used for many calls."""
    return *word_finders(rubric), TimingFinder(rubric)


def word_finders(rubric: Rubric) -> tuple[Finder, ...]:
    """The finders that look at words alone."""
    return PatternFinder(rubric), UptakeFinder(rubric)
