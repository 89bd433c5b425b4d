"""Two raters and one criterion: two lists of levels, ``None`` where a rater gave none.

The figures are those of :mod:`qa_review.base.coefficients`. Every unit is taken for a call of its
own, and the interval is that of the percentiles of 1,000 resamples, as stored trust cards hold it;
``None`` with fewer than 3 units, or when most resamples leave the figure undefined. Units that
either rater left out are not used; ``n`` counts those that are.

References
----------
Spearman, C. (1904). The proof and measurement of association between two things.
Efron, B. and Tibshirani, R. (1993). An Introduction to the Bootstrap, chapter 13.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite

import numpy as np

from qa_review.base import coefficients
from qa_review.base.bootstrap import Family, draws, percentiles, resampled
from qa_review.base.figures import Agreement
from qa_review.base.ratings import Array, Places, Ratings

Level = int | None

RESAMPLES = 1000
UNDEFINED = "no variation: both gave one and the same level throughout"
SAME_THROUGHOUT = "no variation: one rater gave the same level throughout"


def weighted_kappa(
    first: Sequence[Level], second: Sequence[Level], categories: Sequence[int], *, seed: int = 0
) -> Agreement:
    """Cohen's kappa with quadratic weights: 1 is full agreement, 0 is chance, below 0 worse.

    ``1 - sum(w * observed) / sum(w * expected)`` with ``w = (i - j)^2`` over the positions of
    the categories.

    >>> weighted_kappa([1, 2, 3, 4], [1, 2, 3, 4], (1, 2, 3, 4, 5)).value
    1.0
    """
    return _of_pair(first, second, categories, "kappa quadratic", seed)


def spearman(
    first: Sequence[Level], second: Sequence[Level], categories: Sequence[int], *, seed: int = 0
) -> Agreement:
    """Spearman's rank correlation, ties at their mean rank; in [-1, 1].

    Undefined when one rater gives every unit the same level.
    """
    return _of_pair(first, second, categories, "spearman", seed)


def exact(
    first: Sequence[Level], second: Sequence[Level], categories: Sequence[int], *, seed: int = 0
) -> Agreement:
    """The share of units with the same level, in [0, 1]."""
    return _of_pair(first, second, categories, "exact", seed)


def within_one(
    first: Sequence[Level], second: Sequence[Level], categories: Sequence[int], *, seed: int = 0
) -> Agreement:
    """The share of units whose levels are at most one apart, in [0, 1]."""
    return _of_pair(first, second, categories, "within one", seed)


def mean_error(
    first: Sequence[Level], second: Sequence[Level], categories: Sequence[int], *, seed: int = 0
) -> Agreement:
    """The mean distance in levels (MAE): 0 or more, 0 is full agreement."""
    return _of_pair(first, second, categories, "mean error", seed)


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


def _of_pair(
    first: Sequence[Level],
    second: Sequence[Level],
    categories: Sequence[int],
    name: str,
    seed: int,
) -> Agreement:
    """A figure of two raters, each unit a call of its own, with percentiles of resamples."""
    ratings = _pair(first, second, categories)
    n = len(ratings.units)
    if not n:
        return Agreement(None, "no unit was given a level by both", None, None, 0)
    observed = float(coefficients.shares(ratings).observed()[0])
    if name == "spearman":
        value, why, drawn = _spearman_of(ratings, seed)
    else:
        family = FIGURES[name](ratings)
        at = family.names.index(name)
        value, why = float(family.observed()[at]), UNDEFINED
        drawn = partial(_column, family, at, seed)
    if not isfinite(value):
        return Agreement(None, why, None, observed, n)
    return Agreement(value, None, percentiles(drawn()) if n >= 3 else None, observed, n)


def _column(family: Family, at: int, seed: int) -> Array:
    values: Array = resampled([family], RESAMPLES, seed)[0][:, at]
    return values


def _pair(first: Sequence[Level], second: Sequence[Level], categories: Sequence[int]) -> Ratings:
    """The units that both gave a level, by the places of the levels on the scale."""
    places = {category: at for at, category in enumerate(categories)}
    if len(first) != len(second):
        raise ValueError(f"both raters rate the same units, not {len(first)} and {len(second)}")
    for level in (*first, *second):
        if level is not None and level not in places:
            allowed = ", ".join(map(str, categories))
            raise ValueError(f"a level is one of {allowed} or None, not {level!r}")
    given = [
        (places[a], places[b])
        for a, b in zip(first, second, strict=True)
        if a is not None and b is not None
    ]
    values = np.array(given, dtype=float).reshape(-1, 2)
    scale = tuple(map(float, range(len(categories))))
    return Ratings(tuple(map(str, range(len(given)))), ("first", "second"), values, scale)


def _mean_error(ratings: Ratings) -> Family:
    places = ratings.places()
    sums = coefficients.pair_sums(places[:, 0], places[:, 1], len(ratings.scale))
    return Family(
        ("mean error",),
        ("plain",),
        (UNDEFINED,),
        sums[:, None],
        lambda s: s[..., 2:3] / s[..., :1],
    )


def _spearman_of(ratings: Ratings, seed: int) -> tuple[float, str, Callable[[], Array]]:
    places = ratings.places()
    why = "one unit has no order" if len(places) < 2 else SAME_THROUGHOUT

    def drawn() -> Array:
        blocks = draws(len(places), RESAMPLES, seed)
        return np.array([_spearman(places, w.astype(int)) for block in blocks for w in block])

    return _spearman(places, np.ones(len(places), dtype=int)), why, drawn


def _spearman(places: Places, counts: Places) -> float:
    """The rank correlation of units counted ``counts`` times; nan where undefined."""
    a, b = np.repeat(places, counts, axis=0).T
    if len(a) < 2 or (a == a[0]).all() or (b == b[0]).all():
        return np.nan
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1])


def _ranks(values: Places) -> Array:
    """Ranks from 1, ties at their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: Array = last - (counts - 1) / 2
    return mean[inverse]


FIGURES: dict[str, Callable[[Ratings], Family]] = {
    "kappa quadratic": coefficients.kappas,
    "exact": coefficients.shares,
    "within one": partial(coefficients.shares, within=(1.0,)),
    "mean error": _mean_error,
}
