"""What the weights of behaviours would be if outcomes set them, and whether that would be better.

Takes the frame of :mod:`qa_review.team.reviews` and the weights as they are; makes a
:class:`Reweighting`.

Method
------
- The outcome is an index: the mean of the outcomes known of a call, each in standard deviations and
  turned so that more is better.
- Index and levels are compared among calls alike in queue and issue, length and friction (see
  :mod:`qa_review.team.audit_ground`). A level that is missing is taken at the mean of its kind.
- Weights are 0 or more and have the sum that they have now. They minimise the squared error of
  the index plus a penalty on the distance from the weights as they are (ridge regression, drawn not
  to 0 but to the present), so that little data changes little.
- The penalty, from none to "leave them", is chosen in an inner cross-validation, and what comes of
  it is judged in an outer one: agents are split into 5 parts, and calls of a part are scored by
  weights that no call of theirs had a say in (nested, after Varma and Simon, 2006). The same holds
  for the inner parts. Without agents, calls are split.
- ``gain`` is the correlation with the index under new weights less that under present ones, both
  out of sample. Its interval is by agent (:mod:`qa_review.base.bootstrap`), widened by
  ``sqrt(1 + 5 / 4)``, as the parts' weights were learned from the same calls (Nadeau and Bengio,
  2003): without that, noise passes for a gain in up to 10 of 100 sets of calls, with it in 3. New
  weights are advised only if its lower end is above 0. More than 500 agents are lumped into 500.

An index is no judgement of what the rubric is for: a behaviour may deserve its weight because it is
right, whatever outcomes say.

References
----------
Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52,
239-281.
Varma, S. and Simon, R. (2006). Bias in error estimation when using cross-validation for model
selection. BMC Bioinformatics 7, 91.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from qa_review.base.bootstrap import EDGE, Family, Sums, interval, resampled, spreads
from qa_review.base.frames import frame
from qa_review.team.audit_ground import Ground, Mask, Within, ground, outcomes_of
from qa_review.team.reviews import Codes, Numbers, behaviours_in, names, numbers, overall_of

if TYPE_CHECKING:
    import pandas as pd

PARTS, MOST_PARTS = 5, 500
LEAST_CALLS, LEAST_AGENTS = 100, 10
"""Calls and agents below which weights aren't looked at."""
PENALTIES = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, np.inf)
"""In numbers of calls, as a share of those there are; infinity leaves the weights as they are."""
RESAMPLES = 400
SHARED = (1 + PARTS / (PARTS - 1)) ** 0.5
SWEEPS = 500

WEIGHTS = {
    "behaviour": "string",
    "weight": "Float64",
    "by_outcome": "Float64",
    "low": "Float64",
    "high": "Float64",
    "n": "Int64",
    "why": "string",
}
"""A row a behaviour: its share of the weights now and by the outcome, and the 95 % interval of the
latter by resampling agents."""
MOVES = {
    "agent": "string",
    "n": "Int64",
    "overall": "Float64",
    "reweighted": "Float64",
    "change": "Float64",
    "place": "Int64",
    "place_reweighted": "Int64",
    "largest": "Float64",
    "call": "string",
}
"""A row an agent: the mean overall figure as it is and re-weighted (0 to 100), the place among
agents by each (1 is highest), and the call that would move most, by how much."""


@dataclass(frozen=True, slots=True)
class Reweighting:
    """What re-weighting by outcome would change; ``why`` says why the rest is missing.

    ``weights`` and ``by_outcome`` are shares of 1 in the order of ``behaviours``; ``now`` and
    ``then`` are correlations with the outcome index, out of sample, in [-1, 1].
    """

    behaviours: tuple[str, ...]
    weights: tuple[float, ...]
    n: int
    agents: int
    by_outcome: tuple[float, ...] | None = None
    ends: tuple[tuple[float, float], ...] | None = None
    now: float | None = None
    then: float | None = None
    gain: float | None = None
    interval: tuple[float, float] | None = None
    why: str | None = None

    @property
    def better(self) -> bool | None:
        """Whether the gain is more than noise; ``None`` when it couldn't be looked at."""
        if self.gain is None:
            return None
        return self.interval is not None and self.interval[0] > 0

    @property
    def says(self) -> str:
        """What was found, in a sentence."""
        if self.gain is None or self.now is None or self.then is None:
            return f"re-weighting by outcome could not be looked at: {self.why}"
        figures = (f"overall goes with outcomes by {self.now:.2f} as weights are and by "
                   f"{self.then:.2f} by outcome ({self.n:,} calls of {self.agents:,} agents)"
                   )  # fmt: skip
        if not self.better:
            return f"re-weighting would change no more than noise: {figures}"
        pairs = zip(self.behaviours, self.weights, self.by_outcome or (), strict=True)
        moved = sorted(pairs, key=lambda one: -abs(one[2] - one[1]))[:2]
        said = " and ".join(f"{name} from {old:.0%} to {new:.0%}" for name, old, new in moved)
        return f"re-weighting would serve: {figures}; most of all {said}"


