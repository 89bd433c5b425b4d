"""What one rater does beside the master scores or the other raters: severity, spread, drift.

Takes :class:`Ratings`; makes a :class:`Severity` a rater, a :class:`Drift` a rater and session, or
the limits of agreement of two raters. A rater who gives higher values than the reference has a
positive severity mean; below 10 calls it is "not enough data" (:data:`LEAST_CALLS`), so that
nobody is judged on a call or two.

References
----------
Bland, J. and Altman, D. (1986). Statistical methods for assessing agreement between two methods
of clinical measurement. Lancet 327, 307-310.
Welch, B. (1947). The generalization of Student's problem. Biometrika 34, 28-35.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from qa_review.base.agreement import RESAMPLES, figures
from qa_review.base.bootstrap import EDGE, resampled
from qa_review.base.differences import (
    LIMITS,
    NO_DIFFERENCE,
    difference_family,
    limits,
    standard_deviation,
)
from qa_review.base.figures import Agreement, describe
from qa_review.base.quantiles import t_quantile
from qa_review.base.ratings import Array, Ratings

Against = Literal["master", "others"]


@dataclass(frozen=True, slots=True)
class Severity:
    """How far a rater's values lie from the reference on the same units, in steps or points.

    ``mean`` is the mean of rater less reference: above 0 milder, where high values are good.
    ``spread`` is the standard deviation of these differences, ``None`` with fewer than two.
    ``absent_share`` is the share of N/A among all that the rater was asked, in [0, 1], ``None``
    when asked nothing. ``mean.observed`` is the share of values that are those of the
    reference, or the mean share of the other raters who gave the same.
    """

    rater: str
    against: Against
    mean: Agreement
    spread: float | None
    absent_share: float | None
    calls: int
    """calls on which rater and reference both gave a value"""


@dataclass(frozen=True, slots=True)
class Drift:
    """A rater's severity in one session, and how it moved since the rater's first.

    ``change`` is this session's mean less that of the first session with the same reference;
    ``None`` in the first itself, and where the mean is undefined.
    """

    rater: str
    session: str
    against: Against
    mean: Agreement
    spread: float | None
    change: Agreement | None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bland and Altman's figures for two raters: 95 % of differences lie in [lower, upper].

    Each has an interval of its own. Differences are ``first`` less ``second``.
    """

    first: str
    second: str
    bias: Agreement
    lower: Agreement
    upper: Agreement


def severity(
    ratings: Ratings,
    *,
    master: Mapping[str, float] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Severity, ...]:
    """Each rater beside the master scores if they are given, else beside the other raters.

    The reference of a unit is its master score, or the mean of what all other raters gave.

    Args:
        master: the master score of each unit, by its name; units without one are left out.
    """
    found = []
    for rater in range(len(ratings.raters)):
        if master is None:
            reference, same = _others(ratings, rater)
        else:
            reference = np.array([master.get(unit, np.nan) for unit in ratings.units], dtype=float)
            same = (ratings.values[:, rater] == reference).astype(float)
        against: Against = "others" if master is None else "master"
        found.append(_severity(ratings, rater, reference, same, against, resamples, seed))
    return tuple(found)


def drift(
    sessions: Sequence[tuple[str, Ratings, Mapping[str, float] | None]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Drift, ...]:
    """Each rater's severity from session to session, oldest first, and the change since the first.

    Args:
        sessions: the name of each session, its ratings, and its master scores if there are any.
    """
    found: list[Drift] = []
    first: dict[tuple[str, Against], Agreement] = {}
    for name, ratings, master in sessions:
        for one in severity(ratings, master=master, resamples=resamples, seed=seed):
            change = None
            if one.mean.value is not None:
                before = first.setdefault((one.rater, one.against), one.mean)
                change = None if before is one.mean else _change(before, one.mean)
            found.append(Drift(one.rater, name, one.against, one.mean, one.spread, change))
    return tuple(found)


def limits_of_agreement(ratings: Ratings, *, resamples: int = RESAMPLES, seed: int = 0) -> Limits:
    """Bias and limits of agreement of the only two raters, in steps or points.

    Raises:
        ValueError: there are not two raters.
    """
    if len(ratings.raters) != 2:
        raise ValueError(f"limits of agreement are of 2 raters, not {len(ratings.raters)}")
    made = figures(ratings, dict.fromkeys(LIMITS, limits), resamples=resamples, seed=seed)
    return Limits(*ratings.raters, *(made[name] for name in LIMITS))


def _severity(
    ratings: Ratings,
    rater: int,
    reference: Array,
    same: Array,
    against: Against,
    resamples: int,
    seed: int,
) -> Severity:
    gaps = ratings.values[:, rater] - reference
    there = np.isfinite(gaps)
    used = ratings.rows(there)
    asked = int(ratings.asked[:, rater].sum())
    absent = float(ratings.absent[:, rater].sum()) / asked if asked else None
    n = int(there.sum())
    if not n:
        alone = against == "others" and len(ratings.raters) < 2
        why = "fewer than 2 raters" if alone else NO_DIFFERENCE
        nothing = Agreement(None, why, None, None, 0)
        return Severity(ratings.raters[rater], against, nothing, None, absent, 0)
    numbers = used.call_numbers()
    calls = int(numbers.max()) + 1
    family = difference_family(gaps[there], numbers)
    drawn = resampled([family], resamples, seed)[0]
    made = describe(family, drawn, n, calls, float(same[there].mean()))
    spread = standard_deviation(gaps[there])
    return Severity(ratings.raters[rater], against, made["bias"], spread, absent, calls)


def _others(ratings: Ratings, rater: int) -> tuple[Array, Array]:
    """The mean of the other raters on each unit, and the share of them who gave the same."""
    others = np.delete(ratings.values, rater, axis=1)
    given = ~np.isnan(others)
    counts = given.sum(axis=1)
    divisor = np.where(counts > 0, counts, np.nan)
    mean: Array = np.where(given, others, 0.0).sum(axis=1) / divisor
    same: Array = (others == ratings.values[:, [rater]]).sum(axis=1) / divisor
    return mean, same


def _change(before: Agreement, now: Agreement) -> Agreement:
    """The difference of two means of different calls, with Welch's interval."""
    n, lacking = min(before.n, now.n), max(before.lacking, now.lacking)
    calls = [one.n if one.calls is None else one.calls for one in (before, now)]
    value = (now.value or 0.0) - (before.value or 0.0)
    if before.error is None or now.error is None:
        return Agreement(value, None, None, None, n, calls=min(calls), lacking=lacking)
    parts = [before.error**2, now.error**2]
    spread = sqrt(sum(parts))
    interval = None
    if spread > 0 and not lacking:
        freedom = sum(parts) ** 2 / sum(p**2 / (c - 1) for p, c in zip(parts, calls, strict=True))
        reach = spread * t_quantile(1 - EDGE, freedom)
        interval = value - reach, value + reach
    return Agreement(
        value, None, interval, None, n, error=spread, calls=min(calls), lacking=lacking
    )
