"""Draws of calls: anyone can draw them again, and what is picked for a reason biases no figure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.errors import QAReviewError
from qa_review.base.lots import by_lot, fresh_seed, list_digest, lot
from qa_review.team.draws import read_log, write_log
from qa_review.team.made_up import made_up_reviews
from qa_review.team.sample_figures import (
    for_figures,
    not_reviewed,
    sample_means_frame,
    weights,
)
from qa_review.team.sampling import (
    draw_priority,
    draw_random,
    draw_stratified,
    replayed,
    shared_out,
)

REVIEWS = made_up_reviews(600, agents=12, seed=4)
NAMES = st.lists(st.text(max_size=8), unique=True, max_size=30)


def test_a_lot_is_what_sha256sum_prints() -> None:
    """The lot of a call is the SHA-256 of seed, colon and id, without a line feed."""
    assert lot("october", "call-0042") == hashlib.sha256(b"october:call-0042").hexdigest()
    assert lot(7, "é") == hashlib.sha256("7:é".encode()).hexdigest()


def test_the_digest_of_a_list_is_what_sort_and_sha256sum_print() -> None:
    """Ids sorted by their bytes, a line each."""
    assert list_digest(["b", "a", "é"]) == hashlib.sha256("a\nb\né\n".encode()).hexdigest()


@given(NAMES, st.integers(), st.randoms(use_true_random=False))
def test_the_order_of_the_list_draws_nothing_else(
    names: list[str], seed: int, shuffler: object
) -> None:
    other = sorted(names, reverse=True)
    count = len(names) // 2
    assert by_lot(names, count, seed=seed) == by_lot(other, count, seed=seed)


@given(NAMES, NAMES, st.integers())
def test_names_that_are_added_only_push_others_out(
    names: list[str], added: list[str], seed: int
) -> None:
    """Who is drawn of the longer list is new, or was drawn of the shorter one."""
    count = len(names) // 2
    longer = list(dict.fromkeys([*names, *added]))
    before, after = (set(by_lot(each, count, seed=seed)) for each in (names, longer))
    assert after <= before | (set(added) - set(names))


@pytest.mark.parametrize(("names", "count"), [(["a", "a"], 1), (["a"], 2), (["a"], -1)])
def test_lots_are_refused_among_names_that_are_no_list(names: list[str], count: int) -> None:
    with pytest.raises(ValueError, match=r"twice|can't be drawn"):
        by_lot(names, count, seed=1)


def test_every_call_is_drawn_as_often_as_its_chance_says() -> None:
    """Over 600 seeds each of 20 calls is among the 5 drawn 150 times, give or take 4 sd (42)."""
    calls = [f"c{number}" for number in range(20)]
    drawn = [call for seed in range(600) for call in by_lot(calls, 5, seed=seed)]
    counts = [drawn.count(call) for call in calls]
    assert sum(counts) == 3000
    assert all(108 < count < 192 for count in counts)


def test_seeds_that_nobody_could_foresee_differ() -> None:
    assert fresh_seed() != fresh_seed()


def test_each_agent_gives_as_many_calls_or_all() -> None:
    """12 agents, 5 calls each; an agent with 3 calls gives 3, with chance 1."""
    few = pd.concat([REVIEWS[REVIEWS["agent"] != "agent-00"],
                     REVIEWS[REVIEWS["agent"] == "agent-00"].head(3)])  # fmt: skip
    sample = draw_random(few, seed="s", per_agent=5).frame
    counts = sample.groupby("agent").size()
    assert counts["agent-00"] == 3
    assert set(counts.drop("agent-00")) == {5}
    assert set(sample[sample["agent"] == "agent-00"]["chance"]) == {1.0}
    assert set(sample[sample["agent"] == "agent-01"]["chance"]) == {0.1}  # 5 of 50


def test_rows_in_another_order_and_of_another_dtype_are_drawn_alike() -> None:
    one = draw_random(REVIEWS, seed=3)
    plain = REVIEWS.iloc[::-1].astype({"agent": "object"})
    assert draw_random(plain, seed=3).log == one.log


def test_calls_without_an_agent_are_counted_as_left_out() -> None:
    some = REVIEWS.astype({"agent": "string"})
    some.loc[:9, "agent"] = pd.NA
    draw = draw_random(some, seed=1)
    assert draw.log.left_out == {"names no agent": 10}
    assert draw.log.calls == 590
    nobody = draw_random(REVIEWS.drop(columns="agent"), seed=1)
    assert (len(nobody.frame), nobody.log.left_out) == (0, {"names no agent": 600})


def test_strata_get_their_share_and_at_least_one() -> None:
    """70, 25 and 5 of 100 calls: 10 are shared out as 7, 2.5 -> 2, 0.5 -> 1."""
    assert shared_out({"a": 70, "b": 25, "c": 5}, 10) == {"a": 7, "b": 2, "c": 1}
    assert shared_out({"a": 98, "b": 1, "c": 1}, 3) == {"a": 1, "b": 1, "c": 1}
    assert shared_out({"a": 2, "b": 3}, 9) == {"a": 2, "b": 3}


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 50), min_size=1), st.integers(0, 300))
def test_what_is_shared_out_adds_up(sizes: dict[str, int], more: int) -> None:
    count = len(sizes) + more
    given_ = shared_out(sizes, count)
    assert sum(given_.values()) == min(count, sum(sizes.values()))
    assert all(1 <= given_[name] <= size for name, size in sizes.items())


@pytest.mark.parametrize(
    ("by", "calls", "says"),
    [(("queue",), 2, "5 strata"), (("colour",), 20, "no column 'colour'"), ((), 0, "at least 1")],
)
def test_a_draw_that_can_not_be_is_refused(by: tuple[str, ...], calls: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        draw_stratified(REVIEWS, by, calls, seed=1)
    with pytest.raises(ValueError, match="at least 1"):
        draw_random(REVIEWS, seed=1, per_agent=0)
    with pytest.raises(ValueError, match="at least 1"):
        draw_priority(REVIEWS, 0)


def test_calls_that_do_not_say_are_a_stratum_of_their_own() -> None:
    some = REVIEWS.astype({"queue": "string"})
    some.loc[:99, "queue"] = pd.NA
    draw = draw_stratified(some, ("queue",), 60, seed=1)
    assert len(draw.frame) == 60
    assert (draw.frame["stratum"] == "queue unknown").sum() == 10  # 100 of 600


def test_values_that_read_alike_when_joined_are_strata_of_their_own() -> None:
    """And so are calls that don't say and those of a queue that is called unknown."""
    pairs = [("q0, issue x", "y"), ("q0", "x, issue y"), ('"q0"', "y"), ("unknown", "y"),
             (None, "y")]  # fmt: skip
    some = REVIEWS.assign(**{
        name: [pairs[number % 5][place] for number in range(600)]
        for place, name in enumerate(("queue", "issue"))
    })  # fmt: skip
    log = draw_stratified(some, ("queue", "issue"), 20, seed=1).log
    assert [len(one.calls) for one in log.strata] == [120] * 5
    assert {one.name for one in log.strata} == {
        'queue "q0, issue x", issue y', 'queue q0, issue "x, issue y"', 'queue """q0""", issue y',
        'queue "unknown", issue y', "queue unknown, issue y",
    }  # fmt: skip


