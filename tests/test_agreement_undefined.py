"""Odd but valid data: a figure is None with its reason, never nan, never an exception."""

from __future__ import annotations

import json
from dataclasses import replace
from math import isfinite, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_review.base.agreement import (
    LEAST_CALLS,
    Agreement,
    cohen_kappa,
    every,
    exact_agreement,
    fleiss_kappa,
    gwet_ac,
    icc,
    krippendorff_alpha,
    needed,
    within,
)
from qa_review.base.ratings import Ratings
from qa_review.base.records import dumps, from_json

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
CHANCE = ("kappa", "kappa linear", "kappa quadratic", "fleiss", "conger", "alpha nominal",
          "alpha ordinal", "alpha interval", "alpha ratio")  # fmt: skip


def table(rows: list[list[float]], scale: tuple[float, ...] = LEVELS, calls: int = 0) -> Ratings:
    """Rows of values; with ``calls`` the units belong to that many calls in turn."""
    names = tuple(f"u{n}" for n in range(len(rows)))
    raters = tuple(f"r{n}" for n in range(len(rows[0]) if rows else 2))
    of = tuple(f"c{n % calls}" for n in range(len(rows))) if calls else ()
    return Ratings(names, raters, np.array(rows).reshape(len(rows), len(raters)), scale, of)


def test_all_identical_is_full_agreement_and_nothing_beyond_chance_to_tell() -> None:
    found = every(table([[3, 3, 3]] * 30))
    for name in CHANCE:
        assert found[name].value is None and "no variation" in (found[name].why_none or ""), name
        assert found[name].observed == 1 and found[name].n == 30 and found[name].interval is None
    for name in ("exact", "within one", "ac1", "ac2 linear", "brennan-prediger"):
        assert found[name].value == 1, name
    # a call that differs would have stayed unseen with 2.5 % if 11.6 % of calls did
    assert found["exact"].interval == pytest.approx((0.025 ** (1 / 30), 1.0))
    assert found["icc(2,1)"].value is None and found["icc(2,k)"].value is None


def test_identical_values_that_no_fraction_of_two_can_hold_have_no_variation_either() -> None:
    found = every(table([[0.1, 0.1]] * 3 + [[0.1, nan]] * 4, ()))
    assert found["icc(2,1)"].value is None and found["alpha interval"].value is None
    assert found["bias"].value == 0 and found["bias"].interval is None


@pytest.mark.parametrize(
    ("ratings", "why", "n"),
    [
        pytest.param(table([[1], [2]]), "fewer than 2 raters", 0, id="one rater"),
        pytest.param(Ratings.of([], LEVELS), "fewer than 2 raters", 0, id="nothing at all"),
        pytest.param(
            table([[1, nan], [nan, 2]]), "no unit was rated by two raters", 0, id="nothing shared"
        ),
        pytest.param(
            Ratings.of([("u", "a", None), ("u", "b", None)], LEVELS),
            "no unit was rated by two raters",
            0,
            id="only N/A",
        ),
    ],
)  # fmt: skip
def test_nothing_to_compare(ratings: Ratings, why: str, n: int) -> None:
    found = every(ratings)
    assert set(CHANCE) < set(found)
    for one in (found[name] for name in found if not name.startswith("given")):
        assert (one.value, one.why_none, one.n, one.interval) == (None, why, n, None)


def test_totals_have_figures_of_numbers_only() -> None:
    totals = table([[71.5, 70.0], [88.0, 93.5], [60.0, 65.0]], ())
    assert set(every(totals, points=(5, 2.5))) == {
        "exact", "within 5", "within 2.5", "alpha interval", "icc(1,1)", "icc(1,k)", "icc(2,1)",
        "icc(2,k)", "icc(3,1)", "icc(3,k)", "bias", "lower limit", "upper limit",
    }  # fmt: skip
    assert cohen_kappa(totals).why_none == "the categories of a scale are needed"
    assert within(totals, by=5).value == pytest.approx(2 / 3)
    assert within(totals, by=5.5).value == 1


