"""What extra minutes bought, and what the fast agents' repeat calls cost.

Takes the frame of reviews; makes three frames:

- :func:`minutes_frame`: do calls that took longer than their like end better than shorter ones?
- :func:`extra_minutes_frame`: the calls that took clearly longer, were fixed, and stayed fixed,
  where short calls often come back
- :func:`repeat_cost_frame`: the minutes that the fastest third of agents save, less those that
  their excess of repeat contacts costs

"Long" and "short" are the upper and the lower third of calls by net handling time over that of like
calls (:func:`~qa_review.team.case_mix.like_calls_frame`). No single call shows that its minutes
bought anything: nobody knows how it would have gone otherwise. The list is for listening.
What makes one call harder than its like makes it longer *and* less likely to be fixed, so the
difference between long and short calls tends to understate what minutes buy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_review.base.frames import frame
from qa_review.team.case_mix import like_ms, made, one_row
from qa_review.team.coming_back import Context, proven_contexts
from qa_review.team.compared import NET, Compared
from qa_review.team.many_tests import holm
from qa_review.team.outcomes import MINUTE_MS, likeness
from qa_review.team.reviews import OUTCOMES, Codes, Numbers, checked, names, numbers
from qa_review.team.slopes import Slope, slope

if TYPE_CHECKING:
    import pandas as pd

MINUTES = {
    "outcome": "string",
    "short_calls": "Int64",
    "long_calls": "Int64",
    "short": "Float64",
    "long": "Float64",
    "difference": "Float64",
    "low": "Float64",
    "high": "Float64",
    "p": "Float64",
    "corrected": "Float64",
    "minutes_more": "Float64",
    "minutes_each": "Float64",
    "why": "string",
}
"""``short`` and ``long`` are the outcome's means; ``difference`` is long less short among calls of
one queue, issue and month, with its 95 % interval. ``minutes_more`` is what a long call took beyond
its like more than a short one; ``minutes_each`` is what each resolved call or each repeat contact
less took of that, where the interval says that there were such; missing for csat."""
EXTRA = {
    "call": "string",
    "agent": "string",
    "queue": "string",
    "issue": "string",
    "net_ms": "Float64",
    "like_ms": "Float64",
    "extra_ms": "Float64",
    "resolved": "boolean",
    "repeat_contact": "boolean",
    "csat": "Float64",
    "overall": "Float64",
    "context": "string",
    "short_calls": "Int64",
    "short_repeats": "Float64",
    "long_repeats": "Float64",
    "corrected": "Float64",
    "why": "string",
}
"""``short_repeats`` and ``long_repeats`` are the shares of short and of long calls of ``context``
that came back; ``short_calls`` says how many short ones there were, ``corrected`` is the chance of
such a difference."""
LEAST_EXTRA_MS = 60_000
"""a call that took clearly longer took a minute longer at least"""
THIRD = 1 / 3


def minutes_frame(reviews: pd.DataFrame, *, compared: Compared | None = None) -> pd.DataFrame:
    """One row an outcome: long calls beside short ones among like calls."""
    checked(reviews)
    net, like = _times(reviews, compared)
    short, long = _thirds(net, like)
    alike, _ = likeness(reviews)
    x = np.where(long, 1.0, np.where(short, 0.0, np.nan))
    extra = (net - like) / MINUTE_MS
    found = []
    for outcome in OUTCOMES:
        y = numbers(reviews, outcome)
        found.append((outcome, y, _slope(outcome, x, y, slope(x, y, alike, ranks=False))))
    corrected = holm(np.array([np.nan if one.p is None else one.p for _, _, one in found]))
    rows = []
    for (outcome, y, one), sure in zip(found, corrected, strict=True):
        parts = [part & ~np.isnan(y) for part in (short, long)]
        means = [_mean(y[part]) for part in parts]
        at = [_mean(extra[part]) for part in parts]
        more = None if at[0] is None or at[1] is None else at[1] - at[0]
        rows.append(
            (outcome, *(int(part.sum()) for part in parts), *means, one.value,
             *(one.interval or (None, None)), one.p, None if one.p is None else float(sure),
             more, _each(outcome, one, more), one.why)
        )  # fmt: skip
    return frame(MINUTES, rows)


def _slope(outcome: str, x: Numbers, y: Numbers, one: Slope) -> Slope:
    """The slope, with a plainer word for what is missing altogether."""
    missing = [name for name, each in (("handle_ms", x), (outcome, y)) if np.isnan(each).all()]
    if not missing:
        return one
    return Slope(None, None, None, None, None, 0, 0, f"no call has {missing[0]}")


def _each(outcome: str, one: Slope, more: float | None) -> float | None:
    """Minutes for each call more that was resolved, or each repeat contact less."""
    if outcome == "csat" or one.value is None or one.interval is None or more is None:
        return None
    gained = OUTCOMES[outcome] * one.value
    sure = min(OUTCOMES[outcome] * end for end in one.interval) > 0
    return more / gained if sure else None


def extra_minutes_frame(reviews: pd.DataFrame, *, compared: Compared | None = None) -> pd.DataFrame:
    """The calls to hear, most extra time first: clearly longer than their like, and fixed.

    Fixed is resolved, with no repeat contact; where no call says whether it was resolved, no
    repeat contact will do. Only calls of contexts count where short calls come back more often
    than long ones beyond chance, corrected for all contexts by Holm's method, with at least
    :data:`~qa_review.team.means.LEAST_CALLS` of either. A call's context is the narrowest such:
    its queue and issue, its issue, its queue, or all calls. When nothing can be listed, one row
    says why.
    """
    checked(reviews)
    net, like = _times(reviews, compared)
    resolved, repeat = numbers(reviews, "resolved"), numbers(reviews, "repeat_contact")
    missing = [name for name, each in (("handle_ms", net), ("repeat_contact", repeat))
               if np.isnan(each).all()]  # fmt: skip
    if missing:
        return one_row(EXTRA, f"no call has {missing[0]}")
    short, long = _thirds(net, like)
    into = long & (net - like >= LEAST_EXTRA_MS) & (repeat == 0)
    if not np.isnan(resolved).all():
        into &= resolved == 1
    contexts = proven_contexts(reviews, short, long, repeat)
    if not contexts:
        return one_row(EXTRA, "short calls come back no more often than long ones beyond chance")
    whose = np.full(len(reviews), -1, dtype=np.intp)
    for number, context in reversed(list(enumerate(contexts))):  # the narrowest is set last
        whose[context.calls] = number
    picked = np.flatnonzero(into & (whose >= 0))
    picked = picked[np.argsort(-(net - like)[picked], kind="stable")]
    if not len(picked):
        return one_row(EXTRA, "no long call was fixed where short ones come back")
    return _listed(reviews, picked, net, like, [contexts[at] for at in whose[picked]])


def _listed(
    reviews: pd.DataFrame, picked: Codes, net: Numbers, like: Numbers, contexts: list[Context]
) -> pd.DataFrame:
    import pandas

    table = pandas.DataFrame({"call": reviews["call"].to_numpy()[picked]})
    for name in ("agent", "queue", "issue"):
        codes, found = names(reviews, name)
        table[name] = np.array([*found, None], dtype=object)[codes[picked]]
    table["net_ms"], table["like_ms"] = net[picked], like[picked]
    table["extra_ms"] = (net - like)[picked]
    for name in ("resolved", "repeat_contact", "csat", "overall"):
        table[name] = pandas.array(numbers(reviews, name)[picked], dtype="Float64")
    for name in ("context", "short_calls", "short_repeats", "long_repeats", "corrected"):
        table[name] = [getattr(one, name) for one in contexts]
    table["why"] = None
    return table.astype(EXTRA)[list(EXTRA)]


def _times(reviews: pd.DataFrame, found: Compared | None) -> tuple[Numbers, Numbers]:
    """The net handling time of each call and of its like."""
    if found is not None and len(found.calls) != len(reviews):
        raise ValueError(f"compared has {len(found.calls)} calls, reviews has {len(reviews)}")
    mix = made(reviews, NET) if found is None else found
    return mix.net_ms, like_ms(mix)


def _thirds(net: Numbers, like: Numbers) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which calls are short, and which are long, for their like."""
    with np.errstate(invalid="ignore"):
        ratio = net / like
        if np.isnan(ratio).all():
            none = np.zeros(len(ratio), dtype=bool)
            return none, none
        low, high = np.nanquantile(ratio, [THIRD, 1 - THIRD])
        return ratio <= low, ratio >= high


def _mean(values: Numbers) -> float | None:
    return float(values.mean()) if len(values) else None
