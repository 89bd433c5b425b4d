"""Handling time among like calls: what is the agent's own, and how sure that is."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from centre_fixtures import centre, named

from qa_review.base.errors import FrameError
from qa_review.team import pooled
from qa_review.team.case_mix import handling_frame, like_calls_frame, spreads_frame
from qa_review.team.compared import NET, TIME, compared, standing
from qa_review.team.resamples import covariance, resampled

HARD = 0.6
"""a queue whose calls take exp(0.6), or 1.8, times as long"""


def one_agent_in_the_hard_queue(seed, *, pace=0.0, each=60, agents=10):
    """The first agent has 54 of 60 calls in a queue of which the others have 6 each."""
    chance = np.random.default_rng(seed)
    agent = np.repeat(np.arange(agents), each)
    into_hard = np.tile(np.arange(each), agents) < np.where(agent == 0, 0.9 * each, 0.1 * each)
    own = np.where(agent == 0, pace, 0.0)
    handle = 300_000 * np.exp(HARD * into_hard + own + chance.normal(0, 0.45, len(agent)))
    return pd.DataFrame(
        {
            "call": [f"call-{number}" for number in range(len(agent))],
            "agent": named("agent", agent, agents),
            "queue": named("queue", into_hard.astype(int), 2),
            "handle_ms": handle,
        }
    )


def test_three_parts_add_up_to_the_handling_time():
    """Friction, what like calls take, and the agent's own; unknown friction counts 0."""
    reviews = centre(1, pace=0.3, own_queue=0.5)
    reviews.loc[reviews.index[::7], "friction_ms"] = np.nan
    found = handling_frame(reviews)
    parts = found["friction_ms"] + found["like_ms"] + found["own_ms"]
    assert np.allclose(parts.to_numpy(float), found["handle_ms"].to_numpy(float), atol=0.1)
    plain = reviews.groupby("agent", observed=True)["handle_ms"].mean()
    assert np.allclose(found["handle_ms"].to_numpy(float), plain.to_numpy())
    assert found["friction_unknown"].sum() == len(reviews.index[::7])