def test_points_apart_are_not_lost_to_rounding() -> None:
    assert within(table([[0.3, 0.1]], ()), by=0.2).value == 1
    assert exact_agreement(table([[0.3, 0.1 + 0.2]], ())).value == 0


def test_a_scale_of_one_category_leaves_nothing_to_agree_on() -> None:
    ratings = table([[1, 1]] * 3, (1.0,))
    assert gwet_ac(ratings).why_none == "a scale of one category leaves nothing to agree on"
    assert exact_agreement(ratings).value == 1


def test_ratios_of_values_below_zero_are_undefined() -> None:
    ratings = table([[-1, 1], [1, 1], [0, 0]], (-1.0, 0.0, 1.0))
    assert "alpha ratio" not in every(ratings)
    assert "negative" in (krippendorff_alpha(ratings, "ratio").why_none or "")
    assert krippendorff_alpha(ratings, "ordinal").value is not None


def test_raters_who_share_no_unit_cannot_be_told_from_their_calls() -> None:
    """Two halves of a team: severity and difficulty are one thing."""
    halves = table([[1, 2, nan, nan], [2, 2, nan, nan], [nan, nan, 4, 5], [nan, nan, 5, 5]])
    assert "without a unit in common" in (icc(halves, "2,1").why_none or "")
    assert icc(halves, "1,1").value is not None
    bridged = table([*halves.values.tolist(), [nan, 3, 3, nan]])
    assert icc(bridged, "2,1").value is not None


def test_raters_who_agree_less_than_by_chance_get_a_figure_below_0_or_none() -> None:
    against = table([[1, 5], [5, 1], [2, 4], [4, 2]])
    assert (icc(against, "3,1").value or 0) < -0.9
    assert icc(against, "3,k").value is None or (icc(against, "3,k").value or 0) < -1
    assert (fleiss_kappa(against).value or 0) < 0


def test_below_the_least_number_of_calls_there_is_not_enough_data() -> None:
    random = np.random.default_rng(0)
    levels = random.integers(1, 6, size=(200, 1)) * np.ones((1, 3))
    levels = np.clip(levels + random.integers(-1, 2, size=levels.shape), 1, 5)
    for kind, name in (("share", "exact"), ("coefficient", "alpha ordinal"), ("icc", "icc(2,1)")):
        least = LEAST_CALLS[kind]
        short = every(table(levels[: least - 1].tolist()))[name]
        assert short.lacking == 1 and short.interval is None and short.value is not None
        assert needed(short, 10) == 1
        enough = every(table(levels[:least].tolist()))[name]
        assert enough.lacking == 0 and enough.interval is not None


def test_calls_count_not_units() -> None:
    """Twelve criteria of one call say nothing about other calls."""
    one_call = every(table([[1, 2], [2, 2], [3, 3], [5, 5]] * 30, calls=1))
    for name, figure in one_call.items():
        assert figure.interval is None and figure.lacking >= LEAST_CALLS["difference"] - 1, name
        assert figure.analytic is None and figure.error is None, name
        assert needed(figure, 0.1) is None, name


def test_how_many_more_units_are_needed() -> None:
    figure = Agreement(0.6, None, (0.4, 0.8), 0.7, 50, calls=50)
    assert needed(figure, 0.2) == 0
    assert needed(figure, 0.1) == 150  # half the width takes four times as many
    assert needed(figure, 0.3) == 0
    pooled = Agreement(0.6, None, None, 0.7, 50, error=0.1, calls=10, lacking=10)
    assert needed(pooled, 5) == 50  # ten more calls of five units
    assert needed(pooled, 0.1) == 206  # t(9) = 2.262: 50 * (0.2262 / 0.1)^2 = 255.8
    assert needed(Agreement(None, "why", None, None, 50), 0.1) is None
    assert needed(Agreement(0.6, None, None, 0.7, 50), 0.1) is None
    with pytest.raises(ValueError, match="above 0, not 0"):
        needed(figure, 0)


