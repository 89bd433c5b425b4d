"""Agreement: published and hand-computed values, and what is undefined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.agreement import (
    Agreement,
    exact,
    given_kappa,
    mean_error,
    spearman,
    weighted_kappa,
    within_one,
)

LEVELS = (1, 2, 3, 4, 5)
PAIRS = st.lists(
    st.tuples(st.sampled_from((1, 2, 3, 4, 5, None)), st.sampled_from((1, 2, 3, 4, 5, None))),
    min_size=1,
    max_size=30,
)


def unrolled(table: list[list[int]]) -> tuple[list[int], list[int]]:
    """A table of counts, rows by the first rater, as two lists of levels from 1."""
    cells = [(i, j, n) for i, row in enumerate(table, 1) for j, n in enumerate(row, 1)]
    return [i for i, _, n in cells for _ in range(n)], [j for _, j, n in cells for _ in range(n)]


def test_weighted_kappa_by_hand() -> None:
    # first 1 1 2 3, second 1 2 2 3, weights (i-j)^2: observed 1/4.
    # expected: rows 2/4 1/4 1/4, columns 1/4 2/4 1/4:
    # (1*2/4*2/4 + 4*2/4*1/4 + 1*1/4*1/4 + 1*1/4*1/4 + 4*1/4*1/4 + 1*1/4*2/4) = 20/16
    assert weighted_kappa([1, 1, 2, 3], [1, 2, 2, 3], (1, 2, 3)).value == pytest.approx(
        1 - (1 / 4) / (20 / 16)
    )


def test_two_categories_are_cohens_unweighted_kappa() -> None:
    # Sim and Wright (2005), Phys Ther 85, 257-268, table 1: 22, 2, 4, 11 of 39: kappa 0.67
    first, second = unrolled([[22, 2], [4, 11]])
    assert weighted_kappa(first, second, (1, 2)).value == pytest.approx(0.67, abs=0.005)


def test_spearman_with_a_tie_by_hand() -> None:
    # ranks 1 2 3 4 and 1 2.5 2.5 4: covariance 4.5, variances 5 and 4.5: 4.5 / sqrt(22.5)
    assert spearman([1, 2, 3, 4], [1, 2, 2, 4], LEVELS).value == pytest.approx(4.5 / 22.5**0.5)


def test_shares_and_mean_error_by_hand() -> None:
    first, second = [1, 2, 3, 5], [1, 3, 5, 1]  # distances 0 1 2 4
    assert exact(first, second, LEVELS).value == 1 / 4
    assert within_one(first, second, LEVELS).value == 2 / 4
    assert mean_error(first, second, LEVELS).value == 7 / 4


@pytest.mark.parametrize("figure", [weighted_kappa, spearman])
def test_without_variation_the_figure_is_none_and_the_agreement_is_told(figure) -> None:  # type: ignore[no-untyped-def]
    result = figure([3, 3, 3], [3, 3, 3], LEVELS)
    assert result.value is None and "no variation" in result.why_none
    assert result.observed == 1 and result.n == 3 and result.interval is None


def test_units_without_both_levels_are_left_out_and_counted() -> None:
    result = exact([1, None, 3], [1, 2, None], LEVELS)
    assert (result.value, result.n) == (1, 1)
    nothing = exact([None], [1], LEVELS)
    assert nothing.value is None and nothing.why_none == "no unit was given a level by both"


def test_categories_come_from_the_rubric() -> None:
    with pytest.raises(ValueError, match="a level is one of 1, 2 or None, not 3"):
        exact([1], [3], (1, 2))
    with pytest.raises(ValueError, match="the same units, not 1 and 2"):
        exact([1], [1, 2], (1, 2))


def test_agreement_about_what_was_not_observed() -> None:
    assert given_kappa([None, 1, 2], [None, 3, 3]).value == 1
    assert given_kappa([1, 2], [3, 3]).value is None


def test_a_figure_that_is_none_says_why() -> None:
    with pytest.raises(ValueError, match="says why"):
        Agreement(None, None, None, None, 0)


def test_the_interval_holds_the_figure_and_is_the_same_each_time() -> None:
    first, second = unrolled([[9, 3, 0], [2, 8, 3], [0, 2, 9]])
    result = weighted_kappa(first, second, (1, 2, 3))
    assert result == weighted_kappa(first, second, (1, 2, 3))
    assert result.interval is not None and result.value is not None
    assert result.interval[0] < result.value < result.interval[1]
    assert result.interval != weighted_kappa(first, second, (1, 2, 3), seed=1).interval


@pytest.mark.parametrize(
    ("figure", "value", "interval"),
    [
        (weighted_kappa, 0.7828709288299156, (0.6273806172361615, 0.8966834293526023)),
        (spearman, 0.7852173913043476, (0.6362826015545497, 0.9032038864410247)),
        (exact, 0.7222222222222222, (0.5833333333333334, 0.8611111111111112)),
        (within_one, 1.0, (1.0, 1.0)),
        (mean_error, 0.2777777777777778, (0.1388888888888889, 0.4166666666666667)),
    ],
)
def test_figures_and_intervals_are_those_that_stored_cards_hold(figure, value, interval) -> None:  # type: ignore[no-untyped-def]
    """Written down on 22 November 2026, seed 1; a change makes every shipped card wrong."""
    first, second = unrolled([[9, 3, 0], [2, 8, 3], [0, 2, 9]])
    result = figure(first, second, (1, 2, 3), seed=1)
    assert result.value == pytest.approx(value, abs=1e-12)
    assert result.interval == pytest.approx(interval, abs=1e-12)


@given(PAIRS)
def test_the_order_of_raters_and_units_does_not_matter(
    pairs: list[tuple[int | None, int | None]],
) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    for figure in (weighted_kappa, spearman, exact, within_one, mean_error):
        one, other = figure(first, second, LEVELS), figure(second[::-1], first[::-1], LEVELS)
        assert one.n == other.n
        assert (one.value is None) == (other.value is None)
        assert one.value is None or one.value == pytest.approx(other.value)


@given(PAIRS)
def test_kappa_and_rho_stay_in_range(pairs: list[tuple[int | None, int | None]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    for figure in (weighted_kappa, spearman):
        value = figure(first, second, LEVELS).value
        assert value is None or -1.0001 <= value <= 1.0001
