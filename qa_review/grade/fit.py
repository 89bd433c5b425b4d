"""The learned scorer moved to how a team of people scores its own calls.

Takes calls with the levels that people agreed on (master scores) and a learned scorer; makes a
scorer for that team, and says how well both agree with the people.

What moves, for each behaviour on its own:

- how much each of five kinds of evidence counts (what speaks for it, what speaks against it,
  turns that look like those raters called good, or poor, and all the rest), and where the scale
  begins: a ridge regression whose slope is drawn to 1, that is, to the scorer as it was;
- the four cuts between levels, drawn to where they were;
- the spread from which the chances of levels come.

How strongly it is drawn is chosen by cross-validation on the same calls, "not at all moved" among
the choices. Agreement before and after is measured on calls that neither the fit nor that choice
has seen (nested cross-validation). Nothing else of the model moves, and nothing moves by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qa_review.base.agreement import Agreement, mean_error, weighted_kappa
from qa_review.base.errors import TooLittleToFit
from qa_review.capture.transcript import Transcript
from qa_review.grade.evidence import Evidence
from qa_review.grade.learned import LearnedScorer, level_chances, likeliest
from qa_review.grade.model import SIDES, Matrix, Model, amounts, deciding
from qa_review.grade.safetensors import digest_of
from qa_review.grade.scores import LEVELS

LEAST_CALLS, LEAST_LEVELS = 20, 2
"""Calls with a level, and different levels among them, without which a behaviour isn't fitted."""
DRAWN = (3.0, 10.0, 30.0, 100.0, 300.0, float("inf"))
"""How strongly a fit is drawn to the scorer as it was; without end: not moved."""
FOLDS = 5
CUT_STEPS = np.arange(-0.8, 0.81, 0.1)
CUT_SPREAD = 0.35
"""Standard deviation, in levels, of how far teams' cuts are expected to lie from the shipped."""
SPREAD_CALLS = 20
"""How many calls the shipped spread counts for."""


@dataclass(frozen=True, slots=True)
class Master:
    """One call with the levels that people agreed on, by behaviour; ``None`` is N/A."""

    transcript: Transcript
    levels: Mapping[str, int | None]
    evidence: tuple[Evidence, ...] = ()
    """of the clock, which counts by the rubric's points"""


