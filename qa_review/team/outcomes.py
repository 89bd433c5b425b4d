"""What goes with a good outcome: each behaviour, handling time and friction, among like calls.

Takes the frame of reviews; makes a row a figure and outcome. Each is compared within queue, issue
and month, with agents as clusters (:mod:`qa_review.team.slopes`). All tests of a report are
corrected together by Holm's method: the chance of any false finding is at most 5 %, however the
figures hang together (measured: 3 % of 1,000 made-up reports of 12 agents). A finding is an
association. It may be that what makes a call easy makes for both, within one issue too;
``within_agents=True`` at least rules out that it is who took the call.

Outcomes: csat, resolved, repeat contact. For the last, less is better; ``finding`` says "better"
or "worse" in words, so that no sign has to be remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qa_review.base.frames import frame
from qa_review.team.case_mix import like_ms, made
from qa_review.team.compared import NET, Compared
from qa_review.team.many_tests import ERROR, holm
from qa_review.team.reviews import (
    LEVEL,
    OUTCOMES,
    Numbers,
    behaviours_in,
    checked,
    months,
    names,
    numbers,
)
from qa_review.team.slopes import Like, Slope, slope

if TYPE_CHECKING:
    import pandas as pd

ASSOCIATIONS = {
    "figure": "string",
    "outcome": "string",
    "unit": "string",
    "n": "Int64",
    "clusters": "Int64",
    "of": "string",
    "effect": "Float64",
    "low": "Float64",
    "high": "Float64",
    "p": "Float64",
    "corrected": "Float64",
    "finding": "string",
    "rank": "Float64",
    "rank_low": "Float64",
    "rank_high": "Float64",
    "why": "string",
}
"""``effect`` is the change of the outcome (points of csat, share of calls) a ``unit`` more of the
figure, with its 95 % interval; ``corrected`` is ``p`` for all tests of the frame; ``rank`` the
correlation of ranks, with its interval. ``clusters`` counts the agents, or what ``of`` says."""
MINUTE_MS = 60_000


class _Figure(NamedTuple):
    name: str
    unit: str
    values: Numbers
    needs: str


def associations_frame(
    reviews: pd.DataFrame, *, within_agents: bool = False, compared: Compared | None = None
) -> pd.DataFrame:
    """One row a figure and outcome; what can't be computed says why.

    Args:
        within_agents: take off each agent's own means too, so that only calls of the same agent
            are compared with each other.
        compared: the same reviews, when they are compared already.

    Raises:
        FrameError: the frame breaks the rules of :mod:`qa_review.team.reviews`.
        ValueError: ``compared`` is of other calls.
    """
    checked(reviews)
    if compared is not None and len(compared.calls) != len(reviews):
        raise ValueError(f"compared has {len(compared.calls)} calls, reviews has {len(reviews)}")
    like, of = likeness(reviews, within_agents=within_agents)
    found = [
        (figure, outcome, _slope(figure, outcome, numbers(reviews, outcome), like))
        for figure in _figures(reviews, compared)
        for outcome in OUTCOMES
    ]
    p = np.array([np.nan if one.p is None else one.p for _, _, one in found])
    corrected = holm(p)
    return frame(
        ASSOCIATIONS,
        (
            (figure.name, outcome, figure.unit, one.n, one.clusters, of, one.value,
             *(one.interval or (None, None)), one.p, None if one.p is None else sure,
             _finding(one, float(sure), OUTCOMES[outcome]), one.rank,
             *(one.rank_interval or (None, None)), one.why)
            for (figure, outcome, one), sure in zip(found, corrected, strict=True)
        ),
    )  # fmt: skip


def likeness(reviews: pd.DataFrame, *, within_agents: bool = False) -> tuple[Like, str]:
    """What makes these calls alike, and what their clusters are: agents, else customers, calls."""
    agents, customers = names(reviews, "agent")[0], names(reviews, "customer")[0]
    contexts = [names(reviews, "queue")[0], names(reviews, "issue")[0], months(reviews)[0]]
    if within_agents:
        contexts.append(agents)
    if (agents >= 0).any():
        return Like(tuple(contexts), agents, customers), "agent"
    if (customers >= 0).any():
        return Like(tuple(contexts), customers, customers), "customer"
    return Like(tuple(contexts), np.arange(len(reviews)), customers), "call"


def _figures(reviews: pd.DataFrame, compared: Compared | None) -> list[_Figure]:
    found = [
        _Figure(name, "level", numbers(reviews, f"{LEVEL}{name}"), f"level of {name}")
        for name in behaviours_in(reviews)
    ]
    found.append(_Figure("overall", "10 points", numbers(reviews, "overall") / 10, "overall"))
    mix = made(reviews, NET) if compared is None else compared
    extra = (mix.net_ms - like_ms(mix)) / MINUTE_MS
    found.append(_Figure(NET, "minute more than like calls", extra, "handle_ms"))
    lost = numbers(reviews, "friction_ms") / MINUTE_MS
    return [*found, _Figure("friction", "minute", lost, "friction_ms")]


def _slope(figure: _Figure, outcome: str, values: Numbers, like: Like) -> Slope:
    for needed, each in ((outcome, values), (figure.needs, figure.values)):
        if np.isnan(each).all():
            return Slope(None, None, None, None, None, 0, 0, f"no call has {needed}")
    return slope(figure.values, values, like)


def _finding(one: Slope, corrected: float, sense: int) -> str | None:
    if one.value is None:
        return None
    if not corrected < ERROR:
        return "cannot tell"
    return "better" if one.value * sense > 0 else "worse"
