"""How many calls a figure needs: for each agent and for the team, to hold within so many points.

Takes the frame of :mod:`qa_review.team.reviews`; makes a frame of spreads, half-widths as they are
and calls needed.

Conventions
-----------
- "Within x" is the half-width of a 95 % interval: ``t(n - 1) sd / sqrt(n) <= x``, Student's t
  and not the normal, as few calls are the usual case.
- The spread's own interval is Bonett's (about the plain mean), which asks for no normal
  distribution; from its ends come ``needed_low`` and ``needed_high``. Plan by ``needed_high`` if
  missing the mark is dear.
- For a team there are two questions, and a row each. Of *these agents*, calls drawn from all of
  them: only how calls of one agent differ counts. Of *agents like these*: calls of one agent are
  alike, by the intraclass correlation ``rho`` (one-way ANOVA), so n calls are worth
  ``n / (1 + (m - 1) rho)``, where ``m`` is calls an agent (weighted by calls), and t has as many
  degrees as agents less one. There more calls of the same few agents may never be enough; ``why``
  then says how many agents would be.
- With ``population``, the number of calls that there are, half-widths are of those calls only and
  shrink by ``sqrt(1 - n / N)``.

It assumes calls drawn by lot. Measured over 4,000 agents each, whose overall figures come from the
levels of five behaviours, even or heaped at the top: at 10, 30 and 100 calls the half-width held
the long-run mean in 94.3 to 95.4 of 100, the spread's interval the spread in 93.3 to 94.9. With
figures as skewed as a gamma distribution of shape 4 these are 94.0 to 95.0 and 91.0 to 92.8.

References
----------
Bonett, D. (2006). Approximate confidence interval for standard deviation of nonnormal
distributions. Comp Stat Data Anal 50, 775-782.
Cochran, W. (1977). Sampling Techniques, 3rd ed., chapters 4 and 9.
Donner, A. (1986). A review of inference procedures for the intraclass correlation coefficient.
Int Stat Rev 54, 67-82.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, exp, log, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np

from qa_review.base.bootstrap import EDGE
from qa_review.base.frames import frame
from qa_review.base.quantiles import t_quantile
from qa_review.team.reviews import Codes, Numbers, names, numbers

if TYPE_CHECKING:
    import pandas as pd

Group = Literal["agent", "team"]
GROUPS: tuple[Group, ...] = ("agent", "team")
MOST = 1_000_000
"""Calls above which nobody plans."""
NORMAL = 1.959964
MANY = 2000
"""degrees of freedom above which Student's t is taken at this number: it is 1.961 there"""

CALLS_NEEDED = {
    "group": "string",
    "name": "string",
    "about": "string",
    "of": "string",
    "n": "Int64",
    "agents": "Int64",
    "mean": "Float64",
    "spread": "Float64",
    "spread_low": "Float64",
    "spread_high": "Float64",
    "alike": "Float64",
    "design_effect": "Float64",
    "half_now": "Float64",
    "within": "Float64",
    "needed": "Int64",
    "needed_low": "Int64",
    "needed_high": "Int64",
    "more": "Int64",
    "why": "string",
}
"""A row an agent, a row for what is typical of an agent, and two for each team and for all.

``group`` is "agent", "typical agent", "team" or "all"; ``about`` is "this agent", "these agents" or
"agents like these"; ``of`` the column. ``spread`` is the standard deviation, of calls of one agent
or, for agents like these, of all calls. ``alike`` is the intraclass correlation of calls of
one agent, ``design_effect`` what it multiplies the calls needed by. ``half_now`` is the half-width
with the calls there are; ``needed`` calls make it ``within``, in all, ``more`` of them than there
are. For agents like these they are spread evenly over as many agents as now. ``why`` says why what
is missing is."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Sums over the calls of one agent, and of a team's agents."""

    n: int
    mean: float
    deviation: float
    """standard deviation, divisor n - 1"""
    kurtosis: float
    """fourth central moment over the squared second; 3 for a normal distribution"""

    @property
    def ends(self) -> tuple[float, float] | None:
        """Bonett's 95 % interval of the standard deviation; ``None`` below 4 calls."""
        if self.n < 4 or not self.deviation > 0:
            return None
        share = self.n / (self.n - NORMAL)
        spread = share * sqrt(max(0.0, self.kurtosis - (self.n - 3) / self.n) / (self.n - 1))
        middle = log(share * self.deviation**2)
        low, high = (exp((middle + side * NORMAL * spread) / 2) for side in (-1, 1))
        return low, high


