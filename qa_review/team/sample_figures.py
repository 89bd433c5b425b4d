"""Figures from calls that were drawn: only lots count, and each by what it stands for.

Takes reviews and the samples of :mod:`qa_review.team.sampling`; makes the rows that figures may
rest on, with a weight each, and means with their intervals.

The weight of a call is one over its chance (Horvitz and Thompson, 1952): a call drawn 1 in 40
stands for 40. Several draws from the same list are averaged: each gives an unbiased total, and so
does their mean, even though a call may be in both. Draws from different lists (one a week) add
up; such lists must not overlap. The mean is the ratio of weighted sums (Hajek, 1971), its error
linearised and taken as if there were no strata, which makes the interval too wide rather than
too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qa_review.base.bootstrap import EDGE
from qa_review.base.frames import frame
from qa_review.base.quantiles import t_quantile
from qa_review.team.reviews import numbers

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_MEANS = {
    "of": "string",
    "mean": "Float64",
    "low": "Float64",
    "high": "Float64",
    "n": "Int64",
    "stands_for": "Float64",
    "why": "string",
}
"""A row a figure: its mean over all the calls drawn from, the 95 % interval, the calls it rests on,
how many calls those stand for, and why a figure that is missing is."""


def weights(*samples: pd.DataFrame) -> dict[str, float]:
    """How many calls each call drawn by lot stands for; priority calls have no weight.

    Raises:
        ValueError: a call was drawn from two lists that differ: they overlap, and no weight can
            be given.
    """
    draws: dict[str, set[int]] = {}
    lists: dict[str, str] = {}
    sums: dict[str, float] = {}
    for number, sample in enumerate(samples):
        by_lot = sample[sample["kind"].ne("priority").fillna(False)]
        for call, chance, source in zip(
            by_lot["call"], by_lot["chance"], by_lot["drawn_from"], strict=True
        ):
            if lists.setdefault(call, source) != source:
                raise ValueError(f"{call} was drawn from two lists of calls that overlap")
            draws.setdefault(source, set()).add(number)
            sums[call] = sums.get(call, 0.0) + 1 / float(chance)
    return {call: total / len(draws[lists[call]]) for call, total in sums.items()}


def for_figures(reviews: pd.DataFrame, *samples: pd.DataFrame) -> pd.DataFrame:
    """The reviews that figures may rest on: those drawn by lot, with a column ``weight``.

    A call that a priority draw picked is in only if it was also drawn by lot. Calls that were drawn
    and have no row in ``reviews`` can't be in; :func:`not_reviewed` lists them, and unless they are
    few or missing by chance, figures are of the calls that got reviewed only.
    """
    held = weights(*samples)
    found = reviews[reviews["call"].isin(list(held))].copy()
    found["weight"] = np.array([held[str(call)] for call in found["call"]], dtype=float)
    return found


def not_reviewed(reviews: pd.DataFrame, *samples: pd.DataFrame) -> tuple[str, ...]:
    """The calls drawn by lot that have no review yet, sorted."""
    return tuple(sorted(set(weights(*samples)) - {str(call) for call in reviews["call"]}))


def sample_means_frame(figures: pd.DataFrame, of: Sequence[str] = ("overall",)) -> pd.DataFrame:
    """The mean of columns of :func:`for_figures` over all calls drawn from; see SAMPLE_MEANS."""
    return frame(SAMPLE_MEANS, (_mean(figures, name) for name in of))


def _mean(figures: pd.DataFrame, name: str) -> tuple[object, ...]:
    values, each = numbers(figures, name), numbers(figures, "weight")
    known = ~np.isnan(values) & ~np.isnan(each)
    values, each = values[known], each[known]
    n, total = len(values), float(each.sum())
    if not n:
        return name, None, None, None, 0, 0.0, "no call drawn by lot has this figure"
    mean = float(values @ each) / total
    if n < 2:
        return name, mean, None, None, n, total, "an interval needs at least 2 calls"
    error = float(np.sqrt(((each * (values - mean)) ** 2).sum() * n / (n - 1))) / total
    half = t_quantile(1 - EDGE, n - 1) * error
    return name, mean, mean - half, mean + half, n, total, None
