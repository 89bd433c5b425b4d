"""What agreement is counted from, and the formulas: shares, kappas, AC and alpha.

Each function takes :class:`Ratings` and makes a :class:`Family`: sums over calls and formulas of
them. Units that fewer than two raters gave a value are of use to none, except to the shares
of categories of Fleiss, Gwet, Conger and Brennan and Prediger, as their sources have it.

Conventions
-----------
- ``closeness`` of two categories, in [0, 1], 1 for the same one: by how far apart they lie on the
  scale, whatever their values.
- ``observed`` is the mean over units of the closeness of all pairs of values of a unit, so that
  a unit counts once, however many rated it.
- Chance takes the whole scale, also the categories that nobody used.

References
----------
Cohen, J. (1968). Weighted kappa. Psychological Bulletin 70, 213-220.
Conger, A. (1980). Integration and generalization of kappas. Psychological Bulletin 88, 322-328.
Fleiss, J. (1971). Measuring nominal scale agreement among many raters. Psych Bull 76, 378-382.
Light, R. (1971). Measures of response agreement. Psychological Bulletin 76, 365-377.
Brennan, R. and Prediger, D. (1981). Coefficient kappa. Educ Psychol Meas 41, 687-699.
Gwet, K. (2014). Handbook of Inter-Rater Reliability, 4th edition, chapters 2 to 4.
Krippendorff, K. (2011). Computing Krippendorff's Alpha-Reliability.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from qa_review.base.bootstrap import Family, Formula, Sums, by_call
from qa_review.base.ratings import Array, Marks, Ratings

NO_VARIATION = "no variation: every value is the same"
NO_PAIR_VARIES = "no variation: no two raters differ from one and the same category throughout"
NO_SPREAD = "nothing to divide by: the values hold no variation, or are negative for a ratio"
CLOSENESS = ("nominal", "linear", "quadratic", "ordinal")
METRICS = ("nominal", "ordinal", "ratio")


def closeness(kind: str, categories: int) -> Array:
    """The closeness of two categories by how far apart they lie; shape (categories,).

    ``nominal`` is 1 for the same one, else 0. ``linear`` falls evenly to 0 at the whole scale
    apart, ``quadratic`` with the square of the distance, ``ordinal`` (Gwet) with the number of
    pairs of categories from one to the other.
    """
    apart = np.arange(categories, dtype=float)
    costs = {
        "nominal": np.minimum(apart, 1),
        "linear": apart,
        "quadratic": apart**2,
        "ordinal": apart * (apart + 1) / 2,
    }
    close: Array = 1 - costs[kind] / max(costs[kind][-1], 1)
    return close


def rated_twice(ratings: Ratings) -> Marks:
    """The units with values of two raters or more; shape (units,)."""
    twice: Marks = ratings.given.sum(axis=1) >= 2
    return twice


def shares(ratings: Ratings, within: Sequence[float] = ()) -> Family:
    """The shares of pairs that are the same, and that are no further apart than ``within``.

    Steps on the scale for categories, points for totals; in [0, 1].
    """
    found = ratings.places() if ratings.scale else ratings.values
    limits = (0.0, *within)
    twice = rated_twice(ratings)
    close = np.zeros((len(ratings.units), len(limits)))
    for one, other in _pairs(ratings):
        gap = np.abs(found[:, one] - found[:, other])
        for column, limit in enumerate(limits):
            both = ratings.given[:, one] & ratings.given[:, other]
            close[:, column] += both & (gap <= limit + 1e-9 * (limit > 0))
    close[twice] /= _pair_counts(ratings)[twice, None]
    sums = by_call(np.column_stack([close, twice]), ratings.call_numbers())
    return Family(
        share_names(within),
        tuple("share" for _ in limits),
        ("no unit was rated by two raters",) * len(limits),
        sums[:, None, :],
        lambda s: _divide(s[..., :-1], s[..., -1:]),
    )


def share_names(within: Sequence[float]) -> tuple[str, ...]:
    """The names of the figures of :func:`shares`."""
    return ("exact", *("within one" if w == 1 else f"within {w:g}" for w in within))


def chance_corrected(ratings: Ratings) -> Family:
    """Fleiss' kappa, Brennan-Prediger, Gwet's AC1 and AC2; at most 1, 0 is chance.

    ``(observed - chance) / (1 - chance)``. With ``p_k`` the mean share of category k in a unit,
    ``q`` categories and ``T`` the sum of all closenesses, chance is ``sum_k p_k^2`` (Fleiss),
    ``T / q^2`` (Brennan-Prediger), ``T / (q (q - 1)) sum_k p_k (1 - p_k)`` (AC). Kappa is
    undefined when every value is the same; the others are 1.
    """
    q = len(ratings.scale)
    counts, observed = _counts(ratings), _observed(ratings, CLOSENESS)
    values = counts.sum(axis=1)
    mean_shares = counts / np.maximum(values, 1)[:, None]
    totals = np.array([_matrix(closeness(kind, q)).sum() for kind in CLOSENESS])

    def formula(s: Sums) -> Sums:
        share = _divide(s[..., 7:], s[..., 6:7])
        spread = (share * (1 - share)).sum(axis=-1, keepdims=True)
        nominal, flat = 1 - spread, np.full_like(spread, 1 / q)
        gwet = totals / (q * (q - 1)) * spread
        chance = np.concatenate([nominal, flat, gwet], axis=-1)
        seen = s[..., [0, 0, 0, 1, 2, 3]]
        return _corrected(seen, chance, s[..., 4:5], s[..., 5:6])

    numbers = ratings.call_numbers()
    twice = (values >= 2).astype(float)
    rated = (values >= 1).astype(float)
    sums = by_call(np.column_stack([observed, twice, twice, rated, mean_shares]), numbers)
    return Family(
        ("fleiss", "brennan-prediger", "ac1", "ac2 linear", "ac2 quadratic", "ac2 ordinal"),
        ("fisher",) * 6,
        (NO_VARIATION,) * 6,
        sums[:, None, :],
        formula,
        _fixed(sums, 4, 6)[:, None, :],
    )


def conger(ratings: Ratings) -> Family:
    """Conger's kappa: Cohen's for any number of raters; at most 1, 0 is chance.

    Chance is that of two different raters drawn at random, each with the shares of categories
    of their own.
    """
    q = len(ratings.scale)
    given = ratings.given
    raters = np.flatnonzero(given.any(axis=0))
    places = ratings.places()[:, raters]
    held = (places[:, :, None] == np.arange(q)).astype(float).reshape(len(places), -1)

    def formula(s: Sums) -> Sums:
        held = s[..., 4:].reshape(*s.shape[:-1], len(raters), q)
        counts = held.sum(axis=-1, keepdims=True)
        share = np.where(counts == 0, 0, held / np.where(counts == 0, 1, counts))
        there = (counts != 0).sum(axis=(-2, -1))
        apart = (share.sum(axis=-2) ** 2).sum(axis=-1) - (share**2).sum(axis=(-2, -1))
        chance = _divide(apart, there * (there - 1))[..., None]
        return _corrected(s[..., :1], chance, s[..., 1:2], s[..., 2:3])

    values = given.sum(axis=1)
    twice = (values >= 2).astype(float)
    rated = (values >= 1).astype(float)
    columns = [_observed(ratings, ("nominal",)), twice, twice, rated, held]
    sums = by_call(np.column_stack(columns), ratings.call_numbers())
    return Family(
        ("conger",),
        ("fisher",),
        (NO_VARIATION,),
        sums[:, None, :],
        formula,
        _fixed(sums, 1, 3)[:, None, :],
    )


def kappas(ratings: Ratings) -> Family:
    """Cohen's kappa, linear and quadratic too; the mean of all pairs (Light) for more raters.

    ``1 - sum(cost * observed) / sum(cost * expected)`` over the units that both rated. A pair that
    is undefined, as both gave one and the same category throughout, is left out of the mean.
    """
    q = len(ratings.scale)
    places, numbers = ratings.places(), ratings.call_numbers()
    sums = []
    for one, other in _pairs(ratings):
        a, b = places[:, one], places[:, other]
        sums.append(by_call(pair_sums(a, b, q), numbers))
    return Family(
        ("kappa", "kappa linear", "kappa quadratic"),
        ("fisher",) * 3,
        (NO_PAIR_VARIES,) * 3,
        np.stack(sums, axis=1),
        kappa_formula(q),
    )


def pair_sums(one: Sums, other: Sums, categories: int) -> Array:
    """What the kappas of a pair of raters need of each unit; places in, -1 for none.

    Shape (units, 4 + 2 categories): 1, the nominal, linear and quadratic cost, what each gave.
    """
    both = (one >= 0) & (other >= 0)
    gap = np.where(both, one - other, 0)
    held = [(both & (rater == k)) for rater in (one, other) for k in range(categories)]
    return np.column_stack([both, gap != 0, np.abs(gap), gap**2, *held]).astype(float)


def kappa_formula(categories: int) -> Formula:
    """The nominal, linear and quadratic kappa of sums of :func:`pair_sums`."""
    apart = np.abs(np.subtract.outer(np.arange(categories), np.arange(categories)))
    costs = [(apart > 0).astype(float), apart.astype(float), apart.astype(float) ** 2]

    def formula(s: Sums) -> Sums:
        one, other = s[..., 4 : 4 + categories], s[..., 4 + categories :]
        expected = np.stack([((one @ cost) * other).sum(axis=-1) for cost in costs], axis=-1)
        return 1 - _divide(s[..., :1] * s[..., 1:4], expected)

    return formula


def alphas(ratings: Ratings) -> Family:
    """Krippendorff's alpha, nominal, ordinal and ratio; at most 1, 0 is chance.

    ``1 - (n - 1) sum(cost * o) / sum(cost * n_k n_l)`` of the coincidences ``o``, with the cost of
    two categories being 1 (nominal), the square of the values between them (ordinal), or
    ``((k - l) / (k + l))^2`` (ratio, only for a scale without values below 0).
    """
    q = len(ratings.scale)
    counts = _counts(ratings)
    values = counts.sum(axis=1)
    counts = np.where(values[:, None] >= 2, counts, 0.0)
    others = np.maximum(values - 1, 1)[:, None]
    numbers = ratings.call_numbers()
    met = [counts[:, [k]] * (counts - (np.arange(q) == k)) / others for k in range(q)]
    sums = np.column_stack([by_call(columns, numbers) for columns in (counts.sum(axis=1), *met)])
    scale = np.array(ratings.scale, dtype=float)
    both = scale[:, None] + scale
    ratio = np.divide(scale[:, None] - scale, both, out=np.zeros((q, q)), where=both != 0) ** 2
    if (scale < 0).any():
        ratio = np.full((q, q), np.nan)

    def formula(s: Sums) -> Sums:
        met = s[..., 1:].reshape(*s.shape[:-1], q, q)
        held = met.sum(axis=-1)
        middle = np.cumsum(held, axis=-1) - held / 2
        ordinal = (middle[..., :, None] - middle[..., None, :]) ** 2
        costs = (1 - np.eye(q), ordinal, ratio)
        seen = [(cost * met).sum(axis=(-2, -1)) for cost in costs]
        chance = [(cost * _outer(held)).sum(axis=(-2, -1)) for cost in costs]
        return 1 - _divide(s[..., :1] * np.stack(seen, axis=-1), np.stack(chance, axis=-1))

    return Family(
        tuple(f"alpha {metric}" for metric in METRICS),
        ("fisher",) * 3,
        (NO_VARIATION, NO_VARIATION, NO_SPREAD),
        _less_one(sums)[:, None, :],
        formula,
        sums[:, None, :],
    )


def alpha_interval(ratings: Ratings) -> Family:
    """Krippendorff's alpha for numbers, with ``(a - b)^2`` as the cost of two values."""
    twice = rated_twice(ratings)
    given = ratings.given & twice[:, None]
    middle = float(ratings.values[given].mean()) if given.any() else 0.0
    values = np.where(given, ratings.values - middle, 0.0)
    count, total, squares = given.sum(axis=1), values.sum(axis=1), (values**2).sum(axis=1)
    apart = 2 * (count * squares - total**2) / np.maximum(count - 1, 1)
    sums = by_call(np.column_stack([count, count, total, squares, apart]), ratings.call_numbers())

    def formula(s: Sums) -> Sums:
        less_one, count, total, squares, apart = (s[..., k : k + 1] for k in range(5))
        expected = 2 * (count * squares - total**2)
        some = np.abs(expected) > 1e-12 * np.abs(count * squares)
        return 1 - _divide(less_one * apart, np.where(some, expected, 0))

    return Family(
        ("alpha interval",),
        ("fisher",),
        (NO_VARIATION,),
        _less_one(sums)[:, None, :],
        formula,
        sums[:, None, :],
    )


