"""How an item goes with an outcome among calls that are alike, and how sure that is.

Takes values of calls; makes a :class:`Slope`. Three things are held equal, since each moves both
what is found in a call and what becomes of it:

- the kind of call: queue and issue together (calls that don't say are a kind of their own);
- the length of the call: hard calls are long, and more of everything is found in them;
- what systems cost the customer (``friction_ms``), which no agent answers for.

The slope is that of ordinary least squares after these are taken out (Frisch and Waugh, 1933). Its
error leaves out one agent at a time: calls of an agent are alike, and this jackknife stays honest
with few agents (CV3 of MacKinnon, Nielsen and Webb, 2023). Student's t has as many degrees
of freedom as agents who in effect bear the slope, ``1 / sum(share^2)``, less one: a sign that two
agents of twenty show is a matter of two agents. Where no call names its agent, each call is taken
for one of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_review.base.bootstrap import EDGE
from qa_review.base.quantiles import t_quantile
from qa_review.team.many_tests import p_value
from qa_review.team.reviews import OUTCOMES, Codes, Numbers, names, numbers

if TYPE_CHECKING:
    import pandas as pd

Mask = NDArray[np.bool_]

LEAST_OTHERWISE = 20
"""Calls in which an item must be otherwise than in most before anything is made of it."""
LEAST_BEARERS = 4.0
"""Agents who in effect bear a slope; with fewer, nothing is said."""
MOST_FREEDOM = 2000.0
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Ground:
    """What is held equal between calls, and which calls are one agent's.

    ``kinds`` and ``agents`` are codes, shape (calls,), agents -1 where not known; ``length`` is
    the log of a call's length, nan where not known; ``held`` has shape (calls, columns), no gaps.
    ``said`` is what is held equal, in words.
    """

    kinds: Codes
    agents: Codes
    length: Numbers | None
    held: Numbers
    said: str

    @property
    def known(self) -> Mask:
        """The calls that count: those of a known agent."""
        found: Mask = self.agents >= 0
        return found


@dataclass(frozen=True, slots=True)
class Slope:
    """By how much one figure is more where another is one more.

    ``strength`` is the same with both in standard deviations, in [-1, 1]. ``why`` says why the
    others are missing, where they are.
    """

    n: int
    agents: int
    value: float | None = None
    interval: tuple[float, float] | None = None
    strength: float | None = None
    strengths: tuple[float, float] | None = None
    below: float | None = None
    """the chance of so low a slope where there is none"""
    why: str | None = None


def ground(reviews: pd.DataFrame, words: Numbers | None = None) -> Ground:
    """What can be held equal between these calls.

    Args:
        words: the agent's words in each call, shape (calls,), nan where not known; else a call's
            length is its ``duration_ms``, or its ``handle_ms``.
    """
    kinds, said = _kinds(reviews)
    agents, listed = names(reviews, "agent")
    if not listed:
        agents = np.arange(len(reviews), dtype=np.intp)
    columns: list[Numbers] = []
    length, measure = _length(reviews, words)
    if length is not None:
        columns += _filled(length)
        said.append(measure)
    friction = numbers(reviews, "friction_ms")
    if not np.isnan(friction).all():
        columns += _filled(np.log1p(np.maximum(0, friction)))
        said.append("friction")
    held = np.column_stack(columns) if columns else np.empty((len(reviews), 0))
    return Ground(kinds, agents, length, held, ", ".join(said) or "nothing")


class Within:
    """Takes out what is held equal, for one set of calls."""

    def __init__(self, held: Numbers, kinds: Codes) -> None:
        self.codes: Codes = np.unique(kinds, return_inverse=True)[1]
        self.counts = np.bincount(self.codes)
        self.basis = self._basis(held)

    def residual(self, values: Numbers) -> Numbers:
        """``values``, shape (calls,), less what kind of call and the rest explain."""
        rest = self._centred(values)
        found: Numbers = rest - self.basis @ (self.basis.T @ rest)
        return found

    def _centred(self, values: Numbers) -> Numbers:
        means = np.bincount(self.codes, values) / self.counts
        found: Numbers = values - means[self.codes]
        return found

    def _basis(self, held: Numbers) -> Numbers:
        """Orthonormal columns that span what is held, within kinds of calls."""
        centred = [self._centred(held[:, at]) for at in range(held.shape[1])]
        found: list[Numbers] = []
        for column in centred:
            size = sqrt(float(column @ column))
            for _ in range(2):  # twice is enough (Kahan)
                for one in found:
                    column = column - one * float(one @ column)
            left = sqrt(float(column @ column))
            if size and left > 1e-8 * size:
                found.append(column / left)
        return np.column_stack(found) if found else np.empty((len(self.codes), 0))


def slope(x: Numbers, y: Numbers, agents: Codes) -> Slope:
    """The slope of ``y`` on ``x``, both residuals of the same calls; each shape (calls,)."""
    n = len(x)
    who = np.unique(agents, return_inverse=True)[1]
    count = int(who.max(initial=-1)) + 1
    squares, products = np.bincount(who, x * x), np.bincount(who, x * y)
    total = float(squares.sum())
    spread = float(y @ y)
    if not n or total <= TINY * n or spread <= TINY * n:
        return Slope(n, count, why="it, or the outcome, is the same in all calls of a kind")
    bearers = total**2 / float((squares**2).sum())
    if bearers < LEAST_BEARERS:
        return Slope(n, count, why=f"it rests on the calls of {bearers:.1f} agents in effect; "
                                   f"{LEAST_BEARERS:.0f} are needed")  # fmt: skip
    value = float(products.sum()) / total
    others = (products.sum() - products) / (total - squares)
    error = sqrt((count - 1) / count * float(((others - value) ** 2).sum()))
    if error <= TINY:
        return Slope(n, count, why="it follows the outcome without any error")
    freedom = min(floor(10 * (bearers - 1)) / 10, MOST_FREEDOM)  # few values: quantiles are kept
    half = t_quantile(1 - EDGE, freedom) * error
    scale = sqrt(total / spread)
    chance = p_value(value / error, freedom) / 2
    low, high = value - half, value + half
    return Slope(n, count, value, (low, high), value * scale, (low * scale, high * scale),
                 chance if value < 0 else 1 - chance)  # fmt: skip


def outcomes_of(reviews: pd.DataFrame) -> dict[str, Numbers]:
    """Each outcome, turned so that more is better for the customer; nan where not known."""
    return {name: side * numbers(reviews, name) for name, side in OUTCOMES.items()}


def otherwise(values: Numbers) -> int:
    """In how many calls a figure is not the commonest one."""
    known = values[~np.isnan(values)]
    if not len(known):
        return 0
    return len(known) - int(np.unique(known, return_counts=True)[1].max())


class Slopes:
    """The slopes of many figures on one, among the same calls."""

    def __init__(self, base: Ground, y: Numbers, held: Numbers | None = None) -> None:
        self.base, self.y = base, y
        self.held = base.held if held is None else held
        self.rows = base.known & ~np.isnan(y)
        self._whole: tuple[Within, Numbers] | None = None

    def of(self, x: Numbers) -> Slope:
        """The slope on ``x``, shape (calls,), among calls that have both."""
        rows = self.rows & ~np.isnan(x)
        n = int(rows.sum())
        if otherwise(x[rows]) < LEAST_OTHERWISE:
            return Slope(n, 0, why=f"it is otherwise than in most in {otherwise(x[rows])} calls; "
                                   f"{LEAST_OTHERWISE} are needed")  # fmt: skip
        whole = n == int(self.rows.sum())
        if whole and self._whole is not None:
            within, y = self._whole
        else:
            within = Within(self.held[rows], self.base.kinds[rows])
            y = within.residual(self.y[rows])
            if whole:
                self._whole = within, y
        return slope(within.residual(x[rows]), y, self.base.agents[rows])


def _kinds(reviews: pd.DataFrame) -> tuple[Codes, list[str]]:
    kinds = np.zeros(len(reviews), dtype=np.intp)
    said = []
    for name in ("queue", "issue"):
        codes, listed = names(reviews, name)
        if listed:
            said.append(name)
            kinds = kinds * (len(listed) + 1) + codes + 1
    return kinds, said


def _length(reviews: pd.DataFrame, words: Numbers | None) -> tuple[Numbers | None, str]:
    for values, said in (
        (words, "the agent's words"),
        (numbers(reviews, "duration_ms"), "the length of the call"),
        (numbers(reviews, "handle_ms"), "handling time"),
    ):
        if values is not None and not np.isnan(values).all():
            return np.log(np.maximum(1.0, values)), said
    return None, ""


def _filled(values: Numbers) -> list[Numbers]:
    """The values with their mean in the gaps and, where there are gaps, where these are."""
    gaps = np.isnan(values)
    if not gaps.any():
        return [values]
    return [np.where(gaps, np.nanmean(values), values), gaps.astype(np.float64)]
