"""Any column may be missing: every figure beside handling time still works, or says why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from centre_fixtures import centre

from qa_review.team.case_mix import (
    HANDLING,
    LIKE,
    SPREADS,
    handling_frame,
    like_calls_frame,
    spreads_frame,
)
from qa_review.team.made_up import BEHAVIOURS, made_up_reviews
from qa_review.team.outcomes import ASSOCIATIONS, associations_frame
from qa_review.team.ranks import RANKS, ranks_frame
from qa_review.team.repeats import COSTS, repeat_cost_frame
from qa_review.team.verdicts import VERDICTS, verdicts_frame
from qa_review.team.worth import EXTRA, MINUTES, extra_minutes_frame, minutes_frame

FIGURES = {
    handling_frame: HANDLING,
    like_calls_frame: LIKE,
    spreads_frame: SPREADS,
    ranks_frame: RANKS,
    verdicts_frame: VERDICTS,
    associations_frame: ASSOCIATIONS,
    minutes_frame: MINUTES,
    extra_minutes_frame: EXTRA,
    repeat_cost_frame: COSTS,
}
RESAMPLED = (ranks_frame, verdicts_frame, repeat_cost_frame)
COLUMNS = (
    *("agent", "queue", "issue", "customer", "day", "handle_ms", "friction_ms", "csat"),
    *("resolved", "repeat_contact", "overall"),
)
LEVELS = [f"level_{name}" for name in BEHAVIOURS]


def made(figure, reviews):
    return figure(reviews, resamples=20) if figure in RESAMPLED else figure(reviews)


@pytest.fixture(scope="module")
def reviews():
    return made_up_reviews(360, agents=8, months=2, seed=1)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("how", ["no column", "all missing"])
def test_a_figure_works_without_any_one_column(reviews, figure, column, how):
    if how == "no column":
        rest = reviews.drop(columns=column)
    else:
        rest = reviews.copy()
        if column in ("agent", "queue", "issue", "customer"):
            rest[column] = pd.array([None] * len(rest), dtype="string")
        else:
            rest[column] = pd.NaT if column == "day" else np.nan
    found = made(figure, rest)
    assert list(found.columns) == list(FIGURES[figure])
    assert found.dtypes.astype(str).to_dict() == FIGURES[figure]
    assert not np.isnan(found.select_dtypes("Float64").to_numpy(float, na_value=0.0)).any()
    if "why" in found:
        assert len(found)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
def test_a_frame_of_calls_alone_says_why(reviews, figure):
    found = made(figure, reviews[["call"]])
    assert "why" not in found or found["why"].notna().all()
    assert made(figure, reviews[["call"]][:0]).columns.tolist() == list(FIGURES[figure])


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
@pytest.mark.parametrize("calls", [1, 2, 9, 25])
def test_a_figure_works_with_few_calls(figure, calls):
    found = made(figure, made_up_reviews(calls, agents=min(calls, 3), seed=2))
    assert list(found.columns) == list(FIGURES[figure])


@pytest.mark.parametrize(
    ("figure", "column", "why"),
    [
        (handling_frame, "handle_ms", "no call has handle_ms"),
        (like_calls_frame, "handle_ms", "the call has no handle_ms"),
        (handling_frame, "agent", "no call names an agent"),
        (ranks_frame, "csat", "no call has csat"),
        (verdicts_frame, "handle_ms", "handling time: no call has handle_ms"),
        (associations_frame, "repeat_contact", "no call has repeat_contact"),
        (associations_frame, "friction_ms", "no call has friction_ms"),
        (minutes_frame, "handle_ms", "no call has handle_ms"),
        (extra_minutes_frame, "repeat_contact", "no call has repeat_contact"),
        (repeat_cost_frame, "repeat_contact", "no call has repeat_contact"),
        (repeat_cost_frame, "agent", "no call names an agent"),
    ],
)
def test_it_says_which_column_is_missing(reviews, figure, column, why):
    assert why in made(figure, reviews.drop(columns=column))["why"].dropna().tolist()


def test_without_the_overall_figure_levels_make_one(reviews):
    """Without a weighted mean in the frame, each level counts alike, as in ``overall``."""
    given, own = (verdicts_frame(each, resamples=20)["behaviour"].to_numpy(float)
                  for each in (reviews, reviews.drop(columns="overall")))  # fmt: skip
    assert given == pytest.approx(own, abs=1e-6)
    neither = verdicts_frame(reviews.drop(columns=["overall", *LEVELS]), resamples=20)
    assert set(neither["by"].dropna()) == {"outcome"} and neither["behaviour"].isna().all()


def test_calls_of_unknown_agents_inform_contexts_and_are_nobodys():
    reviews = centre(1, each=40)
    reviews["agent"] = reviews["agent"].astype("string").mask(np.arange(len(reviews)) % 4 == 0)
    found = handling_frame(reviews)
    assert len(found) == 12 and found["n"].sum() == reviews["agent"].notna().sum()
    assert like_calls_frame(reviews)["like_ms"].notna().all()
