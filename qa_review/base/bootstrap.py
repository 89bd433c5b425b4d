"""How sure a figure is: resamples by call, standard errors, and the intervals made of them.

Takes a :class:`Family`: figures that are functions of sums over calls. A resample draws as many
calls as there are, with repeats, so that all units of a call come or stay away together: they are
alike, and drawing them one by one would make every interval too narrow. As the sums of a
resample are a weighted sum of those of the calls, ratings are looked at once, however many
resamples there are.

Intervals cover 95 %. They are not the percentiles of the resamples, which cover too little in
sessions of the usual size (``benchmarks/agreement.py`` measures it), but made of

- ``s``, the standard deviation of the resamples, enlarged by ``sqrt(calls / (calls - 1))``, or that
  of the jackknife (each call left out once) where it is larger: each falls short in some small
  sessions
- ``b``, the bias: the mean of the resamples less the figure
- ``t``, the 97.5 % point of Student's t with ``calls - 1`` degrees of freedom

by what kind of figure it is:

- ``fisher``, coefficients of at most 1: ``tanh(atanh(x) + (-b +- t s) / (1 - x^2))``
- ``share``, shares in [0, 1]: Wilson's with as many trials as would give ``s``
- ``plain``, differences: ``x - b +- t s``

At the very end of its range a figure has ``s = 0``. Then the interval reaches from that end to
where a call that isn't like all others would have stayed unseen with a chance of 2.5 %:
``0.025^(1 / calls)`` for 1, its complement for 0.

References
----------
Efron, B. and Tibshirani, R. (1993). An Introduction to the Bootstrap, chapters 6, 10 to 13.
Field, C. and Welsh, A. (2007). Bootstrapping clustered data. J R Stat Soc B 69, 369-390.
Korn, E. and Graubard, B. (1998). Confidence intervals for proportions with small expected number
of positive counts estimated from survey data. Survey Methodology 24, 193-201.
Wilson, E. (1927). Probable inference, the law of succession, and statistical inference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import atanh, isfinite, sqrt, tanh
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qa_review.base.quantiles import t_quantile
from qa_review.base.ratings import Array, Places

Kind = Literal["fisher", "share", "plain"]
Interval = tuple[float, float]
Sums = NDArray[Any]
Formula = Callable[[Sums], Sums]
"""Sums, shape (..., columns), to figures, shape (..., figures); nan where a figure is undefined.

Only for a linearised error it must also take complex sums, as rational functions do.
"""

COVER = 0.95
EDGE = (1 - COVER) / 2
BLOCK = 1 << 22
"""Weights held at a time: 32 MiB."""
MOST_LEFT_OUT = 2000
"""Calls up to which each is left out once; above, resamples and jackknife say the same."""
END = 1e-9
"""A figure nearer to the end of its range than this is at the end."""
STEP = 1e-20


@dataclass(frozen=True, slots=True)
class Family:
    """Figures that are functions of the same sums over calls.

    ``sums`` has shape (calls, groups, columns). A figure is the mean over the groups in which it
    is defined: one group as a rule, one a pair of raters for kappa.
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    whys: tuple[str, ...]
    """why each figure is undefined where the formula gives nan"""
    sums: Array
    formula: Formula
    linear: Array | None = None
    """other sums, for the linearised error where the source takes a count to be fixed"""
    smooth: bool = True
    """whether the formula takes complex sums, and so has a linearised error"""

    def figures(self, weights: Array) -> Array:
        """The figures of calls counted ``weights`` times; (draws, calls) to (draws, figures)."""
        calls, groups, columns = self.sums.shape
        totals = weights @ self.sums.reshape(calls, -1)
        return self.of_sums(totals.reshape(-1, groups, columns))

    def of_sums(self, totals: Array) -> Array:
        """The figures of such sums; (draws, groups, columns) to (draws, figures)."""
        with np.errstate(all="ignore"):
            return _mean_of_groups(self.formula(totals))

    def observed(self) -> Array:
        """The figures of all calls, each counted once; shape (figures,)."""
        figures: Array = self.figures(np.ones((1, len(self.sums))))[0]
        return figures


def by_call(values: Array, numbers: Places) -> Array:
    """Sums of units' values over each call; (units, ...) to (calls, ...).

    ``numbers`` are those of :meth:`Ratings.call_numbers`.
    """
    if not len(numbers) or int(numbers.max()) + 1 == len(numbers):
        return values[np.argsort(numbers)]
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order], prepend=-1))
    sums: Array = np.add.reduceat(values[order], starts, axis=0)
    return sums