def test_the_calls_show_what_the_agents_are_compared_with():
    reviews = centre(2, pace=0.3)
    calls, agents = like_calls_frame(reviews), handling_frame(reviews)
    assert (calls["call"] == reviews["call"]).all()
    by_agent = calls.groupby("agent")["extra_ms"].mean()
    assert np.allclose(by_agent.to_numpy(float), agents["own_ms"].to_numpy(float), atol=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_matter(seed):
    reviews = centre(seed, pace=0.2, each=20)
    mixed = reviews.sample(frac=1, random_state=seed)
    first, other = handling_frame(reviews), handling_frame(mixed)
    for name in ("own_ms", "low_ms", "high_ms"):
        assert np.allclose(first[name].to_numpy(float), other[name].to_numpy(float), rtol=1e-4)


def test_an_agent_who_has_the_hard_calls_ranks_in_the_middle_once_they_are_compared():
    """Of 10 agents the one in the hard queue is the slowest on the board, and no slower in fact."""
    last, effects, errors = 0, [], []
    for seed in range(100):
        found = compared(one_agent_in_the_hard_queue(seed), (TIME, NET), resamples=0)
        last += int(standing(found, TIME).effect.argmax() == 0)
        own = standing(found, NET)
        effects.append(own.effect[0])
        errors.append(own.error[0])
    assert last >= 95
    assert abs(np.mean(effects)) < 0.04  # of a time that is 60 % longer on the board
    within = np.abs(effects) < 2 * np.array(errors)
    assert within.mean() >= 0.9


def test_an_agent_who_is_slow_in_the_easy_queue_is_not_made_out_to_be_average():
    """The other way about: queues are not allowed to explain what agents do."""
    board, effects = [], []
    for seed in range(40):
        reviews = one_agent_in_the_hard_queue(seed, pace=0.4)
        reviews["queue"] = reviews["queue"].cat.rename_categories(["hard", "easy"])
        reviews["handle_ms"] /= np.where(reviews["queue"] == "easy", np.exp(2 * HARD), 1)
        found = compared(reviews, (TIME, NET), resamples=0)
        board.append(standing(found, TIME).effect[0])
        effects.append(standing(found, NET).effect[0])
    assert np.mean(board) < 0  # easy calls are short
    assert np.mean(effects) == pytest.approx(0.4 * 0.9, abs=0.05)  # the mean of all has a tenth


def test_who_shares_no_queue_with_others_is_not_compared():
    reviews = centre(3, agents=5, queues=2, pace=0.2)
    alone = reviews["agent"] == "agent-0004"
    reviews["queue"] = reviews["queue"].astype("string").mask(alone, "of their own")
    found = handling_frame(reviews)
    assert found["why"][:4].isna().all()
    assert found["why"][4] == "shares no queue with the other agents"
    assert found["own_ms"].isna().tolist() == [False] * 4 + [True]
    assert not np.isnan(found["handle_ms"][4])


def test_colleagues_of_colleagues_can_be_compared():
    """One works in a and b, one in b and c: the agents of a and of c are linked."""
    chance = np.random.default_rng(0)
    queue = np.repeat([0, 0, 1, 1, 2, 2], 20)
    agent = np.repeat([0, 1, 1, 2, 2, 3], 20)
    reviews = pd.DataFrame(
        {
            "call": [str(number) for number in range(120)],
            "agent": named("agent", agent, 4),
            "queue": named("queue", queue, 3),
            "handle_ms": 1000 * np.exp(chance.normal(5, 0.3, 120)),
        }
    )
    assert handling_frame(reviews)["why"].isna().all()


def test_few_calls_are_no_ground_for_a_comparison():
    reviews = centre(4, agents=5)
    few = reviews[(reviews["agent"] != "agent-0001") | (np.arange(len(reviews)) % 10 == 0)]
    found = handling_frame(few)
    assert found["lacking"].tolist() == [0, 4, 0, 0, 0]
    assert found["why"][1] == "fewer than 10 calls with handle_ms"


def test_what_is_lost_to_friction_is_not_held_against_the_agent():
    reviews = centre(5, agents=6, hard=0.0)
    slowed = reviews["agent"] == "agent-0002"
    reviews.loc[slowed, "handle_ms"] += 240_000
    reviews.loc[slowed, "friction_ms"] += 240_000
    found = compared(reviews, (TIME, NET), resamples=0)
    assert standing(found, TIME).p[2] < 0.001
    assert standing(found, NET).p[2] > 0.05


def test_a_customer_with_long_calls_is_not_the_agents_doing():
    """All the calls of one agent are of one customer, who is slow with others too."""
    reviews = centre(6, agents=8, hard=0.0, noise=0.3)
    customers = reviews["customer"].astype("string")
    slow = (reviews["agent"] == "agent-0000") | (np.arange(len(reviews)) % 8 == 3)
    reviews["customer"] = customers.mask(slow, "the slow one")
    reviews.loc[slow, "handle_ms"] *= 2
    with_customer = compared(reviews, (NET,), resamples=0)
    without = compared(reviews.drop(columns="customer"), (NET,), resamples=0)
    assert standing(without, NET).p[0] < 1e-6
    assert standing(with_customer, NET).effect[0] < 0.5 * standing(without, NET).effect[0]


@pytest.mark.slow
def test_intervals_hold_the_truth():
    """95 % intervals, with confounded queues and customers alike: at least 93 of 100."""
    held = []
    for seed in range(150):
        reviews = centre(seed, pace=0.2, own_queue=0.7, hard=0.4)
        found = handling_frame(reviews)
        truth = np.exp(reviews.attrs["pace"] - reviews.attrs["pace"].mean())
        like = found["like_ms"].to_numpy(float)
        low = 1 + found["low_ms"].to_numpy(float) / like
        high = 1 + found["high_ms"].to_numpy(float) / like
        held += ((low <= truth) & (truth <= high)).tolist()
    assert np.mean(held) >= 0.93


# --- beside a published implementation ---------------------------------------------------------


def small_crossed(seed, calls=240):
    chance = np.random.default_rng(seed)
    agent, queue, issue = (chance.integers(size, size=calls) for size in (6, 5, 8))
    values = (
        chance.normal(0, 1, 6)[agent] + chance.normal(0, 1, 5)[queue]
        + chance.normal(0, 0.7, 8)[issue] + chance.normal(0, 1, calls)
    )  # fmt: skip
    return values, agent, queue, issue


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_fit_is_that_of_a_mixed_model(seed):
    """statsmodels' MixedLM by REML, agents fixed, queue and issue crossed random effects."""
    mixed = pytest.importorskip("statsmodels.formula.api").mixedlm
    values, agent, queue, issue = small_crossed(seed)
    table = pd.DataFrame({"y": values, "agent": agent, "queue": queue, "issue": issue, "all": 1})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = mixed(
            "y ~ 0 + C(agent)",
            table,
            groups="all",
            vc_formula={"queue": "0 + C(queue)", "issue": "0 + C(issue)"},
        ).fit(reml=True, method="lbfgs")
    alone = np.full(len(values), -1)
    layout = pooled.Layout(agent, (queue, issue), alone, (6, 5, 8))
    found = pooled.fit(values, layout, log_link=False)
    assert found.noise == pytest.approx(peer.scale, rel=0.01)
    ours = {"queue": found.spreads[0] ** 2, "issue": found.spreads[1] ** 2}
    theirs = dict(zip(sorted(ours), peer.vcomp, strict=True))  # the library sorts by name
    for name, value in ours.items():
        assert value == pytest.approx(theirs[name], rel=0.05), name
    apart = found.effects - found.effects.mean()
    assert apart == pytest.approx(peer.fe_params - peer.fe_params.mean(), abs=0.005)


@pytest.mark.slow
def test_the_fit_with_customers_is_near_that_of_a_mixed_model():
    """Customers' variance is had by moments, not by REML: near it, and agents' effects nearer."""
    mixed = pytest.importorskip("statsmodels.formula.api").mixedlm
    values, agent, queue, _ = small_crossed(5, calls=600)
    customer = np.random.default_rng(6).integers(200, size=600)
    values = values + np.random.default_rng(7).normal(0, 0.8, 200)[customer]
    table = pd.DataFrame(
        {"y": values, "agent": agent, "queue": queue, "customer": customer, "all": 1}
    )
    parts = {"customer": "0 + C(customer)", "queue": "0 + C(queue)"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = mixed("y ~ 0 + C(agent)", table, groups="all", vc_formula=parts).fit(method="lbfgs")
    layout = pooled.Layout(agent, (queue,), pooled.blocks(customer), (6, 5))
    found = pooled.fit(values, layout, log_link=False)
    assert found.spreads[1] == pytest.approx(peer.vcomp[0] ** 0.5, rel=0.1)
    assert found.noise == pytest.approx(peer.scale, rel=0.1)
    apart = found.effects - found.effects.mean()
    assert apart == pytest.approx(peer.fe_params - peer.fe_params.mean(), abs=0.02)
    error = np.sqrt(np.diag(covariance(found, layout)))
    assert error == pytest.approx(peer.bse_fe, rel=0.15)


def test_without_contexts_the_fit_is_each_agents_mean():
    values, agent, _, _ = small_crossed(3)
    layout = pooled.Layout(agent, (), np.full(len(values), -1), (6,))
    plain = pooled.fit(values, layout, log_link=False)
    means = np.bincount(agent, values) / np.bincount(agent)
    assert plain.effects == pytest.approx(means)
    logs = pooled.fit(np.exp(values), layout, log_link=True)
    assert np.exp(logs.effects) == pytest.approx(
        np.bincount(agent, np.exp(values)) / np.bincount(agent)
    )


def test_resamples_spread_as_the_covariance_says():
    values, agent, queue, issue = small_crossed(4, calls=600)
    layout = pooled.Layout(agent, (queue, issue), np.full(600, -1), (6, 5, 8))
    found = pooled.fit(values, layout, log_link=False)
    drawn = resampled([found], layout, resamples=4000, seed=0)[0]
    error = np.sqrt(np.diag(covariance(found, layout)))
    assert drawn.std(axis=0) == pytest.approx(error, rel=0.08)
    assert drawn.mean(axis=0) == pytest.approx(found.effects, abs=0.1 * error.max())


def test_a_customer_of_many_calls_is_taken_in_blocks():
    customers = np.array([0] * 70 + [1] + [2, 2] + [-1])
    found = pooled.blocks(customers)
    assert np.bincount(found[found >= 0])[np.unique(found[found >= 0])].tolist() == [32, 32, 6, 2]
    assert found[70] == -1 and found[73] == -1
    one, other = pooled.pairs_within(found)
    assert len(one) == 32**2 + 32**2 + 6**2 + 2**2
    assert (found[one] == found[other]).all()


def test_rare_levels_are_joined():
    codes, count = pooled.lumped(np.r_[np.arange(500), np.zeros(10, dtype=int)], 500)
    assert count == pooled.MOST_LEVELS == codes.max() + 1
    assert (codes[:500] == codes[0]).sum() == 1  # the commonest stays on its own


def test_how_far_calls_differ_by_context_is_found():
    """Planted: queues 0.5, customers 0.25 (in logs), a call's own 0.45 beside friction's."""
    reviews = centre(1, agents=40, each=100, queues=30, hard=0.5)
    found = spreads_frame(reviews)
    times = found[found["measure"] == NET].set_index("context")["spread"]
    assert times["queue"] == pytest.approx(0.5, abs=0.12)
    assert times["customer"] == pytest.approx(0.25, abs=0.06)
    assert times["month"] == 0


def test_a_frame_that_breaks_the_rules_is_refused():
    with pytest.raises(FrameError, match="handle_ms"):
        handling_frame(centre(0, each=10).assign(handle_ms=-1.0))
    with pytest.raises(ValueError, match="allowed are"):
        compared(centre(0, each=10), ("speed",))
