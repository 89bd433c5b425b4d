"""What the repeat calls of the fastest agents cost, in minutes, beside what their pace saves.

Takes the frame of reviews; makes a row for each agent of the fastest third by the scoreboard's
handling time, and one for all of them. What is assumed stands in the column ``assumed`` of every
row, and is set by the caller:

- an excess of repeat contacts over what like calls of the average agent bring is the agent's
  doing, or the share ``caused`` of it is
- each such repeat contact takes one more call of ``repeat_ms``, by default the mean handling time
  of all calls
- a fast call saves what the average agent takes longer for its like; what is lost to friction is
  nobody's saving

Whoever is picked for having been fast was lucky in part, so the saving is drawn towards 0 as far as
chance explains it (empirical Bayes). Repeat contacts were not what they were picked for, and are as
measured. Intervals are the middle 95 % of resamples of the calls, the same ones for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qa_review.base.bootstrap import EDGE
from qa_review.base.frames import frame
from qa_review.team.case_mix import NO_AGENT, drawn_in, like_ms, one_row
from qa_review.team.compared import (
    NET,
    RESAMPLES,
    SEED,
    TIME,
    Compared,
    Places,
    Standing,
    compared,
    standing,
)
from qa_review.team.outcomes import MINUTE_MS
from qa_review.team.ranks import resampled_calls
from qa_review.team.reviews import Numbers

if TYPE_CHECKING:
    import pandas as pd

COSTS = {
    "agent": "string",
    "n": "Int64",
    "repeats": "Float64",
    "expected": "Float64",
    "excess": "Float64",
    "excess_low": "Float64",
    "excess_high": "Float64",
    "cost": "Float64",
    "cost_low": "Float64",
    "cost_high": "Float64",
    "saved": "Float64",
    "saved_low": "Float64",
    "saved_high": "Float64",
    "net": "Float64",
    "net_low": "Float64",
    "net_high": "Float64",
    "assumed": "string",
    "why": "string",
}
"""All per 100 calls: repeat contacts, those expected of the average agent on like calls, and the
``excess``; then minutes: what the excess costs, what the pace saves, and ``net``: saved less cost,
below 0 where being fast costs more than it saves. The row of all has no ``agent``."""
MEASURES = (TIME, NET, "repeat_contact")
LEAST_FASTEST = 3
"""agents who can be compared, below which there is no fastest third"""


def repeat_cost_frame(
    reviews: pd.DataFrame | Compared,
    *,
    repeat_ms: float | None = None,
    caused: float = 1.0,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """The fastest third of agents, fastest first, and all of them in a last row without a name.

    Args:
        repeat_ms: the handling time of a repeat call; by default the mean of all calls.
        caused: the share, from 0 to 1, of an excess that is the agent's doing.
        resamples, seed: of a frame; what is compared already has its own.

    Raises:
        ValueError: ``caused`` or ``repeat_ms`` is out of range, or fewer than 1 resample.
    """
    if not 0 <= caused <= 1 or (repeat_ms is not None and not repeat_ms > 0):
        raise ValueError(f"caused is {caused} (0 to 1), repeat_ms is {repeat_ms} (above 0)")
    if not isinstance(reviews, Compared):
        reviews = compared(reviews, MEASURES, resamples=resamples, seed=seed)
    found = resampled_calls(reviews)
    if not found.agents:
        return one_row(COSTS, NO_AGENT)
    stands = {name: standing(found, name) for name in MEASURES}
    lacking = [name for name in MEASURES if name not in found.fits]
    if lacking:
        return one_row(
            COSTS, f"no call has {'handle_ms' if lacking[0] != MEASURES[2] else lacking[0]}"
        )
    picked = _fastest(stands)
    if not len(picked):
        return one_row(COSTS, f"fewer than {LEAST_FASTEST} agents can be compared")
    each_ms = float(np.nanmean(found.handle_ms)) if repeat_ms is None else repeat_ms
    assumed = (
        f"{caused:.0%} of the excess is the agent's doing; "
        f"a repeat takes one more call of {each_ms / MINUTE_MS:.1f} minutes"
    )
    return frame(COSTS, _rows(found, stands, picked, caused * each_ms / MINUTE_MS, assumed))


def _fastest(stands: dict[str, Standing]) -> Places:
    """The fastest third by the scoreboard of those who can be compared on all, fastest first."""
    into = np.all([~np.isnan(one.effect) for one in stands.values()], axis=0)
    places = np.flatnonzero(into)
    if len(places) < LEAST_FASTEST:
        return places[:0]
    order = places[np.argsort(stands[TIME].effect[places], kind="stable")]
    fastest: Places = order[: max(1, round(len(places) / 3))]
    return fastest


def _rows(
    found: Compared, stands: dict[str, Standing], picked: Places, minutes: float, assumed: str
) -> list[tuple[object, ...]]:
    repeats = stands["repeat_contact"]
    own = _means(found, "repeat_contact")[picked]
    excess = 100 * np.vstack([repeats.effect[picked], repeats.drawn[:, picked]])
    saved = _saved(found, stands[NET])[:, picked]
    weights = repeats.n[picked] / repeats.n[picked].sum()
    excess = np.column_stack([excess, excess @ weights])
    saved = np.column_stack([saved, saved @ weights])
    had = np.r_[100 * own, 100 * own @ weights]
    cost = excess * minutes
    rows: list[tuple[object, ...]] = []
    for at in range(len(picked) + 1):
        name = found.agents[picked[at]] if at < len(picked) else None
        n = repeats.n[picked].sum() if name is None else repeats.n[picked[at]]
        figures = [_with_ends(each[:, at]) for each in (excess, cost, saved, saved - cost)]
        rows.append(
            (name, int(n), float(had[at]), float(had[at] - excess[0, at]),
             *(value for three in figures for value in three), assumed, None)
        )  # fmt: skip
    return rows


def _saved(found: Compared, own: Standing) -> Numbers:
    """Minutes that each agent saves on 100 calls, first as estimated, then in each resample."""
    middle, kept, _ = drawn_in(own)
    drawn = middle + np.sqrt(kept) * (own.drawn - own.effect)
    like = like_ms(found)
    count = len(found.agents)
    into = ~np.isnan(like) & (found.layout.agents < count)
    codes = found.layout.agents[into]
    calls = np.maximum(np.bincount(codes, minlength=count), 1)
    mean = np.bincount(codes, like[into], minlength=count) / calls
    minutes: Numbers = -100 * np.expm1(np.vstack([middle, drawn])) * mean / MINUTE_MS
    return minutes


def _means(found: Compared, measure: str) -> Numbers:
    """Each agent's plain mean of a measure: what is fitted to their calls, and is left over."""
    one, count = found.fits[measure], len(found.agents)
    codes = found.layout.agents[one.known]
    values = one.effects[codes] + one.context + one.left
    calls = np.maximum(np.bincount(codes, minlength=count + 1), 1)
    means: Numbers = (np.bincount(codes, values, minlength=count + 1) / calls)[:count]
    return means


def _with_ends(values: Numbers) -> tuple[float, float, float]:
    low, high = np.quantile(values[1:], [EDGE, 1 - EDGE])
    return float(values[0]), float(low), float(high)
