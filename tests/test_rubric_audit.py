"""The audit of a rubric: what is found, what is left alone, and what is said when it can't be."""

from __future__ import annotations

from dataclasses import replace

import audit_fixtures as fixtures
import numpy as np
import pandas as pd
import pytest
from audit_fixtures import sound, with_finds
from scipy import stats

from qa_review.base.resources import folder
from qa_review.grade.rubric import load
from qa_review.team.audit_checks import _ranks as ranks
from qa_review.team.audit_checks import share_interval
from qa_review.team.audit_gaming import phrases_of, wording
from qa_review.team.audit_ground import Within, slope
from qa_review.team.items import Item, Items
from qa_review.team.made_up import made_up_reviews
from qa_review.team.reviews import OUTCOMES, numbers
from qa_review.team.rubric_audit import AUDIT, audit_frame

REVIEWS, ITEMS, LISTED = sound(2000, seed=3, each=3)
CHANCE = np.random.default_rng(0)


def found(audit: pd.DataFrame, check: str) -> set[str]:
    rows = audit[(audit["check"] == check) & audit["finding"].fillna(False)]
    return set(rows["item"])


def test_a_slope_is_that_of_least_squares_with_kinds_and_length_beside_it() -> None:
    """Against dummy columns and numpy's least squares."""
    kinds, held = CHANCE.integers(0, 7, 300), CHANCE.normal(size=(300, 2))
    x = CHANCE.normal(size=300) + held[:, 0] + kinds
    y = 0.3 * x - held[:, 1] + kinds**2 + CHANCE.normal(size=300)
    within = Within(held, kinds)
    one = slope(within.residual(x), within.residual(y), np.arange(300) % 12)
    table = np.column_stack([x, held, *(kinds == kind for kind in range(7))])
    assert one.value == pytest.approx(np.linalg.lstsq(table, y)[0][0])


def test_an_error_by_agent_is_the_jackknife_over_agents() -> None:
    """Leaving each agent out and fitting again, by hand; p by Student's t."""
    who, x = np.arange(200) % 10, CHANCE.normal(size=200)
    y = 0.2 * x + CHANCE.normal(size=10)[who] * x
    one = slope(x, y, who)
    others = [(x[who != at] @ y[who != at]) / (x[who != at] @ x[who != at]) for at in range(10)]
    error = np.sqrt(9 / 10 * ((np.array(others) - one.value) ** 2).sum())
    shares = np.array([(x[who == at] ** 2).sum() for at in range(10)]) / (x @ x)
    freedom = np.floor(10 * (1 / (shares**2).sum() - 1)) / 10
    low, high = one.interval
    assert (high - low) / 2 == pytest.approx(stats.t.ppf(0.975, freedom) * error, rel=1e-4)
    assert one.below == pytest.approx(stats.t.cdf(one.value / error, freedom), abs=1e-4)


def test_ranks_are_mid_ranks_of_the_calls_that_have_the_item() -> None:
    values = np.array([3.0, np.nan, 1.0, 3.0, 2.0])
    expected = (stats.rankdata(values[~np.isnan(values)]) - 0.5) / 4 - 0.5
    np.testing.assert_allclose(ranks(values)[~np.isnan(values)] - 0.125, expected)


