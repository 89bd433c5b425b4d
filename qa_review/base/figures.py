"""One figure: its value or why there is none, its interval, and whether it has data enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, isfinite

import numpy as np

from qa_review.base import icc as intraclass
from qa_review.base.bootstrap import (
    EDGE,
    Family,
    Interval,
    Kind,
    Spread,
    interval,
    linear_errors,
    spreads,
)
from qa_review.base.quantiles import t_quantile
from qa_review.base.ratings import Array

LEAST_CALLS: dict[str, int] = {
    "share": 20,
    "coefficient": 30,
    "icc": 30,
    "difference": 10,
    "limit": 50,
}
"""Calls below which a figure is "not enough data" and has no interval, by kind of figure.

From here on 95 % intervals hold the long-run figure in 93 to 97 of 100 sessions, within what
1,000 simulated sessions can tell; with fewer calls in fewer. ``benchmarks/agreement.py`` measures
it.
"""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One figure of agreement, or of how far apart raters are.

    ``observed`` is the share of pairs of values that are the same, in [0, 1]. ``interval`` is meant
    to hold the long-run figure in 95 of 100 sessions; ``None`` with too little data
    (``lacking``), or when most resamples leave the figure undefined.
    """

    value: float | None
    why_none: str | None
    interval: tuple[float, float] | None
    observed: float | None
    n: int
    """units that were used"""
    analytic: tuple[float, float] | None = None
    """the interval by a published formula, where one is known"""
    error: float | None = None
    """the standard error, by call"""
    calls: int | None = None
    """calls that those units belong to; ``None`` in figures of two lists, where each is one"""
    lacking: int = 0
    """calls missing to :data:`LEAST_CALLS`: above 0 the figure is "not enough data" """

    def __post_init__(self) -> None:
        if (self.value is None) != (self.why_none is not None):
            raise ValueError("a figure that is None says why, and only such a figure")


def needed(agreement: Agreement, half_width: float) -> int | None:
    """How many more units give the figure an interval of +- ``half_width``; 0 when it has that.

    Intervals narrow with the square root of n. Never fewer than :data:`LEAST_CALLS` asks for.
    ``None`` when nothing is known of the figure's error: it is undefined, or rests on one call.

    Raises:
        ValueError: ``half_width`` isn't above 0.

    >>> needed(Agreement(0.6, None, (0.4, 0.8), 0.7, 50), 0.1)
    150
    """
    if not half_width > 0:
        raise ValueError(f"half a width is above 0, not {half_width}")
    calls = agreement.n if agreement.calls is None else agreement.calls
    if agreement.value is None or calls < 2:
        return None
    if agreement.interval is not None:
        half = (agreement.interval[1] - agreement.interval[0]) / 2
    elif agreement.error:
        half = agreement.error * t_quantile(1 - EDGE, calls - 1)
    else:
        return None
    lacking = ceil(agreement.lacking * agreement.n / calls)
    more = ceil(agreement.n * (half / half_width) ** 2 - 1e-9) - agreement.n
    return max(more, lacking, 0)


def describe(
    family: Family, drawn: Array, n: int, calls: int, observed: float | None
) -> dict[str, Agreement]:
    """Every figure of a family, by name.

    Args:
        drawn: the figures of the resamples, shape (resamples, figures).
        n: units that were used; ``calls``: calls they belong to.
        observed: the share of pairs of values that are the same.
    """
    values = family.observed()
    linear, rest = linear_errors(family)
    found = {}
    told = spreads(family, drawn, calls)
    for at, (name, kind) in enumerate(zip(family.names, family.kinds, strict=True)):
        value, spread = float(values[at]), told[at]
        lacking = max(0, LEAST_CALLS[_sort(name, kind)] - calls)
        if not isfinite(value):
            why = family.whys[at]
            found[name] = Agreement(None, why, None, observed, n, calls=calls, lacking=lacking)
            continue
        ends = None if lacking else interval(kind, value, spread, calls)
        error = None if spread is None else spread.error
        published = _analytic(kind, value, float(linear[at]), rest)
        found[name] = Agreement(value, None, ends, observed, n, published, error, calls, lacking)
    return found


def stepped_up(single: Agreement, raters: int) -> Agreement:
    """An intraclass correlation for the mean of ``raters`` values from that for single ones."""
    value = intraclass.stepped_up(single.value or 0.0, raters)
    if value is None:
        return replace(single, value=None, why_none=intraclass.WHY, interval=None, analytic=None,
                       error=None)  # fmt: skip
    slope = raters / (1 + (raters - 1) * (single.value or 0.0)) ** 2
    error = None if single.error is None else slope * single.error
    return replace(
        single,
        value=value,
        error=error,
        interval=_ends_stepped_up(single.interval, raters),
        analytic=_ends_stepped_up(single.analytic, raters),
    )


def _ends_stepped_up(ends: Interval | None, raters: int) -> Interval | None:
    if ends is None:
        return None
    low, high = (intraclass.stepped_up(end, raters) for end in ends)
    return None if low is None or high is None else (low, high)


def _analytic(kind: Kind, value: float, spread: float, calls: int) -> Interval | None:
    """Wilson's for a share; else ``value +- t * linearised error``, at most 1 for a coefficient.

    ``None`` with fewer than 2 calls, and for a coefficient without any spread.
    """
    if calls < 2 or not np.isfinite(spread):
        return None
    if kind == "share":
        return interval(kind, value, Spread(spread, 0.0), calls)
    if spread < 1e-9:
        return None
    reach = spread * t_quantile(1 - EDGE, calls - 1)
    high = value + reach
    return value - reach, high if kind == "plain" else min(high, 1.0)


def _sort(name: str, kind: Kind) -> str:
    """The kind of figure that :data:`LEAST_CALLS` goes by."""
    if name.startswith("icc"):
        return "icc"
    if kind == "plain":
        return "limit" if name.endswith("limit") else "difference"
    return "share" if kind == "share" else "coefficient"
