"""Where each agent ranks by handling time, by behaviour and by outcome, and how sure that is.

Takes the frame of reviews; makes a row an agent and measure (:mod:`qa_review.team.compared` says
which measures). Rank 1 is the best: the shortest time, the highest figure, the fewest repeat
contacts.

The interval of a rank is the middle 95 % of the agent's ranks in resamples of the calls within each
agent: how far the rank could have been another with other calls of the same kind. Where agents are
close it is wide, and it should be: a rank is a bad figure to act on.

References
----------
Goldstein and Spiegelhalter (1996). League tables and their limitations. J R Stat Soc A 159(3),
385-443.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qa_review.base.bootstrap import EDGE
from qa_review.base.frames import frame
from qa_review.base.quantiles import t_quantile
from qa_review.team.case_mix import NO_AGENT, one_row
from qa_review.team.compared import (
    BEHAVIOUR,
    NET,
    OUTCOME,
    RESAMPLES,
    SEED,
    SENSES,
    TIME,
    Compared,
    Places,
    Standing,
    compared,
    standing,
)
from qa_review.team.reviews import Numbers

if TYPE_CHECKING:
    import pandas as pd

RANKS = {
    "agent": "string",
    "measure": "string",
    "n": "Int64",
    "difference": "Float64",
    "low": "Float64",
    "high": "Float64",
    "unit": "string",
    "rank": "Int64",
    "rank_low": "Int64",
    "rank_high": "Int64",
    "among": "Int64",
    "lacking": "Int64",
    "why": "string",
}
"""``difference`` is that from the average agent, with its 95 % interval, in ``unit``. ``rank`` is
among so many agents, 1 the best, from ``rank_low`` to ``rank_high`` in 95 % of resamples."""
UNITS = {
    TIME: "share of the average agent's time",
    NET: "share of the average agent's time",
    BEHAVIOUR: "points from 0 to 100",
    OUTCOME: "standard deviations",
    "csat": "points from 0 to 10",
    "resolved": "share of calls",
    "repeat_contact": "share of calls",
}


def ranks_frame(
    reviews: pd.DataFrame | Compared, *, resamples: int = RESAMPLES, seed: int = SEED
) -> pd.DataFrame:
    """One row an agent and measure, agents by the alphabet; the ranks with their intervals.

    A measure that no call has keeps its rows, with ``why``. Of what is compared already, its own
    resamples are taken.

    Raises:
        ValueError: fewer than 1 resample.
    """
    found = resampled_calls(reviews, resamples=resamples, seed=seed)
    if not found.agents:
        return one_row(RANKS, NO_AGENT)
    return frame(
        RANKS,
        (
            row
            for measure in (name for name in SENSES if name in UNITS)
            for row in _rows(found.agents, measure, standing(found, measure))
        ),
    )


def resampled_calls(
    reviews: pd.DataFrame | Compared, *, resamples: int = RESAMPLES, seed: int = SEED
) -> Compared:
    """What is compared already, if its calls were resampled, or all measures of a frame.

    Raises:
        ValueError: fewer than 1 resample.
    """
    found = reviews
    if not isinstance(found, Compared):
        found = compared(found, resamples=resamples, seed=seed)
    if any(not len(each) for each in found.drawn.values()):
        raise ValueError("0 resamples: ranks and chances need 1 or more, 500 to be of use")
    return found


def ranks(values: Numbers) -> Places:
    """The rank of each column's value within its row, 1 for the lowest; (..., agents)."""
    order: Places = np.argsort(np.argsort(values, axis=-1, kind="stable"), axis=-1) + 1
    return order


def _rows(agents: tuple[str, ...], measure: str, own: Standing) -> list[tuple[object, ...]]:
    places = own.places
    by_agent: dict[int, tuple[int, int, int]] = {}
    if len(places):
        held = ranks(-SENSES[measure] * own.effect[places])
        again = ranks(-SENSES[measure] * own.drawn[:, places])
        low = np.quantile(again, EDGE, axis=0, method="lower")
        high = np.quantile(again, 1 - EDGE, axis=0, method="higher")
        for at, place in enumerate(places):  # the rank itself is never outside
            own_rank = int(held[at])
            ends = min(own_rank, int(low[at])), max(own_rank, int(high[at]))
            by_agent[int(place)] = (own_rank, *ends)
    rows: list[tuple[object, ...]] = []
    for at, name in enumerate(agents):
        rank: tuple[int | None, ...] = by_agent.get(at) or (None, None, None)
        among = len(places) if at in by_agent else None
        rows.append(
            (name, measure, int(own.n[at]), *_difference(measure, own, at), UNITS[measure],
             *rank, among, int(own.lacking[at]), own.why[at])
        )  # fmt: skip
    return rows


def _difference(measure: str, own: Standing, at: int) -> tuple[float | None, ...]:
    """An agent's difference with its interval, in the measure's unit."""
    if np.isnan(own.effect[at]):
        return None, None, None
    reach = t_quantile(1 - EDGE, max(1.0, float(own.freedom[at]))) * own.error[at]
    ends = own.effect[at] + np.array([0.0, -reach, reach])
    if measure in (TIME, NET):
        ends = np.expm1(ends)
    return tuple(ends.tolist())
