"""Published figures: what the literature and R's irrCAC print for their own examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from qa_review.base import agreement
from qa_review.base.agreement import every, icc, krippendorff_alpha
from qa_review.base.bootstrap import percentiles, resampled
from qa_review.base.coefficients import alphas, rated_twice
from qa_review.base.quantiles import t_quantile
from qa_review.base.ratings import Ratings

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
_ = None

KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]
"""Krippendorff (2011), part C: 4 observers, 12 units."""
GWET = [
    KRIPPENDORFF[0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, _],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 3],
    KRIPPENDORFF[3],
]
"""irrCAC, cac.raw4raters: the same but for who rated the last unit alone."""
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
"""irrCAC, cont3x3abstractors: rows by the first, columns by the second."""
SIX_RATERS = [
    [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0],
    [2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6],
    [1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1],
]  # fmt: skip
"""irrCAC, distrib.6raters: how many of 6 gave each of 5 categories."""
WIKIPEDIA = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
"""Wikipedia, Fleiss' kappa, worked example: how many of 14 gave each of 5 categories."""
SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
"""Shrout and Fleiss (1979), table 2: 6 targets, 4 judges."""


def of_raters(columns: Sequence[Sequence[float | None]], scale: Sequence[float]) -> Ratings:
    """Ratings from a list a rater, ``None`` where a value is missing."""
    return Ratings.of(
        [
            (f"unit {unit}", f"rater {rater}", value)
            for rater, column in enumerate(columns)
            for unit, value in enumerate(column)
            if value is not None
        ],
        scale,
    )


def of_counts(counts: list[list[int]]) -> Ratings:
    """Ratings from how many raters gave each category; which of them is not known."""
    rows = [[category for category, n in enumerate(row, 1) for _ in range(n)] for row in counts]
    return of_raters(list(zip(*rows, strict=True)), range(1, len(counts[0]) + 1))


def of_table(table: list[list[int]]) -> Ratings:
    """Ratings of two raters from their contingency table."""
    cells = [(i, j) for i, row in enumerate(table, 1) for j, n in enumerate(row, 1)
             for _ in range(n)]  # fmt: skip
    return of_raters(list(zip(*cells, strict=True)), range(1, len(table) + 1))


FOUR, RAW = of_raters(KRIPPENDORFF, LEVELS), of_raters(GWET, LEVELS)
TABLE, SIX, WIKI = of_table(ABSTRACTORS), of_counts(SIX_RATERS), of_counts(WIKIPEDIA)
JUDGES = of_raters(list(zip(*SHROUT_FLEISS, strict=True)), ())


@pytest.mark.parametrize(
    ("ratings", "name", "value"),
    [
        pytest.param(FOUR, "alpha nominal", 0.743, id="Krippendorff 2011"),
        pytest.param(FOUR, "alpha ordinal", 0.815, id="Krippendorff 2011"),
        pytest.param(FOUR, "alpha interval", 0.849, id="Krippendorff 2011"),
        pytest.param(FOUR, "alpha ratio", 0.797, id="Krippendorff 2011"),
        pytest.param(FOUR, "alpha nominal", 0.7434, id="krippendorff 0.9.0"),
        pytest.param(FOUR, "alpha ordinal", 0.8154, id="krippendorff 0.9.0"),
        pytest.param(FOUR, "alpha interval", 0.8491, id="krippendorff 0.9.0"),
        pytest.param(FOUR, "alpha ratio", 0.7974, id="krippendorff 0.9.0"),
        pytest.param(FOUR, "ac2 ordinal", 0.89894, id="irrCAC for Python"),
        pytest.param(FOUR, "ac2 linear", 0.85874, id="irrCAC for Python"),
        pytest.param(FOUR, "ac2 quadratic", 0.91400, id="irrCAC for Python"),
        pytest.param(FOUR, "conger", 0.76207, id="irrCAC for Python"),
        pytest.param(RAW, "exact", 0.8181818, id="irrCAC README"),
        pytest.param(RAW, "ac1", 0.77544, id="irrCAC README"),
        pytest.param(RAW, "fleiss", 0.76117, id="irrCAC README"),
        pytest.param(RAW, "alpha nominal", 0.74342, id="irrCAC README"),
        pytest.param(RAW, "conger", 0.76282, id="irrCAC README"),
        pytest.param(RAW, "brennan-prediger", 0.77273, id="irrCAC README"),
        pytest.param(TABLE, "exact", 0.89, id="irrCAC README"),
        pytest.param(TABLE, "kappa", 0.7964094, id="irrCAC README"),
        pytest.param(TABLE, "conger", 0.7964094, id="Cohen's, for two raters"),
        pytest.param(TABLE, "fleiss", 0.7962397, id="irrCAC README, Scott's pi"),
        pytest.param(TABLE, "ac1", 0.8493305, id="irrCAC README"),
        pytest.param(TABLE, "brennan-prediger", 0.835, id="irrCAC README"),
        pytest.param(TABLE, "alpha nominal", 0.7972585, id="irrCAC README"),
        pytest.param(TABLE, "kappa linear", 0.84290, id="scikit-learn 1.9.1"),
        pytest.param(TABLE, "kappa quadratic", 0.89216, id="scikit-learn 1.9.1"),
        pytest.param(SIX, "exact", 0.5511111, id="irrCAC README"),
        pytest.param(SIX, "fleiss", 0.4139265, id="irrCAC README"),
        pytest.param(SIX, "ac1", 0.4448007, id="irrCAC README"),
        pytest.param(SIX, "alpha nominal", 0.4204384, id="irrCAC README"),
        pytest.param(SIX, "brennan-prediger", 0.4388889, id="irrCAC README"),
        pytest.param(WIKI, "fleiss", 0.20993, id="Wikipedia"),
        pytest.param(JUDGES, "icc(1,1)", 0.1657, id="Shrout and Fleiss 1979"),
        pytest.param(JUDGES, "icc(2,1)", 0.2898, id="Shrout and Fleiss 1979"),
        pytest.param(JUDGES, "icc(3,1)", 0.7148, id="Shrout and Fleiss 1979"),
        pytest.param(JUDGES, "icc(1,k)", 0.4428, id="Shrout and Fleiss 1979"),
        pytest.param(JUDGES, "icc(2,k)", 0.6201, id="Shrout and Fleiss 1979"),
        pytest.param(JUDGES, "icc(3,k)", 0.9093, id="Shrout and Fleiss 1979"),
    ],
)
def test_published_values(ratings: Ratings, name: str, value: float) -> None:
    assert every(ratings, resamples=1)[name].value == pytest.approx(value, abs=5e-4)


