"""The mean of levels with its interval, by call.

The interval is Student's t for the mean with a quarter of a call added at either end of the scale.
Levels are bounded and often heaped at one end; there the plain interval is too narrow, and of
width 0 when all calls are alike. Over five shapes of distribution, 20,000 draws each, it holds the
long-run mean in 94.9 to 100 of 100 draws of 10 calls and in 94.0 to 96.6 of 60, where the plain one
holds it in 75.6 to 95.1 and 92.5 to 95.1.

Those five have no level that nearly all calls share. Where one does, the interval can be too
narrow, since what pulls the mean down is rare: over 4,000 draws it holds the mean in 90.8 of 100
draws of 30 calls with 90 % of levels at 5; in 89.2 of 60 and 93.2 of 100 calls with 95 % at 5; in
84.5 of 60 and 95.2 of 100 calls with 97 % at 5 and 3 % at 1.

It speaks of calls like these: calls of one agent are alike, so for a team it is about these
agents, not about others who might join.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from qa_review.base.bootstrap import EDGE
from qa_review.base.quantiles import t_quantile
from qa_review.grade.scores import LEVELS

LEAST_CALLS = 10
"""Calls below which a mean has no interval, handling time no quartiles and calls no lowest tenth"""
ADDED = 0.25
"""calls added at either end of the scale"""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean of levels, in [1, 5].

    ``interval`` is meant to hold the long-run mean in 95 of 100 draws, which it doesn't where
    nearly all calls share a level; ``None`` with too few calls (``lacking``). ``spread`` is the
    standard deviation, ``None`` below 2 calls.
    """

    value: float | None
    why_none: str | None
    interval: tuple[float, float] | None
    spread: float | None
    n: int
    """calls with a level"""
    lacking: int
    """calls missing to :data:`LEAST_CALLS`"""

    def __post_init__(self) -> None:
        if (self.value is None) != (self.why_none is not None):
            raise ValueError("a mean that is None says why, and only such a mean")


def mean_of(levels: Sequence[int]) -> Mean:
    """The mean of the levels that calls were given; undefined when there is none.

    >>> found = mean_of([3, 4, 4, 5, 2, 3, 4, 3, 5, 4])
    >>> found.value, [round(end, 2) for end in found.interval]
    (3.7, [2.94, 4.39])
    """
    n = len(levels)
    lacking = max(0, LEAST_CALLS - n)
    if not n:
        return Mean(None, "no call has a level", None, None, 0, lacking)
    value = sum(levels) / n
    around = sum((level - value) ** 2 for level in levels)
    spread = sqrt(around / (n - 1)) if n > 1 else None
    return Mean(value, None, None if lacking else _interval(levels), spread, n, lacking)


def _interval(levels: Sequence[int]) -> tuple[float, float]:
    low, high = LEVELS[0], LEVELS[-1]
    n = len(levels)
    weight = n + 2 * ADDED
    middle = (sum(levels) + ADDED * (low + high)) / weight
    around = sum((level - middle) ** 2 for level in levels)
    around += ADDED * ((low - middle) ** 2 + (high - middle) ** 2)
    half = t_quantile(1 - EDGE, n - 1) * sqrt(around / (weight - 1) / weight)
    return max(float(low), middle - half), min(float(high), middle + half)
