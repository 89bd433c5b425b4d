"""How far agents' effects would have been others with other calls: covariance and resamples.

Takes a measure's fit (:mod:`qa_review.team.pooled`). The covariance is the sandwich by call, so
agents may differ in spread and times may be as skewed as they like (but see :func:`unseen` for
measures with ends), plus what is unknown of the contexts: an agent alone in a queue gets that
queue's whole variance. Resamples are drawn from the calls within each agent and agree with the
covariance; in them ranks and signs can be counted.

The residuals of a customer's calls are taken to be independent once the customer's effect is off
them, which makes the errors of agents who share customers a little too wide.

References
----------
White (1980). A heteroskedasticity-consistent covariance matrix estimator. Econometrica 48, 817-838.
Kline and Santos (2012). A score based approach to wild bootstrap inference. J Econometric Methods
1(1), 23-41.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa_review.team.pooled import Layout, Pooled, crossed, summed
from qa_review.team.reviews import Numbers


def covariance(found: Pooled, layout: Layout) -> Numbers:
    """The covariance of agents' effects, shape (agents, agents): a sandwich, by call.

    A residual counts ``n / (n - 1)`` times squared, ``n`` being its agent's calls.
    """
    layout = layout.of(found.known)
    counts = found.counts[layout.agents]
    raised = np.where(counts > 1, counts / np.maximum(counts - 1, 1), 1.0)
    meat = crossed(layout, layout, found.left**2 * raised + unseen(found, layout)[layout.agents])
    priors = np.where(np.isinf(found.priors), 0.0, found.priors)
    meat[np.diag_indices_from(meat)] += found.noise * priors
    bread = found.inverse[: layout.sizes[0]]
    spread: Numbers = bread @ meat @ bread.T
    return spread


def unseen(found: Pooled, layout: Layout) -> Numbers:
    """What an agent's calls lack of the usual variance of a call; shape (agents,).

    Thirty calls that were all resolved don't show how rare another end is. So of a measure with
    ends, an agent's calls count as differing by no less than everybody's. ``layout`` is of the
    calls that have the measure. 0 for times.
    """
    agents, count = layout.agents, layout.sizes[0]
    if not found.bounded or not len(found.left):
        return np.zeros(count)
    calls = np.maximum(1, np.bincount(agents, minlength=count))
    own = np.bincount(agents, found.left**2, minlength=count) / calls
    lacking: Numbers = np.maximum(0.0, float((found.left**2).mean()) - own)
    return lacking


def resampled(
    fits: Sequence[Pooled], layout: Layout, *, resamples: int, seed: int
) -> list[Numbers]:
    """Agents' effects in resamples of the calls within each agent, each (resamples, agents).

    All measures see the same calls drawn. The fit moves with them to first order (a score
    bootstrap: the equations' left side and the variances stay), and contexts are drawn anew from
    their variances.
    """
    random, apart = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    order = np.argsort(layout.agents, kind="stable")
    counts = np.bincount(layout.agents, minlength=layout.sizes[0])
    starts = (np.cumsum(counts) - counts)[layout.agents[order]]
    each = counts[layout.agents[order]]
    scores, sums, drawn, lacks = [], [], [], []
    for found in fits:
        score = np.zeros(len(order))
        score[found.known] = found.left
        own = np.maximum(found.counts, 1)
        score *= np.sqrt(own / np.maximum(own - 1, 1))[layout.agents]
        scores.append(score)
        sums.append(summed(layout, score))
        drawn.append(np.empty((resamples, layout.sizes[0])))
        lacking = np.sqrt(unseen(found, layout.of(found.known)))[layout.agents]
        lacks.append(np.where(np.isin(np.arange(len(order)), found.known), lacking, 0.0))
    any_lacks = any(each.any() for each in lacks)
    for number in range(resamples):
        picked = order[starts + (random.random(len(order)) * each).astype(np.intp)]
        again = layout.of(picked)
        chance = apart.standard_normal(len(sums[0])) if sums else np.empty(0)
        unlike = apart.standard_normal(len(order)) if any_lacks else np.empty(0)
        for at, found in enumerate(fits):
            score = scores[at][picked]
            if lacks[at].any():
                score = score + lacks[at][picked] * unlike
            moved = summed(again, score) - sums[at]
            priors = np.where(np.isinf(found.priors), 0.0, found.priors)
            moved -= np.sqrt(found.noise * priors) * chance
            drawn[at][number] = found.effects + found.inverse[: len(found.effects)] @ moved
    return drawn
