"""Learns the numbers of the learned scorer from rated conversations.

    python benchmarks/learn.py [--out qa_review/grade/learned.safetensors]

Reads the gold folders (:mod:`gold`) and writes one safetensors file; the same conversations
give the same file. Everything that :mod:`quality` says of conversations not learned from is
made by :func:`learn` on the others.

What is learned, and from what:

* chances: a logistic regression for each indicator on the labelled turns of the agent;
* heads: a ridge regression for each behaviour on the amounts of the indicators. Amounts come
  from chances of models that had not seen the style of the conversation, or they would be
  too sure. Values are then widened to most of the spread of the levels, as a ridge is timid;
* spread: how far levels lie from such values, so that a probability can be given;
* shown_from: the lowest chance from which a find was right often enough, again on styles
  not seen.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from gold import ROOT, Matrix, Rated, level_table, read_all
from scipy import sparse

from qa_review.grade import model as learned
from qa_review.grade.model import Model, amounts
from qa_review.grade.rubric import Rubric, load
from qa_review.grade.safetensors import SHIPPED, save
from qa_review.grade.turns import SHAPE, AgentTurn, agent_turns

STEPS, STEP, WEIGHT_DECAY = 100, 0.25, 5e-5
LEAST_CONVERSATIONS, LEAST_STYLES = 4, 2
"""A run of words is learned from when so many conversations of so many styles hold it."""
RIDGE, WIDENED = 250.0, 0.85
FOLDS = 4
SHOWN_PRECISION = 0.6
"""how often an indicator must be right on styles not seen, before it is shown"""
NEVER_SHOWN = ("backchannel", "defensive", "ignores", "interrupts", "owner_named", "wrong_problem")
"""Right half of the time or less on styles left out, even so: learned, never shown."""
LEAST_FOUND = 20
"""finds that this must rest on"""


@dataclass(frozen=True)
class Turns:
    """The agent's turns of many conversations, with where each belongs."""

    seen: list[list[AgentTurn]]
    """one list a conversation"""
    of: np.ndarray
    """(turns,): the conversation of each turn"""
    labels: Matrix
    """(turns, J): 1, 0, or nan where nobody labelled"""
    styles: np.ndarray
    """(conversations,)"""


def turns_of(rated: Sequence[Rated], indicators: Sequence[str]) -> Turns:
    """Everything that chances are learned from."""
    places = {name: at for at, name in enumerate(indicators)}
    beside = [name for name in indicators if ": " in name or name == learned.NO_CALL]
    seen = [agent_turns(one.transcript, one.bare) for one in rated]
    of = np.array([at for at, turns in enumerate(seen) for _ in turns])
    labels = np.zeros((len(of), len(indicators)))
    row = 0
    for one, turns in zip(rated, seen, strict=True):
        for turn in turns:
            if one.labels is None:
                labels[row] = np.nan
                labels[row, [places[name] for name in beside]] = 0
            carried = {*(one.labels or {}).get(turn.turn, ()), *decided(one, turn.turn)}
            labels[row, [places[name] for name in carried if name in places]] = 1
            row += 1
    return Turns(seen, of, labels, np.array([one.style for one in rated]))


def decided(one: Rated, turn: int) -> list[str]:
    """What stands beside the indicators for a turn; see :mod:`qa_review.grade.model`."""
    if all(level is None for level in one.levels.values()):
        return [learned.NO_CALL]
    return [
        learned.deciding(name, learned.SIDES[0 if level < 3 else 1 if level == 3 else 2])
        for name, level in one.levels.items()
        if level is not None and turn in one.deciding.get(name, ())
    ]


def labelled_indicators(rated: Iterable[Rated], rubric: Rubric) -> tuple[str, ...]:
    """Indicators of the rubric that anybody labelled, in its order."""
    used = {n for one in rated if one.labels for found in one.labels.values() for n in found}
    sides = (learned.deciding(b.id, side) for b in rubric.behaviours for side in learned.SIDES)
    return (*(i.id for i in rubric.indicators if i.id in used), *sides, learned.NO_CALL)