def calls_needed_frame(
    reviews: pd.DataFrame,
    within: float = 5.0,
    *,
    of: str = "overall",
    population: int | None = None,
) -> pd.DataFrame:
    """Calls needed to hold a mean within ``within``; columns: :data:`CALLS_NEEDED`.

    Args:
        within: the half-width wanted, in the unit of the column: points of ``overall`` (0 to 100),
            levels of ``level_listening``.
        of: the column of figures.
        population: how many calls there are in all of each agent; not given, any number.

    Raises:
        ValueError: ``within`` is not above 0, or ``population`` is below 1.
    """
    if not within > 0:
        raise ValueError(f"within is {within:g}; a half-width is above 0")
    if population is not None and population < 1:
        raise ValueError(f"population is {population}; there is at least 1 call")
    values = numbers(reviews, of)
    agent, agent_names = names(reviews, "agent")
    team, team_names = names(reviews, "team")
    here = ~np.isnan(values) & (agent >= 0)
    aim = _Aim(of, within, population)
    held = _spreads(values[here], agent[here], len(agent_names))
    rows = [aim.agent("agent", name, one) for name, one in zip(agent_names, held, strict=True)]
    rows.append(aim.typical([one for one in held if one.n > 1]))
    for at, name in enumerate(team_names):
        chosen = here & (team == at)
        rows += aim.team("team", name, values[chosen], agent[chosen])
    rows += aim.team("all", "", values[here], agent[here])
    return frame(CALLS_NEEDED, rows)


def calls_needed(deviation: float, within: float, *, population: int | None = None) -> int | None:
    """The fewest calls, 2 or more, for ``t(n - 1) deviation / sqrt(n) <= within``.

    With ``population`` calls in all, ``sqrt(1 - n / population)`` is a factor of the left side.
    ``None`` above a million calls.

    >>> calls_needed(20, 5), calls_needed(20, 10), calls_needed(20, 5, population=40)
    (64, 18, 26)
    """

    def short(n: int) -> bool:
        return half_width(deviation, n, population) > within

    low, high = 1, 2
    while short(high):
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if short(middle) else (low, middle)
    return high


def half_width(
    deviation: float, n: int, population: int | None = None, *, freedom: int | None = None
) -> float:
    """Half of the 95 % interval of a mean of ``n`` calls, 2 or more; 0 when these are all.

    ``freedom`` is that of ``deviation``, ``n - 1`` unless it says otherwise.
    """
    if population is not None and n >= population:
        return 0.0
    left = 1.0 if population is None else 1 - n / population
    return _t(n - 1 if freedom is None else freedom) * deviation * sqrt(left / n)


def _t(freedom: int) -> float:
    return t_quantile(1 - EDGE, min(freedom, MANY))


