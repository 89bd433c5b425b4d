"""Green, orange and red, only where enough calls say so.

Takes the frame of reviews; makes a row a group and measure: the mean, its interval, how far the
calls spread, the mean of the lowest tenth, and the band.

A band is given only where two intervals lie within it, whole:

- that of the group's own calls (:mod:`qa_review.team.means`), from
  :data:`~qa_review.team.means.LEAST_CALLS` on
- that of the group's mean drawn towards the mean of all groups, the more the fewer its calls are
  and the less groups differ. Of many groups some look extreme by luck, and this takes it off.

Else it is "cannot tell yet", with how many more calls would tell if they went like those so far.
At the very line no number of calls tells.

The drawn mean is the empirical Bayes estimate of a normal model: how far groups differ is taken
from the differences of their means beyond what their calls explain. Over 2,000 made-up sets of 20
agents with 5 to 40 calls each its 95 % interval held the agent's true mean in 95.0 of 100 cases.

References
----------
Efron, B. and Morris, C. (1975). Data analysis using Stein's estimator and its generalizations.
J Am Stat Assoc 70, 311-319.
Morris, C. (1983). Parametric empirical Bayes inference. J Am Stat Assoc 78, 47-55.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from qa_review.base.frames import frame
from qa_review.grade.rubric import Rubric
from qa_review.grade.scores import LEVELS
from qa_review.grade.vocabulary import SETTINGS
from qa_review.team.means import LEAST_CALLS, ends
from qa_review.team.reviews import (
    LEVEL,
    Codes,
    Numbers,
    behaviours_in,
    known,
    names,
    numbers,
)

if TYPE_CHECKING:
    import pandas as pd

Band = Literal["green", "orange", "red", "cannot tell yet"]
By = Literal["agent", "team", "queue", "issue", "all"]
UNTOLD: Band = "cannot tell yet"
MOST_CALLS = 5_000
"""More calls than this is not a thing to ask for: the mean lies on the line."""
OVERALL = (0.0, 100.0)
SCALE = (float(LEVELS[0]), float(LEVELS[-1]))

BANDS = {
    "of": "string",
    "name": "string",
    "measure": "string",
    "n": "Int64",
    "mean": "Float64",
    "low": "Float64",
    "high": "Float64",
    "spread": "Float64",
    "worst_decile": "Float64",
    "drawn": "Float64",
    "drawn_low": "Float64",
    "drawn_high": "Float64",
    "band": "string",
    "might_be": "string",
    "lacking": "Int64",
    "why": "string",
}
"""``drawn`` is the mean drawn towards those of all groups; ``might_be`` are the bands that an
untold group's intervals reach into; ``lacking`` how many more calls would tell: at least so many
where the group has fewer than :data:`~qa_review.team.means.LEAST_CALLS`, missing where no number
would; ``worst_decile`` is the mean of the lowest tenth of the calls, missing below 10 of them."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Where green begins and red ends, in levels from 1 to 5.

    Raises:
        ValueError: they don't lie on the scale, red at or below green.
    """

    green: float = SETTINGS["bands"]["green"]
    red: float = SETTINGS["bands"]["red"]

    def __post_init__(self) -> None:
        if not SCALE[0] <= self.red <= self.green <= SCALE[1]:
            raise ValueError(
                f"the lines of bands are levels from {SCALE[0]:g} to {SCALE[1]:g}, red at or below "
                f"green; not red {self.red:g} and green {self.green:g}"
            )

    @staticmethod
    def of(rubric: Rubric) -> Lines:
        """Those of the rubric's ``[bands]``."""
        defaults = SETTINGS["bands"]
        return Lines(*(rubric.setting(f"bands.{n}", defaults[n]) for n in ("green", "red")))

    def on(self, scale: tuple[float, float]) -> tuple[float, float]:
        """Red's end and green's beginning on another scale, such as 0 to 100."""
        share = (scale[1] - scale[0]) / (SCALE[1] - SCALE[0])
        red, green = (scale[0] + (line - SCALE[0]) * share for line in (self.red, self.green))
        return red, green