def test_the_stated_width_is_reached_with_as_many_as_were_said_to_be_needed() -> None:
    random = np.random.default_rng(4)

    def session(n: int) -> Ratings:
        level = random.integers(1, 6, size=(n, 1))
        off = random.choice([-1, 0, 0, 1], size=(n, 3))
        return table(np.clip(level + off, 1, 5).astype(float).tolist())

    for name in ("exact", "alpha ordinal", "ac2 linear"):
        more = needed(every(session(200))[name], 0.02)
        assert more is not None and more > 100
        interval = every(session(200 + more))[name].interval
        assert interval is not None
        assert (interval[1] - interval[0]) / 2 == pytest.approx(0.02, rel=0.2), name


def test_agreement_about_what_was_not_observed_is_told_apart_from_never_asked() -> None:
    rows = [("u1", "a", None), ("u1", "b", None), ("u2", "a", 1), ("u2", "b", None),
            ("u3", "a", 2), ("u3", "b", 2), ("u4", "a", 2)]  # fmt: skip
    found = every(Ratings.of(rows, (1, 2)))
    assert (found["given"].value, found["given"].n) == (2 / 3, 3)  # u4 was never asked of b
    assert found["exact"].n == 1 and "given" not in every(Ratings.of(rows[4:], (1, 2)))


def test_a_stored_figure_reads_back_and_so_does_one_of_before() -> None:
    figure = exact_agreement(table([[1, 1], [2, 2], [1, 2]]))
    assert from_json(Agreement, json.loads(dumps(figure))) == figure
    old = {"value": 0.5, "why_none": None, "interval": [0.4, 0.6], "observed": 0.5, "n": 40}
    assert from_json(Agreement, old) == Agreement(0.5, None, (0.4, 0.6), 0.5, 40)
    with pytest.raises(ValueError, match="says why"):
        replace(figure, value=None)


SCALES = st.sampled_from([(), (1.0, 2.0), (0.0, 1.0, 2.0), (5.0, 1.0, 3.0), LEVELS])


@st.composite
def anything(draw: st.DrawFn) -> Ratings:
    """Any table that is allowed: few or many alike, missing, one call or many."""
    scale = draw(SCALES)
    values = st.sampled_from(scale) if scale else st.sampled_from([0.0, 0.1, 1e6, -3.0, 70.0])
    cell = st.one_of(values, st.just(nan))
    raters, units = draw(st.integers(1, 4)), draw(st.integers(0, 7))
    row = st.lists(cell, min_size=raters, max_size=raters)
    rows = draw(st.lists(row, min_size=units, max_size=units))
    rows *= draw(st.sampled_from([1, 8, 30]))
    absent = np.array(rows).reshape(len(rows), raters)
    absent = np.isnan(absent) if draw(st.booleans()) else np.zeros(absent.shape, dtype=bool)
    made = table(rows, scale, draw(st.integers(0, 60))) if rows else Ratings.of([], scale)
    return replace(made, absent=absent) if rows else made


@settings(max_examples=300)
@given(anything(), st.integers(0, 3))
def test_nothing_is_ever_nan_and_nothing_fails(ratings: Ratings, seed: int) -> None:
    for name, one in every(ratings, resamples=30, seed=seed, points=(2,)).items():
        ends = [*(one.interval or ()), *(one.analytic or ()), one.error, one.observed, one.value]
        assert all(isfinite(end) for end in ends if end is not None), (name, one)
        assert (one.value is None) == bool(one.why_none)
        if one.value is not None and not name.endswith(("limit", "bias")):
            assert one.value <= 1 + 1e-9, name
            assert not one.interval or one.interval[0] <= one.interval[1] <= 1 + 1e-9
        if name in ("exact", "within one", "within 2", "given") and one.interval:
            assert 0 <= one.interval[0] <= one.interval[1] <= 1
