"""One rater beside the master scores or the others: severity, spread, N/A, drift."""

from __future__ import annotations

from dataclasses import replace
from math import nan, sqrt

import numpy as np
import pytest
from scipy import stats

from qa_review.base.figures import LEAST_CALLS
from qa_review.base.raters import drift, limits_of_agreement, severity
from qa_review.base.ratings import Ratings

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)


def totals(rows: list[list[float]], raters: str = "abc") -> Ratings:
    return Ratings(
        tuple(f"u{n}" for n in range(len(rows))), tuple(raters[: len(rows[0])]), np.array(rows)
    )


def session(random: np.random.Generator, shifts: list[float], calls: int = 40) -> Ratings:
    """Totals of raters who lie ``shifts`` above the truth."""
    truth = random.normal(70, 8, size=(calls, 1))
    return totals((truth + shifts + random.normal(0, 3, size=(calls, len(shifts)))).tolist())


def test_against_the_others_by_hand() -> None:
    # a - mean(b, c): 4 - 3, 2 - 2, 3 - 2 (c missing); b: 4 - 3, 1 - 2.5, 2 - 3; c: 2 - 4, 3 - 1.5
    found = severity(totals([[4, 4, 2], [2, 1, 3], [3, 2, nan]]))
    assert [one.against for one in found] == ["others"] * 3
    assert [one.mean.value for one in found] == pytest.approx([2 / 3, -0.5, -0.25])
    assert [one.mean.n for one in found] == [3, 3, 2] == [one.calls for one in found]
    assert found[0].spread == pytest.approx(sqrt(1 / 3))  # of 1, 0, 1
    # of a's values b and c gave: 4 and not 2; neither; not 2
    assert found[0].mean.observed == pytest.approx((1 / 2 + 0 + 0) / 3)


def test_against_the_master_by_hand() -> None:
    master = {"u0": 3.0, "u1": 2.0}
    first, second = severity(totals([[4, 3], [2, 4], [5, 5]]), master=master)
    assert first.against == "master" and first.mean.n == 2
    assert (first.mean.value, second.mean.value) == (0.5, 1.0)
    assert first.spread == pytest.approx(sqrt(0.5)) and first.mean.observed == 0.5


def test_nobody_is_judged_on_a_call_or_two() -> None:
    random = np.random.default_rng(1)
    least = LEAST_CALLS["difference"]
    for calls in (1, 2, least - 1):
        for one in severity(session(random, [0, 20, 0], calls)):
            assert one.mean.interval is None and one.mean.lacking == least - calls
    for one in severity(session(random, [0, 20, 0], least)):
        assert one.mean.interval is not None and one.mean.lacking == 0
    criteria = Ratings(
        tuple(map(str, range(60))), ("a", "b"), random.integers(1, 6, (60, 2)) * 1.0, LEVELS,
        ("one call",) * 60,
    )  # fmt: skip
    assert all(one.mean.interval is None and one.calls == 1 for one in severity(criteria))


def test_a_severe_rater_is_seen_and_the_others_are_not_blamed() -> None:
    found = severity(session(np.random.default_rng(2), [0.0, -5.0, 0.0]))
    severe = found[1].mean
    assert severe.interval is not None and severe.interval[1] < 0
    assert severe.value == pytest.approx(-5, abs=1.5)
    master = {f"u{n}": 70.0 for n in range(40)}
    beside = severity(session(np.random.default_rng(2), [0.0, -5.0, 0.0]), master=master)
    assert beside[1].mean.value == pytest.approx(beside[0].mean.value - 5, abs=1.5)  # type: ignore[operator]


def test_the_interval_of_a_mean_of_single_units_is_near_students() -> None:
    gaps = np.random.default_rng(3).normal(1, 2, size=30)
    one = severity(totals(np.column_stack([gaps, gaps]).tolist()),
                   master={f"u{n}": 0.0 for n in range(30)}, resamples=4000)[0]  # fmt: skip
    ends = stats.t.interval(0.95, 29, gaps.mean(), stats.sem(gaps))
    assert one.mean.interval == pytest.approx(ends, abs=0.05)
    assert one.mean.analytic == pytest.approx(ends, abs=1e-9)


def test_the_share_of_not_applicable_is_of_what_was_asked() -> None:
    rows = [("u1", "a", None), ("u2", "a", 3), ("u3", "a", None), ("u1", "b", 4), ("u2", "b", 3)]
    one, other = severity(Ratings.of(rows, LEVELS))
    assert (one.absent_share, other.absent_share) == (2 / 3, 0)
    assert (one.mean.value, one.mean.n) == (0, 1) and one.spread is None


def test_nothing_to_compare_says_why() -> None:
    alone = severity(totals([[1.0], [2.0]], "a"))[0]
    assert alone.mean.value is None and alone.mean.why_none == "fewer than 2 raters"
    assert alone.spread is None and alone.absent_share == 0 and alone.calls == 0
    apart = severity(totals([[1, nan], [nan, 2]]), master={"elsewhere": 1.0})
    assert {one.mean.why_none for one in apart} == {"no unit has both values"}
    silent = Ratings.of([("u", "a", 1), ("u", "b", None)], LEVELS)
    assert severity(silent.rows(np.array([False])))[0].absent_share is None
    assert severity(Ratings.of([])) == ()


