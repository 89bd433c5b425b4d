"""What a table of calls lacks, and what can't be computed without it.

Takes ``calls.csv`` as it was read; makes a row a column: whether it is there, how many calls fill
it, how many of its cells couldn't be read, and the figures that it costs. Nothing is guessed to
fill a gap: a figure without its column is left out and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from qa_review.base.frames import frame
from qa_review.capture.metadata import READERS, CallTable

if TYPE_CHECKING:
    import pandas as pd

COSTS: Mapping[str, tuple[str, ...]] = {
    "agent": (
        "bands, ranks and verdicts by agent",
        "random samples per agent, and how many calls each needs",
        "intervals that allow for calls of one agent being alike",
    ),
    "team": ("figures by team",),
    "queue": ("figures by queue", "handling time of like calls (case mix)"),
    "issue": ("handling time of like calls: calls of one queue count as alike",),
    "customer": (
        "handling time of like calls: who rings is not allowed for",
        "intervals that allow for calls of one customer being alike",
    ),
    "started_at": (
        "trends, what changed in a month, alerts over time",
        "handling time of like calls: the month is not allowed for",
    ),
    "handle_time": (
        "handling time beside behaviour and outcome, who is punished and who is flattered",
        "what friction takes of a call, and what repeat calls cost",
    ),
    "hold_time": ("holds as the telephone system counts them",),
    "after_call_work": ("after-call work",),
    "csat": ("what goes with satisfaction", "the rubric's audit by satisfaction"),
    "resolved": (
        "what goes with a call being resolved",
        "whether extra minutes bought the fix",
    ),
    "repeat_contact": (
        "what goes with customers coming back",
        "what the fast agents' repeat calls cost",
    ),
    "transferred": ("the share of calls that were transferred",),
    "agent_channel": ("nothing: whose channel is whose is decided from what is said",),
}
"""column to what can't be computed without it"""

CHECK = {
    "column": "string",
    "there": "boolean",
    "filled": "Int64",
    "empty": "Int64",
    "broken": "Int64",
    "calls": "Int64",
    "state": "string",
    "costs": "string",
}
"""``state`` is "whole", "gaps", "broken" (cells that can't be read), "missing", or "other" of a
column that isn't known; ``costs`` is what is computed from fewer calls then, or not at all."""


def data_check_frame(table: CallTable) -> pd.DataFrame:
    """One row a column that is known, in the order of the documentation, then the others."""
    calls = len(table.calls)
    rows: list[tuple[object, ...]] = []
    for column, (field, _) in READERS.items():
        there = column in table.columns
        filled = sum(getattr(call, field) not in (None, "") for call in table.calls)
        broken = table.broken.get(column, 0)
        rows.append(
            (
                column, there, filled, calls - filled - broken, broken, calls,
                _state(there, filled, calls, broken), "; ".join(COSTS[column]),
            )
        )  # fmt: skip
    known = (*READERS, "file", "call_id")
    rows += [
        (column, True, None, None, None, calls, "other", _other(column, known))
        for column in table.columns
        if column not in known
    ]
    return frame(CHECK, rows)


def _other(column: str, known: Sequence[str]) -> str:
    """What becomes of a column that isn't known, and which one may be meant."""
    near = get_close_matches(column.removesuffix("_ms"), known, n=1, cutoff=0.75)
    hint = f"; is {near[0]} meant?" if near else ""
    return f"kept with the call, and used by no figure{hint}"


def _state(there: bool, filled: int, calls: int, broken: int) -> str:
    if not there or (not filled and not broken):
        return "missing"
    if broken:
        return "broken"
    return "whole" if filled == calls else "gaps"
