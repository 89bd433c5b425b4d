"""The agents of a frame of reviews, compared on every measure as if they had had the same calls.

Takes the frame of reviews; makes one value that handling time, ranks, verdicts and the cost of
repeat calls are all read from, so that they can't contradict each other.

Measures
--------
- ``"handling time"``: as a scoreboard has it, nothing taken off, nothing adjusted
- ``"net handling time"``: less what was lost to friction, among calls of the same queue, issue,
  month and customer
- ``"behaviour"``: the overall figure, so adjusted: an agent in a hard queue has harder customers
- ``"csat"``, ``"resolved"``, ``"repeat_contact"``: so adjusted
- ``"outcome"``: the mean of a call's outcomes, each turned so that more is better and divided by
  its standard deviation over all calls; so adjusted

Each agent is compared with the average agent: the mean of the effects of all agents who can be
compared, each counting once. Times are compared on the log scale, so an effect is a factor.

Who can't be compared: agents with fewer than :data:`~qa_review.team.means.LEAST_CALLS` calls that
have the measure, and those who share no queue with the others, directly or by way of colleagues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_review.team.many_tests import p_value
from qa_review.team.means import LEAST_CALLS
from qa_review.team.pooled import Layout, Pooled, blocks, fit, lumped
from qa_review.team.resamples import covariance, resampled
from qa_review.team.reviews import (
    LEVEL,
    OUTCOMES,
    Codes,
    Numbers,
    behaviours_in,
    checked,
    months,
    names,
    numbers,
    overall_of,
    row_means,
)

if TYPE_CHECKING:
    import pandas as pd

Places = NDArray[np.intp]

TIME, NET, BEHAVIOUR, OUTCOME = "handling time", "net handling time", "behaviour", "outcome"
SENSES: Mapping[str, int] = {TIME: -1, NET: -1, BEHAVIOUR: 1, **OUTCOMES, OUTCOME: 1}
"""each measure to whether more is better (1) or worse (-1)"""
NEEDS = {TIME: "handle_ms", NET: "handle_ms", BEHAVIOUR: "a level", OUTCOME: "an outcome"}
"""what a call needs to have a measure, where it isn't the measure's own name"""
RESAMPLES, SEED = 500, 0
CONTEXTS = ("queue", "issue", "month")
APART = "shares no queue with the other agents"


@dataclass(frozen=True, slots=True)
class Compared:
    """Every measure's fit, with the agents' effects in resamples of the calls.

    ``agents`` are those that calls name, by the alphabet. Times are a row a call: ``handle_ms``
    and ``friction_ms`` as measured (friction at most the handling time, 0 where it isn't known),
    ``net_ms`` their difference.
    """

    calls: pd.Series
    agents: tuple[str, ...]
    layout: Layout
    handle_ms: Numbers
    friction_ms: Numbers
    friction_known: NDArray[np.bool_]
    net_ms: Numbers
    fits: Mapping[str, Pooled]
    covariances: Mapping[str, Numbers]
    drawn: Mapping[str, Numbers]
    """each measure's effects in the resamples, shape (resamples, agents)"""
    together: NDArray[np.bool_]
    """the agents who share queues with the most calls, shape (agents,)"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Each agent's difference from the average agent on one measure; arrays of shape (agents,).

    ``effect``, ``error`` and ``p`` are nan for who can't be compared; ``why`` then says so.
    ``drawn`` has the differences in resamples, shape (resamples, agents).
    """

    effect: Numbers
    error: Numbers
    freedom: Numbers
    p: Numbers
    drawn: Numbers
    n: Places
    lacking: Places
    why: tuple[str | None, ...]

    @property
    def places(self) -> Places:
        """The agents who are compared."""
        found: Places = np.flatnonzero(~np.isnan(self.effect))
        return found


def compared(
    reviews: pd.DataFrame,
    measures: tuple[str, ...] = tuple(SENSES),
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Compared:
    """Fit the measures and resample the calls; the same ``seed`` gives the same figures.

    Raises:
        FrameError: the frame breaks the rules of :mod:`qa_review.team.reviews`.
        ValueError: a measure isn't one of :data:`SENSES`, or ``resamples`` is below 0.
    """
    unknown = [name for name in measures if name not in SENSES]
    if unknown or resamples < 0:
        raise ValueError(f"measures {unknown}, {resamples} resamples: allowed are {list(SENSES)}")
    checked(reviews)
    layout, named = _layout(reviews)
    plain = Layout(layout.agents, (), np.full(len(reviews), -1, dtype=np.intp), layout.sizes[:1])
    handle = numbers(reviews, "handle_ms")
    friction = numbers(reviews, "friction_ms")
    lost = np.minimum(np.nan_to_num(friction), np.nan_to_num(handle))
    values = _values(reviews, handle, handle - lost)
    fits, covariances = {}, {}
    for name in measures:
        if not np.isnan(values[name]).all():
            within = plain if name == TIME else layout
            fits[name] = fit(values[name], within, log_link=name in (TIME, NET))
            covariances[name] = covariance(fits[name], within)
    drawn = _drawn(fits, layout, plain, resamples, seed)
    together = _together(layout.agents, names(reviews, "queue")[0], len(named))
    return Compared(
        reviews["call"], tuple(named), layout, handle, lost, ~np.isnan(friction), handle - lost,
        fits, covariances, drawn, together,
    )  # fmt: skip


def standing(found: Compared, measure: str) -> Standing:
    """How each agent stands on a measure beside the average agent."""
    count = len(found.agents)
    one = found.fits.get(measure)
    if one is None:
        none = np.full(count, np.nan)
        missing = f"no call has {NEEDS.get(measure, measure)}"
        return Standing(
            none, none, none, none, np.empty((0, count)), np.zeros(count, dtype=np.intp),
            np.full(count, LEAST_CALLS, dtype=np.intp), (missing,) * count,
        )  # fmt: skip
    n = one.counts[:count].astype(np.intp)
    lacking = np.maximum(0, LEAST_CALLS - n)
    into = (lacking == 0) & (found.together | (measure == TIME))
    why = _whys(measure, n, into, int(into.sum()))
    into &= into.sum() > 1
    share = into / max(1, into.sum())
    spread = found.covariances[measure][:count, :count]
    beside = spread @ share
    error = np.sqrt(np.maximum(0.0, np.diag(spread) - 2 * beside + share @ beside))
    effect = one.effects[:count] - share @ one.effects[:count]
    effect[~into] = error[~into] = np.nan
    drawn = found.drawn[measure][:, :count]
    drawn = np.where(into, drawn - (drawn @ share)[:, None], np.nan)
    t = np.where(error > 0, effect / np.where(error > 0, error, 1.0), np.nan)
    p = np.array([p_value(float(a), float(b)) for a, b in zip(t, n - 1, strict=True)])
    return Standing(effect, error, (n - 1).astype(float), p, drawn, n, lacking, tuple(why))


def _whys(measure: str, n: Places, into: NDArray[np.bool_], among: int) -> list[str | None]:
    found: list[str | None] = []
    for calls, good in zip(n, into, strict=True):
        if calls < LEAST_CALLS:
            needed = NEEDS.get(measure, measure)
            found.append(f"fewer than {LEAST_CALLS} calls with {needed}")
        elif not good:
            found.append(APART)
        else:
            found.append(None if among > 1 else "no other agent to compare with")
    return found


def _layout(reviews: pd.DataFrame) -> tuple[Layout, list[str]]:
    """Who took each call in what context; who took calls that name no agent comes last."""
    agents, named = names(reviews, "agent")
    agents = np.where(agents < 0, len(named), agents)
    contexts, sizes = [], [len(named) + 1]
    for codes, levels in (names(reviews, "queue"), names(reviews, "issue"), months(reviews)):
        if len(levels) > 1 or (len(levels) == 1 and (codes < 0).any()):
            joined, count = lumped(codes, len(levels))
        else:
            joined, count = np.zeros(len(reviews), dtype=np.intp), 1
        contexts.append(joined)
        sizes.append(count)
    customers = blocks(names(reviews, "customer")[0])
    return Layout(agents.astype(np.intp), tuple(contexts), customers, tuple(sizes)), named


def _values(reviews: pd.DataFrame, handle: Numbers, net: Numbers) -> dict[str, Numbers]:
    overall = numbers(reviews, "overall")
    if np.isnan(overall).all():
        levels = [numbers(reviews, f"{LEVEL}{name}") for name in behaviours_in(reviews)]
        if levels:
            overall = overall_of(np.column_stack(levels), [1.0] * len(levels))
    outcomes = {name: numbers(reviews, name) for name in OUTCOMES}
    scaled = [OUTCOMES[name] * _scaled(values) for name, values in outcomes.items()]
    index = row_means(np.column_stack(scaled))
    return {TIME: handle, NET: net, BEHAVIOUR: overall, **outcomes, OUTCOME: index}


def _scaled(values: Numbers) -> Numbers:
    """Values less their mean, over their standard deviation; all missing if they don't vary."""
    known = values[~np.isnan(values)]
    spread = float(known.std()) if len(known) else 0.0
    if spread == 0:
        return np.full(len(values), np.nan)
    scaled: Numbers = (values - known.mean()) / spread
    return scaled


def _drawn(
    fits: Mapping[str, Pooled], layout: Layout, plain: Layout, resamples: int, seed: int
) -> dict[str, Numbers]:
    """Every measure's effects in the same resamples: ``plain`` draws the calls that others do."""
    bare = {name: one for name, one in fits.items() if name == TIME}
    rest = {name: one for name, one in fits.items() if name != TIME}
    first = resampled(tuple(bare.values()), plain, resamples=resamples, seed=seed)
    others = resampled(tuple(rest.values()), layout, resamples=resamples, seed=seed)
    return dict(zip([*bare, *rest], [*first, *others], strict=True))


def _together(agents: Codes, queues: Codes, count: int) -> NDArray[np.bool_]:
    """The agents of the largest set, by calls, that queues link; a call without one is in ``-1``.

    >>> _together(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 2]), 3).tolist()
    [True, True, False]
    """
    named = agents < count
    pairs = np.unique(np.column_stack([agents[named], queues[named] + 1]), axis=0)
    group = np.arange(count)
    while True:
        of_queue = np.full(int(pairs[:, 1].max(initial=0)) + 1, count)
        np.minimum.at(of_queue, pairs[:, 1], group[pairs[:, 0]])
        new = group.copy()
        np.minimum.at(new, pairs[:, 0], of_queue[pairs[:, 1]])
        if (new == group).all():
            break
        group = new
    calls = np.bincount(group[agents[named]], minlength=max(count, 1))
    joined: NDArray[np.bool_] = group == int(calls.argmax())
    return joined
