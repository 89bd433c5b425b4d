"""Handling time beside behaviour, for each agent, team or queue.

Side by side, in order of the alphabet, and nothing is made of it: calls differ in kind, and who
gets the long ones is slower without doing worse. No rank can be read off before calls are compared
with their like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Literal

from qa_review.team.means import LEAST_CALLS, Mean, mean_of
from qa_review.team.rows import Scored, behaviours_of, by_behaviour, calls_of, levels_of

Grouping = Literal["agent", "team", "queue"]
GROUPINGS: tuple[Grouping, ...] = ("agent", "team", "queue")


@dataclass(frozen=True, slots=True)
class Handling:
    """Handling time in milliseconds: the median and the quartiles around it.

    ``median_ms`` is ``None`` when no call says how long it took, ``quartiles_ms`` with too few
    calls (``lacking``).
    """

    median_ms: float | None
    quartiles_ms: tuple[float, float] | None
    n: int
    """calls that say how long they took"""
    lacking: int


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one agent, team or queue; ``means`` has each behaviour's by its id."""

    of: Grouping
    name: str
    calls: int
    handling: Handling
    means: Mapping[str, Mean]


def handling(times_ms: Sequence[int]) -> Handling:
    """Median and quartiles of handling times, the latter by linear interpolation.

    >>> handling([60_000, 120_000, 240_000])
    Handling(median_ms=120000, quartiles_ms=None, n=3, lacking=7)
    """
    n = len(times_ms)
    lacking = max(0, LEAST_CALLS - n)
    if not n:
        return Handling(None, None, 0, lacking)
    ends = None
    if not lacking:
        low, _, high = quantiles(times_ms, n=4, method="inclusive")
        ends = (low, high)
    return Handling(median(times_ms), ends, n, lacking)


def groups(rows: Sequence[Scored], of: Grouping) -> tuple[Group, ...]:
    """Each group that a call names, by the alphabet; calls that name none are in none."""
    held: dict[str, list[Scored]] = {}
    for row in rows:
        name = getattr(row.call, of)
        if name:
            held.setdefault(name, []).append(row)
    behaviours = behaviours_of(rows)
    names = sorted(held, key=lambda name: (name.casefold(), name))
    return tuple(_group(of, name, held[name], behaviours) for name in names)


def _group(of: Grouping, name: str, rows: Sequence[Scored], behaviours: Sequence[str]) -> Group:
    calls = calls_of(rows)
    times = [call.handle_ms for call in calls.values() if call.handle_ms is not None]
    apart = by_behaviour(rows)
    means = {each: mean_of(levels_of(apart.get(each, ()))) for each in behaviours}
    return Group(of, name, len(calls), handling(times), means)
