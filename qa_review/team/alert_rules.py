"""Rules that say when somebody should look: a file of them, and how one tells three states apart.

A measure is *high* where it should be, *low* where somebody has to act, and *mid* between. Which
way is better is told by the two lines: ``high = 95, low = 90`` is a measure that should be high up,
``high = 300, low = 420`` one that should be far down.

A measure that wavers about a line would cross it all day. So it comes back to a better state only
when it is ``margin`` beyond the line, and where its values have an interval, only when all of the
interval is beyond the line, either way. A breach begins when the measure reaches the state of
``fires`` and ends when it is high again.

    [[rules]]
    id = "service-level"
    says = "fewer callers than promised were answered in time"
    column = "service_level"
    high = 95
    low = 90
    margin = 1

A rule is on a ``measure`` of the reviews (a behaviour, "overall", "csat", "handle_ms", …), each
``every`` day, week or month, or on a ``column`` of a table with times of its own.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from qa_review.base.errors import RulesError
from qa_review.grade.tables import Table
from qa_review.team.means import LEAST_CALLS

State = Literal["high", "mid", "low"]
STATES: tuple[State, ...] = ("high", "mid", "low")
GROUPS = ("all", "agent", "team", "queue", "issue")
PERIODS = ("day", "week", "month")
SHIPPED = Path(__file__).with_name("alerts.toml")


@dataclass(frozen=True, slots=True)
class Reading:
    """A measure at one time: its value, and the interval and number of calls where it has them.

    ``at`` is ISO 8601 text, of a moment or of the first day of a period. It sorts as text: of the
    points of one group all moments are in UTC (``+00:00``), or all are without an offset.
    """

    at: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``measure`` or ``column`` is ``""``, ``high`` and ``low`` are its lines."""

    id: str
    says: str
    measure: str
    column: str
    by: str
    every: str
    high: float
    low: float
    margin: float
    fires: State
    least: int
    """calls that a value must rest on, where it says so; others change nothing. A mean of fewer
    than :data:`~qa_review.team.means.LEAST_CALLS` has no interval to go by."""

    def state(self, point: Reading, before: State) -> State:
        """The state that a point leads to, from the state before it.

        >>> rule = parse('rules = [{id = "a", says = "b", column = "c", high = 95, low = 90}]')[0]
        >>> rule.state(Reading("09:00", 94.0), "high"), rule.state(Reading("09:00", 89.9), "high")
        ('mid', 'low')
        """
        best, worst = self._ends(point)
        high, low = (line * self._up for line in (self.high, self.low))
        if before == "high":
            return "low" if best < low else "mid" if best < high else "high"
        if worst >= high + self.margin:
            return "high"
        if before == "mid":
            return "low" if best < low else "mid"
        return "mid" if worst >= low + self.margin else "low"

    def line(self, state: State) -> float:
        """The line that a measure crossed to be in a state that isn't high."""
        return self.low if state == "low" else self.high

    @property
    def _up(self) -> int:
        """1 where more is better, else -1."""
        return 1 if self.high > self.low else -1

    def _ends(self, point: Reading) -> tuple[float, float]:
        """The best and the worst that the value may be, so turned that more is better."""
        ends = [point.value if end is None else end for end in (point.low, point.high)]
        worst, best = sorted(self._up * end for end in ends)
        return best, worst


def load(path: Path | str = SHIPPED) -> tuple[Rule, ...]:
    """The rules in a TOML file; by default those that are shipped.

    Raises:
        RulesError: the file breaks a rule of this module; every break is listed.
        OSError: it can't be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RulesError(path, [f"not TOML: {error}"]) from error
    return parse(text, path)


def parse(text: str, where: Path | str = "rules") -> tuple[Rule, ...]:
    """The rules in the text of a TOML file, which is called ``where`` in messages.

    Raises:
        RulesError: as for :func:`load`.
    """
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulesError(where, [f"not TOML: {error}"]) from error
    problems: list[str] = []
    file = Table(values, "", problems)
    rules = tuple(_rule(table) for table in file.tables("rules", needed=True))
    file.done()
    ids = [rule.id for rule in rules]
    problems += [f"rules: the id {name!r} is there twice" for name in ids if ids.count(name) > 1]
    if problems:
        raise RulesError(where, list(dict.fromkeys(problems)))
    return rules


def _rule(table: Table) -> Rule:
    high, low = (table.number(name, _NEEDED, -1e12, 1e12) for name in ("high", "low"))
    for name in ("high", "low"):
        if name not in table.values:
            table.problem(name, "missing (must be a number)")
    if {"high", "low"} <= set(table.values) and high == low:
        table.problem("low", "must differ from high: the side it lies on tells which is worse")
    measure, column = table.text("measure", ""), table.text("column", "")
    if bool(measure) == bool(column):
        table.problem("measure", "a rule has either a measure or a column")
    fires: State = "mid" if table.one_of("fires", STATES[1:], "low") == "mid" else "low"
    if column and "every" in table.values:
        table.problem("every", "a column has times of its own; it is for a measure")
    rule = Rule(
        table.text("id"), table.text("says"), measure, column,
        table.text("by", "all") if column else table.one_of("by", GROUPS, "all"),
        table.one_of("every", PERIODS, "week"),
        high, low, table.number("margin", 0.0, 0, 1e12), fires,
        table.whole("least", LEAST_CALLS if measure else 0, LEAST_CALLS if measure else 0),
    )  # fmt: skip
    table.done()
    return rule


_NEEDED = 0.0
"""stands in for a number that is missing until the problem is raised"""
