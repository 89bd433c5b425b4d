"""Which calls are looked at: of a team, an agent, a queue, and between two days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from qa_review.team.rows import Scored, calls_of

FIELDS = ("team", "agent", "queue")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; ``""`` and ``None`` ask for nothing. Both days are included.

    A call that doesn't say its team, agent, queue or start is left out where that is asked for.

    Raises:
        ValueError: the last day lies before the first.
    """

    team: str = ""
    agent: str = ""
    queue: str = ""
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first and self.last and self.last < self.first:
            raise ValueError(f"the last day, {self.last}, lies before the first, {self.first}")

    def holds(self, row: Scored) -> bool:
        """Whether a row is asked for."""
        for name in FIELDS:
            wanted = getattr(self, name)
            if wanted and getattr(row.call, name) != wanted:
                return False
        if self.first and (row.day is None or row.day < self.first):
            return False
        return not (self.last and (row.day is None or row.day > self.last))


def select(rows: Sequence[Scored], selection: Selection) -> tuple[Scored, ...]:
    """The rows that are asked for, in their order."""
    if selection == Selection():
        return tuple(rows)
    return tuple(row for row in rows if selection.holds(row))


def choices(rows: Sequence[Scored], selection: Selection) -> dict[str, list[str]]:
    """The teams, agents and queues that can be asked for beside the rest of ``selection``.

    What is asked for stays a choice, also when no call has it.
    """
    wide = {
        "team": replace(selection, team=""),
        "agent": replace(selection, agent=""),
        "queue": replace(selection, queue=""),
    }
    found = {}
    one_a_call = tuple({row.call.id: row for row in rows}.values())
    for name, rest in wide.items():
        others = select(one_a_call, rest)
        values = {getattr(row.call, name) for row in others} | {getattr(selection, name)}
        found[name] = sorted(filter(None, values), key=lambda value: (value.casefold(), value))
    return found


def missing(rows: Sequence[Scored]) -> dict[str, int]:
    """How many calls don't say when they started, their agent, team, queue or handling time.

    Only what some call lacks; a start that is no date, or no day that calls have, counts as not
    said (:data:`qa_review.team.rows.EARLIEST`).
    """
    days = {row.call.id: row.day for row in rows}
    calls = calls_of(rows)
    found = {"started_at": sum(day is None for day in days.values())}
    for name in ("agent", "team", "queue", "handle_ms"):
        found[name] = sum(getattr(call, name) in (None, "") for call in calls.values())
    return {name: number for name, number in found.items() if number}
