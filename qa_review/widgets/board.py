"""The board: a team's behaviours over time, how far they spread, and handling time beside them.

    from qa_review import widgets

    widgets.board()

Every mark stands for calls: choosing it lists them, and choosing one opens the desk on it below.
What is shown is counted here, from :mod:`qa_review.team`, each time somebody looks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from qa_review.base.errors import UnknownName
from qa_review.keep.rows import AuditRow
from qa_review.keep.store import Reader
from qa_review.team.gather import SOURCES, Gathered, Source, gathered
from qa_review.team.groups import GROUPINGS, Group, Grouping, groups
from qa_review.team.means import LEAST_CALLS, Mean, mean_of
from qa_review.team.results import Given as Reviewed
from qa_review.team.results import Results
from qa_review.team.rows import Scored, by_behaviour, calls_of, of_behaviour
from qa_review.team.select import Selection, choices, missing, select
from qa_review.team.spread import Decile, distribution, worst_decile
from qa_review.team.trends import BY, By, Point, fitting, trend
from qa_review.widgets.anywidget import Screen
from qa_review.widgets.desk import SCRIPTS as DESK_SCRIPTS
from qa_review.widgets.desk import STYLES as DESK_STYLES
from qa_review.widgets.desk import DeskDriver
from qa_review.widgets.driver import Answer, Driver, Given, dispatch, passed_on
from qa_review.widgets.parts import script
from qa_review.widgets.place import Place, here
from qa_review.widgets.trays import ReviewTray

SCRIPTS = ("board_charts.js", "board_lists.js", "board.js")
STYLES = ("board.css",)
MOST_PERIODS = 60
"""periods up to which the person's choice is kept; a chart of more says nothing"""
WORST_SHOWN = 5
DESKS = 20
"""desks that stay open: a board can be shown in several places"""
IDLE = frozenset(
    {"ballot handed in", "dispute opened", "note kept", "remark made", "review draft",
     "rubric kept", "session joined", "vote given"}
)  # fmt: skip
"""deeds that change no level and no seal, by the words of the audit trail"""
MOST_LINES = 100
"""lines of the trail that are looked through; after more, something that matters was done"""


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody chose to see."""

    selection: Selection
    source: Source = "people first"
    by: By | Literal["auto"] = "auto"
    of: Grouping = "agent"

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Look:
        """The look that the browser asks for.

        Raises:
            UnknownName, ValueError: there is no such source, period, group or day.
        """
        names = {"source": SOURCES, "by": ("auto", *BY), "of": GROUPINGS}
        chosen: dict[str, Any] = {}
        for name, known in names.items():
            chosen[name] = given.get(name) or known[0]
            if chosen[name] not in known:
                raise UnknownName(name, chosen[name], known)
        first, last = (_day(given.get(name, "")) for name in ("first", "last"))
        wanted = {name: given.get(name, "") for name in ("team", "agent", "queue")}
        return cls(Selection(**wanted, first=first, last=last), **chosen)


class BoardDriver:
    """Answers the asks of a board.

    ``open_desk`` makes the driver of a desk that begins with a call; the desk's asks are passed
    on to it. ``blind``: no list tells a level of a call that this person hasn't handed in.
    """

    def __init__(
        self, place: Place, open_desk: Callable[[str], Driver], *, blind: bool = False
    ) -> None:
        self._place, self._open_desk, self._blind = place, open_desk, blind
        self._results = Results(place.results)
        self._given: tuple[str, tuple[Reviewed, ...]] | None = None
        self._found: tuple[str, Gathered] | None = None
        self._rows: dict[Source, tuple[Scored, ...]] = {}
        self._mine: frozenset[str] = frozenset()
        self._looked, self._changed = 0, 0  # lines of the audit trail
        self._desks: OrderedDict[str, Driver] = OrderedDict()
        self._opened = 0

    def answer(self, ask: str, given: Given) -> Answer:
        part, _, rest = ask.partition(".")
        if rest:
            if part not in self._desks:
                raise ValueError("this desk was closed: choose the call again")
            return passed_on(self._desks[part], ask, given)
        asks: dict[str, Callable[..., Answer]] = {
            "look": self._look, "calls": self._calls, "open": self._open, "news": self._news,
        }  # fmt: skip
        return dispatch(asks, ask, given)

    def _look(self, look: Mapping[str, str]) -> Answer:
        asked = Look.read(look)
        known = self._gathered()
        every = self._of(known, asked.source)
        rows = select(every, asked.selection)
        by = _periods(rows, asked.by)
        titles = {one.id: one.title for one in self._place.rubric().behaviours}
        titles |= {each: each for each in by_behaviour(every) if each not in titles}
        told = groups(rows, asked.of)
        return Answer(
            {
                "stamp": self._stamp(),
                "results": str(self._place.results),
                "least": LEAST_CALLS,
                "blind": self._blind,
                **_counts(known, every, rows),
                "choices": choices(every, asked.selection),
                "by": by,
                "behaviours": self._behaviours(rows, titles, by),
                "groups": [_group(one) for one in told],
                "slowest_ms": _slowest(told),
            }
        )

    def _behaviours(
        self, rows: Sequence[Scored], titles: Mapping[str, str], by: By
    ) -> list[dict[str, Any]]:
        """What is told of each behaviour; all have the same periods."""
        days = [row.day for row in rows if row.day]
        ends = [min(days), max(days)] if days else []
        apart, shown = by_behaviour(rows), self._mine if self._blind else None
        return [
            _behaviour(apart.get(each, []), each, title, trend_of=(by, ends), shown=shown)
            for each, title in titles.items()
        ]

    def _calls(self, look: Mapping[str, str], mark: Mapping[str, Any]) -> Answer:
        asked = Look.read(look)
        rows = select(self._of(self._gathered(), asked.source), asked.selection)
        found = behind(rows, mark, _periods(rows, asked.by))
        if not self._blind:
            return Answer([_row(row) for row in found])
        if mark["kind"] in ("level", "decile") or (mark["behaviour"] and len(found) < LEAST_CALLS):
            found = tuple(row for row in found if row.call.id in self._mine)  # the list tells it
        return Answer([_row(row, hidden=row.call.id not in self._mine) for row in found])

    def _open(self, call: str) -> Answer:
        self._opened += 1
        part = f"desk{self._opened}"
        self._desks[part] = self._open_desk(call)
        while len(self._desks) > DESKS:
            self._desks.popitem(last=False)
        return Answer({"part": part})

    def _news(self, stamp: str) -> Answer:
        return Answer({"changed": self._stamp() != stamp})

    def _stamp(self) -> str:
        """Changes when a record is written, or something that matters is done in the store."""
        with self._place.store.reading() as reader:
            last = reader.last(AuditRow)
            newest = last.number if last else 0
            if newest != self._looked and _matters(reader, self._looked, newest):
                self._changed = newest
        self._looked = newest
        return f"{self._results.stamp()} {self._changed}"

    def _gathered(self) -> Gathered:
        stamp = self._stamp()  # before reading: what is written meanwhile is read the next time
        if self._found is None or self._found[0] != stamp:
            place = self._place
            records = self._results.stamp()
            if self._given is None or self._given[0] != records:
                self._given = (records, self._results.reviews())
            found = gathered(self._given[1], place.store, place.rubric().id)
            self._mine = ReviewTray(place).done() if self._blind else frozenset()
            self._found, self._rows = (stamp, found), {}
        return self._found[1]

    def _of(self, known: Gathered, source: Source) -> tuple[Scored, ...]:
        """The rows of a source of what was gathered last, made once."""
        if source not in self._rows:
            self._rows[source] = known.of(source)
        return self._rows[source]


def _matters(reader: Reader, seen: int, newest: int) -> bool:
    """Whether a line of the audit trail after ``seen`` can change what a board shows."""
    if not 0 < newest - seen <= MOST_LINES:
        return True
    numbers = range(seen + 1, newest + 1)
    return any(
        row.what not in IDLE for number in numbers for row in reader.find(AuditRow, number=number)
    )


def behind(rows: Sequence[Scored], mark: Mapping[str, Any], by: By) -> tuple[Scored, ...]:
    """The rows that a mark stands for, newest first; those of a lowest tenth worst first.

    A mark has a ``kind``: "period" of a ``behaviour``, with its ``first`` day; "level" of a
    behaviour, with the ``level`` or why there is none; "decile" of a behaviour; or "group", with
    what it is ``of``, its ``name`` and a behaviour, or ``""`` for every call, once each.

    Raises:
        UnknownName: there is no such kind of mark.
    """
    kind, behaviour = mark["kind"], mark["behaviour"]
    if kind == "decile":
        return worst_decile(rows, behaviour).rows
    found: Sequence[Scored]
    if kind == "period":
        points = trend(rows, behaviour, by).points
        found = next((one.rows for one in points if one.first.isoformat() == mark["first"]), ())
    elif kind == "level":
        found = [one for one in of_behaviour(rows, behaviour) if mark["level"] in _answers(one)]
    elif kind == "group" and mark["of"] in GROUPINGS:
        theirs = [one for one in rows if getattr(one.call, mark["of"]) == mark["name"]]
        if behaviour:
            found = [one for one in of_behaviour(theirs, behaviour) if one.level is not None]
        else:
            found = tuple({one.call.id: one for one in theirs}.values())
    else:
        raise UnknownName("kind of mark", kind, ("period", "level", "decile", "group"))
    return tuple(sorted(found, key=_age))


def _answers(row: Scored) -> tuple[int | str | None, str]:
    return row.level, row.absent or "level"


def _age(row: Scored) -> tuple[int, str]:
    return (-row.day.toordinal() if row.day else 0, row.call.id)


def _periods(rows: Sequence[Scored], asked: By | Literal["auto"]) -> By:
    """The period that is shown: the one asked for, unless there were too many of them."""
    if asked == "auto":
        return fitting(rows)
    coarser: tuple[By, ...] = BY[BY.index(asked) :]
    least = fitting(rows, MOST_PERIODS)
    return asked if least not in coarser else least


def _counts(known: Gathered, every: Sequence[Scored], rows: Sequence[Scored]) -> dict[str, Any]:
    """How many calls there are, are shown, and are left out, and what they don't say."""
    days = [row.day.isoformat() for row in rows if row.day]
    levels = [row for row in rows if row.level is not None]
    return {
        "total": len(calls_of(every)),
        "calls": len(calls_of(rows)),
        "days": [min(days), max(days)] if days else None,
        "people": sum(row.who == "people" for row in levels),
        "scorer": sum(row.who == "scorer" for row in levels),
        "missing": missing(rows),
        "sealed": len(known.sealed),
        "elsewhere": len(known.elsewhere),
        "versions": list(known.versions),
    }


