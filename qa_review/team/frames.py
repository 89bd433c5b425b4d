"""What a board shows, as tidy frames with documented columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from qa_review.base.frames import frame
from qa_review.team.groups import Grouping, groups
from qa_review.team.means import Mean
from qa_review.team.rows import Scored, behaviours_of
from qa_review.team.spread import distribution, worst_decile
from qa_review.team.trends import By, trend

if TYPE_CHECKING:
    import pandas as pd

CALLS = {
    "call": "string",
    "behaviour": "string",
    "level": "Int64",
    "absent": "string",
    "who": "string",
    "by": "string",
    "unproven": "boolean",
    "team": "string",
    "agent": "string",
    "queue": "string",
    "day": "string",
    "handle_ms": "Int64",
    "csat": "Float64",
    "resolved": "boolean",
    "repeat_contact": "boolean",
    "transferred": "boolean",
}
MEAN = {
    "mean": "Float64",
    "low": "Float64",
    "high": "Float64",
    "spread": "Float64",
    "n": "Int64",
    "lacking": "Int64",
    "why": "string",
}
"""``lacking`` is how many more calls are needed for the interval from ``low`` to ``high``"""
TRENDS = {
    "behaviour": "string",
    "by": "string",
    "first": "string",
    "after": "string",
    **MEAN,
    "people": "Int64",
}
DISTRIBUTIONS = {"behaviour": "string", "level": "string", "calls": "Int64"}
DECILES = {
    "behaviour": "string",
    "mean": "Float64",
    "count": "Int64",
    "up_to": "Int64",
    "calls": "string",
    "n": "Int64",
    "lacking": "Int64",
    "why": "string",
}
GROUPS = {
    "of": "string",
    "name": "string",
    "calls": "Int64",
    "handle_median_ms": "Float64",
    "handle_low_ms": "Float64",
    "handle_high_ms": "Float64",
    "handle_n": "Int64",
    "behaviour": "string",
    **MEAN,
}


def calls_frame(rows: Sequence[Scored]) -> pd.DataFrame:
    """One row a call and behaviour, as given; ``who`` is "people" or "scorer"."""
    return frame(CALLS, map(_call, rows))


def trends_frame(rows: Sequence[Scored], by: By | Literal["auto"] = "auto") -> pd.DataFrame:
    """One row a behaviour and period ``[first, after)``: the mean level, its interval, n.

    Periods without a call have n 0; ``people`` is how many of the levels are people's.
    """
    found = (trend(rows, each, by) for each in behaviours_of(rows))
    return frame(
        TRENDS,
        (
            (one.behaviour, one.by, point.first.isoformat(), point.after.isoformat(),
             *_mean(point.mean), point.people)
            for one in found
            for point in one.points
        ),
    )  # fmt: skip


def distributions_frame(rows: Sequence[Scored]) -> pd.DataFrame:
    """One row a behaviour and level, 1 to 5, "not observed" and "left open"; zeros too."""
    return frame(
        DISTRIBUTIONS,
        (
            (behaviour, str(level), number)
            for behaviour in behaviours_of(rows)
            for level, number in distribution(rows, behaviour).items()
        ),
    )


def deciles_frame(rows: Sequence[Scored]) -> pd.DataFrame:
    """One row a behaviour: the mean of its lowest tenth of calls, and the calls it may be.

    ``calls`` are the ids at level ``up_to`` or below, separated by spaces, worst first.
    """
    found = ((each, worst_decile(rows, each)) for each in behaviours_of(rows))
    return frame(
        DECILES,
        (
            (behaviour, one.mean, one.count, one.up_to,
             " ".join(row.call.id for row in one.rows), one.n, one.lacking, one.why_none)
            for behaviour, one in found
        ),
    )  # fmt: skip


def groups_frame(rows: Sequence[Scored], of: Grouping) -> pd.DataFrame:
    """One row a group and behaviour; handling time is the group's and stands in each."""
    return frame(
        GROUPS,
        (
            (one.of, one.name, one.calls, one.handling.median_ms,
             *(one.handling.quartiles_ms or (None, None)), one.handling.n, behaviour,
             *_mean(mean))
            for one in groups(rows, of)
            for behaviour, mean in one.means.items()
        ),
    )  # fmt: skip


def _call(row: Scored) -> tuple[Any, ...]:
    call = row.call
    return (
        call.id, row.behaviour, row.level, row.absent or None, row.who, row.by, row.unproven,
        call.team, call.agent, call.queue, row.day.isoformat() if row.day else None,
        call.handle_ms, call.csat, call.resolved, call.repeat_contact, call.transferred,
    )  # fmt: skip


def _mean(one: Mean) -> tuple[Any, ...]:
    low, high = one.interval or (None, None)
    return one.value, low, high, one.spread, one.n, one.lacking, one.why_none