@pytest.mark.parametrize(("count", "n"), [(3, 40), (38, 40), (500, 1000)])
def test_an_interval_of_a_share_is_wilsons(count: int, n: int) -> None:
    expected = stats.binomtest(count, n).proportion_ci(method="wilson")
    assert share_interval(count, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_a_sound_rubric_is_left_alone() -> None:
    audit = audit_frame(REVIEWS, ITEMS, LISTED)
    assert not audit["finding"].fillna(False).any()
    assert set(audit.loc[audit["check"] == "sound", "item"]) == {one.id for one in LISTED}
    assert list(audit) == list(AUDIT)
    assert audit["says"].notna().all()


def test_the_frame_of_an_audit_is_the_same_twice() -> None:
    first, second = (audit_frame(REVIEWS, ITEMS, LISTED) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    shuffled = Items(ITEMS.finds.iloc[::-1].reset_index(drop=True))
    pd.testing.assert_frame_equal(audit_frame(REVIEWS, shuffled, LISTED), first)


def test_an_indicator_that_costs_points_where_customers_are_served_is_found() -> None:
    """Found twice as often in calls that were resolved, and counted against the agent."""
    rate = np.where(numbers(REVIEWS, "resolved") == 1, 0.8, 0.35)
    bad = with_finds(ITEMS, listening_2=np.random.default_rng(1).poisson(rate).astype(float))
    audit = audit_frame(REVIEWS, bad, LISTED)
    assert found(audit, "perverse") == {"listening_2"}
    row = audit[audit["check"].eq("perverse") & audit["finding"].fillna(False)].iloc[0]
    assert row["high"] < 0 and row["q"] <= 0.05 and row["agents"] == 20
    assert "points are lost where customers are served better" in row["says"]


def test_a_behaviour_that_goes_against_outcomes_is_found() -> None:
    upside_down = REVIEWS.assign(level_learning=6 - REVIEWS["level_learning"])
    assert found(audit_frame(upside_down, None, LISTED), "perverse") == {"learning"}


def test_a_reversal_that_only_kinds_of_call_make_is_left_alone() -> None:
    """One queue is hard and gets more of it; within a queue it has nothing to do with csat."""
    hard = (REVIEWS["queue"] == "queue-00").to_numpy()
    reviews = REVIEWS.assign(csat=np.clip(REVIEWS["csat"] - 3 * hard, 0, 10))
    count = np.random.default_rng(2).poisson(np.where(hard, 1.5, 0.2)).astype(float)
    mixed = with_finds(ITEMS, listening_0=count)
    assert not found(audit_frame(reviews, mixed, LISTED), "perverse")
    blind = reviews.drop(columns=["queue", "issue"])
    assert found(audit_frame(blind, mixed, LISTED), "perverse") == {"listening_0"}


def test_a_reversal_in_the_calls_of_two_agents_is_a_matter_of_two_agents() -> None:
    two = REVIEWS["agent"].isin(["agent-00", "agent-01"]).to_numpy()
    low = (REVIEWS["csat"] < 6).to_numpy() & two
    audit = audit_frame(REVIEWS, with_finds(ITEMS, listening_0=low.astype(float)), LISTED)
    assert not found(audit, "perverse")
    why = audit[(audit["check"] == "perverse") & (audit["item"] == "listening_0")]["why"]
    assert why.str.contains("agents in effect").all()


def test_what_never_varies_is_found_with_its_share() -> None:
    """One level, one that 1 call in 50 leaves, one never found, one found in every call."""
    some = np.where(np.arange(2000) % 50, 4.0, 3.0)
    reviews = REVIEWS.assign(level_learning=5.0, level_ownership=some)
    flat = with_finds(ITEMS, listening_0=np.zeros(2000), listening_1=np.ones(2000))
    audit = audit_frame(reviews, flat, LISTED)
    assert found(audit, "never varies") == {"learning", "ownership", "listening_0", "listening_1"}
    rows = audit[audit["check"] == "never varies"].set_index("item")
    assert rows.loc["learning", "low"] == pytest.approx(0.025 ** (1 / 2000))
    assert rows.loc["ownership", "estimate"] == 0.98
    assert "no call of 2,000" in rows.loc["listening_0", "says"]


def test_a_rare_fault_and_a_critical_one_are_left_alone() -> None:
    """Found in 2 of 100 calls, and never; the latter is what a rubric caps a call for."""
    rare = with_finds(ITEMS, listening_2=(np.arange(2000) % 50 == 0).astype(float),
                      learning_2=np.zeros(2000))  # fmt: skip
    listed = tuple(replace(one, critical=one.id == "learning_2") for one in LISTED)
    assert not found(audit_frame(REVIEWS, rare, listed), "never varies")


def test_duplicates_and_opposites_are_found_and_near_ones_reported() -> None:
    finds = ITEMS.finds
    some = np.random.default_rng(6).random(2000) < 0.02
    other = np.where(some, 1.0, finds["found_listening_0"])
    twin = with_finds(ITEMS, learning_0=other, ownership_1=finds["found_learning_1"].to_numpy(),
                      ownership_2=-finds["found_learning_2"].to_numpy())  # fmt: skip
    audit = audit_frame(REVIEWS, twin, LISTED)
    rows = audit[audit["check"] == "duplicate"]
    pairs = {tuple(sorted(pair)) for pair in zip(rows["item"], rows["other"], strict=True)}
    assert pairs == {("learning_0", "listening_0"), ("learning_1", "ownership_1"),
                     ("learning_2", "ownership_2")}  # fmt: skip
    assert rows["finding"].all()
    estimates = {item: rho for item, rho in zip(rows["item"], rows["estimate"], strict=True)}
    assert min(estimates.values()) == pytest.approx(-1)
    assert not set(rows["item"]) & set(audit.loc[audit["check"] == "sound", "item"])


def test_rare_items_found_together_a_few_times_are_no_duplicates() -> None:
    few = np.zeros(2000)
    few[:25] = 1
    audit = audit_frame(REVIEWS, with_finds(ITEMS, listening_0=few, learning_0=few), LISTED)
    rows = audit[audit["check"] == "duplicate"]
    assert rows["estimate"].tolist() == pytest.approx([1.0])
    assert not rows["finding"].any()  # 0.025 ** (1 / 25) = 0.863


def test_a_rank_correlation_is_spearmans() -> None:
    one = ITEMS.finds["found_learning_1"].to_numpy()
    other = np.where(np.random.default_rng(7).random(2000) < 0.2, 0.0, one)
    twin = with_finds(ITEMS, learning_0=other)
    row = audit_frame(REVIEWS, twin, LISTED).query("check == 'duplicate'").iloc[0]
    a, b = (twin.finds[f"found_learning_{number}"] for number in (0, 1))
    assert row["estimate"] == pytest.approx(stats.spearmanr(a, b).statistic)


def test_a_level_that_comes_with_length_and_serves_nobody_can_be_gamed() -> None:
    length = np.log(numbers(REVIEWS, "handle_ms"))
    level = 3 + 1.2 * (length - length.mean()) + np.random.default_rng(3).normal(0, 0.5, 2000)
    reviews = REVIEWS.assign(level_learning=np.clip(np.rint(level), 1, 5))
    audit = audit_frame(reviews, None, LISTED)
    assert found(audit, "can be gamed") == {"learning"}
    said = audit.query("check == 'can be gamed' and finding")["says"].iloc[0]
    assert "longer calls earn 'learning'" in said


def test_length_is_the_agents_words_where_these_are_known() -> None:
    chance = np.random.default_rng(4)
    words = dict(zip(REVIEWS["call"], np.exp(chance.normal(5, 0.6, 2000)), strict=True))
    size = np.log(np.array(list(words.values())))
    level = np.clip(np.rint(3 + size - 5 + chance.normal(0, 0.5, 2000)), 1, 5)
    reviews = REVIEWS.assign(level_learning=level)
    assert found(audit_frame(reviews, replace(ITEMS, words=words), LISTED), "can be gamed") == {
        "learning"
    }
    assert not found(audit_frame(reviews, ITEMS, LISTED), "can be gamed")


def test_a_stock_phrase_that_serves_nobody_is_shown() -> None:
    """Not tied to the call: a phrase said in 85 of 100 finds; the other items are as they were."""
    flat = with_finds(ITEMS, listening_0=np.random.default_rng(0).poisson(0.4, 2000).astype(float))
    quotes = fixtures.quotes_of(flat, seed=1, stock=["listening_0", "learning_0"])
    audit = audit_frame(REVIEWS, Items(flat.finds, quotes), LISTED)
    row = audit[(audit["check"] == "can be gamed") & audit["finding"].fillna(False)].iloc[0]
    assert (row["item"], row["other"]) == ("listening_0", "stock phrases")
    assert '"i do understand your frustration" (8' in row["says"]
    assert row["estimate"] == pytest.approx(0.85, abs=0.04)
    assert found(audit, "can be gamed") == {"listening_0"}  # learning_0 serves the customer


def test_wordings_are_counted_a_turn_once() -> None:
    yes = ("a", "x", 1, "Yes, 3 times")
    rows = [yes, yes, ("b", "x", 2, "yes times"), ("b", "x", 3, "no"), ("z", "x", 1, "other")]
    table = pd.DataFrame(rows, columns=["id", "indicator", "turn", "quote"])
    one = phrases_of(table, {"a": "ash", "b": "elm"})["x"]
    assert (one.quotes, one.wordings, one.agents, one.phrase) == (3, 2, 2, "yes times")
    assert one.evenness == pytest.approx(stats.entropy([2, 1]) / np.log(3))
    assert wording("Don't!") == "dont"


@pytest.mark.parametrize(
    "lacking", [*OUTCOMES, "agent", "queue", "issue", "handle_ms", "friction_ms"]
)
def test_a_missing_column_costs_its_checks_only(lacking: str) -> None:
    audit = audit_frame(REVIEWS.drop(columns=lacking), ITEMS, LISTED)
    checked = audit.query("check == 'perverse'")
    assert set(checked["other"]) == set(OUTCOMES) - {lacking}
    assert checked["finding"].notna().all()
    blank = audit_frame(REVIEWS.assign(**{lacking: np.nan}), ITEMS, LISTED)
    assert set(blank.query("check == 'perverse'")["other"]) == set(OUTCOMES) - {lacking}


def test_without_outcomes_what_could_not_be_checked_is_said() -> None:
    reviews = REVIEWS.drop(columns=list(OUTCOMES))
    length = np.log(numbers(reviews, "handle_ms"))
    reviews["level_learning"] = np.clip(np.rint(3 + 2 * (length - length.mean())), 1, 5)
    audit = audit_frame(reviews, ITEMS, LISTED)
    assert audit.query("check == 'perverse'")["why"].tolist() == ["no outcome is known of any call"]
    gamed = audit.query("check == 'can be gamed' and item == 'learning'").iloc[0]
    assert pd.isna(gamed["finding"]) and "no outcome is known" in gamed["why"]
    assert audit.query("check == 're-weighting'")["why"].notna().all()


@pytest.mark.parametrize("name", ["behaviours.v1.toml", "leader_craft.v1.toml"])
def test_any_rubric_is_audited(name: str) -> None:
    """The shipped ones, on calls that were found nothing in; their own ids, their own number."""
    rubric = load(folder("rubrics") / name)
    ids = [one.id for one in rubric.behaviours]
    reviews = made_up_reviews(300, behaviours=ids, agents=12)
    empty = pd.DataFrame({"id": ["call-000"], "indicator": ["none"], "turn": [1], "quote": ["a"]})
    audit = audit_frame(reviews, Items.of(empty, rubric, reviews["call"]), rubric)
    never = audit.query("check == 'never varies'").set_index("item")["finding"]
    critical = {one.indicator for one in rubric.critical}
    found_never = {i.id for i in rubric.indicators} - critical
    assert set(never.index[never.fillna(False)]) in (
        set(),
        found_never,
    )  # 0.025 ** (1 / 300) < 0.99
    assert set(audit["item"]) >= set(ids)


def test_a_rubric_that_is_not_given_is_the_behaviours_there_are() -> None:
    assert found(audit_frame(REVIEWS), "perverse") == set()
    assert set(audit_frame(REVIEWS).query("check == 'sound'")["item"]) == set(fixtures.BEHAVIOURS)
    hand = [Item("kindness", "behaviour", "Kindness")]
    row = audit_frame(REVIEWS, None, hand).query("check == 'never varies'").iloc[0]
    assert row["why"] == "0 calls have a value; 30 are needed"


@pytest.mark.parametrize("calls", [0, 1, 25])
def test_few_calls_and_none_give_reasons_and_no_findings(calls: int) -> None:
    few = REVIEWS.head(calls)
    audit = audit_frame(few, Items(ITEMS.finds.head(calls)), LISTED)
    assert not audit["finding"].fillna(False).any()
    assert audit[audit["finding"].isna() & (audit["check"] != "sound")]["why"].notna().all()
    numbers_ = audit[["estimate", "low", "high", "strength", "p", "q"]]
    assert not numbers_.map(lambda cell: isinstance(cell, float) and np.isnan(cell)).any().any()
