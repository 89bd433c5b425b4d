"""What is lost to friction, by queue and by system: by hand, undefined, and how sure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qa_review.base.errors import FrameError, UnknownName
from qa_review.team.friction import (
    BY,
    FRICTION,
    LEAST,
    SYSTEMS,
    friction_frame,
    systems_frame,
)
from qa_review.team.made_up import made_up_reviews


def reviews(**columns: list) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"call": [f"c{n}" for n in range(count)], **columns})


def events(*rows: tuple) -> pd.DataFrame:
    """``(call, kind, system, lost_ms)``, with a quote that tells which row it is."""
    made = [(i, k, s, n, f"quote {n}", ms) for n, (i, k, s, ms) in enumerate(rows)]
    table = pd.DataFrame(made, columns=["id", "kind", "system", "turn", "quote", "lost_ms"])
    return table.astype({"id": "string", "system": "string", "lost_ms": "Int64"})


def test_means_and_shares_by_hand() -> None:
    """Billing: 0, 30 and 60 s lost of 100, 200 and 300 s; faults: 10 of 100 s."""
    table = reviews(
        queue=["billing", "faults", "billing", "billing"],
        friction_ms=[0.0, 10_000.0, 30_000.0, 60_000.0],
        handle_ms=[100_000.0, 100_000.0, 200_000.0, 300_000.0],
        systems=[0.0, 2.0, 1.0, 2.0],
    )
    billing, faults = friction_frame(table).to_dict("records")
    assert (billing["name"], billing["calls"], billing["looked"]) == ("billing", 3, 3)
    assert billing["lost_ms"] == 30_000 and billing["with_friction"] == pytest.approx(2 / 3)
    assert billing["handle_share"] == pytest.approx(90 / 600)  # not the mean of 0, 0.15, 0.2
    assert billing["systems"] == 1 and faults["handle_share"] == 0.1
    assert pd.isna(billing["lost_low_ms"])
    assert billing["why"] == "3 calls are too few for an interval; 30 are needed"


def test_a_call_whose_loss_is_unknown_is_not_a_call_without() -> None:
    table = reviews(friction_ms=[np.nan, 4_000.0], handle_ms=[100_000.0, np.nan])
    (row,) = friction_frame(table, "all").to_dict("records")
    assert (row["calls"], row["looked"], row["lost_ms"], row["handle_n"]) == (2, 1, 4_000, 0)
    assert pd.isna(row["handle_share"]) and row["why"].endswith("no handling time is known")


def test_calls_that_do_not_say_their_queue_stand_last() -> None:
    table = reviews(queue=[None, "b", "a"], friction_ms=[1.0, 2.0, 3.0])
    found = friction_frame(table.astype({"queue": "string"}))
    assert list(found["name"].fillna("-")) == ["a", "b", "-"]


@pytest.mark.parametrize("by", BY)
def test_a_frame_with_nothing_but_calls_says_what_it_lacks(by: str) -> None:
    found = friction_frame(pd.DataFrame({"call": ["a", "b"]}), by)  # type: ignore[arg-type]
    assert list(found.columns) == list(FRICTION) and found["lost_ms"].isna().all()
    assert set(found["why"]) == {"the time lost is known of none of these calls"}


def test_no_calls_give_no_rows() -> None:
    empty = pd.DataFrame({"call": pd.Series([], dtype="string")})
    assert friction_frame(empty).empty and friction_frame(empty, "all").empty
    assert dict(friction_frame(empty).dtypes.astype(str)) == FRICTION


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(FrameError, match="column friction_ms: -1 in row 0"):
        friction_frame(reviews(friction_ms=[-1.0]))
    with pytest.raises(UnknownName, match="queue"):
        friction_frame(reviews(friction_ms=[1.0]), "shift")  # type: ignore[arg-type]
    with pytest.raises(FrameError, match="no column quote"):
        systems_frame(events().drop(columns="quote"))


def test_an_interval_is_halls() -> None:
    """Hall's formula, written out for one group with scipy's skewness and t."""
    lost = np.round(np.random.default_rng(3).exponential(30_000, 50))
    (row,) = friction_frame(reviews(friction_ms=lost.tolist()), "all").to_dict("records")
    n, spread = len(lost), lost.std(ddof=1)
    skew = stats.skew(lost) * (lost.std(ddof=0) / spread) ** 3
    ends = []
    for t in (stats.t.ppf(0.975, n - 1), stats.t.ppf(0.025, n - 1)):
        inner = 1 + skew * (t / np.sqrt(n) - skew / (6 * n))
        value = 3 * np.sqrt(n) / skew * (np.cbrt(inner) - 1)
        ends.append(lost.mean() - spread / np.sqrt(n) * value)
    assert row["lost_low_ms"] == pytest.approx(ends[0], rel=1e-4)
    assert row["lost_high_ms"] == pytest.approx(ends[1], rel=1e-4)
    assert row["lost_high_ms"] - lost.mean() > lost.mean() - row["lost_low_ms"]  # it leans right


GROUPS = 2_000


@pytest.mark.parametrize(("n", "least"), [(30, 0.92), (100, 0.925)])
def test_an_interval_holds_the_long_run_figure(n: int, least: float) -> None:
    """2,000 groups; half of the calls lose nothing, the others log-normal times."""
    chance = np.random.default_rng([n, 1])
    lost = np.where(chance.random(GROUPS * n) < 0.5, 0, np.exp(chance.normal(9, 0.8, GROUPS * n)))
    handled = lost + np.exp(chance.normal(12.5, 0.5, GROUPS * n))
    table = pd.DataFrame(
        {
            "call": np.arange(GROUPS * n).astype(str),
            "queue": np.repeat(np.arange(GROUPS), n).astype(str),
            "friction_ms": lost,
            "handle_ms": handled,
        }
    )
    found = friction_frame(table)
    mean = 0.5 * np.exp(9 + 0.32)
    share = mean / (mean + np.exp(12.5 + 0.125))
    for low, high, truth in (
        ("lost_low_ms", "lost_high_ms", mean), ("handle_low", "handle_high", share),
    ):  # fmt: skip
        held = ((found[low] <= truth) & (truth <= found[high])).mean()
        assert least <= held <= 0.965


def test_calls_that_are_all_alike_have_no_interval() -> None:
    (row,) = friction_frame(reviews(friction_ms=[5.0] * LEAST), "all").to_dict("records")
    assert pd.isna(row["lost_low_ms"]) and "all calls lost the same" in row["why"]


@given(st.lists(st.integers(0, 90_000), min_size=LEAST, max_size=80))
def test_an_interval_holds_its_mean_and_nothing_is_below_0(lost: list[int]) -> None:
    table = reviews(friction_ms=[float(one) for one in lost], handle_ms=[100_000.0] * len(lost))
    (row,) = friction_frame(table, "all").to_dict("records")
    if len(set(lost)) > 1:
        assert 0 <= row["lost_low_ms"] <= row["lost_ms"] <= row["lost_high_ms"]
        assert 0 <= row["handle_low"] <= row["handle_share"] <= row["handle_high"] <= 1
    assert row["with_friction"] == pytest.approx(sum(one > 0 for one in lost) / len(lost))


def test_the_order_of_calls_makes_no_difference() -> None:
    table = made_up_reviews(500, seed=1)
    mixed = table.sample(frac=1, random_state=2).reset_index(drop=True)
    pd.testing.assert_frame_equal(friction_frame(table), friction_frame(mixed), rtol=1e-9)


def test_systems_by_hand() -> None:
    """Billing: two waits on two calls, 9 s; claims is only named; 3 s name no system."""
    found = systems_frame(
        events(
            ("c0", "look-up", "billing system", 2_000),
            ("c1", "hold", "billing system", 7_000),
            ("c1", "system", "claim system", 0),
            ("c2", "repeat", None, 3_000),
        ),
        reviews(queue=["a"] * 4),
    )
    billing, none, claims = found.to_dict("records")
    assert (billing["system"], billing["calls"], billing["waits"]) == ("billing system", 2, 2)
    assert (billing["lost_ms"], billing["mean_ms"], billing["call_share"]) == (9_000, 4_500, 0.5)
    assert billing["lost_share"] == pytest.approx(9 / 12)
    assert (billing["example"], billing["example_call"]) == ("quote 1", "c1")
    assert pd.isna(none["system"]) and none["lost_ms"] == 3_000
    assert (claims["system"], claims["waits"]) == ("claim system", 0) and pd.isna(claims["lost_ms"])


def test_a_call_that_names_a_system_twice_counts_once() -> None:
    twice = events(("c0", "hold", "crm", 1_000), ("c0", "look-up", "crm", 500))
    (row,) = systems_frame(twice).to_dict("records")
    assert (row["calls"], row["waits"], row["lost_ms"]) == (1, 2, 1_500)
    assert pd.isna(row["call_share"])


def test_events_of_other_calls_are_left_out() -> None:
    table = events(("c0", "hold", "crm", 1_000), ("other", "hold", "crm", 9_000))
    (row,) = systems_frame(table, reviews(queue=["a"])).to_dict("records")
    assert (row["calls"], row["lost_ms"], row["call_share"]) == (1, 1_000, 1.0)


def test_events_without_times_have_waits_but_no_loss() -> None:
    (row,) = systems_frame(events(("c0", "hold", "crm", None))).to_dict("records")
    assert row["waits"] == 1 and pd.isna(row["lost_ms"]) and pd.isna(row["lost_share"])


def test_no_events_give_no_rows() -> None:
    assert dict(systems_frame(events()).dtypes.astype(str)) == SYSTEMS