@dataclass(frozen=True, slots=True)
class _Parts:
    """Sums of products, an agent a row: (agents, k, k), (agents, k), and of calls (agents,)."""

    gram: Numbers
    moment: Numbers
    n: Numbers

    def pooled(self, weights: Numbers) -> tuple[Numbers, Numbers, float]:
        gram = np.tensordot(weights, self.gram, axes=1)
        return gram, weights @ self.moment, float(weights @ self.n)


def reweighting(
    reviews: pd.DataFrame, weights: Mapping[str, float] | None = None, *, seed: int = 0
) -> Reweighting:
    """What outcomes would make of the weights, and whether it holds for agents not seen.

    Args:
        weights: of each behaviour; 1 each by default. Behaviours without a column have none.
    """
    behaviours = behaviours_in(reviews)
    now = _shares(behaviours, weights)
    base = ground(reviews)
    y, said = _index(reviews)
    levels = [numbers(reviews, f"level_{name}") for name in behaviours]
    seen = ~np.all(np.isnan(np.array(levels)), axis=0) if levels else np.zeros(len(y), bool)
    rows = base.known & ~np.isnan(y) & seen
    agents = np.unique(base.agents[rows])
    n = int(rows.sum())
    why = said or _too_few(n, len(agents), len(behaviours))
    if why:
        return Reweighting(behaviours, tuple(now.tolist()), n, len(agents), why=why)
    x, y = _residuals(levels, y, rows, base)
    who = np.unique(base.agents[rows], return_inverse=True)[1] % MOST_PARTS
    return replace(_found(behaviours, now, x, y, who, seed), agents=len(agents))


def weights_frame(found: Reweighting) -> pd.DataFrame:
    """The weights as they are and by outcome; columns: :data:`WEIGHTS`."""
    count = len(found.behaviours)
    by_outcome = found.by_outcome or (None,) * count
    ends = found.ends or ((None, None),) * count
    rows = zip(found.behaviours, found.weights, by_outcome, ends, strict=True)
    return frame(
        WEIGHTS, ((name, old, new, *end, found.n, found.why) for name, old, new, end in rows)
    )


def moves_frame(reviews: pd.DataFrame, found: Reweighting) -> pd.DataFrame:
    """Whose figures re-weighting would move, most moved first; columns: :data:`MOVES`.

    Without new weights, or agents, there are no rows.
    """
    if found.by_outcome is None:
        return frame(MOVES, ())
    levels = np.column_stack([numbers(reviews, f"level_{name}") for name in found.behaviours])
    now, then = (overall_of(levels, each) for each in (found.weights, found.by_outcome))
    agents, listed = names(reviews, "agent")
    here = (agents >= 0) & ~np.isnan(now) & ~np.isnan(then)
    counts = np.bincount(agents[here], minlength=len(listed))
    means = [np.bincount(agents[here], each[here], minlength=len(listed)) for each in (now, then)]
    held = np.flatnonzero(counts)
    old, new = (each[held] / counts[held] for each in means)
    places = [1 + (each[:, None] < each).sum(axis=1) for each in (old, new)]
    change = np.where(here, then - now, 0.0)
    most = _largest(np.abs(change), agents, here, len(listed))[held]
    calls = reviews["call"].astype(str).to_numpy(dtype=object)
    rows = zip([listed[at] for at in held], counts[held].tolist(), old, new, new - old,
               *places, change[most], calls[most], strict=True)  # fmt: skip
    return frame(MOVES, sorted(rows, key=lambda row: (-abs(row[4]), row[0])))