@dataclass(frozen=True, slots=True)
class Fit:
    """What fitting did to one behaviour.

    ``before`` and ``after`` are weighted kappas on calls that were not fitted on; ``left`` says
    why the behaviour was left as it was, ``""`` when it was not.
    """

    behaviour: str
    calls: int
    before: Agreement
    after: Agreement
    error_before: Agreement
    error_after: Agreement
    shift: float
    """how much higher, in levels, the mean call scores after fitting"""
    left: str = ""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A scorer fitted to a team, and what that did to each behaviour."""

    scorer: LearnedScorer
    fits: tuple[Fit, ...]


def fit(scorer: LearnedScorer, masters: Sequence[Master], *, seed: int = 0) -> Fitted:
    """``scorer`` moved towards how the people of ``masters`` score.

    Raises:
        TooLittleToFit: no behaviour has ``LEAST_CALLS`` calls with a level and at least two
            different levels among them; says what each has.
    """
    model = scorer.model
    held = np.array([amounts(scorer.read(master.transcript).chances) for master in masters])
    clock = np.array([scorer.points_by_rule(m.transcript, m.evidence) for m in masters])
    heads, starts = model.heads.copy(), model.starts.copy()
    spread, cuts = model.spread.copy(), model.cuts.copy()
    fits = []
    for behaviour in scorer.rubric.behaviours:
        row = model.behaviours.index(behaviour.id)
        levels = [master.levels.get(behaviour.id) for master in masters]
        given = np.array([at for at, level in enumerate(levels) if level is not None], int)
        y = np.array([levels[at] for at in given], float)
        task = _Task.of(model, row, scorer, held[given], clock[given, row], y)
        if left := _too_little(y):
            fits.append(_left(behaviour.id, task, y, left))
            continue
        rng = np.random.default_rng(seed)
        fits.append(_measured(behaviour.id, task, y, rng))
        moved = task.best(np.arange(len(y)), rng)
        heads[row] = (moved.slope[task.kind_of] * task.heads).reshape(heads[row].shape)
        starts[row] = moved.start
        spread[row], cuts[row] = moved.spread, moved.cuts
    if all(one.left for one in fits):
        raise TooLittleToFit("; ".join(f"{one.behaviour}: {one.left}" for one in fits))
    fitted = replace(model, heads=heads, starts=starts, spread=spread, cuts=cuts)
    fitted = replace(fitted, digest=digest_of(fitted))
    team = LearnedScorer(scorer.rubric, fitted, abstain_below=scorer.abstain_below)
    return Fitted(team, tuple(fits))


def _too_little(y: Matrix) -> str:
    if len(y) < LEAST_CALLS:
        return f"{len(y)} calls have a level, at least {LEAST_CALLS} are needed"
    if len(set(y.tolist())) < LEAST_LEVELS:
        return f"all {len(y)} calls have level {int(y[0])}: no variation to learn from"
    return ""


@dataclass(frozen=True, slots=True)
class _Moved:
    """One behaviour after fitting: a slope for each kind of evidence, and the rest."""

    slope: Matrix
    start: float
    spread: float
    cuts: Matrix


@dataclass(frozen=True, slots=True)
class _Task:
    """Everything needed to fit one behaviour."""

    heads: Matrix
    """(3 * J,): the weights of the model"""
    kind_of: np.ndarray[Any, np.dtype[np.int64]]
    """(3 * J,): the kind of evidence that each weight belongs to"""
    parts: Matrix
    """(n, kinds): what each kind adds to the value of each call"""
    clock: Matrix
    """(n,): what evidence of the clock adds; not fitted"""
    was: _Moved
    y: Matrix

    @classmethod
    def of(
        cls,
        model: Model,
        row: int,
        scorer: LearnedScorer,
        held: Matrix,
        clock: Matrix,
        y: Matrix,
    ) -> _Task:
        behaviour = model.behaviours[row]
        kinds = _kinds(model, behaviour, scorer)
        kind_of = np.tile(kinds, 3)
        heads = model.heads[row].reshape(-1)
        flat = held.reshape(len(held), len(heads)) * heads
        parts = np.stack([flat[:, kind_of == k].sum(axis=1) for k in range(5)], axis=1)
        was = _Moved(
            np.ones(5), float(model.starts[row]), float(model.spread[row]), model.cuts[row]
        )
        return cls(heads, kind_of, parts, clock, was, y)

    def levels(self, moved: _Moved, at: Any) -> list[int]:
        """The likeliest level of each call, as the scorer gives it."""
        values = moved.start + self.parts[at] @ moved.slope + self.clock[at]
        chances = [level_chances(value, moved.cuts, moved.spread) for value in values]
        return [likeliest(one) for one in chances]

    def moved(self, at: Any, drawn: float) -> _Moved:
        """The behaviour fitted on the calls ``at``."""
        if drawn == float("inf"):
            return self.was
        x, y = self.parts[at], self.y[at]
        missed = y - (self.was.start + x.sum(axis=1) + self.clock[at])
        middle = x.mean(axis=0)
        z = x - middle
        # the start is drawn far less than the slopes: teams differ most in being lenient
        offset = missed.sum() / (len(y) + drawn / 10)
        slope = 1 + np.linalg.solve(z.T @ z + drawn * np.eye(5), z.T @ (missed - missed.mean()))
        start = self.was.start + offset + middle @ (1 - slope)
        values = start + x @ slope + self.clock[at]
        left = y - np.clip(values, 1, 5)
        known = SPREAD_CALLS * self.was.spread**2
        spread = float(np.sqrt(((left**2).sum() + known) / (len(y) + SPREAD_CALLS)))
        return _Moved(slope, float(start), spread, self._cuts(values, y, spread))

    def _cuts(self, values: Matrix, y: Matrix, spread: float) -> Matrix:
        """The cuts that make the levels likeliest, drawn to where they were."""
        cuts = self.was.cuts.copy()
        for _ in range(2):
            for k in range(len(cuts)):
                best = None
                for step in CUT_STEPS:
                    tried = cuts.copy()
                    tried[k] = self.was.cuts[k] + step
                    if (np.diff(tried) < 0.2).any():
                        continue
                    loss = _surprise(values, y, tried, spread)
                    loss += float((((tried - self.was.cuts) / CUT_SPREAD) ** 2).sum()) / 2
                    if best is None or loss < best[0]:
                        best = loss, tried
                if best is not None:
                    cuts = best[1]
        return cuts

    def best(self, at: Any, rng: np.random.Generator) -> _Moved:
        """Fitted on ``at`` as strongly drawn as is best on parts of ``at`` that are left out."""
        folds = np.array_split(rng.permutation(at), FOLDS)
        errors = []
        for drawn in DRAWN:
            missed = 0.0
            for fold in folds:
                rest = np.setdiff1d(at, fold)
                given = np.array(self.levels(self.moved(rest, drawn), fold))
                missed += float(((given - self.y[fold]) ** 2).sum())
            errors.append(missed)
        return self.moved(at, DRAWN[int(np.argmin(errors))])


def _surprise(values: Matrix, y: Matrix, cuts: Matrix, spread: float) -> float:
    """How unlikely the levels ``y`` are at these values: minus the log of their chances."""
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    inside, level = np.clip(values, 1, 5), y.astype(int)
    high, low = ((edges[level - side] - inside) / spread for side in (0, 1))
    chance = _normal(high) - _normal(low)
    return -float(np.log(np.maximum(chance, 1e-6)).sum())


def _normal(z: Matrix) -> Matrix:
    """The share of a normal curve below ``z``, to 3 digits (Bowling et al. 2009)."""
    z = np.clip(z, -6, 6)
    share: Matrix = 1 / (1 + np.exp(-(0.07056 * z**3 + 1.5976 * z)))
    return share


def _kinds(model: Model, behaviour: str, scorer: LearnedScorer) -> np.ndarray[Any, Any]:
    """For each indicator: 0 speaks for, 1 against, 2 looks good, 3 looks poor, 4 the rest."""
    kinds = np.full(len(model.indicators), 4)
    places = {name: at for at, name in enumerate(model.indicators)}
    for indicator in scorer.rubric.indicators:
        if indicator.id in places:
            if behaviour in indicator.supports:
                kinds[places[indicator.id]] = 0
            elif behaviour in indicator.speaks_against:
                kinds[places[indicator.id]] = 1
    kinds[places[deciding(behaviour, SIDES[2])]] = 2
    kinds[places[deciding(behaviour, SIDES[0])]] = 3
    return kinds


def _measured(behaviour: str, task: _Task, y: Matrix, rng: np.random.Generator) -> Fit:
    """Agreement before and after, by nested cross-validation."""
    order = np.arange(len(y))
    after = np.zeros(len(y), int)
    for fold in np.array_split(rng.permutation(order), FOLDS):
        after[fold] = task.levels(task.best(np.setdiff1d(order, fold), rng), fold)
    before = task.levels(task.was, order)
    whole = [int(level) for level in y]
    then = after.tolist()
    return Fit(
        behaviour,
        len(y),
        weighted_kappa(whole, before, LEVELS),
        weighted_kappa(whole, then, LEVELS),
        mean_error(whole, before, LEVELS),
        mean_error(whole, then, LEVELS),
        float(np.mean(then) - np.mean(before)),
    )


def _left(behaviour: str, task: _Task, y: Matrix, why: str) -> Fit:
    before = task.levels(task.was, np.arange(len(y)))
    whole = [int(level) for level in y]
    kappa = weighted_kappa(whole, before, LEVELS)
    error = mean_error(whole, before, LEVELS)
    return Fit(behaviour, len(y), kappa, kappa, error, error, 0.0, why)
