"""How disputes go: by behaviour, by rater, by month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from qa_review.base.frames import frame
from qa_review.meet.disputes import Dispute

if TYPE_CHECKING:
    import pandas as pd

TRENDS = {
    "by": "string",
    "name": "string",
    "opened": "Int64",
    "decided": "Int64",
    "changed": "Int64",
    "changed_share": "Float64",
    "low": "Float64",
    "high": "Float64",
}
Z = 1.959963984540054
"""the normal quantile of a 95 % interval"""
GROUPS: dict[str, Callable[[Dispute], str]] = {
    "behaviour": lambda one: one.behaviour,
    "rater": lambda one: one.reviewer,
    "month": lambda one: one.at[:7],
}


def dispute_trends(found: Sequence[Dispute]) -> pd.DataFrame:
    """One row a behaviour, a rater and a month: how many were opened, decided, changed.

    ``changed_share`` is of those decided, in [0, 1], with a 95 % Wilson interval; missing
    where none was decided. A month is that of the opening.
    """
    rows = []
    for by, group in GROUPS.items():
        for name in sorted({group(one) for one in found}):
            here = [one for one in found if group(one) == name]
            decided = [one for one in here if one.outcome != "open"]
            changed = sum(one.outcome == "changed" for one in decided)
            rows.append(
                (by, name, len(here), len(decided), changed, *_share(changed, len(decided)))
            )
    return frame(TRENDS, rows)


def _share(count: int, n: int) -> tuple[float | None, float | None, float | None]:
    """A share with its Wilson interval (Wilson, E. B., 1927)."""
    if not n:
        return None, None, None
    share = count / n
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return share, max(0.0, middle - half), min(1.0, middle + half)
