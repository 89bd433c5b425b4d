"""Figures from calls that were drawn: only lots count, and each by what it stands for.

Takes reviews and the samples of :mod:`qa_review.team.sampling`; makes the rows that figures may
rest on, with a weight each, and means with their intervals.

The weight of a call is one over its chance (Horvitz and Thompson, 1952): a call drawn 1 in 40
stands for 40. Several draws from the same list are averaged: each gives an unbiased total, and so
does their mean, even though a call may be in both. Draws from different lists (one a week) add
up; such lists must not overlap.

Method
------
The mean is the ratio of weighted sums (Hajek, 1971). Its variance is that of the linearised
residuals within each stratum, times n / (n - 1) of that stratum; strata with one call are taken
together. Several draws of one list that have other strata each are taken as one stratum. Student's
t has the degrees of freedom that Satterthwaite (1946) gives for the variances found, or for equal
ones if these are fewer: where one agent has most of the calls, five of theirs are nearly all that
the mean rests on. A figure with a scale has one more call at that end of it whose limit is asked
for, as in :mod:`qa_review.team.means`; it weighs as much as a call does among Kish's (1965)
effective number, ``sum(w)**2 / sum(w**2)``. The interval stays within the scale. There is no
correction for a finite list: it also holds for calls like these.

Measured over 400 draws each, 5 calls of each of ten agents unless told: how often of 100 it held
the mean of the list. With one agent of 2,000 calls and nine of 50: 100 for overall figures and for
shares of 0.9 and 0.97, 97.5 for a share of 0.5. With ten of 200: 100 (0.97) and 97 (0.5). For
levels nine tenths of which are alike, a csat that 6 of 10 calls lack, strata in proportion (10 and
40 calls), and two draws of one list: 98 or more. That is more than was asked for, and has its
price: where five calls stand for 2,000 it is 2.5 times as wide as the error calls for, with 20
calls of each of ten agents 1.2 times. Times have one end only, and no call is added: skewed ones
(lognormal, 0.6) were held in 94.0 with ten agents of 200 calls, and in only 91.5 with one of 2,000.

References
----------
Cochran, W. (1977). Sampling Techniques, 3rd ed., 5.4 (n_h - 1, degrees of freedom), 5A.12 (strata
taken together).
Satterthwaite, F. (1946). An approximate distribution of estimates of variance components.
Biometrics Bulletin 2, 110-114.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_review.base.bootstrap import EDGE
from qa_review.base.frames import frame
from qa_review.base.quantiles import t_quantile
from qa_review.grade.scores import LEVELS
from qa_review.team.means import ADDED
from qa_review.team.reviews import LEVEL, TIMES, TRUTHS, Codes, Numbers, names, numbers

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_MEANS = {
    "of": "string",
    "mean": "Float64",
    "low": "Float64",
    "high": "Float64",
    "n": "Int64",
    "stands_for": "Float64",
    "why": "string",
}
"""A row a figure: its mean over all the calls drawn from, the 95 % interval, the calls it rests on,
how many calls those stand for, and why a figure that is missing is."""


SCALES: Mapping[str, tuple[float, float]] = {
    "overall": (0.0, 100.0),
    "csat": (0.0, 10.0),
    "confidence": (0.0, 1.0),
    **dict.fromkeys(TRUTHS, (0.0, 1.0)),
}
"""figures with two ends; levels have those of the rubric"""
ALIKE = "all calls are alike, and the figure has no scale to say how far off others may lie"
OTHER = "drawn in ways that differ"


def weights(*samples: pd.DataFrame) -> dict[str, float]:
    """How many calls each call drawn by lot stands for; priority calls have no weight.

    Raises:
        ValueError: a call was drawn from two lists that differ: they overlap, and no weight can
            be given.
    """
    return {call: weight for call, (weight, _) in _held(samples).items()}


def _held(samples: Sequence[pd.DataFrame]) -> dict[str, tuple[float, str]]:
    """The weight of each call drawn by lot, and its stratum, which no other list's is called."""
    strata: dict[str, dict[int, set[str]]] = {}  # by list and draw
    places: dict[str, tuple[str, str]] = {}
    sums: dict[str, float] = {}
    for number, sample in enumerate(samples):
        by_lot = sample[sample["kind"].ne("priority").fillna(False)]
        for call, chance, source, name in zip(
            by_lot["call"].astype(str),
            by_lot["chance"],
            by_lot["drawn_from"],
            by_lot["stratum"].astype("string").fillna(""),
            strict=True,
        ):
            if places.setdefault(call, (source, name))[0] != source:
                raise ValueError(f"{call} was drawn from two lists of calls that overlap")
            strata.setdefault(source, {}).setdefault(number, set()).add(name)
            sums[call] = sums.get(call, 0.0) + 1 / float(chance)
    alike = {
        source for source, draws in strata.items() if len(set(map(frozenset, draws.values()))) == 1
    }
    return {
        call: (
            total / len(strata[places[call][0]]),
            f"{places[call][0]}: {places[call][1] if places[call][0] in alike else OTHER}",
        )
        for call, total in sums.items()
    }


