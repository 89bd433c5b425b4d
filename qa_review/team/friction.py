"""What slows calls down: how much time is lost, where, and to which systems.

Takes the reviews frame (:mod:`qa_review.team.reviews`) and the table ``friction`` of a folder of
results; makes a row a queue, agent, team or issue, and a row a system.

Conventions
-----------
- A call counts where its time lost is known (``looked``); a written dialogue has none. A call with
  friction is one that lost more than 0 ms.
- The share of handling time lost is the sum of what was lost over the sum of the handling times,
  over calls of which both are known: it is not a mean of shares.
- Intervals are 95 % ones, of the mean and of that share over calls like these, taken as
  independent of one another. They are given from :data:`LEAST` calls on, where
  not all of them lost the same.
- A low figure is not an agent's merit, nor a high one their fault: systems are slow for everybody
  who needs them. Compare agents within a queue.

Method: time lost is far from normal (many calls lose nothing, a few lose minutes), so the interval
is Hall's, which corrects Student's t for skewness; for the share it is taken of what a call lost
beyond its part, the usual linearisation of a ratio. Measured over 4,000 draws each of nothing lost
in 30 to 80 % of the calls and log-normal times in the others, it holds the long-run mean in 92.8
to 97.6 of 100 draws of 30 calls, 93.3 to 95.3 of 100 and 93.9 to 95.2 of 300; Student's t alone
in 80.1 to 93.9 of 30. The share of handling time is held in 91.5 to 97.6 of 100 draws of 30 calls
and 93.4 to 95.6 of 100. With 10 calls 84 was the least, so there is none below 30.

References
----------
Hall (1992). On the removal of skewness by transformation. J R Stat Soc B 54, 221-228.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from qa_review.base.errors import FrameError, UnknownName
from qa_review.base.frames import frame
from qa_review.team.means import t_quantiles
from qa_review.team.reviews import Codes, Numbers, checked, names, numbers

if TYPE_CHECKING:
    import pandas as pd

By = Literal["queue", "agent", "team", "issue", "all"]
BY: tuple[By, ...] = get_args(By)
LEAST = 30
"""Calls below which a figure has no interval"""

FRICTION = {
    "of": "string",
    "name": "string",
    "calls": "Int64",
    "looked": "Int64",
    "with_friction": "Float64",
    "lost_ms": "Float64",
    "lost_low_ms": "Float64",
    "lost_high_ms": "Float64",
    "handle_n": "Int64",
    "handle_share": "Float64",
    "handle_low": "Float64",
    "handle_high": "Float64",
    "systems": "Float64",
    "why": "string",
}
"""``of`` is the grouping and ``name`` the group, missing for calls that don't say theirs;
``calls`` all its calls, ``looked`` those whose time lost is known; ``with_friction`` the share of
these that lost any, 0 to 1; ``lost_ms`` the mean of a call; ``handle_share`` the share of handling
time lost in ``handle_n`` calls, 0 to 1; ``systems`` the mean number of systems named a call;
``why`` what could not be said."""
SYSTEMS = {
    "system": "string",
    "calls": "Int64",
    "call_share": "Float64",
    "waits": "Int64",
    "lost_ms": "Int64",
    "lost_share": "Float64",
    "mean_ms": "Float64",
    "example": "string",
    "example_call": "string",
    "example_turn": "Int64",
}
"""``system`` is missing for friction that names none; ``calls`` the calls that name it,
``call_share`` their share of all calls, missing where the number of all calls isn't known;
``waits`` how often it made someone wait; ``lost_ms`` the time lost to it, ``lost_share`` its share
of all the time lost, ``mean_ms`` the mean of a wait whose time is known; ``example`` the words
before its longest wait. Times are missing where no call has any."""
NEEDED = ("id", "kind", "system", "turn", "quote", "lost_ms")


def friction_frame(reviews: pd.DataFrame, by: By = "queue") -> pd.DataFrame:
    """One row a queue (agent, team, issue; or one for all calls) with the columns of ``FRICTION``.

    Rows are sorted by name, calls that don't say theirs last.

    Raises:
        FrameError: the frame breaks the rules of :mod:`qa_review.team.reviews`.
        UnknownName: ``by`` is none of :data:`BY`.
    """
    if by not in BY:
        raise UnknownName("grouping", by, BY)
    groups, titles = _groups(checked(reviews), by)
    lost, handled = numbers(reviews, "friction_ms"), numbers(reviews, "handle_ms")
    systems = numbers(reviews, "systems")
    count = len(titles)
    calls = np.bincount(groups, minlength=count)
    mean, low, high, looked = _means(lost, groups, count)
    share, share_low, share_high, handle_n = _shares(lost, handled, groups, count)
    slowed, *_ = _means(np.where(np.isnan(lost), np.nan, lost > 0), groups, count)
    named, *_ = _means(systems, groups, count)
    columns = (
        calls,
        looked,
        slowed,
        mean,
        low,
        high,
        handle_n,
        share,
        share_low,
        share_high,
        named,
    )
    rows = (
        (by, title, *map(_cell, figures), _why(figures))
        for title, figures in zip(titles, zip(*columns, strict=True), strict=True)
    )
    return frame(FRICTION, rows)


def _groups(reviews: pd.DataFrame, by: By) -> tuple[Codes, list[str | None]]:
    """The group of each call and the groups' names; the last is that of calls without one."""
    if by == "all":
        return np.zeros(len(reviews), dtype=np.intp), ["all"] if len(reviews) else []
    codes, found = names(reviews, by)
    if not (codes < 0).any():
        return codes, [*found]
    return np.where(codes < 0, len(found), codes), [*found, None]


