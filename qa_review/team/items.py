"""The items of a rubric, and how often each was found in each call.

Takes a :class:`~qa_review.grade.rubric.Rubric` and the table of evidence of a folder of results
(``evidence.parquet``); makes what the audit of a rubric looks at: a list of items, and a frame of
finds with a row a call.

Conventions
-----------
- An item is a behaviour, whose value in a call is its level, or an indicator, whose value is the
  number of turns in which it was found.
- An item's ``stance`` says whether more of it earns points ("for") or costs them ("against"),
  "neither" where it does neither.
- Found in no turn is 0 only of a call that was searched; of any other call it is missing.
- The evidence holds what is shown: of a learned scorer, finds that moved a level against their own
  stance are not in it.

A rubric that isn't a file of this library is audited by listing its :class:`Item` by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from qa_review.base.frames import frame
from qa_review.grade.rubric import Behaviour, Indicator, Rubric
from qa_review.grade.rules import AGAINST_POINTS, FOR_POINTS
from qa_review.team.reviews import LEVEL, Numbers, numbers

if TYPE_CHECKING:
    import pandas as pd

FOUND = "found_"
Kind = Literal["behaviour", "indicator"]
Stance = Literal["for", "against", "neither"]
SIGNS: dict[Stance, int] = {"for": 1, "against": -1, "neither": 0}

ITEMS = {
    "item": "string",
    "kind": "string",
    "title": "string",
    "behaviours": "string",
    "stance": "string",
    "points": "Float64",
    "critical": "boolean",
}
"""A row an item; ``behaviours`` are the ids that it speaks to, separated by spaces."""


@dataclass(frozen=True, slots=True)
class Item:
    """A thing that a rubric scores.

    ``points`` is what it adds to the mean of all behaviours, in levels: for a behaviour per level
    (its share of the weights), for an indicator when found in full. ``critical`` items are failures
    so grave that a rubric caps the overall figure for them: they are meant to be rare.
    """

    id: str
    kind: Kind
    title: str
    stance: Stance = "for"
    points: float = 1.0
    behaviours: tuple[str, ...] = ()
    critical: bool = False

    @property
    def column(self) -> str:
        """Its column: ``level_<id>`` in the reviews, ``found_<id>`` in the finds."""
        return (LEVEL if self.kind == "behaviour" else FOUND) + self.id

    @property
    def sign(self) -> int:
        """1 where more of it earns points, -1 where it costs them, 0 where it does neither."""
        return SIGNS[self.stance]


@dataclass(frozen=True, slots=True)
class Items:
    """What was found in calls.

    ``finds`` has a row a call (:func:`finds_frame`). ``evidence`` is the table that it was made
    from, whose quotes are looked through for stock phrases; ``words`` are the agent's words in each
    call, by id. Both may be missing.
    """

    finds: pd.DataFrame
    evidence: pd.DataFrame | None = None
    words: Mapping[str, float] | None = None

    @classmethod
    def of(
        cls,
        evidence: pd.DataFrame,
        rubric: Rubric | Sequence[Item],
        calls: Iterable[str],
        words: Mapping[str, float] | None = None,
    ) -> Items:
        """From a table of evidence and the calls that were searched; see :func:`finds_frame`."""
        return cls(finds_frame(evidence, rubric, calls), evidence, words)


def items_of(rubric: Rubric) -> tuple[Item, ...]:
    """The items of a rubric: its behaviours, then its indicators, in its own order."""
    total = sum(one.weight for one in rubric.behaviours)
    critical = {failure.indicator for failure in rubric.critical}
    found = [
        Item(one.id, "behaviour", one.title, "for", one.weight / total, (one.id,))
        for one in rubric.behaviours
    ]
    for one in rubric.indicators:
        points = {b.id: _points(b, one) * b.weight / total for b in rubric.behaviours}
        net = sum(points.values())
        stance: Stance = "for" if net > 0 else "against" if net < 0 else "neither"
        spoken_to = tuple(name for name, value in points.items() if value)
        critical_ = one.id in critical
        found.append(Item(one.id, "indicator", one.says, stance, net, spoken_to, critical_))
    return tuple(found)


def items_table(rubric: Rubric) -> pd.DataFrame:
    """The items of a rubric as a frame; columns: :data:`ITEMS`."""
    return frame(
        ITEMS,
        (
            (one.id, one.kind, one.title, " ".join(one.behaviours), one.stance, one.points,
             one.critical)
            for one in items_of(rubric)
        ),
    )  # fmt: skip


def finds_frame(
    evidence: pd.DataFrame, rubric: Rubric | Sequence[Item], calls: Iterable[str]
) -> pd.DataFrame:
    """One row a call of ``calls``, in that order: ``call``, and a ``found_<id>`` an indicator.

    Args:
        evidence: columns ``id``, ``indicator`` and ``turn``, a row a quote and behaviour; a turn
            counts once for an indicator, whatever number of behaviours it speaks to. What is of
            other calls, or no indicator of the rubric, is passed over.
        calls: the calls that were searched, each once; those without evidence get zeros.

    Raises:
        ValueError: ``evidence`` lacks a column, or a call is named twice.
    """
    import pandas

    lacking = [name for name in ("id", "indicator", "turn") if name not in evidence]
    if lacking:
        raise ValueError(f"the evidence lacks the columns {', '.join(lacking)}")
    listed = items_of(rubric) if isinstance(rubric, Rubric) else rubric
    wanted = [one for one in listed if one.kind == "indicator"]
    ids = pandas.Index(pandas.array([str(call) for call in calls], dtype="string"))
    if ids.has_duplicates:
        raise ValueError(f"{ids[ids.duplicated()][0]!r} is named twice among the calls searched")
    once = evidence[["id", "indicator", "turn"]].drop_duplicates()
    row = ids.get_indexer(pandas.Index(once["id"].astype("string")))
    column = pandas.Index([one.id for one in wanted], dtype="string").get_indexer(
        pandas.Index(once["indicator"].astype("string"))
    )
    known = (row >= 0) & (column >= 0)
    columns: dict[str, object] = {"call": ids.array}
    for at, one in enumerate(wanted):
        mine = row[known & (column == at)]
        columns[one.column] = np.bincount(mine, minlength=len(ids)).astype(np.float64)
    return pandas.DataFrame(columns)


def values_of(item: Item, reviews: pd.DataFrame, finds: pd.DataFrame | None) -> Numbers:
    """An item's value in each row of ``reviews``, shape (calls,); nan where it isn't known."""
    if item.kind == "behaviour":
        return numbers(reviews, item.column)
    if finds is None or item.column not in finds:
        return np.full(len(reviews), np.nan)
    return numbers(finds, item.column)


def aligned(finds: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """The finds with a row for each row of ``reviews``, in that order; missing where there is none.

    Raises:
        ValueError: ``finds`` has no column ``call``, or a call twice.
    """
    if "call" not in finds or finds["call"].duplicated().any():
        raise ValueError("finds have a column call, and each call stands there once")
    import pandas

    calls = pandas.Index(reviews["call"].astype("string"))
    if calls.equals(pandas.Index(finds["call"].astype("string"))):
        return finds
    by_call = finds.assign(call=finds["call"].astype("string")).set_index("call")
    return by_call.reindex(calls).reset_index()


def _points(behaviour: Behaviour, indicator: Indicator) -> float:
    if indicator.id in behaviour.points:
        return behaviour.points[indicator.id]
    if behaviour.id in indicator.supports:
        return FOR_POINTS
    return AGAINST_POINTS if behaviour.id in indicator.speaks_against else 0.0