def _behaviour(
    rows: Sequence[Scored], behaviour: str, title: str, *, trend_of: tuple[By, Sequence[date]],
    shown: frozenset[str] | None,
) -> dict[str, Any]:  # fmt: skip
    """What is told of a behaviour, by its rows; of the calls ``shown`` in lists, ``None`` for all.

    ``trend_of`` is the period and the first and last day of every behaviour.
    """
    over_time = trend(rows, behaviour, trend_of[0], days=trend_of[1])
    counts = distribution(rows, behaviour)
    levels = [row.level for row in rows if row.level is not None]
    return {
        "id": behaviour,
        "title": title,
        "mean": _mean(mean_of(levels)),
        "unproven": sum(row.unproven and row.level is not None for row in rows),
        "points": [_point(point) for point in over_time.points],
        "undated": over_time.undated,
        "distribution": [{"level": level, "calls": number} for level, number in counts.items()],
        "decile": _decile(worst_decile(rows, behaviour), shown),
    }


def _mean(one: Mean) -> dict[str, Any]:
    return {
        "value": one.value,
        "interval": one.interval,
        "spread": one.spread,
        "n": one.n,
        "lacking": one.lacking,
    }


def _point(one: Point) -> dict[str, Any]:
    ends = {"first": one.first.isoformat(), "after": one.after.isoformat()}
    return {**ends, **_mean(one.mean), "people": one.people}