@pytest.mark.parametrize(
    ("ratings", "name", "error"),
    [
        (RAW, "ac1", 0.14295),
        (RAW, "fleiss", 0.15302),
        (RAW, "alpha nominal", 0.14548),
        (RAW, "brennan-prediger", 0.14472),
        (RAW, "conger", 0.14917),
        (TABLE, "kappa", 0.05891),  # of n, where we have n - 1: 0.0592
        (TABLE, "fleiss", 0.05905),
        (TABLE, "ac1", 0.04322),
        (TABLE, "brennan-prediger", 0.04693),
        (TABLE, "alpha nominal", 0.05905),
        (SIX, "ac1", 0.08418757),
        (SIX, "fleiss", 0.08119291),
        (SIX, "brennan-prediger", 0.08312142),
    ],
)
def test_published_standard_errors(ratings: Ratings, name: str, error: float) -> None:
    """Those that irrCAC prints for its own data sets."""
    figure = every(ratings, resamples=1)[name]
    calls = len(ratings.units)
    if name == "alpha nominal":  # the unit that was rated once is of no use to it
        calls = int(rated_twice(ratings).sum())
    assert figure.value is not None and figure.analytic is not None
    reach = figure.value - figure.analytic[0]
    assert reach / t_quantile(0.975, calls - 1) == pytest.approx(error, abs=5e-4)


def test_published_interval_of_ac1() -> None:
    """irrCAC prints (0.461, 1)."""
    assert every(RAW)["ac1"].analytic == (pytest.approx(0.461, abs=5e-4), 1.0)


def test_published_intervals_of_intraclass_correlations() -> None:
    """Shrout and Fleiss print [.02, .76] for ICC(2,1); R's irr gives the others."""
    low, high = icc(JUDGES, "2,1").analytic or (0, 0)
    assert (low, high) == (pytest.approx(0.02, abs=0.005), pytest.approx(0.76, abs=0.005))
    expected = {"1,1": (-0.133, 0.723), "3,1": (0.342, 0.946), "2,k": (0.071, 0.927),
                "1,k": (-0.884, 0.912), "3,k": (0.676, 0.986)}  # fmt: skip
    for form, ends in expected.items():
        assert icc(JUDGES, form).analytic == pytest.approx(ends, abs=1e-3), form  # type: ignore[arg-type]


def test_published_mean_squares() -> None:
    """Shrout and Fleiss have 11.242 between targets, 32.486 between judges, 1.019 left."""
    unit, rater, rest = (11.242 - 1.019) / 4, (32.486 - 1.019) / 6, 1.019
    assert icc(JUDGES, "2,1").value == pytest.approx(unit / (unit + rater + rest), abs=5e-4)
    assert icc(JUDGES, "3,1").value == pytest.approx(unit / (unit + rest), abs=5e-4)


def test_percentiles_of_resamples_are_those_of_a_worked_example() -> None:
    """[.442, 1.00] and [.4297, 1.00] by two other programs, for alpha ordinal by unit."""
    drawn = resampled([alphas(FOUR)], 2000, seed=0)[0][:, 1]
    low, high = percentiles(drawn) or (0, 0)
    assert low == pytest.approx(0.436, abs=0.03) and high == pytest.approx(1.0, abs=0.03)


def test_quadratic_alpha_is_interval_alpha() -> None:
    """(a - b)^2 by the places of 1 to 5 and by their values is one thing."""
    stretched = Ratings(FOUR.units, FOUR.raters, 10 * FOUR.values, tuple(10 * x for x in LEVELS))
    alpha = krippendorff_alpha(stretched, "interval").value
    assert alpha == pytest.approx(krippendorff_alpha(FOUR, "interval").value, abs=1e-12)


def test_every_figure_is_a_function_of_its_own_too() -> None:
    found = every(FOUR)
    own = {
        "exact": agreement.exact_agreement(FOUR),
        "within one": agreement.within(FOUR),
        "kappa": agreement.cohen_kappa(FOUR),
        "kappa linear": agreement.cohen_kappa(FOUR, "linear"),
        "kappa quadratic": agreement.cohen_kappa(FOUR, "quadratic"),
        "fleiss": agreement.fleiss_kappa(FOUR),
        "conger": agreement.conger_kappa(FOUR),
        "brennan-prediger": agreement.brennan_prediger(FOUR),
        "ac1": agreement.gwet_ac(FOUR),
        **{f"ac2 {w}": agreement.gwet_ac(FOUR, w) for w in ("linear", "quadratic", "ordinal")},
        **{f"alpha {m}": krippendorff_alpha(FOUR, m)
           for m in ("nominal", "ordinal", "interval", "ratio")},
        **{f"icc({f})": icc(FOUR, f) for f in ("1,1", "1,k", "2,1", "2,k", "3,1", "3,k")},
    }  # fmt: skip
    assert own == found
    assert np.isfinite([one.value for one in own.values()]).all()
