"""What extra minutes bought, and what the repeat calls of the fast cost."""

from __future__ import annotations

import numpy as np
import pytest
from centre_fixtures import REPORTS, centre, happened

from qa_review.team.case_mix import like_calls_frame
from qa_review.team.compared import compared
from qa_review.team.repeats import repeat_cost_frame
from qa_review.team.worth import LEAST_EXTRA_MS, extra_minutes_frame, minutes_frame


def bought(seed, *, strength=1.2, issue=True, **how):
    """Long calls come back less often, in the first of two issues only."""
    reviews = centre(seed, agents=15, each=80, **how)
    chance = np.random.default_rng([seed, 2])
    first = chance.random(len(reviews)) < 0.5
    if issue:
        reviews["issue"] = np.where(first, "billing", "moving")
    like = like_calls_frame(reviews)
    longer = np.log((like["net_ms"] / like["like_ms"]).to_numpy(float))
    reviews["repeat_contact"] = happened(chance, -1.0 - strength * first * longer / 0.45)
    reviews["resolved"] = happened(chance, np.full(len(reviews), 0.8))
    reviews["csat"] = chance.integers(11, size=len(reviews))
    return reviews


def test_long_calls_are_set_beside_short_ones_of_the_same_kind():
    found = minutes_frame(bought(1)).set_index("outcome")
    repeats = found.loc["repeat_contact"]
    assert repeats["difference"] < 0 and repeats["high"] < 0 and repeats["corrected"] < 0.05
    assert repeats["long"] - repeats["short"] == pytest.approx(repeats["difference"], abs=0.03)
    assert repeats["minutes_each"] == pytest.approx(
        repeats["minutes_more"] / -repeats["difference"]
    )
    assert found.loc["resolved", "corrected"] > 0.05
    assert found["minutes_each"].isna().tolist() == [True, True, False]
    assert (found["short_calls"] == 400).all() and (found["long_calls"] == 400).all()


def test_the_calls_to_hear_are_of_contexts_where_short_ones_come_back():
    reviews = bought(1)
    found = extra_minutes_frame(reviews)
    assert len(found) > 20 and found["why"].isna().all()
    listed = reviews.set_index("call").loc[found["call"]]
    assert (listed["repeat_contact"] == 0).all() and (listed["resolved"] == 1).all()
    assert (found["extra_ms"] >= LEAST_EXTRA_MS).all()
    assert found["extra_ms"].is_monotonic_decreasing
    assert (found["short_repeats"] > found["long_repeats"]).all()
    assert (found["corrected"] < 0.05).all() and (found["short_calls"] >= 10).all()
    narrow = found[found["context"] != "all calls"]
    assert not narrow["context"].str.contains("moving").any() and len(narrow)


@pytest.mark.slow
def test_where_length_buys_nothing_no_call_is_listed():
    """Repeat contacts have nothing to do with length: listed at all in 5 % of reports."""
    listed = shown = 0
    for seed in range(REPORTS):
        reviews = bought(seed, strength=0.0, pace=0.2, own_queue=0.5)
        listed += int(extra_minutes_frame(reviews)["why"].isna().any())
        shown += int((minutes_frame(reviews)["corrected"] < 0.05).any())
    most = 0.05 * REPORTS + 2 * (0.05 * 0.95 * REPORTS) ** 0.5
    assert listed <= most and shown <= most


def costly(seed, *, more=0.15, agents=9, each=200):
    """The first three agents take half the time, and bring more repeat contacts."""
    fast = {number: (np.log(0.5), 0.0) for number in range(3)}
    reviews = centre(seed, agents=agents, each=each, planted=fast, hard=0.0, effect=0.0)
    chance = np.random.default_rng([seed, 3])
    share = np.where(reviews["agent"].cat.codes < 3, 0.2 + more, 0.2)
    reviews["repeat_contact"] = (chance.random(len(reviews)) < share).astype(float)
    return reviews


def test_what_the_fast_save_and_what_their_repeats_cost_is_found():
    """15 repeats more than the others bring; 10 more than the average of all nine agents."""
    found = repeat_cost_frame(costly(1))
    assert len(found) == 4 and found["agent"].isna().tolist() == [False] * 3 + [True]
    assert set(found["agent"][:3]) == {f"agent-{number:04}" for number in range(3)}
    whole = found.iloc[3]
    assert whole["excess_low"] < 10 < whole["excess_high"] and whole["excess_low"] > 0
    assert whole["repeats"] - whole["expected"] == pytest.approx(whole["excess"])
    assert whole["net"] == pytest.approx(whole["saved"] - whole["cost"])
    assert whole["cost_low"] < whole["cost"] < whole["cost_high"]
    assert whole["net_low"] < whole["net"] < whole["net_high"]
    assert whole["n"] == 600


@pytest.mark.slow
def test_the_interval_of_an_excess_holds_it():
    """Of 60 made-up centres the 95 % interval holds the planted 10 per 100 in 90 % at least."""
    held = []
    for seed in range(60):
        whole = repeat_cost_frame(costly(seed), resamples=200).iloc[-1]
        held.append(whole["excess_low"] <= 10 <= whole["excess_high"])
    assert np.mean(held) >= 0.9


def test_assumptions_are_said_and_scale_the_cost():
    found = compared(costly(2), resamples=100)
    whole = repeat_cost_frame(found, repeat_ms=600_000).iloc[-1]
    half = repeat_cost_frame(found, repeat_ms=600_000, caused=0.5).iloc[-1]
    assert whole["cost"] == pytest.approx(10 * whole["excess"])  # ten minutes a repeat
    assert half["cost"] == pytest.approx(whole["cost"] / 2)
    assert half["saved"] == whole["saved"]
    assert half["assumed"] == (
        "50% of the excess is the agent's doing; a repeat takes one more call of 10.0 minutes"
    )


@pytest.mark.parametrize("wrong", [{"caused": 1.5}, {"repeat_ms": 0.0}, {"resamples": 0}])
def test_assumptions_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match=r"caused|0 resamples"):
        repeat_cost_frame(costly(3, each=20), **wrong)


def test_a_saving_is_drawn_towards_nothing_where_agents_are_alike():
    """Somebody is always the fastest: the plain saving is an illusion, the drawn one is small."""
    drawn, plain = [], []
    for seed in range(20):
        reviews = centre(seed, each=40, hard=0.0)
        found = repeat_cost_frame(reviews, resamples=20)
        like = like_calls_frame(reviews)
        fast = like["agent"].isin(found["agent"].dropna())
        plain.append(-100 * like.loc[fast, "extra_ms"].mean() / 60_000)
        drawn.append(found.iloc[-1]["saved"])
    assert np.mean(plain) > 20  # minutes per 100 calls that nobody saves
    assert abs(np.mean(drawn)) < 0.4 * np.mean(plain)