def _spreads(values: Numbers, groups: Codes, count: int) -> list[Spread]:
    n = np.bincount(groups, minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(groups, values, minlength=count) / n
        off = values - means[groups]
        second = np.bincount(groups, off**2, minlength=count)
        fourth = np.bincount(groups, off**4, minlength=count)
        deviations, kurtoses = np.sqrt(second / (n - 1)), n * fourth / second**2
    return [
        Spread(*one)
        for one in zip(
            n.tolist(), means.tolist(), deviations.tolist(), kurtoses.tolist(), strict=True
        )
    ]


@dataclass(frozen=True, slots=True)
class _Aim:
    of: str
    within: float
    population: int | None

    def agent(self, group: str, name: str, one: Spread) -> tuple[object, ...]:
        if one.n < 2:
            why = f"{one.n} calls with {self.of}: a spread needs at least 2"
            mean = one.mean if one.n else None
            return (group, name, "this agent", self.of, one.n, 1, mean, *[None] * 6, self.within,
                    *[None] * 4, why)  # fmt: skip
        head: tuple[object, ...] = (group, name, "this agent", self.of, one.n, 1, one.mean)
        return self._row(head, one.deviation, one.ends, one.n, one.n - 1, self.population)

    def typical(self, held: list[Spread]) -> tuple[object, ...]:
        """What an agent needs whose calls spread as agents' calls do on the whole."""
        head: tuple[object, ...] = ("typical agent", "", "this agent", self.of)
        if not held:
            why = f"no agent has 2 calls with {self.of}"
            return (*head, 0, 0, *[None] * 7, self.within, *[None] * 4, why)
        pooled = _pooled(held)
        needed = calls_needed(pooled.deviation, self.within, population=self.population)
        low, high = self._ends(pooled.ends, self.population)
        ends = pooled.ends or (None, None)
        return (*head, pooled.n, len(held), pooled.mean, pooled.deviation, *ends, None, None, None,
                self.within, needed, low, high, None, self._too_many(needed))  # fmt: skip

    def team(
        self, group: str, name: str, values: Numbers, agent: Codes
    ) -> Iterator[tuple[object, ...]]:
        """A row about these agents, and one about agents like these."""
        codes = np.unique(agent, return_inverse=True)[1]
        held = _spreads(values, codes, int(codes.max(initial=-1)) + 1)
        yield self._these(group, name, held)
        yield self._like(group, name, held)

    def _these(self, group: str, name: str, held: list[Spread]) -> tuple[object, ...]:
        head: tuple[object, ...] = (group, name, "these agents", self.of)
        n, agents = sum(one.n for one in held), len(held)
        repeated = [one for one in held if one.n > 1]
        if not repeated:
            why = f"no agent has 2 calls with {self.of}"
            return (*head, n, agents, *[None] * 7, self.within, *[None] * 4, why)
        pooled = _pooled(repeated)
        mean = sum(one.n * one.mean for one in held) / n
        all_calls = self.population and self.population * agents
        head = (*head, n, agents, mean)
        return self._row(head, pooled.deviation, pooled.ends, n, pooled.n - 1, all_calls)

    def _like(self, group: str, name: str, held: list[Spread]) -> tuple[object, ...]:
        head: tuple[object, ...] = (group, name, "agents like these", self.of)
        n, agents = sum(one.n for one in held), len(held)
        repeated = [one for one in held if one.n > 1]
        if agents < 2 or not repeated:
            lacking = f"{agents} agents: at least 2 are needed, and 2 calls of one of them"
            return (*head, n, agents, *[None] * 7, self.within, *[None] * 4, lacking)
        between, inside = components(held)
        mean = sum(one.n * one.mean for one in held) / n
        whole = between + inside
        alike = between / whole if whole else 0.0
        effect = 1 + (sum(one.n**2 for one in held) / n - 1) * alike
        t = _t(agents - 1)
        half = t * sqrt(whole * effect / n)
        wanted = (self.within / t) ** 2 - between / agents
        needed = max(agents, ceil(inside / wanted)) if wanted > 0 else None
        why: str | None = None if needed is not None else _more_agents(between, self.within)
        more = None if needed is None else max(0, needed - n)
        return (*head, n, agents, mean, sqrt(whole), None, None, alike, effect, half, self.within,
                needed, None, None, more, why)  # fmt: skip

    def _row(
        self,
        head: tuple[object, ...],
        deviation: float,
        ends: tuple[float, float] | None,
        n: int,
        freedom: int,
        population: int | None,
    ) -> tuple[object, ...]:
        needed = calls_needed(deviation, self.within, population=population)
        low, high = self._ends(ends, population)
        more = None if needed is None else max(0, needed - n)
        why = self._too_many(needed)
        if not deviation > 0:
            needed = low = high = more = None
            why = f"all {n} calls are alike: how far calls spread is not known yet"
        return (*head, deviation, *(ends or (None, None)), None, None,
                half_width(deviation, n, population, freedom=freedom), self.within,
                needed, low, high, more, why)  # fmt: skip

    def _ends(
        self, ends: tuple[float, float] | None, population: int | None
    ) -> tuple[int | None, int | None]:
        if ends is None:
            return None, None
        low, high = (calls_needed(end, self.within, population=population) for end in ends)
        return low, high

    def _too_many(self, needed: int | None) -> str | None:
        return None if needed is not None else f"more than {MOST:,} calls"


def _pooled(held: list[Spread]) -> Spread:
    """The spread within agents: squares pooled, and the kurtosis that goes with them."""
    n = sum(one.n for one in held)
    freedom = n - len(held)
    second = sum((one.n - 1) * one.deviation**2 for one in held)
    fourth = sum(
        one.kurtosis * ((one.n - 1) * one.deviation**2) ** 2 / one.n
        for one in held
        if one.deviation > 0
    )
    mean = sum(one.n * one.mean for one in held) / n
    kurtosis = n * fourth / second**2 if second else 3.0
    return Spread(freedom + 1, mean, sqrt(second / freedom), kurtosis)


def components(held: list[Spread]) -> tuple[float, float]:
    """The variance between agents and that of calls of one, by one-way ANOVA; neither below 0."""
    n = sum(one.n for one in held)
    mean = sum(one.n * one.mean for one in held) / n
    between = sum(one.n * (one.mean - mean) ** 2 for one in held) / (len(held) - 1)
    squares = sum((one.n - 1) * one.deviation**2 for one in held if one.n > 1)
    inside = squares / (n - len(held))
    each = (n - sum(one.n**2 for one in held) / n) / (len(held) - 1)
    return max(0.0, (between - inside) / each), inside


def _more_agents(between: float, within: float) -> str:
    def short(agents: int) -> bool:
        return _t(agents - 1) * sqrt(between / agents) >= within

    agents = 2
    while short(agents) and agents < MOST:
        agents = 2 * agents
    low = agents // 2
    while agents - low > 1:
        middle = (low + agents) // 2
        low, agents = (middle, agents) if short(middle) else (low, middle)
    return f"agents differ so much that calls of at least {agents} agents are needed"