def test_a_log_says_again_what_was_drawn(tmp_path: Path) -> None:
    """Written, read and replayed, by the log alone and by the reviews, nothing differs."""
    for draw in (
        draw_random(REVIEWS, seed="x"),
        draw_priority(REVIEWS, 4),
        draw_stratified(REVIEWS, ("queue", "issue"), 90, seed=9, note="by AB"),
    ):
        path = tmp_path / "draw.json"
        write_log(draw.log, path)
        log = read_log(path)
        assert log == draw.log
        assert replayed(log) == ()
        assert replayed(log, REVIEWS) == ()
        assert list(draw.frame["call"]) == list(log.drawn)


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for text in ("[", "[]", "3", json.dumps({"kind": "random"})):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(QAReviewError, match=r"x\.json: not the log"):
            read_log(path)


def test_a_replay_says_what_differs() -> None:
    """Calls that went, came or changed agent are named, and so is what the draw now gives."""
    log = draw_random(REVIEWS, seed="x").log
    gone = log.drawn[0]
    now = REVIEWS.astype({"agent": "string", "call": "string"})
    now = now[now["call"] != gone].reset_index(drop=True)
    moved = str(now["call"].iloc[0])
    now.loc[0, "agent"] = "agent-05" if now["agent"].iloc[0] != "agent-05" else "agent-06"
    now.loc[1, "call"] = "new"
    said = " | ".join(replayed(log, now))
    assert f"gone since: {', '.join(sorted([gone, 'call-001']))}" in said
    assert "come since: new" in said
    assert f"of another stratum now: {moved}" in said
    assert f"the draw comes out otherwise: without {gone}" in said


