"""Agents compared on a measure as if they had had the same calls: partial pooling over contexts.

Takes a number a call, who took it and in what contexts (queue, issue, month, customer); makes each
agent's effect with its covariance.

The model: ``y = agent + queue + issue + month + customer + noise``. Agents are fixed effects, so
what is said of a queue comes from agents who worked in it and elsewhere, and from nobody's queue
being full of slow agents. The contexts are random effects, each with a variance of its own, so a
context with few calls is pulled towards the average one; with no variance it drops out. Times have
a log link (contexts multiply) and are fitted by their means, so an agent's fitted total is the
total that was measured, exactly.

Conventions
-----------
- A call that doesn't say its queue, issue or month stands in a level of its own kind ("unknown");
  one that names no customer shares a customer with no other.
- Beyond :data:`MOST_LEVELS` levels of a context the rarest are joined.
- A customer's calls are pooled in blocks of up to :data:`MOST_CALLS`.

Method: Henderson's mixed model equations. The variances of queue, issue and month by REML (the
fixed-point form of its equations), that of customers by the mean product of two calls' residuals.
With the log link these are solved again and again on the working response (penalised
quasi-likelihood; for the means it is the Poisson pseudo-likelihood, which needs no Poisson data).

References
----------
Henderson (1975). Best linear unbiased estimation and prediction. Biometrics 31, 423-447.
Breslow and Clayton (1993). Approximate inference in GLMMs. JASA 88, 9-25.
Santos Silva and Tenreyro (2006). The log of gravity. Rev Econ Stat 88, 641-658.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from qa_review.team.reviews import Codes, Numbers

MOST_LEVELS = 300
MOST_CALLS = 32
ROUNDS, CLOSE = 60, 1e-4
"""rounds of REML, and the relative change of a ratio of variances that ends them"""
STEPS, SETTLED, STILL = 50, 4, 1e-7
"""steps of the log link, those that estimate variances, the change of a log mean that ends them"""
NONE = 1e-6
"""a variance below this share of the noise's is none"""


@dataclass(frozen=True, slots=True)
class Layout:
    """Who took each call, and in what context; codes have no -1.

    ``customers`` are blocks of calls of one customer, -1 for a call that shares its customer with
    no other.
    """

    agents: Codes
    contexts: tuple[Codes, ...]
    customers: Codes
    sizes: tuple[int, ...]
    """levels of agents, then of each context"""

    def columns(self) -> tuple[Codes, ...]:
        """The codes of agents and contexts, each in the numbers of its own."""
        return (self.agents, *self.contexts)

    def starts(self) -> list[int]:
        """Where each kind's columns begin in the equations, and where the last one ends."""
        return [0, *np.cumsum(self.sizes).tolist()]

    def of(self, kept: Codes) -> Layout:
        """The layout of some of the calls, with all levels."""
        contexts = tuple(codes[kept] for codes in self.contexts)
        return Layout(self.agents[kept], contexts, self.customers[kept], self.sizes)


@dataclass(frozen=True, slots=True)
class Pooled:
    """A measure's fit; agents' effects are on the scale of the link.

    ``known`` are the calls that have the measure; ``left`` has their residuals, ``context`` what
    queue, issue, month and customer add to each. ``inverse`` and ``priors`` are those of the mixed
    model equations (a prior is noise over variance, inf where there is none, 0 for agents).
    """

    known: Codes
    effects: Numbers
    context: Numbers
    left: Numbers
    inverse: Numbers
    priors: Numbers
    noise: float
    spreads: tuple[float, ...]
    """the standard deviation of each context's effects, then of customers'"""
    counts: Numbers
    """calls of each agent"""
    bounded: bool = False
    """whether values have an end that an agent's calls may all lie at, so that they don't differ"""


def lumped(codes: Codes, levels: int) -> tuple[Codes, int]:
    """Codes without -1 and with at most :data:`MOST_LEVELS` levels, and how many there are."""
    found = np.where(codes < 0, levels, codes)
    counts = np.bincount(found, minlength=levels + 1)
    order = np.argsort(-counts, kind="stable")
    place = np.empty(levels + 1, dtype=np.intp)
    place[order] = np.minimum(np.arange(levels + 1), MOST_LEVELS - 1)
    return place[found], int(min((counts > 0).sum(), MOST_LEVELS))


def blocks(customers: Codes) -> Codes:
    """Blocks of up to :data:`MOST_CALLS` calls of one customer; -1 for a call alone in its."""
    found = np.full(len(customers), -1, dtype=np.intp)
    named = np.flatnonzero(customers >= 0)
    order = named[np.argsort(customers[named], kind="stable")]
    if not len(order):
        return found
    own = customers[order]
    first = np.flatnonzero(np.r_[True, own[1:] != own[:-1]])
    within = np.arange(len(own)) - np.repeat(first, np.diff(np.r_[first, len(own)]))
    begins = (within % MOST_CALLS) == 0
    block = np.cumsum(begins) - 1
    alone = np.bincount(block) == 1
    found[order] = np.where(alone[block], -1, block)
    return found


