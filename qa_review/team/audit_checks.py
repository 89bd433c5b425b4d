"""Items that never vary, and items that say the same as another.

Takes values of items; makes rows of an audit (:class:`Row`).

Never varies: nearly all calls have one value, so the item tells none from another. A behaviour is
found so when the lower end of the share of its commonest level is 0.95 or more, an indicator at
0.99: a fault that 1 call in 50 shows is rare and worth looking for. Indicators that a rubric caps
a call for are let off, as they are meant to be rare. Intervals are Wilson's; of a value that all
calls share, the lower end is ``0.025^(1 / n)``.

Duplicates: pairs of behaviours, and pairs of indicators, whose rank correlation (Spearman, by
mid-ranks over the calls that have the item) is above 0.9, or below -0.9, with its interval. The
error is that of leaving out one of 20 groups of agents at a time; of a pair without any difference,
the end is where one would have stayed unseen, so two rare items that were found together five times
are no duplicates yet. Indicators that are otherwise than in most calls in fewer than 20 are left
out; a behaviour is not held against its indicators, which make it up.

References
----------
Efron, B. and Stein, C. (1981). The jackknife estimate of variance. Ann Stat 9, 586-596.
Wilson, E. (1927). Probable inference, the law of succession, and statistical inference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from qa_review.base.bootstrap import EDGE
from qa_review.base.quantiles import t_quantile
from qa_review.team.audit_ground import LEAST_OTHERWISE, otherwise
from qa_review.team.items import Item
from qa_review.team.reviews import Codes, Numbers

SAME_LEVEL, SAME_FINDS = 0.95, 0.99
"""Shares of calls at one value from which a behaviour, or an indicator, never varies."""
LEAST_CALLS = 30
"""Calls below which nothing is said of how an item varies."""
DUPLICATE, NEAR = 0.9, 0.7
"""Rank correlations of a duplicate, and of a pair that gets a row at all."""
GROUPS = 20
ONE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an audit; what each field means is said at ``AUDIT`` in ``rubric_audit``."""

    check: str
    item: str
    kind: str
    says: str
    other: str | None = None
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    strength: float | None = None
    p: float | None = None
    q: float | None = None
    n: int = 0
    agents: int | None = None
    finding: bool | None = None
    why: str | None = field(default=None)


