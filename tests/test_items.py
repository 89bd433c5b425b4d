"""The items of a rubric, and the count of where each was found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from qa_review.base.resources import folder
from qa_review.grade.rubric import load
from qa_review.team.items import FOUND, Items, aligned, finds_frame, items_of, items_table

BEHAVIOURS = load(folder("rubrics") / "behaviours.v1.toml")
CRAFT = load(folder("rubrics") / "leader_craft.v1.toml")


def evidence(*rows: tuple[str, str, int]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["id", "indicator", "turn"])
    return table.astype({"id": "string", "indicator": "string", "turn": "Int64"})


@pytest.mark.parametrize("rubric", [BEHAVIOURS, CRAFT], ids=["behaviours", "leader_craft"])
def test_every_behaviour_and_indicator_of_a_rubric_is_an_item(rubric: object) -> None:
    items = items_of(rubric)
    ids = [one.id for one in (*rubric.behaviours, *rubric.indicators)]
    assert [one.id for one in items] == ids
    assert list(items_table(rubric)["item"]) == ids
    assert sum(one.points for one in items if one.kind == "behaviour") == pytest.approx(1)


def test_stance_is_the_sign_of_the_points() -> None:
    """Reflecting earns, re-asking costs, a greeting does neither; misleading caps the call."""
    stances = {one.id: (one.stance, one.sign, one.critical) for one in items_of(BEHAVIOURS)}
    assert stances["reflect"] == ("for", 1, False)
    assert stances["reask"] == ("against", -1, False)
    assert stances["greeting"] == ("neither", 0, False)
    assert stances["misleads"][2]


def test_points_count_by_the_weight_of_their_behaviour() -> None:
    """ack_feeling is worth 1.68 levels of one behaviour of five of equal weight."""
    points = {one.id: one.points for one in items_of(BEHAVIOURS)}
    assert points["ack_feeling"] == pytest.approx(1.68 / 5)


def test_a_turn_counts_once_for_an_indicator() -> None:
    """Two turns with "commits", one of them for two behaviours; nothing was found in b."""
    found = evidence(("a", "commits", 2), ("a", "commits", 2), ("a", "commits", 5),
                     ("a", "blames", 1), ("z", "commits", 1), ("a", "unheard_of", 1))  # fmt: skip
    finds = finds_frame(found, BEHAVIOURS, ["b", "a"])
    assert finds["call"].tolist() == ["b", "a"]
    assert finds["found_commits"].tolist() == [0.0, 2.0]
    assert finds["found_blames"].tolist() == [0.0, 1.0]
    assert finds.drop(columns="call").to_numpy().sum() == 3
    assert finds.shape[1] == 1 + len(BEHAVIOURS.indicators)


def test_no_evidence_and_no_calls_make_empty_frames() -> None:
    assert len(finds_frame(evidence(), BEHAVIOURS, [])) == 0
    assert finds_frame(evidence(), CRAFT, ["a"]).drop(columns="call").to_numpy().sum() == 0


def test_finds_follow_the_reviews_and_are_missing_of_calls_not_searched() -> None:
    finds = finds_frame(evidence(("a", "commits", 2)), BEHAVIOURS, ["a", "b"])
    reviews = pd.DataFrame({"call": pd.array(["b", "c", "a"], dtype="string")})
    got = aligned(finds, reviews)["found_commits"].to_numpy()
    np.testing.assert_array_equal(got, [0.0, np.nan, 1.0])


def test_wrong_tables_are_refused() -> None:
    with pytest.raises(ValueError, match="lacks the columns indicator, turn"):
        finds_frame(pd.DataFrame({"id": ["a"]}), BEHAVIOURS, ["a"])
    with pytest.raises(ValueError, match="'a' is named twice"):
        Items.of(evidence(), BEHAVIOURS, ["a", "a"])
    twice = pd.DataFrame({"call": ["a", "a"], f"{FOUND}commits": [0.0, 1.0]})
    with pytest.raises(ValueError, match="each call stands there once"):
        aligned(twice, twice[["call"]])
