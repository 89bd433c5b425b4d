"""What changed in a month: planted changes are found, and nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from qa_review.team.changes import changes_frame, spans
from qa_review.team.made_up import made_up_reviews


def four_months(seed: int, calls: int = 800, **other: object) -> pd.DataFrame:
    return made_up_reviews(calls, months=4, first="2026-07-03", seed=seed, **other)  # type: ignore[arg-type]


def of(table: pd.DataFrame, measure: str, name: str = "all") -> pd.Series:
    return table[(table["measure"] == measure) & (table["name"] == name)].iloc[0]


def test_a_difference_by_hand() -> None:
    """Twelve calls of 4.5 and twelve of 3.5 on average, all of one agent."""
    reviews = pd.DataFrame({
        "call": [f"c{n}" for n in range(24)],
        "agent": ["ann"] * 24,
        "day": pd.to_datetime(["2026-09-05"] * 12 + ["2026-10-05"] * 12).astype("datetime64[s]"),
        "level_listening": [4.0, 5.0] * 6 + [3.0, 4.0] * 6,
    })  # fmt: skip
    row = of(changes_frame(reviews, "2026-10"), "listening")
    assert (row["mean"], row["mean_before"], row["change"], row["n"]) == (3.5, 4.5, -1, 12)
    # each side has squares of 12 / 4 around its mean: error sqrt(2 * 3 / 144 * 24 / 22), 22 degrees
    error = (2 * 3 / 144 * 24 / 22) ** 0.5
    assert row["high"] == pytest.approx(-1 + 2.0739 * error, abs=1e-3)
    assert row["more_than_noise"] and not row["better"] and pd.isna(row["agents"])


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
    """300 sets of four months in which nothing changed, with agents who differ much."""
    false, held = 0, []
    for seed in range(300):
        table = changes_frame(four_months(seed, 500, agents=12, spread=0.5), "2026-10")
        false += bool(table["more_than_noise"].fillna(False).any())
        row = of(table, "overall")
        held.append(row["low"] <= 0 <= row["high"])
    assert false / 300 <= 0.06
    assert np.mean(held) >= 0.92


def test_who_was_on_the_telephone_is_no_change() -> None:
    """In October only the two best of twelve agents are in: the error is as wide as that."""
    reviews = four_months(5, 3000, agents=12, spread=0.6)
    best = reviews.groupby("agent", observed=True)["overall"].mean().nlargest(2).index
    reviews = reviews[(reviews["day"] < "2026-10-01") | reviews["agent"].isin(best)]
    row = of(changes_frame(reviews, "2026-10"), "overall")
    assert row["agents"] == 12 and row["change"] > 5
    alone = of(changes_frame(reviews.drop(columns=["agent"]), "2026-10"), "overall")
    assert alone["high"] - alone["low"] < 0.5 * (row["high"] - row["low"])


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