@dataclass(frozen=True, slots=True)
class Sums:
    """What a figure's calls add up to in each group; each shape (groups,)."""

    n: Numbers
    total: Numbers
    squares: Numbers

    @property
    def mean(self) -> Numbers:
        with np.errstate(invalid="ignore"):
            means: Numbers = self.total / self.n
        return means

    @property
    def variance(self) -> Numbers:
        """Of single calls within each group; nan below two calls."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Numbers = np.maximum(0, self.squares - self.n * self.mean**2) / (self.n - 1)
        return np.where(self.n > 1, found, np.nan)

    def times(self, factor: Numbers) -> Sums:
        """As if there were ``factor`` times as many calls like these."""
        return Sums(self.n * factor, self.total * factor, self.squares * factor)


def summed(values: Numbers, codes: Codes, groups: int) -> Sums:
    """The sums of figures over groups; what is missing, or in no group (-1), is left out."""
    kept = ~np.isnan(values) & (codes >= 0)
    held, place = values[kept], codes[kept]
    return Sums(*(_counted(each, place, groups) for each in (np.ones_like(held), held, held**2)))


def _counted(weights: Numbers, place: Codes, groups: int) -> Numbers:
    counts: Numbers = np.bincount(place, weights=weights, minlength=groups).astype(np.float64)
    return counts


def bands_frame(
    reviews: pd.DataFrame,
    lines: Lines = Lines(),
    *,
    by: By = "agent",
    measures: Sequence[str] | None = None,
) -> pd.DataFrame:
    """A row a group and measure, groups by the alphabet; :data:`BANDS` are the columns.

    Args:
        by: the groups; "all" is one group of all calls, with nothing to be drawn towards.
        measures: behaviours of the frame, and "overall" (from 0 to 100); all by default.
    """
    codes, groups = placed(reviews, by)
    wanted = (*behaviours_in(reviews), "overall") if measures is None else measures
    found = [_measured(reviews, name, codes, len(groups), lines) for name in wanted]
    rows = (
        (by, group, measure, *cells[place])
        for place, group in enumerate(groups)
        for measure, cells in zip(wanted, found, strict=True)
    )
    return frame(BANDS, rows)


def placed(reviews: pd.DataFrame, by: By) -> tuple[Codes, list[str]]:
    """Each call's place in the list of groups."""
    if by == "all":
        return np.zeros(len(reviews), dtype=np.intp), ["all"]
    return names(reviews, by)


def _measured(
    reviews: pd.DataFrame, measure: str, codes: Codes, groups: int, lines: Lines
) -> list[tuple[Any, ...]]:
    """The cells of one measure, group by group."""
    scale = OVERALL if measure == "overall" else SCALE
    values = numbers(reviews, measure if measure == "overall" else f"{LEVEL}{measure}")
    sums = summed(values, codes, groups)
    red, green = lines.on(scale)
    told = sums.n >= LEAST_CALLS
    low, high = np.full(groups, np.nan), np.full(groups, np.nan)
    low[told], high[told] = ends(sums.n[told], sums.total[told], sums.squares[told], *scale)
    drawn, drawn_low, drawn_high = drawn_means(sums, scale)
    both = np.fmin(low, drawn_low), np.fmax(high, drawn_high)
    lacking = _lacking(sums, scale, red, green)
    tenths = lowest_tenths(values, codes, groups)
    spread = np.sqrt(sums.variance)
    columns = (sums.mean, low, high, spread, tenths, drawn, drawn_low, drawn_high)
    cells = []
    for place in range(groups):
        n = int(sums.n[place])
        figures = (known(column[place]) for column in columns)
        band = _banded(n, both[0][place], both[1][place], red, green)
        cells.append((n, *figures, *_said(n, band, lacking[place])))
    return cells


def _banded(n: int, low: float, high: float, red: float, green: float) -> tuple[str, ...]:
    """The bands that what is known reaches into: one when it can be told."""
    if not n:
        return ()
    if n < LEAST_CALLS:
        return "red", "orange", "green"
    reached = {"red": low < red, "orange": high >= red and low < green, "green": high >= green}
    return tuple(band for band, there in reached.items() if there)


def _said(n: int, reached: tuple[str, ...], lacking: float) -> tuple[Any, ...]:
    """Band, what it might be, how many calls lack, and why."""
    if not n:
        return UNTOLD, None, LEAST_CALLS, "no call has a level"
    if n >= LEAST_CALLS and len(reached) == 1:
        return reached[0], None, 0, None
    might = " or ".join(reached)
    if n < LEAST_CALLS:
        short = LEAST_CALLS - n
        return UNTOLD, might, short, f"{short} more calls at least, for any interval"
    if lacking > MOST_CALLS:
        return UNTOLD, might, None, "the mean lies too near to a line"
    more = int(np.ceil(lacking))
    if not more:
        return UNTOLD, might, None, "far from other groups, on too few calls"
    return UNTOLD, might, more, f"{more:,} more calls like these would tell"