def draws(calls: int, resamples: int, seed: int) -> Iterator[Array]:
    """How often each resample drew each call, in blocks of shape (draws, calls)."""
    random = np.random.default_rng(seed)
    left = resamples
    while left:
        size = min(left, max(1, BLOCK // calls))
        drawn = random.integers(0, calls, size=(size, calls))
        drawn += calls * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * calls).reshape(size, calls).astype(float)
        left -= size


def resampled(families: Sequence[Family], resamples: int, seed: int) -> list[Array]:
    """The figures of every family in every resample, each of shape (resamples, figures).

    All families are of the same calls and see the same resamples.
    """
    found: list[list[Array]] = [[] for _ in families]
    calls = len(families[0].sums)
    for weights in draws(calls, resamples, seed):
        for family, blocks in zip(families, found, strict=True):
            blocks.append(family.figures(weights))
    return [np.concatenate(blocks) for blocks in found]


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a figure is from its long-run value: standard error and bias, by call."""

    error: float
    bias: float


def spreads(family: Family, drawn: Array, calls: int) -> list[Spread | None]:
    """The spread of each figure of a family; ``None`` where most resamples are undefined.

    Args:
        drawn: the figures of the resamples, shape (resamples, figures).
        calls: how many calls the figures rest on.
    """
    left_out = None
    if 2 <= len(family.sums) <= MOST_LEFT_OUT:
        left_out = family.of_sums(family.sums.sum(axis=0) - family.sums)
    found: list[Spread | None] = []
    for at, value in enumerate(family.observed()):
        defined = drawn[np.isfinite(drawn[:, at]), at]
        if calls < 2 or not isfinite(value) or 2 * len(defined) <= len(drawn):
            found.append(None)
            continue
        error = float(np.std(defined)) * sqrt(calls / (calls - 1))
        if left_out is not None:
            error = max(error, _jackknife(left_out[:, at]))
        found.append(Spread(error, float(np.mean(defined)) - float(value)))
    return found


def _jackknife(left_out: Array) -> float:
    """The standard error by leaving each call out once; 0 when a figure is then undefined."""
    if not np.isfinite(left_out).all():
        return 0.0
    return sqrt(len(left_out) - 1) * float(np.std(left_out))


def linear_errors(family: Family) -> tuple[Array, int]:
    """The linearised standard error of each figure, by call, and how many calls it rests on.

    Shape (figures,), nan where undefined.

    ``sqrt(calls / (calls - 1) * sum_c (g . s_c - g . S / calls)^2)`` with ``g`` the gradient of
    the formula at the sums ``S``, taken by a complex step (Squire and Trapp, 1998), which is
    exact. Calls of which nothing was used don't count. With each unit a call of its own it is the
    published error of Gwet's coefficients.
    """
    sums = family.sums if family.linear is None else family.linear
    sums = sums[sums.any(axis=(1, 2))]
    calls = len(sums)
    if not family.smooth or calls < 2:
        return np.full(len(family.names), np.nan), calls
    total = sums.sum(axis=0)
    columns = total.shape[1]
    with np.errstate(all="ignore"):
        defined = np.isfinite(family.formula(total))
        moved = total + STEP * 1j * np.eye(columns)[:, None, :]  # (columns, groups, columns)
        slopes = np.where(defined, np.imag(family.formula(moved)) / STEP, 0.0)
        pushed = np.einsum("cgp,pgf->cf", sums, slopes, optimize=True) / defined.sum(axis=0)
        spread = ((pushed - pushed.mean(axis=0)) ** 2).sum(axis=0)
    errors: Array = np.sqrt(spread * calls / (calls - 1))
    return errors, calls


def interval(kind: Kind, value: float, spread: Spread | None, calls: int) -> Interval | None:
    """The interval of a figure, as the top of this file says.

    ``None`` with fewer than 2 calls, without a spread, or when the error of a figure that isn't at
    the end of its range is 0.
    """
    if spread is None or calls < 2:
        return None
    unseen = EDGE ** (1 / calls)
    if kind != "plain" and value > 1 - END:
        return unseen, 1.0
    if kind == "share" and value < END:
        return 0.0, 1 - unseen
    if not spread.error > END:
        return None
    half = t_quantile(1 - EDGE, calls - 1) * spread.error
    if kind == "share":
        return _wilson(value, spread.error, half / spread.error)
    if kind == "fisher" and value > -1 + END:
        slope = 1 - value**2
        middle, half = atanh(value) - spread.bias / slope, half / slope
        return tanh(middle - half), tanh(middle + half)
    return value - spread.bias - half, value - spread.bias + half


def percentiles(values: Array) -> Interval | None:
    """The 2.5 % and 97.5 % points of resamples; ``None`` when most are undefined."""
    defined = values[np.isfinite(values)]
    if len(defined) < len(values) // 2:
        return None
    low, high = np.quantile(defined, [EDGE, 1 - EDGE])
    return float(low), float(high)


def _wilson(share: float, spread: float, reach: float) -> Interval:
    trials = share * (1 - share) / spread**2
    middle = share + reach**2 / (2 * trials)
    half = reach * sqrt(share * (1 - share) / trials + reach**2 / (4 * trials**2))
    scale = 1 + reach**2 / trials
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def _mean_of_groups(found: Sums) -> Array:
    """(draws, groups, figures) to (draws, figures): the mean where defined, else nan."""
    if found.shape[1] == 1:
        one: Array = found[:, 0]
        return one
    defined = np.isfinite(found)
    counts = defined.sum(axis=1)
    sums = np.where(defined, found, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
