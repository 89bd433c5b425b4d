"""Quantiles of t and F: those of scipy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qa_review.base.quantiles import f_quantile, t_quantile

SHARES = st.floats(0.001, 0.999)
FREEDOM = st.floats(1, 1e5)


@given(SHARES, FREEDOM, FREEDOM)
def test_f_is_that_of_scipy(share: float, above: float, below: float) -> None:
    assert f_quantile(share, above, below) == pytest.approx(
        stats.f.ppf(share, above, below), rel=1e-7
    )


@given(SHARES, FREEDOM)
def test_t_is_that_of_scipy(share: float, freedom: float) -> None:
    expected = stats.t.ppf(share, freedom)
    assert t_quantile(share, freedom) == pytest.approx(expected, rel=1e-7, abs=1e-9)


def test_t_is_symmetric_about_0() -> None:
    assert t_quantile(0.5, 7) == 0 and t_quantile(0.025, 7) == -t_quantile(0.975, 7)


@pytest.mark.parametrize("given", [(0, 1, 1), (1, 1, 1), (0.5, 0, 1), (0.5, 1, float("inf"))])
def test_what_has_no_quantile_says_what_is_allowed(given: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="degrees of freedom above 0 are needed"):
        f_quantile(*given)
