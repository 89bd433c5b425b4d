"""The six intraclass correlations of Shrout and Fleiss, with values missing or not.

``ICC(1,1)`` asks how alike any two values of a unit are, ``ICC(2,1)`` how well two raters agree to
the point, ``ICC(3,1)`` how well they agree but for a steady difference in severity. The three
``ICC(.,k)`` ask the same of the mean of all ``k`` raters. With the parts of the variance that
units (u), raters (r) and the rest (e) have,

    ICC(1,1) = u / (u + e) of one way      ICC(2,1) = u / (u + r + e)      ICC(3,1) = u / (u + e)

and for ``k`` every part but ``u`` is divided by ``k``, which is ``k r / (1 + (k - 1) r)`` of the
figure ``r`` for single values (Spearman and Brown). Parts are taken from sums of squares by
fitting constants (Henderson's method III): raters beside units, and units beside raters. On
complete data they are those of the usual analysis of variance, and so are the six figures; with
values missing no unit is dropped, and a rater who got the harder calls isn't taken for a severe
one. A part may come out below 0, as Shrout and Fleiss leave it.

References
----------
Shrout, P. and Fleiss, J. (1979). Intraclass correlations. Psychological Bulletin 86, 420-428.
McGraw, K. and Wong, S. (1996). Forming inferences about some ICCs. Psychol Methods 1, 30-46.
Searle, S., Casella, G. and McCulloch, C. (1992). Variance Components, chapter 5.
"""

from __future__ import annotations

import numpy as np

from qa_review.base.bootstrap import EDGE, Family, Interval, Kind, Sums, by_call
from qa_review.base.quantiles import f_quantile
from qa_review.base.ratings import Array, Marks, Ratings

ONE_WAY = ("icc(1,1)",)
TWO_WAY = ("icc(2,1)", "icc(3,1)")
SINGLE = {"icc(1,k)": "icc(1,1)", "icc(2,k)": "icc(2,1)", "icc(3,k)": "icc(3,1)"}
"""The figure of single values that each of the mean of all raters is made of."""
WHY = "units differ too little, too few values, or raters without a unit in common"


def one_way(ratings: Ratings) -> Family:
    """ICC(1,1): at most 1; raters need not be the same for each unit."""
    values, given = _centred(ratings)
    count = given.sum(axis=1)
    squares = (values**2).sum(axis=1)
    between = values.sum(axis=1) ** 2 / np.maximum(count, 1)
    columns = [count, count > 0, squares, between, count**2, values.sum(axis=1)]

    def formula(s: Sums) -> Sums:
        count, units, squares, between, counts_squared, total = np.moveaxis(s, -1, 0)
        mean = total**2 / count
        inside = _over(squares - between, count - units)
        size = _over(count - counts_squared / count, units - 1)
        unit = _over(_over(between - mean, units - 1) - inside, size)
        return _share(unit, inside, _variance(squares, mean, count))[..., None]

    sums = by_call(np.column_stack(columns).astype(float), ratings.call_numbers())
    return Family(ONE_WAY, ("fisher",), (WHY,), sums[:, None, :], formula, smooth=False)


def two_way(ratings: Ratings) -> Family:
    """ICC(2,1) and ICC(3,1): at most 1; raters are told apart."""
    values, given = _centred(ratings)
    kept = given.any(axis=0)
    values, held = values[:, kept], given[:, kept].astype(float)
    count = held.sum(axis=1)
    part = held / np.maximum(count, 1)[:, None]
    total = values.sum(axis=1)
    raters = values.shape[1]
    shared = part[:, :, None] * held[:, None, :]
    columns = [
        count > 0,
        (values**2).sum(axis=1),
        total**2 / np.maximum(count, 1),
        held,
        values,
        part * total[:, None],
        shared.reshape(len(values), -1),
    ]
    sums = by_call(np.column_stack(columns).astype(float), ratings.call_numbers())

    def formula(s: Sums) -> Sums:
        unit, rater, rest = _parts(s, raters)
        count = s[..., 3 : 3 + raters].sum(axis=-1)
        mean = s[..., 3 + raters : 3 + 2 * raters].sum(axis=-1) ** 2 / count
        whole = _variance(s[..., 1], mean, count)
        forms = [_share(unit, beside, whole) for beside in (rater + rest, rest)]
        return np.stack(forms, axis=-1)

    kinds: tuple[Kind, ...] = ("fisher", "fisher")
    return Family(TWO_WAY, kinds, (WHY, WHY), sums[:, None, :], formula, smooth=False)