def _lacking(sums: Sums, scale: tuple[float, float], red: float, green: float) -> Numbers:
    """How many more calls like those so far would put the interval within the band of the mean."""
    few, many = np.ones_like(sums.n), np.full_like(sums.n, 2.0)
    start = np.maximum(sums.n, 2)
    base = Sums(start, sums.mean * start, (_variances(sums) + sums.mean**2) * start)
    lower = np.where(sums.mean >= green, green, np.where(sums.mean >= red, red, -np.inf))
    upper = np.where(sums.mean < red, red, np.where(sums.mean < green, green, np.inf))

    def clear(factor: Numbers) -> NDArray[np.bool_]:
        """Whether so many times the calls would tell."""
        more = base.times(factor)
        low, high = ends(more.n, more.total, more.squares, *scale)
        found: NDArray[np.bool_] = (low >= lower) & (high < upper)
        return found

    while (~clear(many) & (many * start <= 4 * MOST_CALLS)).any():
        many = np.where(clear(many), many, many * 2)
        if many.max() > 1e9:
            break
    done = clear(few)
    for _ in range(24):
        middle = (few + many) / 2
        enough = clear(middle)
        few, many = np.where(enough, few, middle), np.where(enough, middle, many)
    factor = np.where(done, 1.0, many)
    return np.where(clear(factor), factor * start - sums.n, np.inf)


def _variances(sums: Sums) -> Numbers:
    """Each group's variance of calls, drawn to that of all where it has few."""
    freedom = np.maximum(0, sums.n - 1)
    pooled = _pooled(sums)
    weight = 5.0  # as good as five calls of others
    own = np.where(freedom > 0, np.nan_to_num(sums.variance) * freedom, 0.0)
    found: Numbers = (own + weight * pooled) / (freedom + weight)
    return found


def _pooled(sums: Sums) -> float:
    freedom = np.maximum(0, sums.n - 1).sum()
    return float(np.nansum(sums.variance * (sums.n - 1)) / freedom) if freedom else 0.0


def drawn_means(sums: Sums, scale: tuple[float, float]) -> tuple[Numbers, Numbers, Numbers]:
    """Each group's mean drawn towards that of all groups, with its 95 % interval.

    nan for a group without calls, and for all where fewer than three groups have two calls.
    """
    nothing = np.full_like(sums.n, np.nan)
    there = sums.n > 0
    if (sums.n > 1).sum() < 3:
        return nothing, nothing, nothing
    error = np.maximum(_variances(sums)[there], 1e-9) / sums.n[there]
    mean = sums.mean[there]
    between, middle, sure = between_groups(mean, error)
    groups = len(mean)
    # how far groups differ is estimated too: Morris (1983), section 5, allows for it
    pull = max(0.0, groups - 3) / (groups - 1) * error / (between + error)
    drawn = mean - pull * (mean - middle)
    left = (1 - pull) * error + pull**2 * sure
    left = left + 2 * pull**2 / max(1, groups - 3) * (mean - middle) ** 2
    half = 1.959964 * np.sqrt(left)
    found = []
    for values in (drawn, drawn - half, drawn + half):
        spread_out = nothing.copy()
        spread_out[there] = np.clip(values, *scale)
        found.append(spread_out)
    return found[0], found[1], found[2]


def between_groups(mean: Numbers, error: Numbers) -> tuple[float, float, float]:
    """The variance of true means of groups, their weighted mean, and the variance of that.

    By the equation that weighted squares of differences should equal their degrees of freedom
    (Paule and Mandel), solved by bisection.
    """
    error = np.maximum(error, 1e-9)

    def excess(between: float) -> float:
        weight = 1 / (between + error)
        middle = (weight @ mean) / weight.sum()
        return float(weight @ (mean - middle) ** 2 - (len(mean) - 1))

    low, high = 0.0, float(np.ptp(mean) ** 2 + error.max())
    if excess(0.0) <= 0:
        high = 0.0
    for _ in range(60):
        half = (low + high) / 2
        low, high = (half, high) if excess(half) > 0 else (low, half)
    weight = 1 / (high + error)
    return high, float(weight @ mean / weight.sum()), float(1 / weight.sum())


def lowest_tenths(values: Numbers, codes: Codes, groups: int) -> Numbers:
    """The mean of the lowest tenth of each group's figures; nan below :data:`LEAST_CALLS`."""
    kept = ~np.isnan(values) & (codes >= 0)
    order = np.lexsort((values[kept], codes[kept]))
    place, held = codes[kept][order], values[kept][order]
    counts = np.bincount(place, minlength=groups)
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    sums = np.concatenate(([0.0], np.cumsum(held)))
    tenth = counts // 10
    with np.errstate(invalid="ignore"):
        found: Numbers = (sums[starts + tenth] - sums[starts]) / tenth
    return np.where(counts >= LEAST_CALLS, found, np.nan)


def in_order(table: pd.DataFrame) -> Iterator[Any]:
    """Rows from red to green, those that may be red after those that are; lowest first within."""
    order = {"red": 0, "orange": 2, UNTOLD: 3, "green": 4}
    place = table["band"].map(order)
    may_be_red = (table["band"] == UNTOLD) & table["might_be"].fillna("").str.contains("red")
    ranked = table.assign(_order=place.mask(may_be_red, 1))
    yield from ranked.sort_values(["_order", "drawn", "mean"]).itertuples(index=False)