def share_interval(count: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share; at 0 and 1 one end is where no call would have shown it.

    >>> [round(end, 3) for end in share_interval(300, 300)]
    [0.988, 1.0]
    """
    unseen = EDGE ** (1 / n)
    if count in (0, n):
        return (unseen, 1.0) if count else (0.0, 1 - unseen)
    z = 1.959964
    share = count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def never_varies(item: Item, values: Numbers) -> Row:
    """Whether an item has one value in nearly all calls."""
    known = values[~np.isnan(values)]
    n = len(known)
    if n < LEAST_CALLS:
        why = f"{n} calls have a value; {LEAST_CALLS} are needed"
        return Row("never varies", item.id, item.kind, why, n=n, why=why)
    each, counts = np.unique(known, return_counts=True)
    value, count = float(each[counts.argmax()]), int(counts.max())
    low, high = share_interval(count, n)
    limit = SAME_LEVEL if item.kind == "behaviour" else SAME_FINDS
    finding = low >= limit and not item.critical
    return Row("never varies", item.id, item.kind, _varying(item, value, count, n, low, finding),
               str(int(value)) if value.is_integer() else f"{value:g}", count / n, (low, high),
               n=n, finding=finding)  # fmt: skip


def _varying(item: Item, value: float, count: int, n: int, low: float, finding: bool) -> str:
    if item.kind == "behaviour":
        says = f"{count / n:.0%} of {n:,} calls are at level {value:g} of {item.title}"
    elif value == 0 and count == n:
        says = (f"no call of {n:,} has '{item.title}': it is found in fewer than "
                f"{1 - low:.2%} of calls")  # fmt: skip
    elif value == 0:
        says = f"{n - count:,} of {n:,} calls have '{item.title}'"
    else:
        says = f"{count / n:.0%} of {n:,} calls have '{item.title}' in {value:g} turns"
    if item.critical:
        return f"{says}; it is meant to be rare"
    return f"{says}; it tells hardly any call from another" if finding else says


def duplicates(values: Mapping[Item, Numbers], agents: Codes) -> Iterator[Row]:
    """The pairs with a rank correlation of 0.7 or more either way, closest first."""
    groups = _groups(agents)
    rows: list[Row] = []
    for kind in ("behaviour", "indicator"):
        items = [
            one
            for one, each in values.items()
            if one.kind == kind and otherwise(each) >= LEAST_OTHERWISE
        ]
        if len(items) > 1:
            ranks = [_ranks(values[one]) for one in items]
            close = _correlations(ranks)
            for i, j in zip(*np.nonzero(np.triu(np.abs(close) >= NEAR, 1)), strict=True):
                rows.append(_pair(items[i], items[j], ranks[i], ranks[j], groups))
    yield from sorted(rows, key=lambda row: -abs(row.estimate or 0))


def _pair(one: Item, other: Item, x: Numbers, y: Numbers, groups: Codes) -> Row:
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y, codes = x[both], y[both], groups[both]
    n = len(x)
    parts = np.array([x, y, x * x, y * y, x * y, np.ones(n)])
    sums = np.array([np.bincount(codes, part, minlength=GROUPS) for part in parts])
    sums = sums[:, sums[-1] > 0]
    value = float(_of_sums(sums.sum(axis=1)))
    interval = _interval(value, sums, min(otherwise(x), otherwise(y)))
    nearest = min(interval, key=abs) if interval[0] * interval[1] > 0 else 0.0
    finding = abs(nearest) >= DUPLICATE
    what = "the same as" if value > 0 else "the opposite of"
    says = (f"'{one.title}' {'says' if finding else 'says nearly'} {what} '{other.title}' "
            f"(rank correlation {value:.2f} in {n:,} calls)")  # fmt: skip
    if finding:
        says += ": one of them is enough"
    return Row("duplicate", one.id, one.kind, says, other.id, value, interval, n=n,
               finding=finding)  # fmt: skip


def _interval(value: float, sums: Numbers, rarer: int) -> tuple[float, float]:
    """By leaving out each group; of a perfect pair, by what would have stayed unseen."""
    if abs(value) >= ONE:
        unseen = EDGE ** (1 / rarer)
        return (unseen, 1.0) if value > 0 else (-1.0, -unseen)
    count = sums.shape[1]
    if count < 2:
        return -1.0, 1.0
    left_out = _of_sums(sums.sum(axis=1)[:, None] - sums)
    error = sqrt((count - 1) / count * float(((left_out - left_out.mean()) ** 2).sum()))
    half = t_quantile(1 - EDGE, count - 1) * error
    return max(-1.0, value - half), min(1.0, value + half)


def _of_sums(sums: Numbers) -> Numbers:
    """The correlation from sums of x, y, their squares, their product, and 1."""
    x, y, xx, yy, xy, n = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (xy - x * y / n) / np.sqrt((xx - x * x / n) * (yy - y * y / n))
    found: Numbers = np.nan_to_num(value, nan=0.0)
    return found


def _ranks(values: Numbers) -> Numbers:
    """Mid-ranks, centred and scaled to about 1; nan stays nan."""
    known = ~np.isnan(values)
    _, inverse, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - (counts - 1) / 2
    found = np.full(len(values), np.nan)
    found[known] = middles[inverse] / len(inverse) - 0.5
    return found


def _correlations(ranks: list[Numbers]) -> Numbers:
    """Of every pair, over the calls that both have; shape (items, items)."""
    count = len(ranks)
    sums = np.zeros((6, count, count))
    size = max(1, (1 << 21) // count)
    for start in range(0, len(ranks[0]), size):
        block = np.array([each[start : start + size] for each in ranks])
        here = (~np.isnan(block)).astype(np.float64)
        block = np.where(here > 0, block, 0.0)
        square = block * block
        sums += np.array([block @ here.T, here @ block.T, square @ here.T, here @ square.T,
                          block @ block.T, here @ here.T])  # fmt: skip
    return _of_sums(sums)


def _groups(agents: Codes) -> Codes:
    """A group of each call: its agent's, or, with few agents, its own place's."""
    if int(agents.max(initial=-1)) + 1 >= GROUPS:
        found: Codes = np.where(agents >= 0, agents, np.arange(len(agents))) % GROUPS
        return found
    return np.arange(len(agents)) % GROUPS
