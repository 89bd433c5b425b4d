"""Means from calls drawn by lot: their errors are those of the strata, and their limits hold."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from qa_review.team.made_up import made_up_reviews
from qa_review.team.means import ends
from qa_review.team.sample_figures import ALIKE, for_figures, not_reviewed, sample_means_frame
from qa_review.team.sampling import draw_random, draw_stratified

REVIEWS = made_up_reviews(600, agents=12, seed=4)
DOMINANT, EVEN = [2000] + [50] * 9, [200] * 10


def population(sizes: list[int], **columns: object) -> pd.DataFrame:
    agent = np.repeat([f"a{number:02}" for number in range(len(sizes))], sizes)
    calls = [f"c{number}" for number in range(len(agent))]
    return pd.DataFrame({"call": calls, "agent": agent, **columns})


def _weighed(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns)


def _overall(n: int) -> np.ndarray:
    return np.clip(60 + np.random.default_rng(2).normal(0, 15, n), 0, 100)


def _share(n: int, share: float) -> np.ndarray:
    return (np.random.default_rng(2).random(n) < share).astype(float)


@pytest.mark.parametrize(
    ("sizes", "of", "values"),
    [
        (DOMINANT, "overall", _overall(2450)),
        (DOMINANT, "resolved", _share(2450, 0.9)),
        (DOMINANT, "resolved", _share(2450, 0.97)),
        (EVEN, "resolved", _share(2000, 0.97)),
    ],
)
def test_intervals_hold_the_mean_where_one_agent_has_most_of_the_calls_or_most_are_alike(
    sizes: list[int], of: str, values: np.ndarray
) -> None:
    """In 93 of 100 draws or more: 100 seeds, 5 calls of each agent; none has a width of 0."""
    reviews = population(sizes, **{of: values})
    held = 0
    for seed in range(100):
        figures = for_figures(reviews, draw_random(reviews, seed=seed).frame)
        row = sample_means_frame(figures, [of]).iloc[0]
        held += row["low"] <= values.mean() <= row["high"]
        assert row["low"] < row["high"]
    assert held >= 93


def test_the_error_is_that_of_each_stratum_with_satterthwaites_degrees() -> None:
    """Cochran, section 5.4: the sum of (N_h / N)**2 s_h**2 / n_h, where no call is added.

    Two strata, of 80 calls (4 drawn) and of 30 (3 drawn).
    """
    one, other = np.array([200.0, 260.0, 230.0, 330.0]), np.array([500.0, 380.0, 470.0])
    figures = _weighed(
        handle_ms=[*one, *other], weight=[20.0] * 4 + [10.0] * 3, stratum=["a"] * 4 + ["b"] * 3
    )
    parts = [(80 / 110) ** 2 * one.var(ddof=1) / 4, (30 / 110) ** 2 * other.var(ddof=1) / 3]
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 3 + parts[1] ** 2 / 2)
    equal = [(80 / 110) ** 2 / 4, (30 / 110) ** 2 / 3]
    fewest = min(freedom, sum(equal) ** 2 / (equal[0] ** 2 / 3 + equal[1] ** 2 / 2))
    mean = (80 * one.mean() + 30 * other.mean()) / 110
    half = stats.t.ppf(0.975, fewest) * sqrt(sum(parts))
    row = sample_means_frame(figures, ["handle_ms"]).iloc[0]
    assert row["mean"] == pytest.approx(mean)
    assert (row["low"], row["high"]) == pytest.approx((mean - half, mean + half))
    alone = sample_means_frame(figures.drop(columns="stratum"), ["handle_ms"]).iloc[0]
    assert alone["high"] - alone["low"] > 1.1 * 2 * half  # of one stratum, it counts what differs


@pytest.mark.parametrize("levels", [[3, 4, 4, 5, 2, 3, 4, 3, 5, 4], [5] * 10, [1] * 9 + [5]])
def test_calls_that_weigh_alike_have_the_interval_of_means(levels: list[int]) -> None:
    given = np.array(levels, dtype=float)
    figures = _weighed(level_x=given, weight=7.0)
    sums = np.array([10.0]), np.array([given.sum()]), np.array([(given**2).sum()])
    low, high = ends(*sums, 1.0, 5.0)
    row = sample_means_frame(figures, ["level_x"]).iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((low[0], high[0]))


def test_limits_stay_within_the_scale() -> None:
    few = _weighed(overall=[0.0, 100.0, 50.0], handle_ms=[1.0, 90.0, 2.0], weight=1.0)
    rows = sample_means_frame(few, ["overall", "handle_ms"])
    assert list(rows["low"]) == [0.0, 0.0]
    assert rows["high"].iloc[0] == 100.0 and rows["high"].iloc[1] > 100


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("csat", 11.0, "csat: 11; a number from 0 to 10"), ("level_x", 0.0, "from 1 to 5"),
     ("resolved", 2.0, "from 0 to 1"), ("hold_ms", -1.0, "from 0 to inf")],
)  # fmt: skip
def test_a_figure_outside_its_scale_is_refused(name: str, value: float, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        sample_means_frame(_weighed(**{name: [1.0, value], "weight": 1.0}), [name])


def test_times_that_are_all_alike_have_no_interval_and_say_why() -> None:
    row = sample_means_frame(_weighed(handle_ms=[5.0] * 4, weight=1.0), ["handle_ms"]).iloc[0]
    assert (row["mean"], row["why"]) == (5.0, ALIKE)
    assert pd.isna(row["low"]) and pd.isna(row["high"])


def test_strata_with_one_call_are_taken_together() -> None:
    """Two of them with each other; a single one with the smallest other, here that of 2 calls."""
    values, each = [1.0, 9.0, 4.0, 6.0, 5.0, 5.5, 4.5], [1.0] * 7
    two = _weighed(n=values, weight=each, stratum=list("abccddd"))
    same = two.assign(stratum=list("xxccddd"))
    one = _weighed(n=values, weight=each, stratum=list("accccdd"))
    joined = one.assign(stratum=list("xccccxx"))
    for given, meant in ((two, same), (one, joined)):
        pd.testing.assert_frame_equal(
            sample_means_frame(given, ["n"]), sample_means_frame(meant, ["n"])
        )


def test_calls_without_the_figure_leave_the_mean_and_count_in_the_error() -> None:
    """Of one stratum of n with k known: n / (n - 1) times the sum of squares over k**2."""
    known = np.array([2.0, 4.0, 9.0])
    figures = _weighed(n=[*known, np.nan, np.nan], weight=1.0, stratum="a")
    row = sample_means_frame(figures, ["n"]).iloc[0]
    error = sqrt(5 / 4 * ((known - 5) ** 2).sum()) / 3
    assert (row["mean"], row["n"], row["stands_for"]) == (5.0, 3, 3.0)
    assert row["high"] - 5 == pytest.approx(stats.t.ppf(0.975, 2) * error)


def test_draws_of_one_list_keep_their_strata_only_if_they_share_them() -> None:
    by_agent = [draw_random(REVIEWS, seed=seed).frame for seed in (1, 2)]
    by_queue = draw_stratified(REVIEWS, ("queue",), 40, seed=1).frame
    assert for_figures(REVIEWS, *by_agent)["stratum"].nunique() == 12
    assert for_figures(REVIEWS, by_agent[0], by_queue)["stratum"].nunique() == 1
    weeks = REVIEWS.iloc[:300], REVIEWS.iloc[300:]
    drawn = [draw_random(week, seed=1).frame for week in weeks]
    assert for_figures(REVIEWS, *drawn)["stratum"].nunique() == 24


@pytest.mark.parametrize("dtype", ["int64", "Int64", "object"])
def test_ids_that_are_numbers_are_compared_as_text(dtype: str) -> None:
    reviews = REVIEWS.assign(call=pd.Series(range(600), index=REVIEWS.index).astype(dtype))
    drawn = draw_random(reviews, seed=1).frame
    figures = for_figures(reviews, drawn)
    assert len(figures) == len(drawn) == 60
    assert figures["weight"].sum() == pytest.approx(600)
    assert not_reviewed(reviews, drawn) == ()
    read = drawn.astype({"call": "int64"})  # as a table on disk is read
    assert len(for_figures(reviews, read)) == 60


def test_no_sample_gives_no_rows_and_says_so() -> None:
    figures = for_figures(REVIEWS)
    assert (len(figures), list(figures.columns[-2:])) == (0, ["weight", "stratum"])
    row = sample_means_frame(figures).iloc[0]
    assert (row["n"], row["why"]) == (0, "no call drawn by lot has this figure")