def test_a_log_that_was_tampered_with_is_found_out() -> None:
    """Another call in place of one drawn, another list, another seed: each by the log alone."""
    log = draw_random(REVIEWS, seed="x").log
    first = log.strata[0]
    other = next(call for call in first.calls if call not in first.drawn)
    swapped = replace(first, drawn=(other, *first.drawn[1:]))
    shorter = replace(first, calls=tuple(c for c in first.calls if c != other))
    rest = log.strata[1:]
    assert "and the log says" in replayed(replace(log, strata=(swapped, *rest)))[0]
    assert "not the one" in replayed(replace(log, strata=(shorter, *rest)))[0]
    assert len(replayed(replace(log, seed="y"))) == 12
    assert "doesn't know" in replayed(replace(log, method="lots 9"), REVIEWS)[0]


def test_a_priority_draw_picks_the_ends_and_the_least_sure_and_says_so() -> None:
    sample = draw_priority(REVIEWS, 5).frame
    free = REVIEWS[~REVIEWS["by_people"]].set_index("call")
    kinds = sample.groupby("stratum")["call"].apply(list)
    assert sorted(free.loc[kinds["likely poor"], "overall"]) == sorted(free["overall"])[:5]
    assert sorted(free.loc[kinds["likely exemplary"], "overall"]) == sorted(free["overall"])[-5:]
    left = free.drop(index=[*kinds["likely poor"], *kinds["likely exemplary"]])
    least = sorted(left["confidence"])[:5]
    assert sorted(free.loc[kinds["most uncertain"], "confidence"]) == least
    assert sample["call"].is_unique
    assert sample["chance"].isna().all() and sample["key"].isna().all()
    assert sample["why"].iloc[0].startswith("likely poor: overall ")


def test_a_reason_that_no_call_has_the_figure_for_gives_no_rows() -> None:
    draw = draw_priority(REVIEWS.drop(columns=["overall", "by_people"]), 5)
    assert set(draw.frame["stratum"]) == {"most uncertain"}
    assert [len(one.calls) for one in draw.log.strata] == [0, 0, 600]
    assert len(draw_priority(REVIEWS[["call"]], 5).frame) == 0


def test_a_call_picked_for_a_reason_counts_only_if_it_was_also_drawn_by_lot() -> None:
    drawn, picked = draw_random(REVIEWS, seed="x").frame, draw_priority(REVIEWS, 30).frame
    figures = for_figures(REVIEWS, drawn, picked)
    assert set(figures["call"]) == set(drawn["call"])
    assert figures["weight"].sum() == pytest.approx(600)