def _parts(s: Sums, raters: int) -> tuple[Sums, Sums, Sums]:
    """The variance of units, raters and the rest; nan where values don't tell them apart."""
    units, squares, between = s[..., 0], s[..., 1], s[..., 2]
    held, totals, expected = (s[..., 3 + raters * n : 3 + raters * (n + 1)] for n in range(3))
    shared = s[..., 3 + 3 * raters :].reshape(*s.shape[:-1], raters, raters)
    count = held.sum(axis=-1)
    apart = held[..., None] * np.eye(raters) - shared
    roots, vectors = np.linalg.eigh(apart)
    real = roots > 1e-9 * np.maximum(roots[..., -1:], 1)
    along = np.einsum("...kn,...k->...n", vectors, totals - expected)
    beside_units = np.where(real, along**2 / np.where(real, roots, 1), 0).sum(axis=-1)
    rest = _over(squares - between - beside_units, count - units - raters + 1)
    rest = np.where(real.sum(axis=-1) == raters - 1, np.maximum(rest, 0), np.nan)
    by_rater = _over(totals**2, held).sum(axis=-1)
    beside_raters = between + beside_units - by_rater
    unit = _over(beside_raters - (units - 1) * rest, count - raters)
    rater = _over(beside_units - (raters - 1) * rest, count - units)
    return unit, rater, rest


def f_intervals(ratings: Ratings) -> dict[str, Interval]:
    """The intervals by F of Shrout and Fleiss for single values, by name.

    Empty unless every rater rated every unit, each unit is a call of its own, and raters differ
    within units.
    """
    units, raters = ratings.values.shape
    if not ratings.given.all() or ratings.call_numbers().size != len(set(ratings.call_numbers())):
        return {}
    if units < 2 or raters < 2:
        return {}
    values, _ = _centred(ratings)
    between = raters * values.mean(axis=1).var(ddof=1)
    judges = units * values.mean(axis=0).var(ddof=1)
    inside = values.var(axis=1, ddof=1).mean()
    rest = (inside * units * (raters - 1) - judges * (raters - 1)) / ((units - 1) * (raters - 1))
    if rest <= 1e-12 * max(between, 1e-300):
        return {}
    free = (units - 1, units * (raters - 1)), (units - 1, (units - 1) * (raters - 1))
    found = {
        "icc(1,1)": _by_ratio(between / inside, *free[0], raters),
        "icc(2,1)": _absolute(between, judges, rest, units, raters),
        "icc(3,1)": _by_ratio(between / rest, *free[1], raters),
    }
    return {name: ends for name, ends in found.items() if ends is not None}


def _by_ratio(ratio: float, above: int, below: int, raters: int) -> Interval:
    low = ratio / f_quantile(1 - EDGE, above, below)
    high = ratio * f_quantile(1 - EDGE, below, above)
    return (low - 1) / (low + raters - 1), (high - 1) / (high + raters - 1)


def _absolute(
    between: float, judges: float, rest: float, units: int, raters: int
) -> Interval | None:
    """For ICC(2,1), with Satterthwaite's degrees of freedom for the raters and the rest.

    ``None`` for a figure so far below 0 that these are fewer than 1.
    """
    ratio = judges / rest
    base = between + (raters - 1) * rest + raters * (judges - rest) / units
    if base <= 0:
        return None
    icc = (between - rest) / base
    a, b = raters * icc * ratio, units * (1 + (raters - 1) * icc) - raters * icc
    both = (units - 1) * a**2 + b**2
    freedom = (raters - 1) * (units - 1) * (a + b) ** 2 / both if both > 0 else 0.0
    if freedom < 1:
        return None
    low = f_quantile(1 - EDGE, units - 1, freedom)
    high = f_quantile(1 - EDGE, freedom, units - 1)
    beside = raters * judges + (raters * units - raters - units) * rest
    return (
        units * (between - low * rest) / (low * beside + units * between),
        units * (high * between - rest) / (beside + units * high * between),
    )


def stepped_up(icc: float, raters: int) -> float | None:
    """The figure for the mean of ``raters`` values from that for single ones.

    ``None`` for a figure so far below 0 that there is none.
    """
    whole = 1 + (raters - 1) * icc
    return raters * icc / whole if whole > 1e-9 else None


def _centred(ratings: Ratings) -> tuple[Array, Marks]:
    """Values less their mean, 0 where none was given, and where one was; (units, raters)."""
    given = ratings.given
    middle = float(ratings.values[given].mean()) if given.any() else 0.0
    return np.where(given, ratings.values - middle, 0.0), given


def _variance(squares: Sums, mean: Sums, count: Sums) -> Sums:
    """The variance of all values together; nan where it is no more than rounding."""
    return np.where(squares - mean > 1e-12 * squares, squares - mean, np.nan) / count


def _share(unit: Sums, beside: Sums, variance: Sums) -> Sums:
    """The share of units in theirs and what is beside; nan where both are but rounding."""
    whole = unit + beside
    return unit / np.where(whole > 1e-9 * variance, whole, np.nan)


def _over(above: Sums, below: Sums) -> Sums:
    return above / np.where(below == 0, np.nan, below)
