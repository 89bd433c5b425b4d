"""How far two raters agree on ordered levels.

Takes pairs of levels, one by each rater for the same unit, ``None`` where a rater gave none;
makes an :class:`Agreement`. Categories are the rubric's, never those that happened to occur,
so that a session in which everybody says "3" is judged on the scale that they had.

A figure that is undefined is ``None`` with the reason beside it: kappa when both raters use
one and the same level throughout has nothing to correct for chance. Units that either rater
left out are not used; ``n`` counts those that are.

References
----------
Cohen, J. (1968). Weighted kappa. Psychological Bulletin 70, 213-220.
Spearman, C. (1904). The proof and measurement of association between two things.
Efron, B. and Tibshirani, R. (1993). An Introduction to the Bootstrap, chapter 13.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Level = int | None
Levels = NDArray[np.int64]
Figure = tuple[float | None, str | None]

RESAMPLES = 1000
COVER = 0.95


@dataclass(frozen=True, slots=True)
class Agreement:
    """One figure of agreement between two raters.

    ``interval`` holds the 2.5 % and 97.5 % points of a percentile bootstrap over units;
    ``None`` with fewer than 3 units, or when most resamples leave the figure undefined.
    ``observed`` is the share of units on which both gave the same level, in [0, 1].
    """

    value: float | None
    why_none: str | None
    interval: tuple[float, float] | None
    observed: float | None
    n: int

    def __post_init__(self) -> None:
        if (self.value is None) != (self.why_none is not None):
            raise ValueError("a figure that is None says why, and only such a figure")


def weighted_kappa(
    first: Sequence[Level], second: Sequence[Level], categories: Sequence[int], *, seed: int = 0
) -> Agreement:
    """Cohen's kappa with quadratic weights: 1 is full agreement, 0 is chance, below 0 worse.

    ``1 - sum(w * observed) / sum(w * expected)`` with ``w = (i - j)^2`` over the positions of
    the categories.

    >>> weighted_kappa([1, 2, 3, 4], [1, 2, 3, 4], (1, 2, 3, 4, 5)).value
    1.0
    """
    return _agreement(first, second, categories, _kappa, seed)


def spearman(
    first: Sequence[Level], second: Sequence[Level], categories: Sequence[int], *, seed: int = 0
) -> Agreement:
    """Spearman's rank correlation, ties at their mean rank; in [-1, 1].

    Undefined when one rater gives every unit the same level.
    """
    return _agreement(first, second, categories, _spearman, seed)


def exact(
    first: Sequence[Level], second: Sequence[Level], categories: Sequence[int], *, seed: int = 0
) -> Agreement:
    """The share of units with the same level, in [0, 1]."""
    return _agreement(first, second, categories, lambda a, b, k: (_mean(a == b), None), seed)


def within_one(
    first: Sequence[Level], second: Sequence[Level], categories: Sequence[int], *, seed: int = 0
) -> Agreement:
    """The share of units whose levels are at most one apart, in [0, 1]."""
    return _agreement(
        first, second, categories, lambda a, b, k: (_mean(abs(a - b) <= 1), None), seed
    )


def mean_error(
    first: Sequence[Level], second: Sequence[Level], categories: Sequence[int], *, seed: int = 0
) -> Agreement:
    """The mean distance in levels (MAE): 0 or more, 0 is full agreement."""
    return _agreement(first, second, categories, lambda a, b, k: (_mean(abs(a - b)), None), seed)


def given_kappa(first: Sequence[Level], second: Sequence[Level], *, seed: int = 0) -> Agreement:
    """Cohen's kappa on whether a level was given at all: agreement about N/A.

    Every unit counts, for N/A is what is compared.
    """
    return weighted_kappa(
        [int(level is None) for level in first],
        [int(level is None) for level in second],
        (0, 1),
        seed=seed,
    )


def _agreement(
    first: Sequence[Level],
    second: Sequence[Level],
    categories: Sequence[int],
    figure: Callable[[Levels, Levels, int], Figure],
    seed: int,
) -> Agreement:
    places = {category: at for at, category in enumerate(categories)}
    if len(first) != len(second):
        raise ValueError(f"both raters rate the same units, not {len(first)} and {len(second)}")
    for level in (*first, *second):
        if level is not None and level not in places:
            allowed = ", ".join(map(str, categories))
            raise ValueError(f"a level is one of {allowed} or None, not {level!r}")
    pairs = [
        (places[a], places[b])
        for a, b in zip(first, second, strict=True)
        if a is not None and b is not None
    ]
    if not pairs:
        return Agreement(None, "no unit was given a level by both", None, None, 0)
    table = np.array(pairs, dtype=np.int64)
    a, b = table[:, 0], table[:, 1]
    value, why = figure(a, b, len(places))
    interval = None if value is None else _interval(a, b, len(places), figure, seed)
    return Agreement(value, why, interval, _mean(a == b), len(pairs))


def _interval(
    a: Levels,
    b: Levels,
    categories: int,
    figure: Callable[[Levels, Levels, int], Figure],
    seed: int,
) -> tuple[float, float] | None:
    """The percentile bootstrap interval over units."""
    if len(a) < 3:
        return None
    draws = np.random.default_rng(seed).integers(0, len(a), size=(RESAMPLES, len(a)))
    values = [v for v, _ in (figure(a[d], b[d], categories) for d in draws) if v is not None]
    if len(values) < RESAMPLES // 2:
        return None
    edge = (1 - COVER) / 2
    low, high = np.quantile(values, [edge, 1 - edge])
    return float(low), float(high)


def _kappa(a: Levels, b: Levels, categories: int) -> Figure:
    table = np.bincount(a * categories + b, minlength=categories**2).reshape(categories, -1)
    observed = table / len(a)
    places = np.arange(categories)
    weights = (places[:, None] - places[None, :]) ** 2
    expected = observed.sum(axis=1)[:, None] * observed.sum(axis=0)[None, :]
    chance = float((weights * expected).sum())
    if chance == 0:
        return None, "no variation: both gave one and the same level throughout"
    return 1 - float((weights * observed).sum()) / chance, None


def _spearman(a: Levels, b: Levels, categories: int) -> Figure:
    if len(a) < 2:
        return None, "one unit has no order"
    if (a == a[0]).all() or (b == b[0]).all():
        return None, "no variation: one rater gave the same level throughout"
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1]), None


def _ranks(values: Levels) -> NDArray[np.float64]:
    """Ranks from 1, ties at their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: NDArray[np.float64] = last - (counts - 1) / 2
    return mean[inverse]


def _mean(values: NDArray[np.bool_] | Levels) -> float:
    return float(np.mean(values))
