"""Where short calls come back: the queues and issues in which long calls do so less often.

Takes the frame of reviews with each call marked short, long or neither; makes the contexts in which
repeat contacts are more frequent after short calls than after long ones beyond chance, narrowest
kind first: queue and issue, issue, queue, all calls.

Each context is one test, as in :mod:`qa_review.team.slopes` (within queue, issue and month, agents
as clusters); all of them are corrected together by Holm's method, so that in reviews where length
and repeat contacts have nothing to do with each other, no context at all is named in 95 of 100.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_review.team.many_tests import ERROR, holm
from qa_review.team.means import LEAST_CALLS
from qa_review.team.outcomes import likeness
from qa_review.team.reviews import Codes, Numbers, names
from qa_review.team.slopes import Like, slope

if TYPE_CHECKING:
    import pandas as pd

Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Context:
    """Calls alike, and how many of the short and of the long ones among them came back."""

    context: str
    calls: Codes
    """rows of the frame"""
    short_calls: int
    short_repeats: float
    long_repeats: float
    corrected: float
    """the chance of such a difference, corrected for all contexts; nan before that"""


def proven_contexts(
    reviews: pd.DataFrame, short: Marks, long: Marks, repeat: Numbers
) -> tuple[Context, ...]:
    """The contexts where short calls come back more often, narrowest kind first."""
    x = np.where(long, 1.0, np.where(short, 0.0, np.nan))
    x[np.isnan(repeat)] = np.nan
    like, _ = likeness(reviews)
    found, chances = [], []
    for words, calls in _contexts(reviews, x):
        shorts, longs = repeat[calls][x[calls] == 0], repeat[calls][x[calls] == 1]
        if min(len(shorts), len(longs)) < LEAST_CALLS:
            continue
        one = slope(x[calls], repeat[calls], _part(like, calls), ranks=False)
        if one.p is None or one.value is None:
            continue
        chances.append(one.p if one.value < 0 else 1.0)
        means = float(shorts.mean()), float(longs.mean())
        found.append(Context(words, calls, len(shorts), *means, float("nan")))
    corrected = holm(np.array(chances))
    return tuple(
        replace(one, corrected=float(sure))
        for one, sure in zip(found, corrected, strict=True)
        if sure < ERROR and one.short_repeats > one.long_repeats
    )


def _contexts(reviews: pd.DataFrame, x: Numbers) -> Iterator[tuple[str, Codes]]:
    """Each queue and issue, issue and queue, and all calls: its name, and its rows."""
    queue, queues = names(reviews, "queue")
    issue, issues = names(reviews, "issue")
    both = np.where((queue >= 0) & (issue >= 0), queue * max(1, len(issues)) + issue, -1)
    pairs = [f"{one} / {other}" for one in queues for other in issues]
    for codes, words in ((both, pairs), (issue, issues), (queue, queues)):
        order = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[order], np.arange(len(words) + 1))
        enough = np.bincount(codes[(codes >= 0) & ~np.isnan(x)], minlength=len(words))
        for number, name in enumerate(words):
            if enough[number] >= 2 * LEAST_CALLS:
                yield name, order[ends[number] : ends[number + 1]]
    yield "all calls", np.arange(len(reviews))


def _part(like: Like, calls: Codes) -> Like:
    contexts = tuple(codes[calls] for codes in like.contexts)
    return Like(contexts, like.clusters[calls], like.customers[calls])
