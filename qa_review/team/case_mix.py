"""Handling time that can be held against an agent: friction off, among calls of the same kind.

Takes the frame of reviews; makes a row an agent, or a row a call. A handling time is three parts
that add up, for each agent exactly::

    handle_ms = friction_ms + like_ms + own_ms

``friction_ms`` was lost to systems, holds, transfers and repeats. ``like_ms`` is what the average
agent would take for the rest of these very calls: of the same queue, issue, month and customer.
``own_ms`` is what remains: the agent's own. How it is found is said in
:mod:`qa_review.team.pooled` and :mod:`qa_review.team.compared`.

Times are compared as factors, since contexts multiply: whoever is a tenth slower is so by more
seconds where calls are long. The factor is one of mean times, not of medians or of logs, because
means are what minutes add up from. One very long call weighs in a mean; the interval, by the
calls' own spread, is wider for it.

Limits, measured on made-up calls: see ``docs/decisions/case-mix.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from qa_review.base.bootstrap import EDGE
from qa_review.base.frames import frame
from qa_review.base.quantiles import t_quantile
from qa_review.team.compared import CONTEXTS, NET, SENSES, Compared, Standing, compared, standing
from qa_review.team.many_tests import holm
from qa_review.team.reviews import Numbers, known

if TYPE_CHECKING:
    import pandas as pd

HANDLING = {
    "agent": "string",
    "n": "Int64",
    "handle_ms": "Float64",
    "friction_ms": "Float64",
    "like_ms": "Float64",
    "own_ms": "Float64",
    "low_ms": "Float64",
    "high_ms": "Float64",
    "factor": "Float64",
    "pooled_ms": "Float64",
    "p": "Float64",
    "corrected": "Float64",
    "friction_unknown": "Int64",
    "lacking": "Int64",
    "why": "string",
}
"""``n`` calls have a handling time, of which ``friction_unknown`` don't say what friction took (0
is taken off). Times are means a call. From ``low_ms`` to ``high_ms`` is the 95 % interval of
``own_ms``; ``factor`` is the agent's time over that of like calls; ``pooled_ms`` is ``own_ms``
drawn towards 0 as far as chance explains it: the better guess of the next month. ``p`` is the
chance of a difference this large between agents who are alike, ``corrected`` for all agents
(Holm)."""
LIKE = {
    "call": "string",
    "agent": "string",
    "net_ms": "Float64",
    "like_ms": "Float64",
    "extra_ms": "Float64",
    "why": "string",
}
"""``extra_ms`` is ``net_ms`` (friction off) less ``like_ms`` (the average agent's)"""
SPREADS = {"measure": "string", "context": "string", "levels": "Int64", "spread": "Float64"}
"""``spread`` is the standard deviation of a context's effects: of times in logs (0.1 is a tenth),
else in the measure's unit; ``levels`` is missing for customers, and the noise, a call's own"""
NO_AGENT = "no call names an agent"
LEAST_SPREAD = 0.01
"""agents differ by this share at least of their error's square, so that no chance is 0 or 1"""


def handling_frame(reviews: pd.DataFrame | Compared) -> pd.DataFrame:
    """One row an agent, by the alphabet: what of their handling time is their own."""
    found = made(reviews, NET)
    if not found.agents:
        return one_row(HANDLING, NO_AGENT)
    own = standing(found, NET)
    like = like_ms(found)
    factors, reach = np.exp(own.effect), _reach(own)
    low, high = np.exp(own.effect - reach), np.exp(own.effect + reach)
    pooled = np.exp(drawn_in(own)[0])
    counted = [_mean(found, values) for values in (found.handle_ms, found.friction_ms, like)]
    handle, friction, alike = counted
    corrected = holm(own.p)
    unknown = _unknown(found)
    return frame(
        HANDLING,
        (
            (name, int(own.n[at]), *map(known, (handle[at], friction[at])),
             *(known(value) for value in (
                 np.nan if own.why[at] else alike[at],
                 alike[at] * (factors[at] - 1), alike[at] * (low[at] - 1),
                 alike[at] * (high[at] - 1), factors[at], alike[at] * (pooled[at] - 1),
                 own.p[at], corrected[at])),
             unknown[at], int(own.lacking[at]), own.why[at])
            for at, name in enumerate(found.agents)
        ),
    )  # fmt: skip


def like_calls_frame(reviews: pd.DataFrame | Compared) -> pd.DataFrame:
    """One row a call, as in ``reviews``: what the average agent would take for it."""
    import pandas

    found = made(reviews, NET)
    like = like_ms(found)
    agents = np.array([*found.agents, None], dtype=object)[found.layout.agents]
    missing = np.isnan(found.net_ms)
    columns = {
        "call": found.calls.to_numpy(),
        "agent": agents,
        "net_ms": pandas.array(found.net_ms),
        "like_ms": pandas.array(like),
        "extra_ms": pandas.array(found.net_ms - like),
        "why": np.array([None, "the call has no handle_ms"], dtype=object)[missing.astype(int)],
    }
    return pandas.DataFrame(columns).astype(LIKE)


def spreads_frame(reviews: pd.DataFrame | Compared) -> pd.DataFrame:
    """One row a measure and context: how far calls differ by it, beside agents and chance."""
    found = made(reviews, *SENSES)
    sizes = (*found.layout.sizes[1:], None, None)
    return frame(
        SPREADS,
        (
            (measure, context, levels, spread)
            for measure, one in found.fits.items()
            if len(one.spreads) > 1
            for context, levels, spread in zip(
                (*CONTEXTS, "customer", "noise"), sizes, (*one.spreads, one.noise**0.5), strict=True
            )
        ),
    )


def made(reviews: pd.DataFrame | Compared, *measures: str) -> Compared:
    """What is compared already, or the measures of a frame, without resamples."""
    return reviews if isinstance(reviews, Compared) else compared(reviews, measures, resamples=0)


def like_ms(found: Compared) -> Numbers:
    """What the average agent would take for each call, net; nan where it has no time."""
    like = np.full(len(found.net_ms), np.nan)
    one = found.fits.get(NET)
    if one is None:
        return like
    places = standing(found, NET).places
    weights = one.counts if not len(places) else np.isin(np.arange(len(one.effects)), places)
    average = float(np.average(one.effects, weights=weights))
    like[one.known] = np.exp(one.context + average)
    return like


def drawn_in(own: Standing) -> tuple[Numbers, Numbers, float]:
    """Effects drawn towards 0 by empirical Bayes: their means, the share kept, agents' spread.

    The variance between agents is that of their effects less their mean squared error, at least
    :data:`LEAST_SPREAD` of the latter. All nan where nobody is compared.
    """
    places = own.places
    if len(places) < 2:
        none = np.full(len(own.effect), np.nan)
        return none, none, float("nan")
    errors = own.error[places] ** 2
    between = float(np.var(own.effect[places], ddof=1) - errors.mean())
    between = max(between, LEAST_SPREAD * float(errors.mean()), 1e-300)
    kept: Numbers = between / (between + own.error**2)
    return kept * own.effect, kept, between**0.5


def one_row(columns: Mapping[str, str], why: str) -> pd.DataFrame:
    """A frame with one row that only says why there is no other; ``why`` is the last column."""
    return frame(columns, [(*(None for _ in list(columns)[:-1]), why)])


def _reach(own: Standing) -> Numbers:
    quantiles = [t_quantile(1 - EDGE, max(1.0, each)) for each in own.freedom]
    reach: Numbers = np.array(quantiles) * own.error
    return reach


def _mean(found: Compared, values: Numbers) -> Numbers:
    """Each agent's mean over the calls that have a handling time; nan for none."""
    count = len(found.agents)
    into = ~np.isnan(found.net_ms) & (found.layout.agents < count)
    codes = found.layout.agents[into]
    calls = np.bincount(codes, minlength=count)
    sums = np.bincount(codes, values[into], minlength=count)
    mean: Numbers = np.where(calls > 0, sums / np.maximum(calls, 1), np.nan)
    return mean


def _unknown(found: Compared) -> list[int]:
    count = len(found.agents)
    into = ~np.isnan(found.net_ms) & ~found.friction_known & (found.layout.agents < count)
    return [int(each) for each in np.bincount(found.layout.agents[into], minlength=count)]
