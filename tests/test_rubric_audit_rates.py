"""How often the audit of a rubric errs: made-up sets of calls, many of each sort.

Each test says how many sets there are and how often a finding is allowed in them; seeds are the
numbers of the sets, so that any set can be made again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from audit_fixtures import quotes_of, sound, with_finds

from qa_review.team.audit_ground import Slopes, ground, outcomes_of
from qa_review.team.audit_weights import moves_frame, reweighting, weights_frame
from qa_review.team.items import Items
from qa_review.team.made_up import BEHAVIOURS, made_up_reviews
from qa_review.team.many_tests import ERROR, holm
from qa_review.team.reviews import numbers, overall_of
from qa_review.team.rubric_audit import audit_frame


def findings(audit: pd.DataFrame) -> set[tuple[str, str]]:
    rows = audit[audit["finding"].fillna(False)]
    return set(zip(rows["check"], rows["item"], strict=True))


def test_a_sound_rubric_is_left_alone() -> None:
    """200 sets of 800 calls, 20 items: any finding at all in 10 sets at most."""
    false = sum(bool(findings(audit_frame(*sound(800, seed=seed, each=3)))) for seed in range(200))
    assert false <= 10


def test_reversals_are_rare_where_nothing_goes_with_anything() -> None:
    """400 sets, 12 agents whose ways and whose outcomes have nothing to do with each other.

    Any reversal in 5 of 100 sets at most, so in 20; 4 sd above that is 37. Taking calls as unlike
    finds one in most sets.
    """
    by_agent = by_call = 0
    for seed in range(400):
        chance = np.random.default_rng(seed)
        agent = np.arange(480) % 12
        reviews = pd.DataFrame({"call": [f"c{number}" for number in range(480)], "agent": agent})
        for name in ("csat", "resolved", "repeat_contact"):
            reviews[name] = 5 + chance.normal(0, 0.7, 12)[agent] + chance.normal(0, 1.5, 480)
        items = np.exp(chance.normal(-0.5, 0.6, (30, 12)))[:, agent]
        values = chance.poisson(items).astype(float)
        by_agent += reversed_items(reviews, values)
        by_call += reversed_items(reviews.drop(columns="agent"), values)
    assert by_agent <= 37
    assert by_call > 200


def reversed_items(reviews: pd.DataFrame, values: np.ndarray) -> bool:
    base = ground(reviews)
    found = [
        slopes.of(each).below
        for slopes in (Slopes(base, y) for y in outcomes_of(reviews).values())
        for each in values
    ]
    p = holm(np.array([np.nan if one is None else one for one in found], dtype=float))
    return bool((p <= ERROR).any())


def test_a_planted_reversal_is_found() -> None:
    """60 sets of 2,000 calls: an indicator found 1.8 times as often where it was resolved.

    It must be found, and alone, in 48 (80 of 100) or more.
    """
    alone = 0
    for seed in range(60):
        reviews, items, listed = sound(2000, seed=seed, each=3)
        rate = np.where(numbers(reviews, "resolved") == 1, 0.45, 0.25)
        turns = np.random.default_rng(seed).poisson(rate).astype(float)
        audit = audit_frame(reviews, with_finds(items, ownership_2=turns), listed)
        alone += findings(audit) == {("perverse", "ownership_2")}
    assert alone >= 48


def test_a_planted_game_is_found() -> None:
    """40 sets of 2,000 calls: a stock phrase that serves nobody is found, alone, in 32 or more."""
    alone = 0
    for seed in range(40):
        reviews, items, listed = sound(2000, seed=seed, each=2)
        turns = np.random.default_rng(seed).poisson(0.4, 2000).astype(float)
        items = with_finds(items, learning_1=turns)
        kept = Items(items.finds[["call", "found_learning_1"]])
        quotes = quotes_of(kept, seed=seed, stock=["learning_1"])
        audit = audit_frame(reviews, Items(items.finds, quotes), listed)
        alone += findings(audit) == {("can be gamed", "learning_1")}
    assert alone >= 32


def weighted(calls: int, weights: list[float], *, seed: int, agents: int = 20) -> pd.DataFrame:
    """Reviews whose outcomes follow these weights of the behaviours."""
    reviews = made_up_reviews(calls, agents=agents, seed=seed, effect=0)
    chance = np.random.default_rng(seed)
    levels = np.column_stack([numbers(reviews, f"level_{name}") for name in BEHAVIOURS])
    served = np.nan_to_num(levels - 3.4) @ np.array(weights)
    reviews["csat"] = np.clip(np.rint(7 + served + chance.normal(0, 1.5, calls)), 0, 10)
    for name, odds in (("resolved", 0.9 + 0.6 * served), ("repeat_contact", -1.4 - 0.6 * served)):
        reviews[name] = (chance.random(calls) < 1 / (1 + np.exp(-odds))).astype(float)
    return reviews


def test_weights_that_serve_better_are_found_and_hold_for_agents_not_seen() -> None:
    """20 sets of 1,000 calls in which one behaviour bears most: found in 16 or more."""
    better = 0
    for seed in range(20):
        found = reweighting(weighted(1000, [0.8, 0.1, 0.1, 0.0, 0.0], seed=seed))
        better += bool(found.better)
        assert found.by_outcome is not None
        assert sum(found.by_outcome) == pytest.approx(1) and min(found.by_outcome) >= 0
        assert max(found.by_outcome) == found.by_outcome[0]
    assert better >= 16


@pytest.mark.parametrize("kind", ["outcomes by lot", "weights as they should be"])
def test_weights_are_left_alone_where_re_weighting_gains_noise(kind: str) -> None:
    """100 sets of 600 calls of 12 agents: "no" in 95 or more."""
    better = 0
    for seed in range(100):
        reviews = weighted(600, [0.2] * 5, seed=seed, agents=12)
        if kind == "outcomes by lot":
            chance = np.random.default_rng(1000 + seed)
            for name in ("csat", "resolved", "repeat_contact"):
                reviews[name] = chance.permutation(reviews[name].to_numpy())
        better += bool(reweighting(reviews).better)
    assert better <= 5


def test_who_moves_by_how_much_is_the_difference_of_two_means() -> None:
    reviews = weighted(1000, [0.8, 0.1, 0.1, 0.0, 0.0], seed=1)
    found = reweighting(reviews)
    moves = moves_frame(reviews, found).set_index("agent")
    mine = reviews[reviews["agent"] == "agent-03"]
    levels = np.column_stack([numbers(mine, f"level_{name}") for name in BEHAVIOURS])
    now, then = overall_of(levels, [0.2] * 5), overall_of(levels, found.by_outcome)
    kept = ~np.isnan(then)
    assert moves.loc["agent-03", "overall"] == pytest.approx(now[kept].mean())
    assert moves.loc["agent-03", "change"] == pytest.approx((then - now)[kept].mean())
    assert abs(moves.loc["agent-03", "largest"]) == pytest.approx(np.abs((then - now)[kept]).max())
    assert sorted(moves["place"]) == list(range(1, 21))
    assert moves["change"].abs().is_monotonic_decreasing
    table = weights_frame(found)
    assert (table["low"] <= table["by_outcome"] + 0.1).all()
    assert table["by_outcome"].sum() == pytest.approx(1)


def test_weights_are_refused_or_missing_with_a_reason() -> None:
    reviews = made_up_reviews(200, agents=20)
    assert "2 are needed" in str(reweighting(reviews[["call", "agent", "csat"]]).why)
    assert "of 10 are needed" in str(reweighting(made_up_reviews(200, agents=4)).why)
    nothing = reweighting(reviews.assign(csat=7.0, resolved=1.0, repeat_contact=np.nan))
    assert nothing.better is None and "no outcome" in nothing.says
    assert len(moves_frame(reviews, nothing)) == 0
    assert weights_frame(nothing)["why"].notna().all()
    with pytest.raises(ValueError, match="has a weight above 0"):
        reweighting(reviews, {"unheard_of": 1.0})
