"""Differences of numbers: the sums that bias, spread and limits of agreement are made of.

Takes differences, one a unit, nan where there is none; makes a :class:`Family`.

References
----------
Bland, J. and Altman, D. (1986). Statistical methods for assessing agreement between two methods
of clinical measurement. Lancet 327, 307-310.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from qa_review.base.bootstrap import EDGE, Family, Sums, by_call
from qa_review.base.ratings import Array, Places, Ratings

LIMIT = NormalDist().inv_cdf(1 - EDGE)
"""How many standard deviations the limits of agreement lie from the bias: 1.96."""
LIMITS = ("bias", "lower limit", "upper limit")
NO_DIFFERENCE = "no unit has both values"
ONE_DIFFERENCE = "one difference has no spread"


def difference_family(differences: Array, numbers: Places) -> Family:
    """The mean difference and the limits between which 95 % of differences lie.

    ``mean`` and ``mean +- 1.96 SD``, in the unit of the values; limits need two differences.

    Args:
        differences: shape (units,), nan where a value is missing.
        numbers: the call of each unit, as from :meth:`Ratings.call_numbers`.
    """
    there = np.isfinite(differences)
    values = np.where(there, differences, 0.0)
    sums = by_call(np.column_stack([there, values, values**2]).astype(float), numbers)

    def formula(s: Sums) -> Sums:
        count, total, squares = s[..., 0], s[..., 1], s[..., 2]
        mean = total / np.where(count == 0, np.nan, count)
        variance = (squares - total * mean) / np.where(count < 2, np.nan, count - 1)
        spread = np.sqrt(np.where(np.abs(variance) <= 1e-12 * np.abs(squares), 0, variance))
        return np.stack([mean, mean - LIMIT * spread, mean + LIMIT * spread], axis=-1)

    whys = (NO_DIFFERENCE, ONE_DIFFERENCE, ONE_DIFFERENCE)
    return Family(LIMITS, ("plain",) * 3, whys, sums[:, None, :], formula)


def limits(ratings: Ratings) -> Family:
    """:func:`difference_family` of two raters, the first less the second."""
    return difference_family(ratings.values[:, 0] - ratings.values[:, 1], ratings.call_numbers())


def standard_deviation(differences: Array) -> float | None:
    """The standard deviation of a sample; ``None`` with fewer than two differences."""
    return float(np.std(differences, ddof=1)) if len(differences) > 1 else None
