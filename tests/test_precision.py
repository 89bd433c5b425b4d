"""How many calls are needed: arithmetic by hand, and intervals that hold what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qa_review.team.made_up import made_up_reviews
from qa_review.team.precision import (
    CALLS_NEEDED,
    calls_needed,
    calls_needed_frame,
    components,
    half_width,
)
from qa_review.team.precision import _spreads as spreads


def frame_of(values: np.ndarray, agents: int) -> pd.DataFrame:
    """Reviews with these overall figures, an agent a row of ``values``."""
    each = values.shape[1]
    return pd.DataFrame(
        {
            "call": [f"c{number}" for number in range(values.size)],
            "agent": np.repeat([f"a{number:03}" for number in range(agents)], each),
            "overall": values.ravel(),
        }
    )


def test_calls_needed_are_the_fewest_that_hold() -> None:
    """sd 20, within 5: t(63) 20 / 8 = 4.996; with 63 calls t(62) 20 / 7.937 = 5.037."""
    assert stats.t.ppf(0.975, 63) * 20 / 8 == pytest.approx(4.996, abs=5e-4)
    assert calls_needed(20, 5) == 64


@given(st.floats(0.5, 60), st.floats(0.5, 20), st.none() | st.integers(1, 500))
def test_one_call_fewer_would_not_hold(
    deviation: float, within: float, population: int | None
) -> None:
    n = calls_needed(deviation, within, population=population)
    assert n is not None and n >= 2
    assert half_width(deviation, n, population) <= within
    if n > 2:
        assert half_width(deviation, n - 1, population) > within


def test_what_nobody_plans_is_missing() -> None:
    assert calls_needed(1e6, 0.1) is None


def test_all_calls_of_a_population_are_always_enough() -> None:
    assert calls_needed(20, 0.1, population=40) == 40
    assert half_width(20, 40, 40) == 0


def test_half_width_is_that_of_students_t() -> None:
    for n in (2, 7, 30, 400):
        expected = stats.t.ppf(0.975, n - 1) * 12 / np.sqrt(n)
        assert half_width(12, n) == pytest.approx(expected, rel=1e-6)


def test_components_are_those_of_an_analysis_of_variance() -> None:
    """Agents with 2, 4 and 3 calls: mean squares by scipy's F and by hand."""
    groups = [[3.0, 5.0], [6.0, 7.0, 8.0, 9.0], [1.0, 2.0, 6.0]]
    values, codes = np.concatenate(groups), np.repeat([0, 1, 2], [2, 4, 3])
    between, inside = components(spreads(values, codes, 3))
    f = stats.f_oneway(*groups).statistic
    assert inside == pytest.approx((2 + 5 + 14) / 6)  # sums of squares within: 2, 5, 14
    each = (9 - (4 + 16 + 9) / 9) / 2
    assert between == pytest.approx((f - 1) * inside / each)


def test_a_frame_says_what_each_agent_lacks() -> None:
    values = np.array([[50, 60, 70, 40, 30, 80], [50, 51, 52, 49, 48, 50]], dtype=float)
    found = calls_needed_frame(frame_of(values, 2), within=5).set_index(["group", "about", "name"])
    wide, narrow = (found.loc[("agent", "this agent", name)] for name in ("a000", "a001"))
    deviation = np.std(values[0], ddof=1)
    assert wide["spread"] == pytest.approx(deviation)
    assert wide["half_now"] == pytest.approx(stats.t.ppf(0.975, 5) * deviation / np.sqrt(6))
    assert wide["needed"] == calls_needed(float(deviation), 5)
    assert wide["more"] == wide["needed"] - 6
    assert wide["needed_low"] < wide["needed"] < wide["needed_high"]
    assert narrow["more"] == 0
    assert list(calls_needed_frame(frame_of(values, 2))) == list(CALLS_NEEDED)


def test_an_agent_with_one_call_has_no_spread() -> None:
    reviews = frame_of(np.arange(6.0).reshape(2, 3), 2).head(4)
    row = calls_needed_frame(reviews).query("name == 'a001'").iloc[0]
    assert pd.isna(row["spread"]) and pd.isna(row["needed"])
    assert row["why"] == "1 calls with overall: a spread needs at least 2"


def test_calls_that_are_all_alike_need_an_unknown_number_more() -> None:
    row = calls_needed_frame(frame_of(np.full((1, 8), 50.0), 1)).iloc[0]
    assert pd.isna(row["needed"]) and row["spread"] == 0
    assert row["why"].startswith("all 8 calls are alike")


@pytest.mark.parametrize("lacking", ["agent", "overall", "team"])
def test_a_missing_column_costs_figures_and_not_the_frame(lacking: str) -> None:
    found = calls_needed_frame(made_up_reviews(200).drop(columns=lacking))
    whole = found[found["group"] == "all"]
    assert whole["why"].notna().all() == (lacking != "team")
    assert not found.map(lambda value: isinstance(value, float) and np.isnan(value)).any().any()
    empty = calls_needed_frame(made_up_reviews(200).head(0))
    assert empty[empty["group"] == "all"]["why"].notna().all()