def fitted(gram: Numbers, moment: Numbers, n: float, penalty: float, now: Numbers) -> Numbers:
    """Shares of 0 or more, sum 1, by least squares drawn to ``now`` with weight ``penalty``.

    Args:
        gram: sums of products of levels, shape (k, k).
        moment: sums of products of levels with the index, shape (k,).
        penalty: in calls, as a share of ``n``.

    Least squares fix weights up to a factor; the drawn-to weights are scaled to fit best
    themselves. Where all come out 0, the weights stay as they are.
    """
    if np.isinf(penalty):
        return now
    drawn = float(now @ gram @ now)
    scale = max(0.0, float(now @ moment) / drawn) if drawn > 0 else 0.0
    strength = penalty * float(np.trace(gram)) / len(now)
    matrix = gram + strength * np.eye(len(now))
    aim = moment + strength * scale * now
    found = scale * now
    for _ in range(SWEEPS):
        before = found.copy()
        for at in range(len(found)):
            if matrix[at, at] > 0:
                rest = aim[at] - matrix[at] @ found + matrix[at, at] * found[at]
                found[at] = max(0.0, rest / matrix[at, at])
        if np.abs(found - before).max() <= 1e-10 * max(1e-300, np.abs(found).max()):
            break
    total = float(found.sum())
    shares: Numbers = found / total if total > 0 else now
    return shares


def _found(
    behaviours: tuple[str, ...], now: Numbers, x: Numbers, y: Numbers, who: Codes, seed: int
) -> Reweighting:
    count = int(who.max()) + 1
    parts = _summed(x, y, who, count)
    fold = np.random.default_rng(seed).permutation(count) % PARTS
    new = np.empty(len(y))
    for part in range(PARTS):
        shares, _ = _chosen(parts, fold != part, fold, now)
        mine = fold[who] == part
        new[mine] = x[mine] @ shares
    family = _gains(x @ now, new, y, who, count)
    old, then, gain = family.observed().tolist()
    n = len(y)
    if np.isnan(gain):
        why = "overall figures are alike in all calls of a kind"
        return Reweighting(behaviours, tuple(now.tolist()), n, count, why=why)
    drawn = resampled([family], RESAMPLES, seed)[0]
    spread = spreads(family, drawn, count)[2]
    if spread is not None:
        spread = replace(spread, error=SHARED * spread.error)
    ends = interval("plain", gain, spread, count)
    everyone = np.ones(count, bool)
    shares, penalty = _chosen(parts, everyone, fold, now)
    refits = _refits(parts, penalty, now, count, seed)
    limits = np.quantile(refits, [EDGE, 1 - EDGE], axis=0).T.tolist()
    return Reweighting(behaviours, tuple(now.tolist()), n, count, tuple(shares.tolist()),
                       tuple((low, high) for low, high in limits), old, then, gain,
                       ends)  # fmt: skip


def _chosen(parts: _Parts, among: Mask, fold: Codes, now: Numbers) -> tuple[Numbers, float]:
    """The shares by the penalty that does best on parts of ``among`` held back in turn."""
    scores = np.zeros(len(PENALTIES))
    for part in np.unique(fold[among]):
        kept = (among & (fold != part)).astype(float)
        back = (among & (fold == part)).astype(float)
        gram, moment, n = parts.pooled(kept)
        other, aim, _ = parts.pooled(back)
        for at, penalty in enumerate(PENALTIES):
            shares = fitted(gram, moment, n, penalty, now)
            spread = float(shares @ other @ shares)
            scores[at] += float(shares @ aim) / np.sqrt(spread) if spread > 0 else 0.0
    best = float(scores.max())
    at = max(place for place, score in enumerate(scores) if score >= best - 1e-12 * abs(best))
    gram, moment, n = parts.pooled(among.astype(float))
    return fitted(gram, moment, n, PENALTIES[at], now), PENALTIES[at]


