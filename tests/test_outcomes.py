"""What goes with a good outcome: slopes among like calls, agents being clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from centre_fixtures import REPORTS, centre, happened

from qa_review.team.compared import NET, compared
from qa_review.team.outcomes import associations_frame, likeness
from qa_review.team.reviews import OUTCOMES
from qa_review.team.slopes import Like, middle_ranks, slope, within


def unrelated(seed, *, agents=12, each=40, alike=0.5, behaviours=5):
    """Agents, queues and customers differ in everything; nothing has to do with anything else."""
    reviews = centre(seed, agents=agents, each=each, own_queue=0.5, effect=0.0)
    chance = np.random.default_rng([seed, 1])
    agent, queue, customer = (reviews[name].cat.codes for name in ("agent", "queue", "customer"))

    def differing():
        return (
            chance.normal(0, alike, agents)[agent]
            + chance.normal(0, 0.5, 4)[queue]
            + chance.normal(0, 0.3, len(reviews) // 2)[customer]
        )

    level = [np.clip(np.rint(3.4 + differing() + chance.normal(0, 0.9, len(reviews))), 1, 5)
             for _ in range(behaviours)]  # fmt: skip
    for number, values in enumerate(level):
        reviews[f"level_behaviour_{number}"] = values
    reviews = reviews.drop(columns=["level_listening", "level_ownership"])
    reviews["overall"] = 25 * (np.mean(level, axis=0) - 1)
    reviews["handle_ms"] = 3e5 * np.exp(0.4 * differing() + chance.normal(0, 0.45, len(reviews)))
    reviews["friction_ms"] = reviews["handle_ms"] * chance.uniform(0, 0.2, len(reviews))
    csat = 7 + differing() + chance.normal(0, 1.5, len(reviews))
    reviews["csat"] = np.clip(np.rint(csat), 0, 10)
    reviews["resolved"] = happened(chance, 0.9 + differing())
    reviews["repeat_contact"] = happened(chance, -1.4 + differing())
    return reviews


def test_contexts_are_taken_off_both_as_by_dummies():
    """statsmodels' least squares with a dummy a queue and issue gives the same slope."""
    ols = pytest.importorskip("statsmodels.formula.api").ols
    chance = np.random.default_rng(3)
    queue, issue, agent = (chance.integers(size, size=400) for size in (4, 7, 9))
    x = chance.normal(size=400) + queue
    y = 0.5 * x - queue + 0.3 * issue + chance.normal(size=400)
    found = slope(x, y, Like((queue, issue), agent, np.full(400, -1)))
    table = pd.DataFrame({"x": x, "y": y, "queue": queue, "issue": issue})
    peer = ols("y ~ x + C(queue) + C(issue)", table)
    assert found.value == pytest.approx(peer.fit().params["x"], abs=1e-7)
    clustered = peer.fit(cov_type="cluster", cov_kwds={"groups": agent}, use_t=True)
    low, high = found.interval
    assert (high - low) / 2 > 0.9 * clustered.bse["x"] * 2.3  # no narrower than the usual error's
    assert found.clusters == 9 and found.n == 400


def test_the_error_is_that_of_leaving_each_agent_out():
    """By hand, without contexts: six agents of eight calls, slopes with each left out."""
    chance = np.random.default_rng(0)
    agent = np.repeat(np.arange(6), 8)
    x, y = chance.normal(size=48), chance.normal(size=48)
    a, b = x - x.mean(), y - y.mean()
    whole = (a @ b) / (a @ a)
    out = [(a @ b - a[agent == g] @ b[agent == g]) / (a @ a - a[agent == g] @ a[agent == g])
           for g in range(6)]  # fmt: skip
    found = slope(x, y, Like((), agent, np.full(48, -1)))
    share = np.array([a[agent == g] @ a[agent == g] for g in range(6)])
    freedom = share.sum() ** 2 / (share**2).sum() - 1
    stats = pytest.importorskip("scipy.stats")
    half = stats.t.ppf(0.975, freedom) * np.sqrt(sum((each - whole) ** 2 for each in out))
    assert found.value == pytest.approx(whole)
    assert found.interval == pytest.approx((whole - half, whole + half), rel=1e-4)


def test_a_rank_correlation_without_contexts_is_spearmans():
    stats = pytest.importorskip("scipy.stats")
    chance = np.random.default_rng(1)
    x, y = chance.integers(5, size=60).astype(float), chance.integers(5, size=60).astype(float)
    found = slope(x, y, Like((), np.repeat(np.arange(10), 6), np.full(60, -1)))
    assert found.rank == pytest.approx(stats.spearmanr(x, y).statistic)
    low, high = found.rank_interval
    assert -1 < low < found.rank < high < 1
    assert middle_ranks(x).tolist() == stats.rankdata(x).tolist()