def _corrected(seen: Sums, chance: Sums, units: Sums, twice: Sums) -> Sums:
    """``(observed - chance) / (1 - chance)`` from the sum of what ``twice`` units show."""
    left = np.where(np.abs(1 - chance) > 1e-12, 1 - chance, 0)
    return _divide(seen - chance * twice, units * left)


def _fixed(sums: Array, units: int, rated: int) -> Array:
    """Sums that count the units rated twice as a fixed share of those rated at all.

    So does the published error of these coefficients.
    """
    linear = sums.copy()
    linear[:, units] = sums[:, rated] * sums[:, units].sum() / max(sums[:, rated].sum(), 1)
    return linear


def _less_one(sums: Array) -> Array:
    """Sums whose first column counts values, less 1 over all calls.

    So that it is ``n - 1`` of any resample too. The published error is that of alpha with ``n``.
    """
    less = sums.copy()
    less[:, 0] -= 1 / max(len(sums), 1)
    return less


def _outer(held: Sums) -> Sums:
    both: Sums = held[..., :, None] * held[..., None, :]
    return both


def _divide(above: Sums, below: Sums) -> Sums:
    """``above / below``, nan where ``below`` is 0."""
    return above / np.where(below == 0, np.nan, below)


def _counts(ratings: Ratings) -> Array:
    """How many raters gave each category to each unit; shape (units, categories)."""
    places = ratings.places()
    return np.stack([(places == k).sum(axis=1) for k in range(len(ratings.scale))], axis=1) * 1.0


def _observed(ratings: Ratings, kinds: Sequence[str]) -> Array:
    """The mean closeness of all pairs of values of each unit, 0 where there is none.

    Shape (units, kinds).
    """
    tables = np.stack([closeness(kind, len(ratings.scale)) for kind in kinds], axis=1)
    places = ratings.places()
    close = np.zeros((len(places), len(kinds)))
    for one, other in _pairs(ratings):
        both = (places[:, one] >= 0) & (places[:, other] >= 0)
        gap = np.abs(places[:, one] - places[:, other])
        close += both[:, None] * tables[np.where(both, gap, 0)]
    mean: Array = close / np.maximum(_pair_counts(ratings), 1)[:, None]
    return mean


def _matrix(close: Array) -> Array:
    """The closeness of each two categories from that by their distance."""
    places = np.arange(len(close))
    matrix: Array = close[np.abs(places[:, None] - places)]
    return matrix


def _pairs(ratings: Ratings) -> Iterator[tuple[int, int]]:
    return combinations(range(len(ratings.raters)), 2)


def _pair_counts(ratings: Ratings) -> Array:
    values = ratings.given.sum(axis=1)
    pairs: Array = values * (values - 1) / 2
    return pairs
