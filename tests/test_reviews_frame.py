"""The frame of reviews: a row a call, made from rows, and held to what calls can be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from qa_review.base.errors import FrameError
from qa_review.capture.recording import Call
from qa_review.team.made_up import BEHAVIOURS, made_up_reviews
from qa_review.team.reviews import (
    FIGURES,
    NAMES,
    behaviours_in,
    checked,
    days,
    months,
    names,
    numbers,
    reviews_frame,
)
from qa_review.team.rows import Scored

ANN = Call(
    "a", agent="ann", team="ash", queue="bills", issue="refund", customer="c1",
    started_at="2026-10-03T09:00:00+01:00", handle_ms=300_000, csat=8.0, resolved=True,
)  # fmt: skip
BO = Call("b", agent="bo")


def rows() -> list[Scored]:
    return [
        Scored(ANN, "listening", 4, "scorer", "learned", confidence=0.8),
        Scored(ANN, "ownership", 2, "people", "kim"),
        Scored(BO, "listening", None, "scorer", "learned", "not observed", confidence=0.6),
        Scored(BO, "ownership", 5, "scorer", "learned", confidence=0.4),
    ]


def test_a_row_a_call_with_what_it_was_given_and_brings_along() -> None:
    found = reviews_frame(rows(), friction={"a": (12_000, 2)})
    levels = {"level_listening", "level_ownership"}
    assert set(found) == {"call", *NAMES, "day", *FIGURES, "by_people"} | levels
    ann, bo = found.iloc[0], found.iloc[1]
    assert (ann["agent"], ann["issue"], ann["handle_ms"], ann["csat"]) == ("ann", "refund", 3e5, 8)
    assert (ann["resolved"], ann["friction_ms"], ann["systems"]) == (1.0, 12_000, 2)
    assert (ann["level_listening"], ann["level_ownership"], ann["overall"]) == (4, 2, 50)
    assert (ann["confidence"], bool(ann["by_people"])) == (0.8, True)
    assert str(ann["day"])[:10] == "2026-10-03"
    assert bo["overall"] == 100 and not bo["by_people"] and bo["confidence"] == 0.5
    for missing in ("team", "day", "handle_ms", "resolved", "friction_ms", "level_listening"):
        assert pd.isna(bo[missing]), missing


def test_friction_is_no_more_than_the_handling_time() -> None:
    assert reviews_frame(rows(), friction={"a": (400_000, 2)})["friction_ms"].iloc[0] == 300_000


def test_overall_goes_by_the_weights() -> None:
    found = reviews_frame(rows(), weights={"listening": 3.0, "ownership": 1.0})
    assert found["overall"].tolist() == [62.5, 100]
    assert list(reviews_frame(rows(), ["ownership"])["overall"]) == [25, 100]


def test_of_two_rows_of_a_behaviour_the_later_holds() -> None:
    later = Scored(ANN, "listening", 1, "people", "kim")
    assert reviews_frame([*rows(), later])["level_listening"].iloc[0] == 1


def test_no_rows_make_an_empty_frame_with_its_columns() -> None:
    found = reviews_frame([], ["listening"])
    assert len(found) == 0 and {"call", "overall", "level_listening"} <= set(found)
    assert checked(found) is found


def test_columns_that_are_not_there_are_missing() -> None:
    frame = pd.DataFrame({"call": ["a", "b"], "agent": pd.array(["x", None], dtype="string")})
    assert np.isnan(numbers(frame, "csat")).all() and np.isnat(days(frame)).all()
    codes, known = names(frame, "agent")
    assert (codes.tolist(), known) == ([0, -1], ["x"])
    assert names(frame, "team")[1] == [] and months(frame)[1] == [] and behaviours_in(frame) == ()


@pytest.mark.parametrize("dtype", ["category", "string", "object"])
def test_names_may_be_of_any_kind_of_text(dtype: str) -> None:
    frame = pd.DataFrame(
        {"call": ["a", "b", "c"], "team": pd.Series(["y", "x", "y"]).astype(dtype)}
    )
    codes, known = names(frame, "team")
    assert (codes.tolist(), known) == ([1, 0, 1], ["x", "y"])


def test_all_that_no_call_can_have_is_said_at_once() -> None:
    bad = pd.DataFrame({"call": ["a", "a"], "csat": [11.0, 5.0], "resolved": [0.0, 2.0],
                        "level_listening": [0.0, 5.0], "handle_ms": [-1.0, 3.0],
                        "systems": ["x", "y"]})  # fmt: skip
    with pytest.raises(FrameError) as error:
        checked(bad)
    for part in ("'a' stands there twice", "csat: 11 in row 0; a number from 0 to 10",
                 "resolved: 2 in row 1", "level_listening: 0 in row 0",
                 "handle_ms: -1 in row 0; a number from 0 up"):  # fmt: skip
        assert part in str(error.value), part
    times = made_up_reviews(100)
    with pytest.raises(
        FrameError, match=r"friction_ms: more than handle_ms, .* in 100 of 100 rows"
    ):
        checked(times.assign(friction_ms=2 * times["handle_ms"]))
    with pytest.raises(FrameError, match="no column call"):
        checked(pd.DataFrame({"agent": ["a"]}))


@pytest.mark.parametrize(
    "day",
    [
        pd.Series(["2026-10-01", None, "2026-10-31T23:30"], dtype="string"),
        pd.Series([pd.Timestamp("2026-10-01").date(), None, pd.Timestamp("2026-10-31").date()]),
        pd.Series(pd.to_datetime(["2026-10-01T00:30", None, "2026-10-31T23:30"])).dt.tz_localize(
            "Europe/Berlin"
        ),
    ],
    ids=["text", "dates", "with a zone"],
)
def test_a_day_is_by_the_clock_that_wrote_it(day: pd.Series) -> None:
    frame = checked(pd.DataFrame({"call": ["a", "b", "c"], "day": day}))
    assert days(frame).astype(str).tolist() == ["2026-10-01", "NaT", "2026-10-31"]
    assert months(frame)[1] == ["2026-10"]


def test_a_day_that_is_none_and_a_column_twice_are_refused() -> None:
    with pytest.raises(FrameError, match="column day: a day is written as"):
        checked(pd.DataFrame({"call": ["a"], "day": ["soon"]}))
    twice = pd.DataFrame([["a", 1.0, 2.0]], columns=["call", "csat", "csat"])
    with pytest.raises(FrameError, match="column csat stands there twice"):
        checked(twice)


def test_made_up_reviews_hold_what_was_planted() -> None:
    reviews = checked(made_up_reviews(6000, agents=6, seed=1, skills={"agent-03": 1.0},
                                      paces={"agent-02": 2.0}))  # fmt: skip
    assert behaviours_in(reviews) == BEHAVIOURS
    means = reviews.groupby("agent", observed=True)[["overall", "handle_ms"]].mean()
    assert means["overall"].idxmax() == "agent-03" and means["handle_ms"].idxmax() == "agent-02"
    again = made_up_reviews(6000, agents=6, seed=1, skills={"agent-03": 1.0},
                            paces={"agent-02": 2.0})  # fmt: skip
    pd.testing.assert_frame_equal(reviews, again)
    served = reviews.groupby("resolved")["overall"].mean()
    assert served[1.0] > served[0.0] + 3