def summed(layout: Layout, values: Numbers) -> Numbers:
    """The sum of values over the calls of each level of each kind, shape (levels,)."""
    return np.concatenate(
        [
            np.bincount(codes, weights=values, minlength=size)
            for codes, size in zip(layout.columns(), layout.sizes, strict=True)
        ]
    )


def crossed(left: Layout, right: Layout, values: Numbers) -> Numbers:
    """The sum of values over the calls of each pair of levels, shape (levels, levels).

    A row is a level that a call has in ``left``, a column one that it has in ``right``.
    """
    starts = left.starts()
    found: Numbers = np.zeros((starts[-1], starts[-1]))
    for row, (rows, height) in enumerate(zip(left.columns(), left.sizes, strict=True)):
        for column, (columns, width) in enumerate(zip(right.columns(), right.sizes, strict=True)):
            block = np.bincount(rows * width + columns, values, minlength=height * width)
            found[starts[row] : starts[row + 1], starts[column] : starts[column + 1]] = (
                block.reshape(height, width)
            )
    return found


def pairs_within(customers: Codes) -> tuple[Codes, Codes]:
    """Each ordered pair of calls in one block of a customer, a call with itself among them."""
    order = np.flatnonzero(customers >= 0)
    order = order[np.argsort(customers[order], kind="stable")]
    if not len(order):
        return order, order
    own = customers[order]
    first = np.flatnonzero(np.r_[True, own[1:] != own[:-1]])
    sizes = np.diff(np.r_[first, len(own)])
    each = np.repeat(sizes, sizes)
    left = np.repeat(np.arange(len(own)), each)
    step = np.arange(len(left)) - np.repeat(np.cumsum(each) - each, each)
    return order[left], order[np.repeat(np.repeat(first, sizes), each) + step]


def fit(values: Numbers, layout: Layout, *, log_link: bool) -> Pooled:
    """The fit of a measure to the calls that have it.

    Args:
        values: shape (calls,); nan where a call doesn't have the measure. Not below 0 with the log
            link.
        layout: of the same calls.
    """
    known = np.flatnonzero(~np.isnan(values))
    values, layout = values[known], layout.of(known)
    solver = _Solver(layout)
    if not log_link:
        found = solver.solved(values, np.ones(len(values)))
    else:
        found = _log_linked(values, solver)
    return replace(found, known=known, bounded=not log_link)


def _log_linked(values: Numbers, solver: _Solver) -> Pooled:
    """Steps on the working response, from the agents' own means on."""
    agents = solver.layout.agents
    counts = np.maximum(np.bincount(agents, minlength=solver.layout.sizes[0]), 1)
    means = np.bincount(agents, values, minlength=len(counts)) / counts
    least = max(float(values.mean()) * 1e-3, 1e-9)
    logs = np.log(np.maximum(means, least))[agents]
    for step in range(STEPS):
        fitted = np.exp(logs)
        size = fitted.mean()
        found = solver.solved(logs + values / fitted - 1, fitted / size, again=step >= SETTLED)
        new = np.maximum(found.effects[agents] + found.context, np.log(least))
        moved = np.abs(new - logs).max()
        logs = np.clip(new, logs - 3, logs + 1)
        if moved < STILL:
            break
    return replace(found, left=(values - np.exp(logs)) / size)


