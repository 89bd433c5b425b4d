"""Bands: a colour only where the calls say so, and how many more would tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.resources import rubric_path
from qa_review.grade.rubric import load, parse
from qa_review.team.bands import (
    OVERALL,
    SCALE,
    UNTOLD,
    Lines,
    bands_frame,
    between_groups,
    drawn_means,
    in_order,
    lowest_tenths,
    summed,
)
from qa_review.team.made_up import made_up_reviews
from qa_review.team.means import ends, mean_of, t_quantiles

SHAPES = {
    "even": (0.2, 0.2, 0.2, 0.2, 0.2),
    "sloping": (0.02, 0.08, 0.2, 0.4, 0.3),
    "both ends": (0.4, 0.1, 0.0, 0.1, 0.4),
    "90 % at 5": (0.025, 0.025, 0.025, 0.025, 0.9),
    "5 % at 1": (0.05, 0.0, 0.0, 0.0, 0.95),
    "3 % at 1": (0.03, 0.0, 0.0, 0.0, 0.97),
    "90 % at 4": (0.02, 0.03, 0.03, 0.9, 0.02),
}


def of_levels(**agents: list[int]) -> pd.DataFrame:
    """A frame with one behaviour, calls of each agent in turn."""
    rows = [(agent, level) for agent, levels in agents.items() for level in levels]
    return pd.DataFrame(
        {
            "call": [f"c{number}" for number in range(len(rows))],
            "agent": [agent for agent, _ in rows],
            "level_listening": [float(level) for _, level in rows],
        }
    )


def bands(reviews: pd.DataFrame, **options: object) -> dict[str, pd.Series]:
    found = bands_frame(reviews, measures=["listening"], **options)  # type: ignore[arg-type]
    return {row["name"]: row for _, row in found.iterrows()}


# --- the interval ------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [10, 30, 60, 100])
def test_an_interval_holds_the_mean_whatever_the_shape(n: int) -> None:
    """4,000 draws of each shape; a plain t interval falls to 78 % where calls are heaped."""
    levels = np.arange(1, 6.0)
    for name, shape in SHAPES.items():
        counts = np.random.default_rng(n).multinomial(n, shape, 4000).astype(float)
        size = np.full(len(counts), float(n))
        low, high = ends(size, counts @ levels, counts @ levels**2, *SCALE)
        true = np.dot(shape, levels)
        assert np.mean((low <= true + 1e-9) & (true <= high + 1e-9)) >= 0.94, name


@given(st.lists(st.integers(1, 5), min_size=10, max_size=60))
def test_many_intervals_at_once_are_those_of_each(levels: list[int]) -> None:
    low, high = ends(
        np.array([float(len(levels))]), np.array([float(sum(levels))]),
        np.array([float(sum(level**2 for level in levels))]), *SCALE,
    )  # fmt: skip
    assert mean_of(levels).interval == pytest.approx((low[0], high[0]))


def test_quantiles_of_t_for_many_at_once() -> None:
    stats = pytest.importorskip("scipy.stats")
    freedom = np.array([9.0, 29.0, 30.0, 61.5, 1e6])
    assert t_quantiles(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=1e-5)


# --- bands -------------------------------------------------------------------------------------


def test_a_band_is_given_only_where_the_whole_interval_lies_in_it() -> None:
    found = bands(of_levels(ann=[5] * 60, bo=[3, 5, 5] * 5, cy=[3, 4] * 40, di=[1, 2, 3] * 20))
    assert [found[name]["band"] for name in ("ann", "cy", "di")] == ["green", "orange", "red"]
    assert found["ann"]["low"] >= 4 and found["di"]["high"] < 3
    assert found["bo"]["band"] == UNTOLD and found["bo"]["might_be"] == "orange or green"


@pytest.mark.parametrize("calls", [1, 4, 9])
def test_few_calls_have_no_band_however_good_they_are(calls: int) -> None:
    found = bands(of_levels(ann=[5] * calls, bo=[3] * 50, cy=[4] * 50, di=[2] * 50))["ann"]
    assert found["band"] == UNTOLD and found["lacking"] == 10 - calls
    assert pd.isna(found["low"]) and pd.isna(found["worst_decile"])
    assert found["might_be"] == "red or orange or green"
    alone = bands(of_levels(ann=[5] * calls))["ann"]  # no groups to be drawn towards
    assert alone["might_be"] == "red or orange or green"


def test_calls_without_a_level_are_no_calls() -> None:
    frame = of_levels(ann=[5] * 12, bo=[4] * 12)
    frame.loc[frame["agent"] == "bo", "level_listening"] = np.nan
    found = bands(frame)["bo"]
    assert (found["n"], found["band"], found["why"]) == (0, UNTOLD, "no call has a level")
    assert pd.isna(found["mean"])


def test_as_many_more_calls_as_are_asked_for_would_tell() -> None:
    """Each untold agent's calls, repeated until there are as many as it lacks, give a band.

    A third more of them: few calls' own spread counts together with that of all agents' calls.
    """
    reviews = made_up_reviews(900, agents=20, seed=4)
    untold = 0
    for _, row in bands_frame(reviews, measures=["listening"]).iterrows():
        if row["band"] != UNTOLD or pd.isna(row["lacking"]) or row["n"] < 10:
            continue
        own = reviews.loc[reviews["agent"] == row["name"], "level_listening"].dropna()
        times = int(np.ceil(1.33 * (len(own) + row["lacking"]) / len(own)))
        alone = of_levels(ann=[int(level) for level in own] * times)
        assert bands(alone)["ann"]["band"] != UNTOLD
        untold += 1
    assert untold >= 5


def test_on_the_very_line_no_number_of_calls_tells() -> None:
    found = bands(of_levels(ann=[3, 5] * 30))["ann"]
    assert found["band"] == UNTOLD and pd.isna(found["lacking"])
    assert found["why"] == "the mean lies too near to a line"


def test_nobody_is_red_by_luck_among_many() -> None:
    """40 agents who are all at 3.1, 12 calls each, 300 times: colours stay rare."""
    chance = np.random.default_rng(7)
    wrong = 0
    for _ in range(300):
        levels = np.clip(np.rint(chance.normal(3.1, 0.9, 480)), 1, 5)
        frame = pd.DataFrame({
            "call": [f"c{n}" for n in range(480)],
            "agent": [f"a{n % 40:02}" for n in range(480)],
            "level_listening": levels,
        })  # fmt: skip
        wrong += sum(row["band"] in ("red", "green") for row in bands(frame).values())
    assert wrong / (300 * 40) < 0.001


def test_lines_are_the_rubrics() -> None:
    text = rubric_path("behaviours.v1").read_text(encoding="utf-8")
    assert Lines.of(load(rubric_path("behaviours.v1"))) == Lines(4.0, 3.0)
    own = Lines.of(parse(text + "\n[bands]\ngreen = 3.5\nred = 2.5\n", "own"))
    assert own == Lines(3.5, 2.5) and own.on(OVERALL) == (37.5, 62.5)
    with pytest.raises(ValueError, match="red at or below green; not red 4 and green 3"):
        Lines(3, 4)


# --- spread ------------------------------------------------------------------------------------


def test_the_lowest_tenth_beside_the_mean() -> None:
    """Same mean: every customer at 4, or a fifth of them at 1."""
    found = bands(of_levels(ann=[4] * 20, bo=[1] * 4 + [5] * 12 + [4] * 4))
    assert found["ann"]["mean"] == found["bo"]["mean"] == 4
    assert (found["ann"]["worst_decile"], found["bo"]["worst_decile"]) == (4, 1)
    assert found["bo"]["spread"] > 1.5 > found["ann"]["spread"] == 0


@given(st.lists(st.integers(1, 5), min_size=10, max_size=99))
def test_lowest_tenths_of_many_groups_are_those_of_each(levels: list[int]) -> None:
    codes = np.concatenate([np.zeros(len(levels), int), np.ones(12, int)])
    values = np.concatenate([levels, np.full(12, 3.0)]).astype(float)
    order = np.random.default_rng(1).permutation(len(values))
    found = lowest_tenths(values[order], codes[order], 2)
    assert found.tolist() == pytest.approx([np.mean(sorted(levels)[: len(levels) // 10]), 3])


# --- drawn towards the mean of all -------------------------------------------------------------


def test_few_calls_are_drawn_further_than_many() -> None:
    found = bands(
        of_levels(few=[5] * 10, many=[5] * 200, ann=[3] * 60, bo=[4, 3] * 30, cy=[2] * 60)
    )
    few, many = found["few"], found["many"]
    assert few["mean"] == many["mean"] == 5
    assert few["drawn"] < many["drawn"] < 5 and many["drawn"] > 4.95


def test_drawn_intervals_hold_the_truth() -> None:
    """300 sets of 20 agents with 5 to 40 calls each: 95 % of their true means."""
    chance, held = np.random.default_rng(3), []
    steps = np.arange(1.5, 5)
    for _ in range(300):
        codes = np.repeat(np.arange(20), chance.integers(5, 41, 20))
        skill = 3.4 + chance.normal(0, 0.35, 20)
        true = 1 + sum(_above((step - skill) / 0.9) for step in steps)
        values = np.clip(np.rint(skill[codes] + chance.normal(0, 0.9, len(codes))), 1, 5)
        _, low, high = drawn_means(summed(values, codes, 20), SCALE)
        held.append((low <= true) & (true <= high))
    assert 0.93 <= np.mean(held) <= 0.97


def _above(z: np.ndarray) -> np.ndarray:
    from math import erfc

    return np.array([0.5 * erfc(one / 2**0.5) for one in z])


def test_groups_that_are_alike_differ_by_nothing() -> None:
    variance, middle, _ = between_groups(np.full(10, 3.0), np.full(10, 0.1))
    assert (variance, middle) == (0.0, pytest.approx(3.0))
    chance = np.random.default_rng(0)
    means = 3 + chance.normal(0, 0.5, 400) + chance.normal(0, 0.3, 400)
    assert between_groups(means, np.full(400, 0.09))[0] == pytest.approx(0.25, rel=0.2)


def test_two_groups_are_drawn_towards_nothing() -> None:
    found = bands(of_levels(ann=[5] * 30, bo=[2] * 30))
    assert pd.isna(found["ann"]["drawn"]) and found["ann"]["band"] == "green"


# --- the frame ---------------------------------------------------------------------------------


def test_a_row_a_group_and_measure_by_the_alphabet() -> None:
    reviews = made_up_reviews(400, agents=6)
    found = bands_frame(reviews, by="team")
    assert list(found["name"].unique()) == ["team-00", "team-01", "team-02", "team-03"]
    assert len(found) == 4 * 6 and set(found["of"]) == {"team"}
    assert len(bands_frame(reviews.drop(columns=["agent"]))) == 0
    assert bands_frame(reviews, by="all")["n"].iloc[-1] == 400


def test_those_to_act_on_come_first() -> None:
    table = bands_frame(of_levels(a=[5] * 60, b=[3, 4] * 40, c=[1] * 60, d=[4, 5] * 12),
                        measures=["listening"])  # fmt: skip
    assert [row.name for row in in_order(table)] == ["c", "b", "d", "a"]