def test_levels_of_a_behaviour_can_be_asked_for() -> None:
    found = calls_needed_frame(made_up_reviews(400), within=0.25, of="level_listening")
    assert found[found["group"] == "typical agent"]["needed"].iloc[0] > 20


@pytest.mark.parametrize(("within", "population"), [(0, None), (-1, None), (5, 0)])
def test_a_question_without_answer_is_refused(within: float, population: int | None) -> None:
    with pytest.raises(ValueError, match=r"above 0|at least 1"):
        calls_needed_frame(made_up_reviews(50), within, population=population)


def held_of(found: pd.DataFrame, group: str, about: str, truth: float) -> np.ndarray:
    rows = found[(found["group"] == group) & (found["about"] == about)]
    return (rows["mean"] - truth).abs().to_numpy(float) <= rows["half_now"].to_numpy(float)


@pytest.mark.parametrize(("calls", "seed"), [(5, 1), (10, 2), (30, 3)])
def test_half_widths_of_agents_hold_their_long_run_mean(calls: int, seed: int) -> None:
    """4,000 agents without a skill of their own, figures of 0 to 100 from levels of 1 to 5."""
    chance = np.random.default_rng(seed)
    common = chance.normal(0, 0.4, (4000, calls, 1))
    levels = np.clip(np.rint(3.4 + common + chance.normal(0, 0.8, (4000, calls, 5))), 1, 5)
    values = 25 * (levels.mean(axis=2) - 1)
    truth = float(25 * (np.clip(np.rint(
        3.4 + np.hypot(0.4, 0.8) * chance.normal(size=2_000_000)), 1, 5).mean() - 1))  # fmt: skip
    held = held_of(calls_needed_frame(frame_of(values, 4000)), "agent", "this agent", truth)
    assert 0.935 <= held.mean() <= 0.965


@pytest.mark.parametrize(("agents", "calls", "seed"), [(6, 10, 1), (12, 5, 2), (25, 20, 3)])
def test_half_widths_of_a_team_hold_for_agents_like_these(
    agents: int, calls: int, seed: int
) -> None:
    """400 teams; agents' sd 8, calls' 16 (rho 0.2). Taking calls as unlike holds far less."""
    chance = np.random.default_rng(seed)
    held = naive = 0
    for _ in range(400):
        values = 60 + chance.normal(0, 8, (agents, 1)) + chance.normal(0, 16, (agents, calls))
        found = calls_needed_frame(frame_of(values, agents))
        held += held_of(found, "all", "agents like these", 60).sum()
        plain = half_width(float(values.std(ddof=1)), values.size)
        naive += abs(values.mean() - 60) <= plain
    assert 0.92 <= held / 400 <= 0.98
    assert naive < held - 20


def test_half_widths_of_a_team_hold_for_these_agents() -> None:
    """The same 6 agents, 300 draws of 4 calls each: the mean of their own long-run means."""
    chance = np.random.default_rng(5)
    skills = np.array([45.0, 55, 60, 62, 70, 75])[:, None]
    held = 0
    for _ in range(300):
        found = calls_needed_frame(frame_of(skills + chance.normal(0, 16, (6, 4)), 6))
        held += held_of(found, "all", "these agents", float(skills.mean())).sum()
    assert 0.91 <= held / 300 <= 0.985


def test_the_calls_needed_do_hold_within() -> None:
    """Of 600 means of as many calls as needed for sd 16, 94 to 97 of 100 are within 5 points."""
    n = calls_needed(16, 5)
    means = np.random.default_rng(6).normal(0, 16, (600, n)).mean(axis=1)
    assert 0.93 <= (np.abs(means) <= 5).mean() <= 0.985


def test_more_agents_are_asked_for_when_few_can_not_be_enough() -> None:
    """3 agents, sd of agents about 15: t(2) 15 / sqrt(3) is far above 5, however many calls."""
    values = np.array([[40.0], [55], [70]]) + np.tile([-6.0, 6.0], 20)
    row = calls_needed_frame(frame_of(values, 3)).query("about == 'agents like these'").iloc[0]
    assert pd.isna(row["needed"])
    assert "calls of at least 37 agents" in row["why"]  # t(36) 14.97 / sqrt(37) = 4.99


def test_the_interval_of_a_spread_holds_it() -> None:
    """Bonett's, 2,000 agents of 30 calls with figures from levels: 93 of 100 or more."""
    chance = np.random.default_rng(8)

    def figures(*shape: int) -> np.ndarray:
        common = 3.4 + chance.normal(0, 0.4, (*shape, 1))
        return 25 * (np.rint(common + chance.normal(0, 0.8, (*shape, 5))).clip(1, 5).mean(-1) - 1)

    truth = figures(1000, 400).std()
    found = calls_needed_frame(frame_of(figures(2000, 30), 2000)).query("group == 'agent'")
    held = (found["spread_low"] <= truth) & (found["spread_high"] >= truth)
    assert held.mean() >= 0.93