def _means(values: Numbers, groups: Codes, count: int) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Mean, both ends of its interval, and how many values are known; each shape (groups,)."""
    known = ~np.isnan(values)
    own, given = groups[known], values[known]
    n = np.bincount(own, minlength=count).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(own, given, count) / n
    below, above = _reach(given - mean[own], own, n)
    return mean, np.maximum(0.0, mean - below), mean + above, n


def _shares(
    lost: Numbers, handled: Numbers, groups: Codes, count: int
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """The share of handling time lost, both ends of its interval, and calls; shape (groups,)."""
    known = ~np.isnan(lost) & ~np.isnan(handled)
    own, part, whole = groups[known], lost[known], handled[known]
    n = np.bincount(own, minlength=count).astype(float)
    total = np.bincount(own, whole, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(total > 0, np.bincount(own, part, count) / total, np.nan)
        below, above = _reach(part - share[own] * whole, own, n)
        low, high = share - below * n / total, share + above * n / total
    return share, np.maximum(0.0, low), np.minimum(1.0, high), np.where(total > 0, n, 0)


def _reach(around: Numbers, groups: Codes, n: Numbers) -> tuple[Numbers, Numbers]:
    """How far the interval of a mean of 0 reaches below and above it, nan with too few calls.

    Args:
        around: what each value lies above its group's mean.

    Hall's third transformation, equation (2.4), with the quantile of t in place of the normal's.
    """
    count = len(n)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.bincount(groups, around**2, count) / (n - 1))
        third = np.bincount(groups, around**3, count) / n
        skew = np.nan_to_num(third / spread**3)
    enough = (n >= LEAST) & (spread > 0)
    t = t_quantiles(np.maximum(n - 1, 1.0))
    root = np.sqrt(np.maximum(n, 1.0))
    ends = []
    for end in (t, -t):
        bend = skew / root
        with np.errstate(invalid="ignore", divide="ignore"):
            curved = (np.cbrt(1 + bend * (end - bend / 6)) - 1) * 3 / bend
        value = np.where(np.abs(bend) < 1e-9, end, curved)
        ends.append(np.where(enough, spread / root * value, np.nan))
    return ends[0], -ends[1]


def _cell(value: Any) -> float | int | None:
    number = float(value)
    if np.isnan(number):
        return None
    return int(number) if number.is_integer() else number


def _why(figures: Sequence[float]) -> str | None:
    """What a row lacks, in words."""
    looked, low, handled, handle_low = (figures[at] for at in (1, 4, 6, 8))
    if not looked:
        return "the time lost is known of none of these calls"
    lacks = []
    if np.isnan(low):
        few = f"{looked:.0f} calls are too few for an interval; {LEAST} are needed"
        lacks.append(few if looked < LEAST else "all calls lost the same, so no interval")
    if not handled:
        lacks.append("no handling time is known")
    elif np.isnan(handle_low) and not np.isnan(low):
        lacks.append(f"{handled:.0f} handling times are too few for an interval of the share")
    return "; ".join(lacks) or None


def systems_frame(events: pd.DataFrame, reviews: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row a system with the columns of ``SYSTEMS``, the one that cost most first.

    Args:
        events: the table ``friction`` of a folder of results, or several such joined.
        reviews: all the calls, those without friction too, for ``call_share``; events of other
            calls are left out.

    Waits for one system on one call that overlap are added up as they are; this is rare.

    Raises:
        FrameError: a column is missing.
    """
    lacking = [f"no column {name}" for name in NEEDED if name not in events]
    if lacking:
        raise FrameError(lacking)
    if reviews is not None:
        events = events[events["id"].isin(checked(reviews)["call"])]
    events = events.reset_index(drop=True)
    codes, found = names(events, "system")
    missing = codes < 0
    slowed = (events["kind"] != "system").to_numpy(dtype=bool)
    kept = ~missing | slowed
    titles: list[str | None] = [*found, None] if (missing & kept).any() else [*found]
    codes = np.where(missing, len(found), codes)
    rows = _system_rows(events[kept], codes[kept], slowed[kept], titles, reviews)
    return frame(SYSTEMS, sorted(rows, key=lambda row: (-(row[4] or 0), -row[1], row[0] or "~")))


