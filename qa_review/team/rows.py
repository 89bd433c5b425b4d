"""The row that everything here is counted from: one behaviour of one call, as it was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from qa_review.capture.recording import Call
from qa_review.grade.scores import Score

Who = Literal["people", "scorer"]
Absent = Literal["", "not observed", "left open"]
EARLIEST = date(1990, 1, 1)
AHEAD = timedelta(days=366)
"""A day before :data:`EARLIEST`, or further ahead than this, is a slip of a clock or a keyboard."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What one behaviour of one call was given, and by whom.

    ``level`` is 1 to 5, or ``None``; then ``absent`` says whether the call held no opportunity
    or the scorer left it open. ``by`` is a reviewer's name, "master score", "ruling" or the name
    of the scorer. ``unproven``: the scorer isn't yet trusted with this behaviour.
    """

    call: Call
    behaviour: str
    level: int | None
    who: Who
    by: str
    absent: Absent = ""
    unproven: bool = False
    confidence: float | None = None
    """how sure the scorer is, in [0, 1]; a person's level has none"""
    day: date | None = field(init=False, default=None)
    """when the call started, by the clock that wrote it; ``None`` where none can be right"""

    def __post_init__(self) -> None:
        if (self.level is None) != bool(self.absent):
            raise ValueError("a row without a level says why, and only such a row")
        object.__setattr__(self, "day", _day(self.call.started_at))


def scored(call: Call, score: Score, who: Who, by: str) -> Scored:
    """The row of a score."""
    absent: Absent = ""
    if score.level is None:
        absent = "left open" if score.abstained else "not observed"
    sure = score.confidence if who == "scorer" else None
    return Scored(call, score.behaviour, score.level, who, by, absent, bool(score.unproven), sure)


def calls_of(rows: Iterable[Scored]) -> dict[str, Call]:
    """The calls of these rows, by id, each once."""
    return {row.call.id: row.call for row in rows}


def behaviours_of(rows: Iterable[Scored]) -> tuple[str, ...]:
    """The behaviours of these rows in the order in which they first stand."""
    return tuple(dict.fromkeys(row.behaviour for row in rows))


def levels_of(rows: Iterable[Scored]) -> list[int]:
    """The levels that were given."""
    return [row.level for row in rows if row.level is not None]


def of_behaviour(rows: Sequence[Scored], behaviour: str) -> tuple[Scored, ...]:
    """The rows of one behaviour."""
    return tuple(row for row in rows if row.behaviour == behaviour)


def by_behaviour(rows: Iterable[Scored]) -> dict[str, list[Scored]]:
    """The rows of each behaviour, in the order in which they first stand."""
    found: dict[str, list[Scored]] = {}
    for row in rows:
        found.setdefault(row.behaviour, []).append(row)
    return found


def _day(started_at: str | None) -> date | None:
    day = _parsed(started_at) if started_at else None
    return day if day and EARLIEST <= day <= date.today() + AHEAD else None


@lru_cache(maxsize=1 << 16)  # a call has a row for each behaviour
def _parsed(started_at: str) -> date | None:
    try:
        return datetime.fromisoformat(started_at.strip()).date()
    except ValueError:
        return None