def _decile(one: Decile, shown: frozenset[str] | None) -> dict[str, Any]:
    listed = [row for row in one.rows if shown is None or row.call.id in shown]
    return {
        "mean": one.mean,
        "count": one.count,
        "n": one.n,
        "up_to": one.up_to,
        "lacking": one.lacking,
        "calls": len(one.rows),
        "worst": [_row(row) for row in listed[:WORST_SHOWN]],
    }


def _group(one: Group) -> dict[str, Any]:
    return {
        "of": one.of,
        "name": one.name,
        "calls": one.calls,
        "handling": asdict(one.handling),
        "means": {behaviour: _mean(mean) for behaviour, mean in one.means.items()},
    }


def _slowest(told: Sequence[Group]) -> float:
    """Where the axis of handling times ends, in milliseconds."""
    ends = [one.handling.quartiles_ms[1] for one in told if one.handling.quartiles_ms]
    return max([0.0, *ends, *(one.handling.median_ms or 0.0 for one in told)])


def _row(row: Scored, *, hidden: bool = False) -> dict[str, Any]:
    given = {"level": row.level, "absent": row.absent, "who": row.who, "by": row.by}
    return {
        "call": row.call.id,
        "agent": row.call.agent,
        "hidden": hidden,
        **(dict.fromkeys(given) if hidden else given),
        "handle_ms": row.call.handle_ms,
        "day": row.day.isoformat() if row.day else None,
    }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


class BoardScreen(Screen):
    """The board as a widget; made by :func:`board`."""

    _esm = script("Board", scripts=(*DESK_SCRIPTS, *SCRIPTS), styles=(*DESK_STYLES, *STYLES))


def board(place: Place | None = None, *, blind: bool = False) -> BoardScreen:
    """The board of everything that is reviewed where you work.

    Args:
        place: where you work; by default what the environment says
            (:func:`qa_review.widgets.place.here`).
        blind: whether levels of a single call are hidden until you handed in yours, at a desk
            that is opened and in lists of calls; figures of several calls stay.
    """
    place = place or here()

    def open_desk(call_id: str) -> Driver:
        return DeskDriver(ReviewTray(place, blind=blind), place, first=call_id)

    return BoardScreen(BoardDriver(place, open_desk, blind=blind))