def _system_rows(
    events: pd.DataFrame,
    codes: Codes,
    slowed: NDArray[np.bool_],
    titles: list[str | None],
    reviews: pd.DataFrame | None,
) -> Iterator[tuple[Any, ...]]:
    count = len(titles)
    lost = numbers(events, "lost_ms")
    known = ~np.isnan(lost) & slowed
    total = np.bincount(codes[known], lost[known], count)
    timed = np.bincount(codes[known], minlength=count)
    waits = np.bincount(codes[slowed], minlength=count)
    calls = _calls(events, codes, count)
    longest = _longest(codes, np.where(np.isnan(lost), -1.0, lost), count)
    everything = total.sum()
    for place, title in enumerate(titles):
        row = events.iloc[longest[place]]
        cost = int(total[place]) if timed[place] else None
        yield (
            title,
            int(calls[place]),
            calls[place] / len(reviews) if reviews is not None and len(reviews) else None,
            int(waits[place]),
            cost,
            None if cost is None or not everything else cost / everything,
            None if cost is None else cost / timed[place],
            row["quote"],
            row["id"],
            row["turn"],
        )


def _calls(events: pd.DataFrame, codes: Codes, count: int) -> Codes:
    """How many calls name each system."""
    calls, found = names(events, "id")
    once = np.unique(codes * (len(found) + 1) + calls) // (len(found) + 1)
    return np.bincount(once, minlength=count).astype(np.intp)


def _longest(codes: Codes, lost: Numbers, count: int) -> Codes:
    """The place of each system's longest wait; of equal ones the first."""
    order = np.lexsort((np.arange(len(codes)), -lost, codes))
    first = np.searchsorted(codes[order], np.arange(count))
    return order[first].astype(np.intp)