def test_all_alike_has_no_interval_and_no_spread() -> None:
    found = severity(totals([[3, 3, 3]] * 20))
    assert all(one.mean.value == 0 and one.mean.interval is None for one in found)
    assert all(one.spread == 0 and one.mean.observed == 1 for one in found)


def test_drift_is_the_change_since_the_first_session() -> None:
    random = np.random.default_rng(5)
    shifts = {"March": [0.0, 0.0, 0.0], "April": [0.0, 0.0, 0.0], "May": [0.0, 8.0, 0.0]}
    found = drift([(name, session(random, shift), None) for name, shift in shifts.items()])
    assert [(one.rater, one.session) for one in found[:4]] == [
        ("a", "March"), ("b", "March"), ("c", "March"), ("a", "April")]  # fmt: skip
    moved = {(one.rater, one.session): one for one in found}
    assert moved["b", "March"].change is None
    milder = moved["b", "May"].change
    assert milder is not None and milder.interval is not None and milder.interval[0] > 5
    means = [moved["b", name].mean.value for name in ("March", "May")]
    assert milder.value == pytest.approx(means[1] - means[0])  # type: ignore[operator]
    still = moved["b", "April"].change
    assert still is not None and still.interval is not None
    assert still.interval[0] < 0 < still.interval[1]


def test_the_interval_of_a_change_is_welchs() -> None:
    random = np.random.default_rng(6)
    gaps = [random.normal(0, 2, 25), random.normal(1, 4, 40)]
    sessions = [
        (str(n), totals(g[:, None].tolist(), "a"), {f"u{i}": 0.0 for i in range(len(g))})
        for n, g in enumerate(gaps)
    ]
    change = drift(sessions, resamples=5000)[1].change
    welch = stats.ttest_ind(gaps[1], gaps[0], equal_var=False).confidence_interval()
    assert change is not None
    assert change.interval == pytest.approx((welch.low, welch.high), abs=0.08)


def test_a_change_is_never_between_master_and_others() -> None:
    random = np.random.default_rng(7)
    first, second = session(random, [0, 0, 0]), session(random, [0, 0, 0])
    master = dict.fromkeys(second.units, 70.0)
    found = drift([("one", first, None), ("two", second, master), ("three", second, master)])
    assert [one.change is None for one in found] == [True] * 6 + [False] * 3
    assert [one.against for one in found] == ["others"] * 3 + ["master"] * 6


def test_a_change_from_a_session_of_few_calls_is_not_enough_data() -> None:
    random = np.random.default_rng(8)
    found = drift([("one", session(random, [0, 0], 1), None),
                   ("two", session(random, [0, 5]), None)])  # fmt: skip
    change = found[3].change
    assert change is not None and change.value is not None
    assert change.interval is None and change.lacking == LEAST_CALLS["difference"] - 1


def test_a_session_in_which_a_rater_gave_nothing_is_passed_over_for_the_change() -> None:
    random = np.random.default_rng(9)
    full = session(random, [0.0, 4.0])
    empty = replace(full, values=np.column_stack([full.values[:, 0], np.full(40, nan)]))
    found = [one for one in drift([("1", empty, None), ("2", full, None), ("3", full, None)])
             if one.rater == "b"]  # fmt: skip
    assert found[0].mean.value is None and found[0].change is None
    assert found[1].change is None
    assert found[2].change is not None and found[2].change.value == 0


def test_limits_of_agreement_by_hand() -> None:
    # differences 1, 3, 2, 2: mean 2, SD sqrt(2/3)
    found = limits_of_agreement(totals([[2, 1], [5, 2], [4, 2], [3, 1]]))
    assert (found.first, found.second) == ("a", "b") and found.bias.value == 2
    assert found.lower.value == pytest.approx(2 - 1.959964 * sqrt(2 / 3))
    assert found.upper.value == pytest.approx(2 + 1.959964 * sqrt(2 / 3))
    assert found.lower.lacking == LEAST_CALLS["limit"] - 4
    with pytest.raises(ValueError, match="2 raters, not 3"):
        limits_of_agreement(totals([[1, 2, 3]]))


def test_limits_have_intervals_near_those_of_bland_and_altman() -> None:
    """Their standard error for a normal difference: SD sqrt(1 / n + 1.96^2 / (2 (n - 1)))."""
    n = 400
    gaps = np.random.default_rng(10).normal(2, 5, n)
    found = limits_of_agreement(totals(np.column_stack([gaps, 0 * gaps]).tolist()))
    spread = gaps.std(ddof=1)
    half = 1.966 * spread * sqrt(1 / n + 1.96**2 / (2 * (n - 1)))
    for one, middle in ((found.lower, gaps.mean() - 1.96 * spread),
                        (found.upper, gaps.mean() + 1.96 * spread)):  # fmt: skip
        assert one.interval == pytest.approx((middle - half, middle + half), abs=0.25)
    one_only = limits_of_agreement(totals([[2, 1], [nan, 1]]))
    assert one_only.bias.value == 1 and one_only.lower.why_none == "one difference has no spread"