@pytest.mark.parametrize(
    ("x", "y", "agents", "why"),
    [
        (np.ones(40), np.arange(40.0), 8, "the figure doesn't vary"),
        (np.arange(40.0), np.ones(40), 8, "the outcome doesn't vary"),
        (np.arange(40.0), np.arange(40.0) % 3, 5, "fewer than 6 agents"),
        (np.r_[np.arange(9.0), np.full(31, np.nan)], np.arange(40.0) % 3, 8, "fewer than 10 calls"),
        (np.r_[np.arange(5.0), np.zeros(35)], np.arange(40.0) % 3, 8, "one agent's calls"),
    ],
)
def test_a_slope_that_cannot_be_known_says_why(x, y, agents, why):
    agent = np.arange(40) * agents // 40
    if "one agent" in why:  # all that varies among like calls is the first agent's
        found = slope(x, y, Like((agent,), agent, np.full(40, -1)))
    else:
        found = slope(x, y, Like((), agent, np.full(40, -1)))
    assert found.value is None and found.interval is None and why in found.why


def test_calls_of_one_customer_widen_the_interval():
    """Each of 60 customers has the same figure and the same outcome in calls to several agents."""
    chance = np.random.default_rng(2)
    customer = chance.integers(60, size=600)
    agent = chance.integers(12, size=600)
    x, y = (chance.normal(size=60)[customer] + 0.3 * chance.normal(size=600) for _ in range(2))
    wide = slope(x, y, Like((), agent, customer))
    narrow = slope(x, y, Like((), agent, np.full(600, -1)))
    assert wide.value == narrow.value
    assert np.diff(wide.interval)[0] > 1.5 * np.diff(narrow.interval)[0]


def test_what_goes_with_good_outcomes_is_found():
    found = associations_frame(centre(1, agents=20, each=100, skill=0.4, effect=0.8))
    behaviours = found[found["figure"].isin(["listening", "ownership", "overall"])]
    assert (behaviours["finding"] == "better").all()
    signs = {name: np.sign(behaviours[behaviours["outcome"] == name]["effect"]).unique().tolist()
             for name in OUTCOMES}  # fmt: skip
    assert signs == {"csat": [1.0], "resolved": [1.0], "repeat_contact": [-1.0]}
    assert (found["low"] < found["effect"]).all() and (found["effect"] < found["high"]).all()


def test_a_queue_that_is_hard_in_every_way_makes_no_association():
    """Hard calls are rated low and make for low csat; within a queue the two are unrelated.

    Of 40 reports: not told the queue, most say that they go together; told it, 4 or fewer.
    """
    told = untold = 0
    for seed in range(40):
        reviews = centre(seed, hard=1.2, effect=0.0, each=40)
        for frame in (reviews, reviews.drop(columns="queue")):
            found = associations_frame(frame).set_index(["figure", "outcome"])["finding"]
            together = found["overall", "csat"] != "cannot tell"
            told += int(together and "queue" in frame)
            untold += int(together and "queue" not in frame)
    assert untold >= 20 and told <= 4


def test_who_took_the_call_can_be_ruled_out():
    """Planted: agents who listen have other merits too; within an agent listening does nothing."""
    reviews = unrelated(3, agents=20, each=60, alike=0.0)
    merit = np.random.default_rng(0).normal(0, 1, 20)[reviews["agent"].cat.codes]
    reviews["level_behaviour_0"] = np.clip(np.rint(reviews["level_behaviour_0"] + merit), 1, 5)
    reviews["csat"] = (reviews["csat"] + merit).clip(0, 10)
    rows = ["figure", "outcome"]
    between = associations_frame(reviews).set_index(rows).loc[("behaviour_0", "csat")]
    inside = associations_frame(reviews, within_agents=True).set_index(rows)
    assert between["finding"] == "better"
    assert inside.loc[("behaviour_0", "csat"), "finding"] == "cannot tell"


@pytest.mark.slow
def test_where_nothing_hangs_together_nothing_is_found():
    """Reports of 18 tests each, agents, queues and customers differing in everything.

    Any finding at all in 5 % at most, and 2 standard deviations more for chance.
    """
    found = sum(
        bool(
            associations_frame(unrelated(seed, behaviours=3))["finding"]
            .isin(["better", "worse"])
            .any()
        )
        for seed in range(REPORTS)
    )
    assert found <= 0.05 * REPORTS + 2 * (0.05 * 0.95 * REPORTS) ** 0.5


def test_without_agents_customers_are_the_clusters_and_else_calls():
    reviews = centre(2, each=20)
    for dropped, of in (([], "agent"), (["agent"], "customer"), (["agent", "customer"], "call")):
        rest = reviews.drop(columns=dropped)
        assert likeness(rest)[1] == of
        found = associations_frame(rest)
        assert (found["of"] == of).all() and found["effect"].notna().all()


def test_what_is_compared_already_is_not_fitted_again():
    reviews = centre(3, each=20)
    found = associations_frame(reviews, compared=compared(reviews, (NET,), resamples=0))
    assert found.equals(associations_frame(reviews))
    with pytest.raises(ValueError, match="240 calls"):
        associations_frame(reviews[:7], compared=compared(reviews, (NET,), resamples=0))


def test_taking_contexts_off_is_exact_for_crossed_ones():
    chance = np.random.default_rng(5)
    queue, issue = chance.integers(6, size=300), chance.integers(9, size=300)
    values = chance.normal(size=6)[queue] + chance.normal(size=9)[issue]
    assert np.abs(within(values, [queue, issue])).max() < 1e-6
