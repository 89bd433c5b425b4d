"""How far a behaviour spreads: how many calls have each level, and the worst tenth of them.

A mean of 4 can be every customer at 4, or a fifth of them at 1: the lowest tenth tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_review.grade.scores import LEVELS
from qa_review.team.means import LEAST_CALLS
from qa_review.team.rows import Scored, of_behaviour

ABSENT = ("not observed", "left open")


@dataclass(frozen=True, slots=True)
class Decile:
    """The lowest tenth of the calls with a level.

    ``count`` is a tenth of ``n``, rounded down; ``mean`` is theirs, ``None`` with too few calls
    (``lacking``). ``rows`` are all the calls at ``up_to`` or below, worst first and newest first
    among equals: more than ``count`` when several share that level, for then nothing tells which
    of them are the lowest.
    """

    mean: float | None
    why_none: str | None
    count: int
    n: int
    up_to: int | None
    rows: tuple[Scored, ...]
    lacking: int


def distribution(rows: Sequence[Scored], behaviour: str) -> dict[int | str, int]:
    """How many calls have each level, and how many have none: "not observed", "left open"."""
    counts: dict[int | str, int] = dict.fromkeys((*LEVELS, *ABSENT), 0)
    for row in of_behaviour(rows, behaviour):
        counts[row.absent if row.level is None else row.level] += 1
    return counts


def worst_decile(rows: Sequence[Scored], behaviour: str) -> Decile:
    """The lowest tenth of the calls by their level; undefined below :data:`LEAST_CALLS`."""
    found = [(row.level, row) for row in of_behaviour(rows, behaviour) if row.level is not None]
    n = len(found)
    if n < LEAST_CALLS:
        lacking = LEAST_CALLS - n
        return Decile(None, f"fewer than {LEAST_CALLS} calls", 0, n, None, (), lacking)
    found.sort(key=lambda one: one[1].day.toordinal() if one[1].day else 0, reverse=True)
    found.sort(key=lambda one: one[0])
    count = n // 10
    up_to = found[count - 1][0]
    mean = sum(level for level, _ in found[:count]) / count
    return Decile(mean, None, count, n, up_to, tuple(r for level, r in found if level <= up_to), 0)
