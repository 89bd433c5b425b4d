"""Ratings: what may be in them, and how they are cut."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

from qa_review.base.ratings import MOST_CATEGORIES, Ratings

ROWS = [("u1", "Ann", 3), ("u1", "Bob", None), ("u2", "Bob", 1), ("u3", "Ann", 2)]
CALLS = {"u1": "c1", "u2": "c1", "u3": "c2"}


def test_rows_become_a_table_in_the_order_in_which_names_come() -> None:
    ratings = Ratings.of(ROWS, (1, 2, 3), CALLS)
    assert ratings.units == ("u1", "u2", "u3") and ratings.raters == ("Ann", "Bob")
    np.testing.assert_array_equal(ratings.values, [[3, nan], [nan, 1], [2, nan]])
    assert ratings.calls == ("c1", "c1", "c2")
    np.testing.assert_array_equal(ratings.call_numbers(), [0, 0, 1])


def test_not_applicable_is_told_apart_from_never_asked() -> None:
    ratings = Ratings.of(ROWS, (1, 2, 3))
    np.testing.assert_array_equal(ratings.absent, [[False, True], [False, False], [False, False]])
    np.testing.assert_array_equal(ratings.asked, [[True, True], [False, True], [True, False]])
    np.testing.assert_array_equal(ratings.whether_given().values, [[1, 0], [nan, 1], [1, nan]])


def test_without_calls_each_unit_is_a_call_of_its_own() -> None:
    np.testing.assert_array_equal(Ratings.of(ROWS).call_numbers(), [0, 1, 2])


def test_places_are_those_on_the_scale_whatever_its_order() -> None:
    ratings = Ratings.of(ROWS, (3, 1, 2))
    np.testing.assert_array_equal(ratings.places(), [[0, -1], [-1, 1], [2, -1]])


def test_cuts_keep_what_belongs_together() -> None:
    ratings = Ratings.of(ROWS, (1, 2, 3), CALLS)
    assert ratings.of_rater("Ann") == {"u1": 3.0, "u3": 2.0}
    alone = ratings.without("Ann")
    assert alone.raters == ("Bob",) and alone.absent[0, 0] and alone.calls == ratings.calls
    last = ratings.rows(np.array([False, False, True]))
    assert last.units == ("u3",) and last.calls == ("c2",) and last.scale == ratings.scale
    assert ratings.rows(np.array([2, 0])).units == ("u3", "u1")


def test_what_was_made_stays_as_it_is() -> None:
    values = np.array([[1.0, 2.0]])
    ratings = Ratings(("u",), ("a", "b"), values)
    values[0, 0] = 5
    assert ratings.values[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        ratings.values[0, 0] = 5


@pytest.mark.parametrize(
    ("rows", "scale", "calls", "said"),
    [
        ([("u", "Ann", 4)], (1, 2, 3), None, "Ann gave u 4; a value is one of 1, 2, 3 or None"),
        ([("u", "Ann", nan)], (), None, "a value is a finite number or None"),
        ([("u", "Ann", inf)], (), None, "a value is a finite number or None"),
        ([("u", "Ann", nan)], (1, 2), None, "a value is one of 1, 2 or None"),
        ([("u", "Ann", 1), ("u", "Ann", 2)], (), None, "Ann rated u twice"),
        ([("u", "Ann", 1), ("u", "Ann", None)], (), None, "Ann rated u twice"),
        ([("u", "Ann", 1)], (), {"v": "c"}, "u has no call"),
        ([], (1, 1), None, "different finite numbers"),
        ([], (1, nan), None, "different finite numbers"),
        ([], tuple(range(MOST_CATEGORIES + 1)), None, "at most 25 categories, not 26"),
    ],
)
def test_rows_that_do_not_fit_say_what_is_allowed(rows, scale, calls, said) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        Ratings.of(rows, scale, calls)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": np.zeros((2, 3))}, r"values has shape \(2, 3\); units x raters is \(3, 2\)"),
        ({"absent": np.zeros((2, 3))}, "absent has shape"),
        ({"values": np.full((3, 2), 9.0)}, "Ann gave u1 9; a value is one of 1, 2, 3 or None"),
        ({"values": np.full((3, 2), inf), "scale": ()}, "a value is a finite number or None"),
        ({"units": ("u1", "u1", "u3")}, "a unit is named twice"),
        ({"raters": ("Ann", "Ann")}, "a rater is named twice"),
        ({"calls": ("c1",)}, "1 calls for 3 units"),
        ({"absent": np.ones((3, 2))}, "either gives a value or says N/A"),
    ],
)
def test_tables_that_do_not_fit_say_what_is_allowed(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(Ratings.of(ROWS, (1, 2, 3)), **change)


def test_there_may_be_nothing() -> None:
    empty = Ratings.of([])
    assert empty.units == empty.raters == () and empty.values.shape == (0, 0)
