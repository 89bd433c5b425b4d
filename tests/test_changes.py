"""What changed in a month: planted changes are found, and nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from qa_review.team.changes import changes_frame, spans
from qa_review.team.made_up import made_up_reviews
from qa_review.team.means import mean_of


def four_months(seed: int, calls: int = 800, **other: object) -> pd.DataFrame:
    return made_up_reviews(calls, months=4, first="2026-07-03", seed=seed, **other)  # type: ignore[arg-type]


def of(table: pd.DataFrame, measure: str, name: str = "all") -> pd.Series:
    return table[(table["measure"] == measure) & (table["name"] == name)].iloc[0]


def of_one_agent(now: list[float], before: list[float], column: str) -> pd.DataFrame:
    return pd.DataFrame({
        "call": [f"c{n}" for n in range(len(now) + len(before))],
        "agent": ["ann"] * (len(now) + len(before)),
        "day": pd.to_datetime(["2026-10-05"] * len(now) + ["2026-09-05"] * len(before)).astype(
            "datetime64[s]"
        ),
        column: [*now, *before],
    })  # fmt: skip


def test_a_difference_by_hand() -> None:
    """Twelve calls of 3.5 and twelve of 4.5 on average, all of one agent; Newcombe's interval."""
    reviews = of_one_agent([3.0, 4.0] * 6, [4.0, 5.0] * 6, "level_listening")
    row = of(changes_frame(reviews, "2026-10", by="agent"), "listening", "ann")
    assert (row["mean"], row["mean_before"], row["change"], row["n"]) == (3.5, 4.5, -1, 12)
    (low, high), (low_before, high_before) = (
        mean_of(levels).interval or (0, 0) for levels in ([3, 4] * 6, [4, 5] * 6)
    )
    assert row["low"] == pytest.approx(-1 - np.hypot(3.5 - low, high_before - 4.5))
    assert row["high"] == pytest.approx(-1 + np.hypot(high - 3.5, 4.5 - low_before))
    assert not row["better"] and pd.isna(row["agents"])


@pytest.mark.parametrize(
    ("sizes", "told"), [([20] * 12, True), ([400] + [20] * 11, False), ([20, 20], False)]
)
def test_a_group_that_one_or_two_agents_bear_is_not_judged(sizes: list[int], told: bool) -> None:
    chance = np.random.default_rng(1)
    agents = np.repeat(np.arange(len(sizes)), sizes)
    frames = []
    for month in ("2026-09-05", "2026-10-05"):
        day = np.full(len(agents), np.datetime64(month, "s"))
        overall = np.clip(chance.normal(60, 15, len(agents)), 0, 100)
        frames.append(pd.DataFrame({"agent": [f"a{n}" for n in agents], "day": day,
                                    "overall": overall}))  # fmt: skip
    both = pd.concat(frames, ignore_index=True)
    row = of(changes_frame(both.assign(call=both.index.astype(str)), "2026-10"), "overall")
    assert pd.notna(row["change"]) == told
    assert told or row["why"] == "too few agents bear it to tell a change from who was in"


@pytest.mark.parametrize(
    ("share", "now", "before"), [(0.95, 10, 300), (0.1, 10, 300), (0.95, 30, 90)]
)
def test_rare_outcomes_of_one_agent_change_by_chance_alone(
    share: float, now: int, before: int
) -> None:
    """400 draws of months that are alike: 5 % at most look otherwise."""
    chance, false = np.random.default_rng(2), 0
    for _ in range(400):
        drawn = (chance.random(now + before) < share).astype(float).tolist()
        table = changes_frame(of_one_agent(drawn[:now], drawn[now:], "resolved"), "2026-10",
                              by="agent", measures=["resolved"])  # fmt: skip
        false += bool(table["more_than_noise"].fillna(False).iloc[0])
    assert false / 400 <= 0.05


def test_nothing_is_certain_where_calls_are_all_alike() -> None:
    reviews = of_one_agent([1.0] * 10, [0.0] * 10, "resolved")
    row = changes_frame(reviews, "2026-10", by="agent", measures=["resolved"]).iloc[0]
    assert row["low"] < 1 == row["change"] and row["p"] > 0


@pytest.mark.parametrize("seed", range(3))
def test_a_month_that_got_worse_is_found(seed: int) -> None:
    reviews = four_months(seed, 2000)
    october = reviews["day"] >= "2026-10-01"
    reviews.loc[october, "level_ownership"] = (reviews["level_ownership"] - 0.5).clip(lower=1)
    reviews.loc[october, "handle_ms"] *= 0.8
    table = changes_frame(reviews, "2026-10")
    assert of(table, "ownership")["more_than_noise"] and not of(table, "ownership")["better"]
    assert of(table, "handle_ms")["more_than_noise"] and of(table, "handle_ms")["better"]
    assert not of(table, "listening")["more_than_noise"]


def test_without_a_change_findings_stay_rare() -> None:
    """150 sets of four months in which nothing changed, with agents who differ much."""
    false, held = 0, []
    for seed in range(150):
        table = changes_frame(four_months(seed, 500, agents=12, spread=0.5), "2026-10")
        false += bool(table["more_than_noise"].fillna(False).any())
        row = of(table, "overall")
        held.append(row["low"] <= 0 <= row["high"])
    assert false / 150 <= 0.05
    assert np.mean(held) >= 0.92


def test_who_was_on_the_telephone_is_no_change() -> None:
    """In October only the two best of twelve agents are in: the error is as wide as that."""
    reviews = four_months(5, 3000, agents=12, spread=0.6)
    best = reviews.groupby("agent", observed=True)["overall"].mean().nlargest(2).index
    reviews = reviews[(reviews["day"] < "2026-10-01") | reviews["agent"].isin(best)]
    row = of(changes_frame(reviews, "2026-10"), "overall")
    assert pd.isna(row["change"]) and "who was in" in row["why"]
    alone = of(changes_frame(reviews.drop(columns=["agent"]), "2026-10"), "overall")
    assert alone["more_than_noise"], "by calls alone it would look like a change"


def test_groups_are_judged_together() -> None:
    table = changes_frame(four_months(1), "2026-10", by="team", measures=["overall"])
    assert list(table["name"]) == ["team-00", "team-01", "team-02", "team-03"]
    assert (table["p_corrected"] >= table["p"]).all()


def test_too_few_calls_say_so() -> None:
    reviews = four_months(1, 60)
    row = of(changes_frame(reviews, "2026-07"), "overall")
    assert pd.isna(row["change"]) and row["why"] == "10 calls are needed in the month and before it"
    assert pd.isna(row["mean_before"]) and row["n_before"] == 0


def test_only_so_many_months_before_count() -> None:
    now, before = spans(four_months(2), "2026-10", 1)
    assert before.sum() < spans(four_months(2), "2026-10", 3)[1].sum()
    assert not (now & before).any()
    with pytest.raises(ValueError, match="a month is written as 2026-10, not '10/2026'"):
        spans(four_months(2), "10/2026")
    with pytest.raises(ValueError, match="at least one month"):
        changes_frame(four_months(2), "2026-10", before=0)