def learn_chances(turns: Turns, of: np.ndarray, empty: Model) -> Model:
    """``empty`` with its part for turns learned from the conversations ``of``."""
    use = np.isin(turns.of, of)
    flat = [turn for own in turns.seen for turn in own]
    chosen = [turn for turn, wanted in zip(flat, use, strict=True) if wanted]
    where = turns.of[use]
    held: dict[int, set[int]] = defaultdict(set)
    for turn, one in zip(chosen, where, strict=True):
        for key in (*turn.own, *turn.before, *turn.after):
            held[key].add(int(one))
    keys = sorted(
        key
        for key, found in held.items()
        if len(found) >= LEAST_CONVERSATIONS
        and len({turns.styles[one] for one in found}) >= LEAST_STYLES
    )
    count = len(set(where.tolist()))
    rarity = np.array([1 + np.log(count / len(held[key])) for key in keys], np.float32)
    rough = replace(
        empty,
        runs={key: at for at, key in enumerate(keys)},
        rarity=rarity,
        weights=np.zeros((len(keys), len(empty.indicators)), np.float32),
    )
    x = signs(rough, chosen)
    weights, bias = logistic(x, turns.labels[use])
    said, shaped = len(keys), len(keys) + len(SHAPE)
    return replace(
        rough,
        weights=weights[:said],
        shape_weights=weights[said:shaped],
        find_weights=weights[shaped:],
        bias=bias,
    )


def signs(model: Model, turns: Sequence[AgentTurn]) -> sparse.csr_matrix:
    """What :meth:`Model.chances` adds up, as a matrix: runs of words, shape, finds."""
    places = {name: at for at, name in enumerate(model.finds)}
    rows, columns, values = [], [], []
    for at, turn in enumerate(turns):
        for keys, scale in (
            (turn.own, learned.OWN),
            (turn.before, learned.BEFORE),
            (turn.after, learned.AFTER),
        ):
            known = model.known(keys)
            if known:
                rarity = model.rarity[known]
                rows += [at] * len(known)
                columns += known
                values += (scale / np.linalg.norm(rarity) * rarity).tolist()
    said = sparse.csr_matrix(
        (values, (rows, columns)), shape=(len(turns), len(model.rarity)), dtype=np.float32
    )
    shape = np.array([turn.shape for turn in turns], np.float32) * learned.SHAPED
    found = np.zeros((len(turns), len(model.finds)), np.float32)
    for at, turn in enumerate(turns):
        found[at, [places[name] for name in turn.found if name in places]] = learned.FOUND
    return sparse.hstack([said, sparse.csr_matrix(shape), sparse.csr_matrix(found)]).tocsr()


def logistic(x: sparse.csr_matrix, y: Matrix) -> tuple[np.ndarray, np.ndarray]:
    """Logistic regressions on shared signs, all at once, by Adam on the whole data."""
    count, wide = x.shape
    back = x.T.tocsr()
    known = ~np.isnan(y)
    weights = np.zeros((wide, y.shape[1]), np.float32)
    share = np.clip(np.nanmean(y, axis=0), 1e-4, 0.99)
    y = np.nan_to_num(y).astype(np.float32)
    bias = np.log(share / (1 - share))
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        missed = known * (1 / (1 + np.exp(-(x @ weights + bias))) - y) / count
        slope = back @ missed + WEIGHT_DECAY * weights
        first += 0.1 * (slope - first)
        second += 0.01 * (slope * slope - second)
        rate = STEP * (1 - step / (STEPS + 1))
        weights -= (
            rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-6)
        ).astype(np.float32)
        bias = bias - missed.sum(axis=0)
    return weights, bias.astype(np.float32)


def empty_model(rubric: Rubric, indicators: tuple[str, ...]) -> Model:
    """A model of the right names that has learned nothing."""
    finds = tuple(i.id for i in rubric.indicators if i.supports or i.speaks_against)
    j, b = len(indicators), len(rubric.behaviours)
    return Model(
        rubric.id,
        indicators,
        tuple(behaviour.id for behaviour in rubric.behaviours),
        finds,
        {},
        np.zeros(0, np.float32),
        np.zeros((0, j), np.float32),
        np.zeros((len(SHAPE), j), np.float32),
        np.zeros((len(finds), j), np.float32),
        np.zeros(j, np.float32),
        np.full(j, 2.0, np.float32),
        np.zeros((b, 3, j)),
        np.zeros(b),
        np.ones(b),
        np.tile(learned.CUTS, (b, 1)),
    )


def in_folds(styles: Iterable[str], count: int) -> list[set[str]]:
    """Styles in ``count`` parts."""
    order = sorted(set(styles))
    return [set(order[at::count]) for at in range(min(count, len(order)))]


def unseen_chances(turns: Turns, of: np.ndarray, empty: Model) -> dict[int, Matrix]:
    """For each conversation ``of``, chances by a model that saw nothing of its style."""
    chances: dict[int, Matrix] = {}
    for fold in in_folds(turns.styles[of], FOLDS):
        away = np.isin(turns.styles[of], list(fold))
        model = learn_chances(turns, of[~away], empty)
        chances |= {int(at): model.chances(turns.seen[at]) for at in of[away]}
    return chances