def test_a_mean_is_unbiased_without_priority_calls_and_biased_with_them() -> None:
    """Over 300 seeds: 60 calls by lot, and the 60 worst beside them.

    The standard error of the mean of 300 means is about 17 / sqrt(60 * 300) = 0.13 points.
    """
    truth = float(REVIEWS["overall"].mean())
    picked = draw_priority(REVIEWS, 60).frame
    picked = picked[picked["stratum"] == "likely poor"]
    kept, mixed = [], []
    for seed in range(300):
        drawn = draw_stratified(REVIEWS, ("queue",), 60, seed=seed).frame
        figures = for_figures(REVIEWS, drawn, picked)
        kept.append(np.average(figures["overall"], weights=figures["weight"]))
        both = REVIEWS["call"].isin([*drawn["call"], *picked["call"]])
        mixed.append(REVIEWS.loc[both, "overall"].mean())
    assert np.mean(kept) == pytest.approx(truth, abs=0.6)
    assert np.mean(mixed) < truth - 5


def test_weights_make_up_for_agents_with_many_calls() -> None:
    """Agents with more calls are better here; 5 calls of each are not the mean of all calls."""
    size = np.arange(1, 11) * 20
    agent = np.repeat([f"a{number:02}" for number in range(10)], size)
    overall = np.repeat(np.linspace(10, 90, 10), size) + np.tile([-5.0, 5.0], int(size.sum()) // 2)
    reviews = pd.DataFrame({"agent": agent, "overall": overall})
    reviews.insert(0, "call", [f"c{number}" for number in range(len(reviews))])
    means = []
    for seed in range(100):
        figures = for_figures(reviews, draw_random(reviews, seed=seed).frame)
        means.append(sample_means_frame(figures)["mean"].iloc[0])
    truth = overall.mean()  # 63.3, the mean of agents' means is 50
    assert np.mean(means) == pytest.approx(truth, abs=0.5)


def test_intervals_of_means_hold_the_mean_of_all_calls() -> None:
    """In 93 of 100 draws or more: 200 seeds, 95 % meant, 4 sd are 6 of 100 below it."""
    truth = float(REVIEWS["overall"].mean())
    held = 0
    for seed in range(200):
        figures = for_figures(REVIEWS, draw_stratified(REVIEWS, ("queue",), 40, seed=seed).frame)
        row = sample_means_frame(figures).iloc[0]
        held += row["low"] <= truth <= row["high"]
    assert held >= 178


def test_draws_from_one_list_are_averaged_and_from_two_lists_add_up() -> None:
    one, other = (draw_random(REVIEWS, seed=seed).frame for seed in (1, 2))
    assert sum(weights(one, other).values()) == pytest.approx(600)
    first, second = REVIEWS.iloc[:300], REVIEWS.iloc[300:]
    weeks = [draw_random(week, seed=1).frame for week in (first, second)]
    assert sum(weights(*weeks).values()) == pytest.approx(600)
    with pytest.raises(ValueError, match="two lists of calls that overlap"):
        weights(draw_random(REVIEWS, seed=1, per_agent=50).frame,
                draw_random(first, seed=1, per_agent=50).frame)  # fmt: skip


def test_what_was_drawn_and_is_not_reviewed_is_named() -> None:
    sample = draw_random(REVIEWS, seed=1).frame
    gone = sorted(sample["call"])[:2]
    left = REVIEWS[~REVIEWS["call"].isin(gone)]
    assert not_reviewed(left, sample) == tuple(gone)
    assert len(for_figures(left, sample)) == 58


def test_a_mean_that_can_not_be_says_why() -> None:
    figures = for_figures(REVIEWS, draw_random(REVIEWS, seed=1).frame)
    rows = sample_means_frame(figures.head(1), ["overall", "colour"])
    assert rows["why"].tolist() == ["an interval needs at least 2 calls",
                                    "no call drawn by lot has this figure"]  # fmt: skip
    assert rows["mean"].isna().tolist() == [False, True]


def test_calls_that_are_there_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="a call of its own"):
        draw_random(pd.concat([REVIEWS, REVIEWS.head(1)]), seed=1)
