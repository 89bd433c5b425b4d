"""Ranks with their intervals, and whom a scoreboard of handling times punishes or flatters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from centre_fixtures import REPORTS, centre

from qa_review.team.case_mix import handling_frame
from qa_review.team.compared import BEHAVIOUR, NET, OUTCOME, SENSES, TIME, compared, standing
from qa_review.team.many_tests import holm, p_value
from qa_review.team.ranks import ranks, ranks_frame
from qa_review.team.reviews import OUTCOMES
from qa_review.team.verdicts import (
    FAST_AND_GOOD,
    FLATTERED,
    KINDS,
    NEEDED,
    PUNISHED,
    SLOW_AND_POOR,
    UNTOLD,
    sure_verdicts,
    verdicts_frame,
)

AGENT = 2
"""the agent for whom something is planted"""
SLOWER, BETTER = 0.3, 0.6
"""what is planted: a third longer calls (in logs), levels better or worse by 0.6"""


def told(seed, **planted):
    return sure_verdicts(compared(centre(seed, **planted), NEEDED, resamples=0))


def share_of_reports(kinds, seeds, **how):
    """In what share of reports does any agent get one of the verdicts?"""
    return np.mean([not set(kinds).isdisjoint(told(seed, **how)) for seed in seeds])


def share_for_the_agent(kind, seeds, **how):
    return np.mean([told(seed, **how)[AGENT] == kind for seed in seeds])


# --- ranks -------------------------------------------------------------------------------------


def test_a_rank_is_1_for_the_best():
    reviews = centre(1, pace=0.3, skill=0.5)
    found = ranks_frame(reviews, resamples=50)
    handling = handling_frame(reviews)
    board = found[found["measure"] == TIME].set_index("agent")["rank"]
    order = handling.set_index("agent")["handle_ms"].rank().astype("Int64")
    assert (board == order).all()
    repeats = found[found["measure"] == "repeat_contact"].set_index("rank")["difference"]
    assert repeats[1] == repeats.min() and repeats[12] == repeats.max()
    levels = found[found["measure"] == BEHAVIOUR].set_index("rank")["difference"]
    assert levels[1] == levels.max()


def test_ranks_by_hand():
    assert ranks(np.array([[3.0, 1.0, 2.0], [0.0, 5.0, -1.0]])).tolist() == [[3, 1, 2], [2, 3, 1]]


@pytest.mark.parametrize("seed", range(3))
def test_a_rank_lies_in_its_interval_and_so_does_a_difference(seed):
    found = ranks_frame(centre(seed, agents=8, each=20), resamples=60).dropna(subset="rank")
    assert (found["rank_low"] <= found["rank"]).all() and (found["rank_low"] >= 1).all()
    assert (found["rank"] <= found["rank_high"]).all() and (found["rank_high"] <= 8).all()
    assert (found["low"] < found["difference"]).all()
    assert (found["difference"] < found["high"]).all()
    assert set(found["measure"]) == set(SENSES)


def test_the_same_seed_gives_the_same_figures():
    reviews = centre(4, each=20)
    first, again, other = (ranks_frame(reviews, resamples=40, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["rank_high"].equals(other["rank_high"])
    assert first["rank"].equals(other["rank"])


def test_every_measure_sees_the_same_resamples():
    """Two measures that are one: their ranks move together in every resample."""
    reviews = centre(5, each=30)
    reviews["csat"] = reviews["overall"] / 10
    found = compared(reviews, (BEHAVIOUR, "csat", TIME), resamples=20)
    one, other = (standing(found, name).drawn for name in (BEHAVIOUR, "csat"))
    assert one / 10 == pytest.approx(other)
    alone = compared(reviews, (TIME,), resamples=20)
    assert found.drawn[TIME] == pytest.approx(alone.drawn[TIME])


def test_ranks_need_resamples():
    with pytest.raises(ValueError, match="0 resamples"):
        ranks_frame(centre(0, each=10), resamples=0)


@pytest.mark.slow
def test_intervals_of_ranks_hold_the_true_rank():
    """Agents differ in time and behaviour; at least 93 of 100 intervals hold the rank."""
    held = {NET: [], BEHAVIOUR: []}
    for seed in range(80):
        reviews = centre(seed, pace=0.2, skill=0.3, own_queue=0.7)
        found = ranks_frame(reviews, resamples=200).set_index("measure")
        for measure, truth in ((NET, reviews.attrs["pace"]), (BEHAVIOUR, -reviews.attrs["skill"])):
            own = found.loc[measure]
            true = ranks(truth)
            held[measure] += ((own["rank_low"] <= true) & (true <= own["rank_high"])).tolist()
    assert {name: np.mean(each) >= 0.93 for name, each in held.items()} == {
        NET: True,
        BEHAVIOUR: True,
    }


# --- what is planted is found ------------------------------------------------------------------


@pytest.mark.slow
def test_a_punished_agent_is_found():
    """A third slower and 0.6 levels better, 12 agents of 60 calls: 80 of 100 reports or more."""
    planted = {AGENT: (SLOWER, BETTER)}
    assert share_for_the_agent(PUNISHED, range(150), planted=planted) >= 0.8


@pytest.mark.slow
def test_a_flattered_agent_is_found():
    """A third faster, 0.6 levels poorer."""
    planted = {AGENT: (-0.4, -BETTER)}
    assert share_for_the_agent(FLATTERED, range(150), planted=planted) >= 0.8


@pytest.mark.slow
def test_a_slow_and_poor_agent_is_not_excused():
    """Called punished in at most 5 of 100 reports; called what they are in most."""
    planted = {AGENT: (SLOWER, -BETTER)}
    found = [told(seed, planted=planted)[AGENT] for seed in range(150)]
    assert np.mean([each == PUNISHED for each in found]) <= 0.05
    assert np.mean([each == SLOW_AND_POOR for each in found]) >= 0.8


@pytest.mark.slow
def test_a_slow_agent_who_is_neither_good_nor_poor_is_not_excused():
    planted = {AGENT: (SLOWER, 0.0)}
    assert share_for_the_agent(PUNISHED, range(150), planted=planted) <= 0.05


def test_an_agent_whom_a_hard_queue_makes_slow_is_found_punished():
    """No slower than others, and better; nine calls in ten are of a queue twice as long."""
    reviews = centre(1, planted={AGENT: (0.0, 0.8)}, hard=0.0)
    chance = np.random.default_rng(1)
    own = (reviews["agent"] == f"agent-{AGENT:04}").to_numpy()
    hard = chance.random(len(reviews)) < np.where(own, 0.9, 0.1)
    reviews["queue"] = np.where(hard, "hard", "easy")
    reviews["handle_ms"] *= np.where(hard, 2.0, 1.0)
    found = verdicts_frame(reviews, resamples=200).set_index("agent").loc[f"agent-{AGENT:04}"]
    assert found["verdict"] == PUNISHED and found["probability"] > 0.95
    assert found["kind_ms"] > 4 * abs(found["own_ms"])
    parts = found["friction_ms"] + found["kind_ms"] + found["own_ms"]
    assert parts == pytest.approx(found["slower_ms"], abs=1)


def test_a_fast_and_good_agent_is_found():
    assert told(3, planted={AGENT: (-0.4, 1.0)})[AGENT] == FAST_AND_GOOD


# --- nothing is found where nothing is planted -------------------------------------------------


@pytest.mark.slow
def test_with_no_effect_planted_nobody_is_called_anything():
    """12 agents who are alike, in confounded queues: in 5 % of reports at most."""
    assert share_of_reports(KINDS.values(), range(REPORTS), each=40, own_queue=0.7) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"pace": 0.35}, id="only times differ"),
        pytest.param({"skill": 0.5}, id="only behaviours differ"),
        pytest.param({"pace": 0.35, "own_queue": 0.7, "hard": 0.5}, id="times, confounded"),
        pytest.param({"skill": 0.5, "each": 15}, id="behaviours, few calls"),
    ],
)
def test_where_only_one_side_differs_nobody_is_punished_or_flattered(how):
    """At most 5 % of reports; measured 1 to 2 % of 600."""
    how = {"each": 40, **how}
    assert share_of_reports([PUNISHED, FLATTERED], range(REPORTS), **how) <= 0.05


@pytest.mark.slow
def test_a_probability_is_how_often_the_verdict_is_true():
    """Agents differ in both; of kinds said to be 80 to 90 % likely, 70 to 95 of 100 are true."""
    said, true = [], []
    for seed in range(100):
        reviews = centre(seed, pace=0.2, skill=0.3, hard=0.0)
        found = verdicts_frame(reviews, resamples=200)
        paces, skills = (
            each - each.mean() for each in (reviews.attrs["pace"], reviews.attrs["skill"])
        )
        kinds = [
            KINDS[int(a), int(b)] for a, b in zip(np.sign(paces), np.sign(skills), strict=True)
        ]
        said += found["probability"].tolist()
        true += (found["likeliest"] == kinds).tolist()
    said, true = np.array(said), np.array(true)
    assert 0.7 <= true[(said >= 0.8) & (said < 0.9)].mean() <= 0.95
    assert true[said >= 0.97].mean() >= 0.95
    assert true.mean() == pytest.approx(said.mean(), abs=0.05)


# --- what is said of it ------------------------------------------------------------------------


def test_behaviour_and_outcome_that_disagree_give_no_verdict():
    reviews = centre(2, planted={AGENT: (0.5, 1.0)})
    own = reviews["agent"] == f"agent-{AGENT:04}"
    for name, sense in OUTCOMES.items():
        worst = 0.0 if sense > 0 else 1.0
        reviews.loc[own & (np.arange(len(reviews)) % 3 > 0), name] = worst
    found = verdicts_frame(reviews, resamples=50).set_index("agent").loc[f"agent-{AGENT:04}"]
    assert found["verdict"] == UNTOLD
    assert found["why"] == "behaviour and outcome point to opposite sides"


def test_outcome_alone_can_vindicate():
    reviews = centre(2, planted={AGENT: (0.5, 0.0)}).drop(columns="overall")
    reviews = reviews.drop(columns=[name for name in reviews if name.startswith("level_")])
    own = reviews["agent"] == f"agent-{AGENT:04}"
    reviews.loc[own, ["resolved", "repeat_contact"]] = [1.0, 0.0]
    reviews.loc[own, "csat"] = (reviews.loc[own, "csat"] + 3).clip(upper=10)
    found = verdicts_frame(reviews, resamples=50).set_index("agent").loc[f"agent-{AGENT:04}"]
    assert (found["verdict"], found["by"]) == (PUNISHED, OUTCOME)
    assert pd.isna(found["behaviour"])


def test_a_verdict_says_why_there_is_none():
    found = verdicts_frame(centre(6, each=20), resamples=20)
    untold = found["verdict"] == UNTOLD
    assert (found["why"].isna() == ~untold).all() and untold.any()
    assert found["probability"].between(0, 1).all()


# --- chances -----------------------------------------------------------------------------------


@pytest.mark.parametrize("freedom", [3, 5, 8, 11, 59, 10_000])
def test_a_chance_is_that_of_scipy(freedom):
    stats = pytest.importorskip("scipy.stats")
    off = 4e-4 if freedom < 8 else 1e-5
    for t in (0.0, 0.3, 1.0, 2.0, 3.5, 6.0):
        assert p_value(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), abs=off)
        assert p_value(-t, freedom) == p_value(t, freedom)


def test_the_correction_is_that_of_statsmodels():
    peer = pytest.importorskip("statsmodels.stats.multitest").multipletests
    p = np.random.default_rng(0).random(30) ** 4
    assert holm(p) == pytest.approx(peer(p, method="holm")[1])
    with_none = holm(np.r_[p, np.nan])
    assert with_none[:-1] == pytest.approx(holm(p)) and np.isnan(with_none[-1])
