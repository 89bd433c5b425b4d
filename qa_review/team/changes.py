"""What changed in a month, and whether it is more than noise.

Takes the frame of reviews; makes a row a group and measure: its mean in the month, in the months
before it, and the difference with its interval. Calls of one agent are alike, so where a group has
several agents, the error of the difference is taken from how agents differ in it (the sandwich
estimator by agent, Student's t with one degree of freedom less than there are agents): a month is
not better because of who happened to be on the telephone. In a group of one agent it is taken from
calls. Measured on made-up months in which nothing changed, 600 sets each: any finding among 13
measures in 4.5 % of sets with 12 agents, in 3.3 % with 8.

A difference is more than noise when its chance without any change, corrected for all the
differences looked at beside it (Holm), stays below 5 %.

References
----------
Liang, K.-Y. and Zeger, S. (1986). Longitudinal data analysis using generalized linear models.
Biometrika 73, 13-22.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_review.base.frames import frame
from qa_review.team.bands import By, placed
from qa_review.team.many_tests import ERROR, holm, p_value
from qa_review.team.means import LEAST_CALLS, t_quantiles
from qa_review.team.measures import better_up, measures_of, values_of
from qa_review.team.reviews import Codes, Numbers, months, names

if TYPE_CHECKING:
    import pandas as pd

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
FEW_AGENTS = 4
"""agents below which the difference is judged by calls: t with two degrees of freedom tells nothing
of this size"""

Truths = NDArray[np.bool_]

CHANGES = {
    "of": "string",
    "name": "string",
    "measure": "string",
    "n": "Int64",
    "n_before": "Int64",
    "mean": "Float64",
    "mean_before": "Float64",
    "change": "Float64",
    "low": "Float64",
    "high": "Float64",
    "p": "Float64",
    "p_corrected": "Float64",
    "more_than_noise": "boolean",
    "better": "boolean",
    "agents": "Int64",
    "why": "string",
}
"""``better`` says whether the change is for the better, whatever its size; ``agents`` how many the
error rests on, missing where it rests on calls."""


def changes_frame(
    reviews: pd.DataFrame,
    month: str,
    *,
    by: By = "all",
    before: int = 3,
    measures: Sequence[str] | None = None,
) -> pd.DataFrame:
    """A row a group and measure; :data:`CHANGES` are the columns.

    Args:
        month: such as ``"2026-10"``.
        before: how many months before it are the yardstick.
        measures: see :func:`qa_review.team.measures.measures_of`, all by default.

    Raises:
        ValueError: ``month`` is no month, or ``before`` is below 1.
    """
    now, earlier = spans(reviews, month, before)
    groups, listed = placed(reviews, by)
    agents, known = names(reviews, "agent")
    wanted = measures_of(reviews) if measures is None else measures
    rows = []
    for measure in wanted:
        values = values_of(reviews, measure)
        sides = [np.where(side & ~np.isnan(values), groups, -1) for side in (now, earlier)]
        rows += _compared(measure, values, sides, (by, listed), (agents, len(known)))
    order = {name: place for place, name in enumerate(listed)}
    rows.sort(key=lambda row: order[str(row[1])])
    corrected = holm(np.array([np.nan if row[10] is None else row[10] for row in rows]))
    return frame(CHANGES, (_judged(row, p) for row, p in zip(rows, corrected, strict=True)))


def spans(reviews: pd.DataFrame, month: str, before: int = 3) -> tuple[Truths, Truths]:
    """Which calls lie in the month, and which in so many months before it; as truths.

    Raises:
        ValueError: as for :func:`changes_frame`.
    """
    if not MONTH.fullmatch(month):
        raise ValueError(f"a month is written as 2026-10, not {month!r}")
    if before < 1:
        raise ValueError(f"at least one month before is needed, not {before}")
    codes, listed = months(reviews)
    at = np.datetime64(month, "M")
    when = np.array([np.datetime64(one, "M") for one in listed], dtype="datetime64[M]")
    inside, prior = when == at, (when < at) & (when >= at - before)
    known = codes >= 0
    found = []
    for side in (inside, prior):
        held = np.zeros(len(codes), dtype=bool)
        held[known] = side[codes[known]]
        found.append(held)
    return found[0], found[1]


Row = tuple[object, ...]


def _compared(
    measure: str,
    values: Numbers,
    sides: Sequence[Codes],
    of: tuple[str, Sequence[str]],
    agents: tuple[Codes, int],
) -> list[Row]:
    """The rows of one measure, without what depends on the other tests."""
    by, listed = of
    count = len(listed)
    n = [np.bincount(side[side >= 0], minlength=count) for side in sides]
    mean, pull = [], np.zeros(len(values))
    for side, number, sign in zip(sides, n, (1.0, -1.0), strict=True):
        here = side >= 0
        total = np.bincount(side[here], weights=values[here], minlength=count)
        with np.errstate(invalid="ignore"):
            means = total / number
        mean.append(means)
        pull[here] += sign * (values[here] - means[side[here]]) / number[side[here]]
    group = np.maximum(sides[0], sides[1])
    variance, freedom, clusters = _errors(pull, group, count, agents, n)
    half = t_quantiles(np.maximum(1, freedom)) * np.sqrt(variance)
    rows: list[Row] = []
    for place, name in enumerate(listed):
        counts = int(n[0][place]), int(n[1][place])
        means_here = [float(m[place]) if k else None for m, k in zip(mean, counts, strict=True)]
        head = (by, name, measure, *counts, *means_here)
        if min(counts) < LEAST_CALLS:
            why = f"{LEAST_CALLS} calls are needed in the month and before it"
            rows.append((*head, None, None, None, None, None, why))
            continue
        change = float(mean[0][place] - mean[1][place])
        error = float(np.sqrt(variance[place]))
        p = p_value(change / error, freedom[place]) if error else float(not change)
        behind = int(clusters[place]) or None
        ends = change - float(half[place]), change + float(half[place])
        rows.append((*head, change, *ends, p, behind, None))
    return rows


def _errors(
    pull: Numbers, group: Codes, count: int, agents: tuple[Codes, int], n: Sequence[Codes]
) -> tuple[Numbers, Numbers, Codes]:
    """The variance of each group's difference, its degrees of freedom, and the agents behind it.

    ``pull`` is how far each call pulls the difference of its group up.
    """
    codes, known = agents
    here = group >= 0
    agent = np.where(codes < 0, known + np.arange(len(codes)), codes)  # unnamed: one of their own
    cells, inverse = np.unique(
        group[here] * (known + len(codes)) + agent[here], return_inverse=True
    )
    of_group = cells // (known + len(codes))
    sums = np.bincount(inverse, weights=pull[here], minlength=len(cells))
    squares = np.bincount(of_group, weights=sums**2, minlength=count)
    clusters = np.bincount(of_group, minlength=count)
    by_call = np.bincount(group[here], weights=pull[here] ** 2, minlength=count)
    calls = n[0] + n[1]
    few = clusters < FEW_AGENTS
    size = np.where(few, calls, clusters)  # two means are estimated
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(few, by_call, squares) * size / (size - 2)
    freedom = np.where(few, calls - 2, clusters - 1).astype(np.float64)
    return variance, freedom, np.where(few, 0, clusters).astype(np.intp)


def _judged(row: Row, corrected: float) -> Row:
    """A row with what all the tests together make of it, in the order of the columns."""
    (*head, change, low, high, p, agents, why) = row
    if change is None or not isinstance(change, float):
        return (*head, None, None, None, None, None, None, None, None, why)
    better = None if change == 0 else (change > 0) == better_up(str(row[2]))
    sure = bool(corrected < ERROR)
    return (*head, change, low, high, p, float(corrected), sure, better, agents, why)
