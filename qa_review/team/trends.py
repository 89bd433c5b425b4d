"""A behaviour over time: the mean level of each week, month, quarter or year.

Periods lie side by side from the first call to the last, those without calls too, so that a gap
shows as one. Weeks start on Monday, as ISO 8601 has them; a call's day is by its own clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from qa_review.team.means import Mean, mean_of
from qa_review.team.rows import Scored, levels_of, of_behaviour

By = Literal["week", "month", "quarter", "year"]
BY: tuple[By, ...] = ("week", "month", "quarter", "year")
MOST_PERIODS = 18
"""periods up to which a finer one is taken: what a chart has room for"""
MONTHS: dict[By, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Point:
    """One period, ``[first, after)``; ``rows`` are those with a level, ``people`` people's."""

    first: date
    after: date
    mean: Mean
    rows: tuple[Scored, ...]
    people: int


@dataclass(frozen=True, slots=True)
class Trend:
    """A behaviour over time; ``undated`` calls have a level but no start, and are in no point."""

    behaviour: str
    by: By
    points: tuple[Point, ...]
    undated: int


def trend(
    rows: Sequence[Scored],
    behaviour: str,
    by: By | Literal["auto"] = "auto",
    *,
    days: Sequence[date] | None = None,
) -> Trend:
    """The mean level of a behaviour in each period, by call.

    Args:
        by: "auto" takes the finest that gives :data:`MOST_PERIODS` or fewer for all of ``rows``,
            so that every behaviour of the same calls has the same periods.
        days: what the periods span, at least the first and the last; by default those of ``rows``.
    """
    if days is None:
        days = [row.day for row in rows if row.day]
    chosen = fitting(rows) if by == "auto" else by
    here = [row for row in of_behaviour(rows, behaviour) if row.level is not None]
    held: dict[date, list[Scored]] = {}
    for row in here:
        if row.day:
            held.setdefault(first_day(row.day, chosen), []).append(row)
    points = []
    if days:
        at, end = first_day(min(days), chosen), max(days)
        while at <= end:
            after = next_day(at, chosen)
            points.append(_point(at, after, held.get(at, [])))
            at = after
    return Trend(behaviour, chosen, tuple(points), sum(row.day is None for row in here))


def fitting(rows: Sequence[Scored], most: int = MOST_PERIODS) -> By:
    """The finest period that the days of ``rows`` fall into at most ``most`` of; else the year."""
    days = [row.day for row in rows if row.day]
    for by in BY:
        if not days or _periods(min(days), max(days), by) <= most:
            return by
    return BY[-1]


def first_day(day: date, by: By) -> date:
    """The first day of the period that ``day`` lies in.

    >>> first_day(date(2026, 5, 17), "quarter")
    datetime.date(2026, 4, 1)
    """
    if by == "week":
        return day - timedelta(days=day.weekday())
    return date(day.year, (day.month - 1) // MONTHS[by] * MONTHS[by] + 1, 1)


def next_day(first: date, by: By) -> date:
    """The first day of the period after the one that starts on ``first``."""
    if by == "week":
        return first + timedelta(days=7)
    years, month = divmod(first.month - 1 + MONTHS[by], 12)
    return date(first.year + years, month + 1, 1)


def _periods(first: date, last: date, by: By) -> int:
    start, end = first_day(first, by), first_day(last, by)
    if by == "week":
        return (end - start).days // 7 + 1
    return (12 * (end.year - start.year) + end.month - start.month) // MONTHS[by] + 1


def _point(first: date, after: date, rows: Sequence[Scored]) -> Point:
    people = sum(row.who == "people" for row in rows)
    return Point(first, after, mean_of(levels_of(rows)), tuple(rows), people)