def _refits(parts: _Parts, penalty: float, now: Numbers, count: int, seed: int) -> Numbers:
    chance = np.random.default_rng(seed)
    drawn = chance.multinomial(count, np.full(count, 1 / count), size=RESAMPLES // 2)
    return np.array([fitted(*parts.pooled(one.astype(float)), penalty, now) for one in drawn])


def _summed(x: Numbers, y: Numbers, who: Codes, count: int) -> _Parts:
    width = x.shape[1]
    gram = np.empty((count, width, width))
    for i in range(width):
        for j in range(i, width):
            gram[:, i, j] = gram[:, j, i] = _sum(who, x[:, i] * x[:, j], count)
    moment = np.column_stack([_sum(who, x[:, i] * y, count) for i in range(width)])
    return _Parts(gram, moment, _sum(who, np.ones(len(y)), count))


def _sum(who: Codes, values: Numbers, count: int) -> Numbers:
    found: Numbers = np.bincount(who, values, minlength=count).astype(np.float64)
    return found


def _gains(now: Numbers, new: Numbers, y: Numbers, who: Codes, count: int) -> Family:
    """Correlations of two scores with the index, and their difference, from sums by agent."""
    ones = np.ones(len(y))
    columns = (ones, y, y * y, now, now * now, now * y, new, new * new, new * y)
    sums = np.column_stack([_sum(who, each, count) for each in columns])

    def formula(s: Sums) -> Sums:
        n, y1, yy, *rest = np.moveaxis(s, -1, 0)
        found = [
            (xy - x * y1 / n) / np.sqrt((xx - x * x / n) * (yy - y1 * y1 / n))
            for x, xx, xy in (rest[:3], rest[3:])
        ]
        return np.stack([*found, found[1] - found[0]], axis=-1)

    why = "overall figures are alike"
    return Family(("now", "then", "gain"), ("fisher", "fisher", "plain"), (why,) * 3,
                  sums[:, None, :], formula, smooth=False)  # fmt: skip


def _residuals(
    levels: list[Numbers], y: Numbers, rows: Mask, base: Ground
) -> tuple[Numbers, Numbers]:
    """Levels and index of the rows, less what is held equal; a missing level is of no weight."""
    within = Within(base.held[rows], base.kinds[rows])
    columns = []
    for each in levels:
        mine = each[rows]
        gaps = np.isnan(mine)
        filled = np.where(gaps, np.nanmean(mine) if not gaps.all() else 0.0, mine)
        rest = within.residual(filled)
        columns.append(np.where(gaps, 0.0, rest))
    return np.column_stack(columns), within.residual(y[rows])


def _index(reviews: pd.DataFrame) -> tuple[Numbers, str | None]:
    """The outcome index of each call, and why there is none where there is none."""
    total, known = np.zeros(len(reviews)), np.zeros(len(reviews))
    for values in outcomes_of(reviews).values():
        here = ~np.isnan(values)
        spread = float(values[here].std()) if here.any() else 0.0
        if spread > 0:
            total[here] += (values[here] - values[here].mean()) / spread
            known += here
    if not known.any():
        return np.full(len(reviews), np.nan), "no outcome is known, or each is always the same"
    return np.where(known > 0, total / np.maximum(known, 1), np.nan), None


def _too_few(n: int, agents: int, behaviours: int) -> str | None:
    if behaviours < 2:
        return f"{behaviours} behaviours; 2 are needed"
    if n < LEAST_CALLS or agents < LEAST_AGENTS:
        return (f"{n} calls of {agents} agents have levels and an outcome; "
                f"{LEAST_CALLS} of {LEAST_AGENTS} are needed")  # fmt: skip
    return None


def _shares(behaviours: tuple[str, ...], weights: Mapping[str, float] | None) -> Numbers:
    found = np.array([1.0 if weights is None else weights.get(name, 0.0) for name in behaviours])
    if len(found) and not found.sum() > 0:
        raise ValueError(f"no behaviour among {', '.join(behaviours)} has a weight above 0")
    shares: Numbers = found / found.sum() if len(found) else found
    return shares


def _largest(values: Numbers, groups: Codes, here: Mask, count: int) -> Codes:
    """The place of the largest value in each group, the first of equals."""
    order = np.flatnonzero(here)
    order = order[np.lexsort((order, -values[order], groups[order]))]
    found = np.zeros(count, dtype=np.intp)
    first = np.flatnonzero(np.diff(groups[order], prepend=-1))
    found[groups[order][first]] = order[first]
    return found