def for_figures(reviews: pd.DataFrame, *samples: pd.DataFrame) -> pd.DataFrame:
    """The reviews that figures may rest on: those drawn by lot, with ``weight`` and ``stratum``.

    ``stratum`` is the digest of the list and the name of the stratum in it. Ids are compared as
    text. A call that a priority draw picked is in only if it was also drawn by lot. Calls that were
    drawn and have no row in ``reviews`` can't be in; :func:`not_reviewed` lists them, and unless
    they are few or missing by chance, figures are of the calls that got reviewed only.
    """
    import pandas

    held = _held(samples)
    ids = [str(call) for call in reviews["call"]]
    found = reviews[[call in held for call in ids]].copy()
    kept = [held[call] for call in ids if call in held]
    found["weight"] = np.array([weight for weight, _ in kept], dtype=float)
    found["stratum"] = pandas.array([stratum for _, stratum in kept], dtype="string")
    return found


def not_reviewed(reviews: pd.DataFrame, *samples: pd.DataFrame) -> tuple[str, ...]:
    """The calls drawn by lot that have no review yet, sorted."""
    return tuple(sorted(set(weights(*samples)) - {str(call) for call in reviews["call"]}))


def sample_means_frame(figures: pd.DataFrame, of: Sequence[str] = ("overall",)) -> pd.DataFrame:
    """The mean of columns of :func:`for_figures` over all calls drawn from; see SAMPLE_MEANS.

    Without a column ``stratum`` all calls are taken as of one.

    Raises:
        ValueError: a figure lies outside its scale.
    """
    strata, _ = names(figures, "stratum")
    return frame(SAMPLE_MEANS, (_row(figures, name, strata) for name in of))


def _row(figures: pd.DataFrame, name: str, strata: Codes) -> tuple[object, ...]:
    values, each = numbers(figures, name), numbers(figures, "weight")
    known = ~np.isnan(values) & ~np.isnan(each)
    n, total = int(known.sum()), float(each[known].sum())
    if not n:
        return name, None, None, None, 0, 0.0, "no call drawn by lot has this figure"
    low, high = _scale(name)
    wrong = values[known & ((values < low) | (values > high))]
    if len(wrong):
        raise ValueError(f"column {name}: {wrong[0]:g}; a number from {low:g} to {high:g}")
    mean = float(values[known] @ each[known]) / total
    if n < 2:
        return name, mean, None, None, n, total, "an interval needs at least 2 calls"
    shares = np.where(known, each, 0.0) / total
    error = _error(shares, np.where(known, values - mean, 0.0), known, strata)
    if not error.variance and high == np.inf:
        return name, mean, None, None, n, total, ALIKE
    ends = (_end(mean, error, end, side, high < np.inf) for end, side in ((low, -1), (high, 1)))
    return name, mean, *ends, n, total, None


def _scale(name: str) -> tuple[float, float]:
    if name.startswith(LEVEL):
        return float(LEVELS[0]), float(LEVELS[-1])
    return SCALES.get(name, (0.0 if name in (*TIMES, "systems") else -np.inf, np.inf))


@dataclass(frozen=True, slots=True)
class _Error:
    """How far off a mean may be: its variance, t's degrees of freedom, and Kish's number."""

    variance: float
    freedom: float
    calls: float


def _error(shares: Numbers, residuals: Numbers, known: NDArray[np.bool_], strata: Codes) -> _Error:
    """Of a weighted mean. Calls that lack the figure count in their stratum as residuals of 0."""
    groups = _joined(strata, known)
    count = np.bincount(groups)
    parts = shares * residuals
    around = parts - (np.bincount(groups, parts) / np.maximum(count, 1))[groups]
    found = np.bincount(groups, around**2) * count / np.maximum(count - 1, 1)
    squares = np.bincount(groups, shares**2)
    sums = np.bincount(groups, shares)
    used = squares > 0
    own = np.maximum(sums[used] ** 2 / squares[used] - 1, 1.0)
    likely = (found[used], squares[used])  # the variances found, and if calls vary alike everywhere
    freedom = [each.sum() ** 2 / (each**2 / own).sum() for each in likely if each.any()]
    return _Error(float(found.sum()), float(min(freedom)), 1 / float(squares.sum()))


def _joined(strata: Codes, known: NDArray[np.bool_]) -> Codes:
    """The strata as numbers from 0 up; those with one call that has the figure are taken together.

    A single one such is taken together with the smallest of the others.
    """
    _, codes = np.unique(strata, return_inverse=True)
    counts = np.bincount(codes, known)
    single = counts == 1
    if single.sum() == 1 and (counts > 1).any():
        single[np.argmin(np.where(counts > 1, counts, np.inf))] = True
    groups: Codes = np.where(single[codes], len(counts), codes).astype(np.intp)
    return groups


def _end(mean: float, error: _Error, end: float, side: float, scaled: bool) -> float:
    """One end of the interval, with a call added at that end of the scale if it has two."""
    middle, variance, n = mean, error.variance, error.calls
    if scaled:
        middle = (n * mean + ADDED * end) / (n + ADDED)
        around = variance * n * (n - 1) + (mean - end) ** 2 * n * ADDED / (n + ADDED)
        variance = around / (n + ADDED) / (n + ADDED - 1)
    found = middle + side * t_quantile(1 - EDGE, error.freedom) * float(np.sqrt(variance))
    return max(end, found) if side < 0 else min(end, found)