class _Solver:
    """The mixed model equations of one layout, solved for one response after another."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.pairs = pairs_within(layout.customers)
        self.sides = layout.of(self.pairs[0]), layout.of(self.pairs[1])
        self.ratios: Numbers = np.ones(len(layout.contexts))
        """the variance of each context over the noise's"""
        self.customers = 0.0
        """the variance of customers over the noise's"""

    def solved(self, response: Numbers, weights: Numbers, *, again: bool = False) -> Pooled:
        """The fit to a response; with ``again`` the variances of the last one hold."""
        if not again:
            self.customers = 0.0
            self._reml(response, weights)
            self._customers(response, weights)
            if self.customers:
                self._reml(response, weights)
        return self._fit(response, weights)

    def _shares(self, weights: Numbers) -> Numbers:
        """How far each customer's effect follows the mean of its calls, over their weight."""
        codes = self.layout.customers
        total = np.bincount(codes[codes >= 0], weights[codes >= 0], minlength=1)
        return np.asarray(self.customers / (1 + self.customers * total), dtype=np.float64)

    def _equations(self, response: Numbers, weights: Numbers) -> tuple[Numbers, Numbers, float]:
        """The left side without priors, the right side, and the response's sum of squares.

        Customers are taken out: weights ``W`` become ``W - W 1 k / (1 + k 1'W1) 1' W``.
        """
        layout, codes = self.layout, self.layout.customers
        left, right = crossed(layout, layout, weights), summed(layout, weights * response)
        squares = float(weights @ response**2)
        if self.customers:
            shares = self._shares(weights)
            one, other = self.pairs
            both = weights[one] * weights[other] * shares[codes[one]]
            left = left - crossed(*self.sides, both)
            inside = codes >= 0
            taken = np.zeros(len(response))
            sums = np.bincount(codes[inside], (weights * response)[inside], minlength=1)
            taken[inside] = weights[inside] * (shares * sums)[codes[inside]]
            right = right - summed(layout, taken)
            squares -= float(shares @ sums**2)
        return left, right, squares

    def _reml(self, response: Numbers, weights: Numbers) -> None:
        """The ratios of variances, by the fixed-point form of the REML equations."""
        agents, sizes = self.layout.sizes[0], self.layout.sizes[1:]
        if not sizes:
            return
        left, right, squares = self._equations(response, weights)
        present = np.diag(left)[:agents] > 0
        own = left[:agents, :agents][np.ix_(present, present)]
        cross, side = left[agents:, :agents][:, present], right[:agents][present]
        solved = np.linalg.solve(own, np.column_stack([cross.T, side]))
        inner = left[agents:, agents:] - cross @ solved[:, :-1]
        target = right[agents:] - cross @ solved[:, -1]
        squares -= float(side @ solved[:, -1])
        freedom = max(1, len(response) - int(present.sum()))
        kinds = np.repeat(np.arange(len(sizes)), sizes)
        for _ in range(ROUNDS):
            inverse = np.linalg.inv(inner + np.diag(1 / self.ratios[kinds]))
            effects = inverse @ target
            noise = max((squares - float(target @ effects)) / freedom, 1e-12)
            spent = np.bincount(kinds, np.diag(inverse), len(sizes)) / self.ratios
            freely = np.maximum(np.array(sizes) - spent, 1e-9)
            squared = np.bincount(kinds, effects**2, len(sizes))
            before = self.ratios
            self.ratios = np.clip(squared / freely / noise, NONE / 10, 1e6)
            moved = np.abs(np.log(self.ratios / before)).max()
            if moved < CLOSE:
                break

    def _customers(self, response: Numbers, weights: Numbers) -> None:
        """The variance of customers, from the products of two residuals of one."""
        one, other = self.pairs
        apart = one != other
        if not apart.any():
            return
        left = self._fit(response, weights).left / weights
        one, other = one[apart], other[apart]
        both = weights[one] * weights[other]
        shared = float(both @ (left[one] * left[other]) / both.sum())
        noise = float(weights @ left**2) / max(1, len(left) - self.layout.sizes[0]) - shared
        self.customers = shared / noise if noise > 0 and shared > NONE * noise else 0.0

    def _fit(self, response: Numbers, weights: Numbers) -> Pooled:
        layout, agents = self.layout, self.layout.sizes[0]
        left, right, squares = self._equations(response, weights)
        kinds = np.repeat(np.arange(len(layout.sizes)), layout.sizes)
        ratios = np.r_[np.inf, np.where(self.ratios > NONE, self.ratios, 0.0)][kinds]
        used = (ratios > 0) & ((np.diag(left) > 0) | (kinds > 0))
        priors = np.full(len(ratios), np.inf)
        priors[ratios > 0] = 1 / ratios[ratios > 0]
        inverse = np.zeros_like(left)
        block = np.ix_(used, used)
        inverse[block] = np.linalg.inv(left[block] + np.diag(priors[used]))
        solution = inverse @ right
        noise = (squares - float(solution @ right)) / max(1, len(response) - agents)
        starts = layout.starts()
        context = np.zeros(len(response))
        for codes, start in zip(layout.contexts, starts[1:], strict=False):
            context += solution[start + codes]
        left_over = response - solution[layout.agents] - context
        context += self._of_customers(left_over, weights)
        spreads = np.sqrt(np.r_[ratios[starts[1:-1]], self.customers] * max(noise, 0.0))
        return Pooled(
            np.arange(len(response)), solution[:agents], context,
            weights * (response - solution[layout.agents] - context), inverse, priors,
            max(noise, 0.0), tuple(spreads.tolist()),
            np.bincount(layout.agents, minlength=agents).astype(float),
        )  # fmt: skip

    def _of_customers(self, left_over: Numbers, weights: Numbers) -> Numbers:
        """What each call's customer adds to it."""
        added = np.zeros(len(left_over))
        codes = self.layout.customers
        inside = codes >= 0
        if self.customers and inside.any():
            sums = np.bincount(codes[inside], (weights * left_over)[inside])
            added[inside] = (self._shares(weights) * sums)[codes[inside]]
        return added
