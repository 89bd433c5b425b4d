"""A measure over time, group by group: from the frame of reviews, or from a table with times.

Takes the frame, or a CSV file that names a time in its column ``at``; makes the points that rules
and trends look at. A mean has its interval and its number of calls.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_review.base.errors import UnknownName
from qa_review.base.spreadsheet import filled_in
from qa_review.grade.scores import LEVELS
from qa_review.team.alert_rules import Reading
from qa_review.team.bands import By, Sums, placed, summed
from qa_review.team.means import LEAST_CALLS, ends, t_quantiles
from qa_review.team.reviews import (
    FIGURES,
    LEVEL,
    OUTCOMES,
    TRUTHS,
    Codes,
    Numbers,
    behaviours_in,
    days,
    numbers,
)

if TYPE_CHECKING:
    import pandas as pd

Points = Mapping[str, Sequence[Reading]]
"""the points of each group"""
SCALES: Mapping[str, tuple[float, float]] = {
    "overall": (0.0, 100.0),
    "csat": (0.0, 10.0),
    **dict.fromkeys(TRUTHS, (0.0, 1.0)),
}
UTC_OFFSET = "+00:00"
THOUSANDS = re.compile(r",\d{3}$")
WORSE_UP = ("handle_ms", "hold_ms", "after_call_work_ms", "friction_ms", "systems", "transferred")


def measures_of(reviews: pd.DataFrame) -> tuple[str, ...]:
    """What a frame has values of and customers could tell: its behaviours, then figures."""
    named = (*behaviours_in(reviews), *(name for name in FIGURES if name != "confidence"))
    return tuple(name for name in named if not np.isnan(values_of(reviews, name)).all())


def values_of(reviews: pd.DataFrame, measure: str) -> Numbers:
    """The value of a measure in each call, shape (calls,).

    Raises:
        UnknownName: there is no such measure.
    """
    behaviours = behaviours_in(reviews)
    if measure in behaviours:
        return numbers(reviews, f"{LEVEL}{measure}")
    if measure not in FIGURES:
        raise UnknownName("measure", measure, (*behaviours, *FIGURES))
    return numbers(reviews, measure)


def scale_of(reviews: pd.DataFrame, measure: str) -> tuple[float, float] | None:
    """The ends of a measure's scale; ``None`` for a time or a count, which has none above."""
    if measure in behaviours_in(reviews):
        return float(LEVELS[0]), float(LEVELS[-1])
    return SCALES.get(measure)


def better_up(measure: str) -> bool:
    """Whether more of a measure is better for the customer."""
    return measure not in WORSE_UP and OUTCOMES.get(measure, 1) > 0


def mean_ends(sums: Sums, scale: tuple[float, float] | None) -> tuple[Numbers, Numbers]:
    """The 95 % interval of each mean; nan below :data:`LEAST_CALLS`.

    On a scale with ends as :mod:`qa_review.team.means` has it, else Student's t.
    """
    low, high = np.full_like(sums.n, np.nan), np.full_like(sums.n, np.nan)
    told = sums.n >= LEAST_CALLS
    if scale:
        low[told], high[told] = ends(sums.n[told], sums.total[told], sums.squares[told], *scale)
        return low, high
    half = t_quantiles(sums.n[told] - 1) * np.sqrt(sums.variance[told] / sums.n[told])
    low[told], high[told] = sums.mean[told] - half, sums.mean[told] + half
    return low, high


def points_of(reviews: pd.DataFrame, measure: str, by: By = "all", every: str = "week") -> Points:
    """The mean of a measure in each period of each group that has a call in it.

    ``at`` is the first day of the period; weeks begin on Monday. Calls without a day, a group or
    a value are in no point.

    Raises:
        UnknownName: there is no such measure.
    """
    values = values_of(reviews, measure)
    group, names = placed(reviews, by)
    period, starts = periods(days(reviews), every)
    cell = np.where((group >= 0) & (period >= 0), group * len(starts) + period, -1)
    sums = summed(values, cell, len(names) * len(starts))
    low, high = mean_ends(sums, scale_of(reviews, measure))
    found: dict[str, list[Reading]] = {name: [] for name in names}
    for place in np.flatnonzero(sums.n).tolist():
        here, when = divmod(place, len(starts))
        mean, n = float(sums.total[place] / sums.n[place]), int(sums.n[place])
        low_end, high_end = (None if np.isnan(e[place]) else float(e[place]) for e in (low, high))
        found[names[here]].append(Reading(starts[when], mean, low_end, high_end, n))
    return found


