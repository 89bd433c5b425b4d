"""The fast way is the slow way: every figure against its definition, written out pair by pair."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from math import comb, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_review.base.agreement import COEFFICIENTS, every
from qa_review.base.bootstrap import draws, resampled
from qa_review.base.coefficients import alpha_interval, shares
from qa_review.base.ratings import Ratings

SCALE = (1.0, 2.0, 4.0, 5.0)
Cost = Callable[[float, float], float]
Slow = Callable[[Ratings], float]


@st.composite
def tables(draw: st.DrawFn) -> Ratings:
    """2 to 4 raters, up to 9 units in calls of one to three, a fifth of the values missing."""
    raters = draw(st.integers(2, 4))
    value = st.sampled_from((*SCALE, *SCALE, nan, nan))
    row = st.lists(value, min_size=raters, max_size=raters)
    rows = draw(st.lists(row, min_size=1, max_size=9))
    calls = draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    return Ratings(
        tuple(f"u{n}" for n in range(len(rows))),
        tuple(f"r{n}" for n in range(raters)),
        np.array(rows),
        SCALE,
        tuple(map(str, calls)),
    )


def units(ratings: Ratings) -> list[list[float]]:
    """The values of each unit that has two or more."""
    rows = [[v for v in row if not np.isnan(v)] for row in ratings.values.tolist()]
    return [row for row in rows if len(row) > 1]


def place(value: float) -> int:
    return SCALE.index(value)


def steps(a: float, b: float) -> int:
    return abs(place(a) - place(b))


WEIGHTS: dict[str, Cost] = {
    "nominal": lambda a, b: float(a == b),
    "linear": lambda a, b: 1 - steps(a, b) / 3,
    "quadratic": lambda a, b: 1 - steps(a, b) ** 2 / 9,
    "ordinal": lambda a, b: 1 - (comb(steps(a, b) + 1, 2) if a != b else 0) / comb(4, 2),
}


def mean_of_pairs(ratings: Ratings, cost: Cost) -> float:
    """The mean over units of the mean over pairs of raters."""
    return float(
        np.mean([np.mean([cost(a, b) for a, b in combinations(u, 2)]) for u in units(ratings)])
    )


def category_shares(ratings: Ratings) -> list[float]:
    """The mean share of each category in a unit, also in those rated once."""
    rows = [[v for v in row if not np.isnan(v)] for row in ratings.values.tolist()]
    return [float(np.mean([row.count(k) / len(row) for row in rows if row])) for k in SCALE]


def beyond_chance(seen: float, chance: float) -> float:
    return nan if abs(1 - chance) < 1e-12 else (seen - chance) / (1 - chance)


def gwet(weights: str) -> Slow:
    def slow(ratings: Ratings) -> float:
        total = sum(WEIGHTS[weights](a, b) for a in SCALE for b in SCALE)
        spread = sum(p * (1 - p) for p in category_shares(ratings))
        return beyond_chance(mean_of_pairs(ratings, WEIGHTS[weights]), total / 12 * spread)

    return slow


def fleiss(ratings: Ratings) -> float:
    chance = sum(p * p for p in category_shares(ratings))
    return beyond_chance(mean_of_pairs(ratings, WEIGHTS["nominal"]), chance)


def conger(ratings: Ratings) -> float:
    columns = [[v for v in column if not np.isnan(v)] for column in ratings.values.T.tolist()]
    own = [[column.count(k) / len(column) for k in SCALE] for column in columns if column]
    chance = float(np.mean([np.dot(a, b) for a, b in permutations(own, 2)]))
    return beyond_chance(mean_of_pairs(ratings, WEIGHTS["nominal"]), chance)


def light(cost: Cost) -> Slow:
    """The mean over pairs of raters of 1 - observed / expected cost."""

    def slow(ratings: Ratings) -> float:
        found = []
        for one, other in combinations(ratings.values.T, 2):
            both = [(a, b) for a, b in zip(one, other, strict=True) if a == a and b == b]
            expected = sum(cost(a, b) for a, _ in both for _, b in both) / (len(both) or 1) ** 2
            if expected:
                found.append(1 - np.mean([cost(a, b) for a, b in both]) / expected)
        return float(np.mean(found)) if found else nan

    return slow


def alpha(metric: str) -> Slow:
    """1 - Do / De over all pairs of values, within units and of all there are."""

    def slow(ratings: Ratings) -> float:
        values = [v for row in units(ratings) for v in row]

        def cost(a: float, b: float) -> float:
            if metric == "nominal":
                return float(a != b)
            if metric == "interval":
                return (a - b) ** 2
            if metric == "ratio":
                return ((a - b) / (a + b)) ** 2
            low, high = min(a, b), max(a, b)
            between = sum(values.count(k) for k in SCALE if low <= k <= high)
            return (between - (values.count(a) + values.count(b)) / 2) ** 2

        inside = sum(
            sum(cost(a, b) for a, b in permutations(row, 2)) / (len(row) - 1)
            for row in units(ratings)
        ) / len(values)
        overall = sum(cost(a, b) for a, b in permutations(values, 2))
        return 1 - inside / (overall / len(values) / (len(values) - 1)) if overall else nan

    return slow


SLOW: dict[str, Slow] = {
    "exact": lambda r: mean_of_pairs(r, WEIGHTS["nominal"]),
    "within one": lambda r: mean_of_pairs(r, lambda a, b: float(steps(a, b) <= 1)),
    "within 2": lambda r: mean_of_pairs(r, lambda a, b: float(steps(a, b) <= 2)),
    "kappa": light(lambda a, b: float(a != b)),
    "kappa linear": light(steps),
    "kappa quadratic": light(lambda a, b: steps(a, b) ** 2),
    "fleiss": fleiss,
    "conger": conger,
    "brennan-prediger": lambda r: beyond_chance(mean_of_pairs(r, WEIGHTS["nominal"]), 1 / 4),
    "ac1": gwet("nominal"),
    **{f"ac2 {weights}": gwet(weights) for weights in ("linear", "quadratic", "ordinal")},
    **{f"alpha {m}": alpha(m) for m in ("nominal", "ordinal", "interval", "ratio")},
}


@given(tables())
def test_every_figure_is_its_definition(ratings: Ratings) -> None:
    found = every(ratings, resamples=1, points=(2,))
    for name, slow in SLOW.items():
        if not units(ratings):
            assert found[name].why_none == "no unit was rated by two raters"
            continue
        expected = slow(ratings)
        if np.isnan(expected):
            assert found[name].value is None, name
        else:
            assert found[name].value == pytest.approx(expected, abs=1e-9), name
        assert found[name].n == len(units(ratings))


def test_the_definitions_are_of_every_figure_of_categories() -> None:
    assert set(COEFFICIENTS) <= set(SLOW)


def least_squares(ratings: Ratings) -> tuple[float, float, float]:
    """The variance of units, raters and the rest, from regressions and traces; nan if not told."""
    given = np.argwhere(~np.isnan(ratings.values))
    y = ratings.values[tuple(given.T)]
    names = [np.unique(column, return_inverse=True)[1] for column in given.T]
    unit, rater = (np.eye(n.max() + 1)[n] for n in names)

    def onto(columns: np.ndarray) -> np.ndarray:
        return columns @ np.linalg.pinv(columns)

    both, by_unit, by_rater = onto(np.hstack([unit, rater])), onto(unit), onto(rater)
    free = len(y) - np.linalg.matrix_rank(both)
    if free < 1 or np.linalg.matrix_rank(both) != unit.shape[1] + rater.shape[1] - 1:
        return nan, nan, nan
    rest = y @ (np.eye(len(y)) - both) @ y / free
    parts = []
    for columns, others in ((unit, by_rater), (rater, by_unit)):
        extra = both - others
        size = np.trace(columns.T @ extra @ columns)
        parts.append((y @ extra @ y - np.trace(extra) * rest) / size)
    return parts[0], parts[1], rest


@settings(max_examples=150)
@given(tables())
def test_intraclass_correlations_are_those_of_regressions(ratings: Ratings) -> None:
    found = every(ratings, resamples=1)
    unit, rater, rest = least_squares(ratings) if units(ratings) else (nan,) * 3
    for form, beside in (("2", rater + rest), ("3", rest)):
        for k in ("1", "k"):
            whole = unit + beside / (1 if k == "1" else len(ratings.raters))
            value = found[f"icc({form},{k})"].value
            if np.isnan(whole) or whole < 1e-9:
                assert value is None or abs(whole) < 1e-9
            else:
                assert value == pytest.approx(unit / whole, rel=1e-6, abs=1e-6)


@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from(SCALE), min_size=3, max_size=3), min_size=2, max_size=8))
def test_with_all_values_they_are_the_analysis_of_variance(rows: list[list[float]]) -> None:
    """Shrout and Fleiss (1979), with their own letters."""
    x = np.array(rows)
    n, k = x.shape
    bms = k * x.mean(axis=1).var(ddof=1)
    jms = n * x.mean(axis=0).var(ddof=1)
    wms = x.var(axis=1, ddof=1).mean()
    ems = (n * (k - 1) * wms - (k - 1) * jms) / ((n - 1) * (k - 1))
    expected = {
        "icc(1,1)": (bms - wms, bms + (k - 1) * wms),
        "icc(2,1)": (bms - ems, bms + (k - 1) * ems + k * (jms - ems) / n),
        "icc(3,1)": (bms - ems, bms + (k - 1) * ems),
        "icc(1,k)": (bms - wms, bms),
        "icc(2,k)": (bms - ems, bms + (jms - ems) / n),
        "icc(3,k)": (bms - ems, bms),
    }
    found = every(Ratings(tuple(map(str, range(n))), ("a", "b", "c"), x, SCALE), resamples=1)
    for name, (above, below) in expected.items():
        value = found[name].value
        if below > 1e-9:
            assert value == pytest.approx(above / below, rel=1e-7, abs=1e-7), name
        else:
            assert value is None or abs(below) < 1e-9, name


@settings(max_examples=30)
@given(tables(), st.integers(0, 5))
def test_a_resample_is_the_figure_of_the_calls_it_drew(ratings: Ratings, seed: int) -> None:
    """Drawn twice, a call counts as two calls."""
    if not units(ratings):
        return
    used = ratings.rows(ratings.rated)
    numbers = used.call_numbers()
    builders = COEFFICIENTS | {"alpha interval": alpha_interval, "exact": shares}
    families = [make(used) for make in dict.fromkeys(builders.values())]
    fast = resampled(families, 4, seed)
    weights = np.concatenate(list(draws(int(numbers.max()) + 1, 4, seed))).astype(int)
    for draw, counts in enumerate(weights):
        rows = [row for row, call in enumerate(numbers) for _ in range(counts[call])]
        names = tuple(map(str, range(len(rows))))
        again = Ratings(names, used.raters, used.values[rows], SCALE)
        for family, values in zip(families, fast, strict=True):
            for name, value in zip(family.names, values[draw], strict=True):
                expected = SLOW[name](again) if units(again) else nan
                assert value == pytest.approx(expected, abs=1e-9, nan_ok=True), name


@settings(max_examples=60)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_raters_units_and_calls_does_not_matter(ratings: Ratings, random) -> None:  # type: ignore[no-untyped-def]
    raters, rows = list(range(len(ratings.raters))), list(range(len(ratings.units)))
    random.shuffle(raters)
    random.shuffle(rows)
    one, other = every(ratings), every(ratings.columns(raters).rows(np.array(rows)))
    for name in set(one) - {"bias", "lower limit", "upper limit"}:
        assert close(one[name].value, other[name].value), name
        assert one[name].n == other[name].n and one[name].calls == other[name].calls
        for a, b in zip(one[name].analytic or (), other[name].analytic or (), strict=True):
            assert a == pytest.approx(b, abs=1e-6)


@settings(max_examples=60)
@given(tables(), st.permutations(SCALE))
def test_the_order_of_nominal_categories_does_not_matter(ratings: Ratings, scale) -> None:  # type: ignore[no-untyped-def]
    turned = Ratings(ratings.units, ratings.raters, ratings.values, tuple(scale), ratings.calls)
    one, other = every(ratings), every(turned)
    for name in ("exact", "kappa", "fleiss", "conger", "brennan-prediger", "ac1", "alpha nominal"):
        assert close(one[name].value, other[name].value), name
        for a, b in zip(one[name].interval or (), other[name].interval or (), strict=True):
            assert a == pytest.approx(b, abs=1e-7)


def close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, abs=1e-7)