def learn_heads(model: Model, held: Matrix, levels: Matrix) -> Model:
    """``model`` with heads and starts from amounts ``(n, 3, J)`` and levels ``(n, B)``."""
    flat = held.reshape(len(held), -1)
    heads, starts = np.zeros_like(model.heads), np.zeros_like(model.starts)
    for at in range(len(model.behaviours)):
        given = ~np.isnan(levels[:, at])
        slope, start = ridge(flat[given], levels[given, at])
        heads[at], starts[at] = slope.reshape(held.shape[1:]), start
    return replace(model, heads=heads, starts=starts)


def ridge(x: Matrix, y: Matrix, strength: float = RIDGE) -> tuple[Matrix, float]:
    """Slope and start of a ridge regression on standardised columns, widened."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - mean) / spread
    slope = np.linalg.solve(z.T @ z + strength * np.eye(z.shape[1]), z.T @ (y - y.mean()))
    widen = max(1.0, WIDENED * y.std() / max((z @ slope).std(), 1e-9))
    slope = widen * slope / spread
    return slope, float(y.mean() - mean @ slope)


def learn(rubric: Rubric, rated: Sequence[Rated], turns: Turns, of: np.ndarray) -> Model:
    """The whole model from the conversations ``of``; see the top of this file."""
    empty = empty_model(rubric, labelled_indicators(rated, rubric))
    levels = level_table([rated[at] for at in of], [b.id for b in rubric.behaviours])
    chances = unseen_chances(turns, of, empty)
    held = np.array([amounts(chances[int(at)]) for at in of])
    model = learn_heads(learn_chances(turns, of, empty), held, levels)
    shown = thresholds(turns, of, chances)
    shown[[at for at, name in enumerate(model.indicators) if name in NEVER_SHOWN]] = 2.0
    spread = unseen_spread(model, held, levels, turns.styles[of])
    return replace(model, spread=spread, shown_from=shown)


def unseen_spread(model: Model, held: Matrix, levels: Matrix, styles: np.ndarray) -> Matrix:
    """Standard deviation of levels around the values of heads that saw nothing of the style."""
    missed = np.full(levels.shape, np.nan)
    for fold in in_folds(styles, 2 * FOLDS):
        away = np.isin(styles, list(fold))
        part = learn_heads(model, held[~away], levels[~away])
        values = np.array([part.values(one) for one in held[away]])
        missed[away] = levels[away] - np.clip(values, 1, 5)
    return np.sqrt(np.nanmean(missed**2, axis=0))


def thresholds(turns: Turns, of: np.ndarray, chances: dict[int, Matrix]) -> np.ndarray:
    """For each indicator the chance from which it is shown; 2 where it is never."""
    rows = np.concatenate([np.flatnonzero(turns.of == at) for at in of])
    guessed = np.concatenate([chances[int(at)] for at in of])
    labels = turns.labels[rows]
    best = np.full(labels.shape[1], 2.0, np.float32)
    for j in range(labels.shape[1]):
        known = ~np.isnan(labels[:, j])
        best[j] = threshold(guessed[known, j], labels[known, j])
    return best


def threshold(guessed: Matrix, labels: Matrix) -> float:
    """The chance with the best F1 among those that are right often enough; 2 where none is."""
    order = np.argsort(-guessed, kind="stable")
    right = np.cumsum(labels[order])
    count = np.arange(1, len(order) + 1)
    allowed = (right / count >= SHOWN_PRECISION) & (count >= LEAST_FOUND)
    if not allowed.any():
        return 2.0
    f1 = 2 * right / (count + labels.sum())
    return float(guessed[order[int(np.argmax(np.where(allowed, f1, -1)))]])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--rubric", type=Path, default=ROOT / "rubrics" / "behaviours.v1.toml")
    chosen = parser.parse_args()
    rubric = load(chosen.rubric)
    rated = read_all(rubric)
    turns = turns_of(rated, labelled_indicators(rated, rubric))
    model = learn(rubric, rated, turns, np.arange(len(rated)))
    save(model, chosen.out)
    shown = int((model.shown_from <= 1).sum())
    print(
        f"{len(rated)} conversations, {len(turns.of)} turns of the agent, "
        f"{len(model.runs)} runs of words; {shown} of {len(model.indicators)} indicators shown; "
        f"{chosen.out} {chosen.out.stat().st_size / 1e6:.1f} MB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