def periods(when: NDArray[np.datetime64], every: str) -> tuple[Codes, list[str]]:
    """Each day's place in the list of the first days of periods; -1 where it isn't known.

    Raises:
        UnknownName: ``every`` is no period.
    """
    if every == "month":
        first = when.astype("datetime64[M]").astype("datetime64[D]")
    elif every == "week":
        weekday = (when.astype("datetime64[D]").astype(np.int64) + 3) % 7  # day 0 was a Thursday
        first = when - np.where(np.isnat(when), 0, weekday).astype("timedelta64[D]")
    elif every == "day":
        first = when
    else:
        raise UnknownName("period", every, ("day", "week", "month"))
    known = ~np.isnat(first)
    starts, inverse = np.unique(first[known], return_inverse=True)
    codes = np.full(len(first), -1, dtype=np.intp)
    codes[known] = inverse
    return codes, [str(start) for start in starts]


def series_of(path: Path, column: str, by: str = "all") -> tuple[Points, tuple[str, ...]]:
    """The values of a column of a CSV file with a column ``at``, and what was wrong with it.

    Args:
        by: a column whose texts are the groups; "all" for one group.

    A cell that is no number, a time that is not ISO 8601, and a time that a group has already
    cost their row. Numbers may end in % and have a comma for a point, but not one before three
    digits, which may be thousands. Times with an offset are told in UTC. Those without can't be
    put among them: where a file has both, the kind of fewer rows is left out, of as many the one
    without.

    Raises:
        MetadataError: the file can't be read, or lacks one of the columns.
    """
    needed = ["at", column] + ([by] if by != "all" else [])

    def lacks(columns: Sequence[str]) -> str:
        gone = [name for name in needed if name not in columns]
        return f"no column {gone[0]}; there is {', '.join(columns) or 'none'}" if gone else ""

    rows: dict[int, tuple[str, Reading]] = {}
    problems: dict[int, str] = {}
    for line in filled_in(path, lacks):
        try:
            if line.problem:
                raise ValueError(line.problem)
            at, value = _moment(line.cells["at"]), _number(line.cells[column])
        except ValueError as error:
            problems[line.number] = str(error)
            continue
        if value is not None:
            rows[line.number] = (line.cells[by] if by != "all" else "all", Reading(at, value))
    problems |= _on_another_clock(rows)
    found: dict[str, dict[str, tuple[int, Reading]]] = {}
    for number, (group, point) in rows.items():
        first, _ = found.setdefault(group, {}).setdefault(point.at, (number, point))
        if first != number:
            problems[number] = f"column at: row {first} is of {point.at} already"
    told = {group: [point for _, point in own.values()] for group, own in found.items()}
    return told, tuple(f"{path.name}, row {at}: {why}" for at, why in sorted(problems.items()))


def _on_another_clock(rows: dict[int, tuple[str, Reading]]) -> dict[int, str]:
    """Take out the rows whose time has an offset, or those whose time has none; say why."""
    aware = [number for number, (_, point) in rows.items() if point.at.endswith(UTC_OFFSET)]
    naive = sorted(set(rows).difference(aware))
    if not aware or not naive:
        return {}
    out, why = naive, "a time without an offset, where as many or more have one"
    if len(aware) < len(naive):
        out, why = aware, "a time with an offset, where more have none"
    for number in out:
        del rows[number]
    return dict.fromkeys(out, f"column at: {why}")


def _moment(text: str) -> str:
    """A time in one way of writing that sorts as text: in UTC where it has an offset."""
    try:
        when = datetime.fromisoformat(text)
        return (when.astimezone(UTC) if when.tzinfo else when).isoformat()
    except (ValueError, OverflowError):
        raise ValueError(f"column at: {text!r} is not ISO 8601, such as 2026-03-02T18:15") from None


def _number(text: str) -> float | None:
    """A number; ``None`` for an empty cell."""
    if not text:
        return None
    plain = text.rstrip("% ")
    if THOUSANDS.search(plain):
        raise ValueError(f"{text!r} may be thousands or a fraction: write it without the comma")
    try:
        value = float(plain.replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a number")
    return value
