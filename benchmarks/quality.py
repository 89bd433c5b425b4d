"""How well the rule scorer agrees with raters, next to what a simple guess reaches.

    python benchmarks/quality.py [--gold DIR]

Reads ``conversations.jsonl``, ``ratings.jsonl`` and ``turn_labels.jsonl`` of a gold folder and
prints agreement with the first rater of each conversation:

* ``rules``: the rule scorer as shipped. Its patterns and points were tuned on these very
  conversations, so read its figures as an upper bound;
* ``refitted``: the same evidence, with start and points refitted without the style (source of
  conversations) that is scored. The patterns were still tuned on all of it;
* ``length``: a linear model of lengths only, fitted without the style that is scored;
* ``commonest``: always the commonest level of the other styles.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_review.base.agreement import (
    Agreement,
    exact,
    given_kappa,
    mean_error,
    spearman,
    weighted_kappa,
    within_one,
)
from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.evidence import Evidence
from qa_review.grade.rubric import Behaviour, Rubric, load
from qa_review.grade.rules import RuleScorer
from qa_review.grade.scores import LEVELS
from qa_review.grade.spacy import PatternFinder
from qa_review.grade.timing import TimingFinder
from qa_review.grade.uptake import UptakeFinder

ROOT = Path(__file__).resolve().parents[1]
RIDGE = 15.0
Level = int | None
Matrix = NDArray[np.float64]
FIGURES: dict[str, Callable[..., Agreement]] = {
    "kappa": weighted_kappa,
    "rho": spearman,
    "exact": exact,
    "within1": within_one,
    "mae": mean_error,
}


@dataclass(frozen=True)
class Rated:
    """One conversation with the levels its rater gave, turn labels, and what was found in it."""

    style: str
    transcript: Transcript
    levels: dict[str, Level]
    labels: dict[int, set[str]] | None
    hits: set[tuple[int, str]]
    evidence: list[Evidence]


def lines(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def read(folder: Path, rubric: Rubric) -> list[Rated]:
    """Every conversation of a gold folder, with the evidence that the finders see."""
    finders = (PatternFinder(rubric), UptakeFinder(rubric), TimingFinder(rubric))
    ratings: dict[str, dict] = {}
    for rating in lines(folder / "ratings.jsonl"):
        ratings.setdefault(rating["id"], rating)
    labels = {
        one["id"]: {int(turn): set(found) for turn, found in one["labels"].items()}
        for one in lines(folder / "turn_labels.jsonl")
    }
    rated = []
    for one in lines(folder / "conversations.jsonl"):
        turns = tuple(Turn(turn["speaker"], turn["text"]) for turn in one["turns"])
        transcript = Transcript(one["id"], "en", turns)
        hits = {(h.quote.turn, h.indicator) for f in finders for h in f.hits(transcript)}
        evidence = [e for f in finders for e in f.find(transcript)]
        levels = {b.id: ratings[one["id"]][b.id] for b in rubric.behaviours}
        rated.append(Rated(one["style"], transcript, levels, labels.get(one["id"]), hits, evidence))
    return rated


def by_rules(rubric: Rubric, rated: list[Rated]) -> dict[str, list[Level]]:
    """The levels of the rule scorer, a list for each behaviour."""
    scorer = RuleScorer(rubric)
    scores = [scorer.score(one.transcript, one.evidence) for one in rated]
    return {b.id: [row[at].level for row in scores] for at, b in enumerate(rubric.behaviours)}


def levels_of(values: Matrix) -> list[int]:
    return [int(level) for level in np.clip(np.floor(values + 0.5), LEVELS[0], LEVELS[-1])]


def left_out(
    rated: list[Rated], name: str, fit: Callable[[Matrix, Matrix, Matrix], Matrix], x: Matrix
) -> list[Level]:
    """Levels for each style by a model fitted on the other styles; ``x`` a row a conversation."""
    styles = np.array([one.style for one in rated])
    known = np.array([one.levels[name] is not None for one in rated])
    y = np.array([one.levels[name] or 0 for one in rated], float)
    out: list[Level] = [None] * len(rated)
    for style in sorted(set(styles)):
        train, test = known & (styles != style), np.flatnonzero(styles == style)
        for at, level in zip(test, levels_of(fit(x[train], y[train], x[test])), strict=True):
            out[at] = level
    return out


def least_squares(x: Matrix, y: Matrix, wanted: Matrix) -> Matrix:
    """Ridge regression on standardised columns, its spread widened to that of ``y``."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    z, w = (x - mean) / spread, (wanted - mean) / spread
    slope = np.linalg.solve(z.T @ z + np.eye(z.shape[1]), z.T @ (y - y.mean()))
    return y.mean() + w @ slope


def commonest(x: Matrix, y: Matrix, wanted: Matrix) -> Matrix:
    level = Counter(y.tolist()).most_common(1)[0][0]
    return np.full(len(wanted), level)


def signed(x: Matrix, y: Matrix, wanted: Matrix) -> Matrix:
    """Ridge regression with no negative weight, by coordinate descent, its spread widened."""
    weights, start = np.zeros(x.shape[1]), y.mean()
    squares = (x**2).sum(axis=0) + RIDGE
    for _ in range(300):
        start = (y - x @ weights).mean()
        for at in range(x.shape[1]):
            rest = y - start - x @ weights + x[:, at] * weights[at]
            weights[at] = max(0.0, (x[:, at] @ rest) / squares[at])
    fitted = start + x @ weights
    widen = 0.9 * y.std() / max(fitted.std(), 1e-9)
    return fitted.mean() + widen * (start + wanted @ weights - fitted.mean())


def lengths(rated: list[Rated]) -> Matrix:
    """How long each conversation is: words and turns of each side, as logarithms."""
    rows = []
    for one in rated:
        sides = [
            [len(turn.text.split()) for _, turn in one.transcript.said_by(who)]
            for who in ("agent", "customer")
        ]
        rows.append([np.log1p(f) for side in sides for f in (sum(side), len(side))])
    return np.array(rows)


def amounts(rubric: Rubric, behaviour: Behaviour, rated: list[Rated]) -> Matrix:
    """How fully each indicator of a behaviour was found, negative where it speaks against."""
    names = [
        (i.id, 1.0 if behaviour.id in i.supports else -1.0)
        for i in rubric.indicators
        if behaviour.id in (*i.supports, *i.speaks_against)
    ]
    most, every = rubric.setting("scoring.full_at", 3), rubric.setting("scoring.turns_per_find", 8)
    rows = []
    for one in rated:
        turns = sum(len(turn.text.split()) > 2 for _, turn in one.transcript.said_by("agent"))
        expected = min(max(1.0, turns / every), most)
        counts = Counter(indicator for _, indicator in one.hits)
        rows.append([sign * min(1.0, counts[n] / expected) ** 0.5 for n, sign in names])
    return np.array(rows)


def shown(figure: Agreement) -> str:
    if figure.value is None:
        return f"{'-':>18}"
    low, high = figure.interval or (float("nan"), float("nan"))
    return f"{figure.value:6.2f} [{low:4.2f},{high:5.2f}]"


def print_agreement(rubric: Rubric, rated: list[Rated], models: dict[str, dict]) -> None:
    names = [b.id for b in rubric.behaviours]
    print("Agreement with the raters, value [95 % interval]; n is conversations with both levels\n")
    print(f"{'':20} {'':10} {'n':>5} " + " ".join(f"{name:>18}" for name in FIGURES))
    pooled: dict[str, tuple[list[Level], list[Level]]] = defaultdict(lambda: ([], []))
    for name in names:
        gold = [one.levels[name] for one in rated]
        for model, levels in models.items():
            pooled[model][0].extend(gold)
            pooled[model][1].extend(levels[name])
            print_row(name, model, gold, levels[name])
    for model, (gold, levels) in pooled.items():
        print_row("pooled", model, gold, levels)
    absent = given_kappa(*pooled["rules"])
    said = absent.why_none if absent.value is None else f"{absent.value:.2f}"
    print(f"\nN/A kappa of the rules, pooled: {said} (n {absent.n})")


def print_row(name: str, model: str, gold: list[Level], levels: list[Level]) -> None:
    figures = [figure(gold, levels, LEVELS) for figure in FIGURES.values()]
    print(f"{name:20} {model:10} {figures[0].n:5} " + " ".join(map(shown, figures)))


def print_styles(rubric: Rubric, rated: list[Rated], models: dict[str, dict]) -> None:
    print("\nPooled kappa for each style")
    print(f"{'':12} {'n':>5} " + " ".join(f"{model:>18}" for model in models))
    for style in sorted({one.style for one in rated}):
        at = [i for i, one in enumerate(rated) if one.style == style]
        gold = [rated[i].levels[b.id] for b in rubric.behaviours for i in at]
        cells = [
            weighted_kappa(gold, [levels[b.id][i] for b in rubric.behaviours for i in at], LEVELS)
            for levels in models.values()
        ]
        print(f"{style:12} {cells[0].n:5} " + " ".join(map(shown, cells)))


def print_indicators(rubric: Rubric, rated: list[Rated]) -> None:
    """Precision and recall by turn; labels hold clear cases only, so precision is a lower bound."""
    labelled = [one for one in rated if one.labels is not None]
    print(f"\nIndicators by turn of the agent, {len(labelled)} labelled conversations")
    print(f"{'':20} {'found':>6} {'labels':>6} {'prec.':>6} {'recall':>6} {'F1':>6}")
    for indicator in rubric.indicators:
        gold = {
            (n, turn)
            for n, one in enumerate(labelled)
            for turn, names in (one.labels or {}).items()
            if indicator.id in names
        }
        found = {
            (n, turn)
            for n, one in enumerate(labelled)
            for turn, name in one.hits
            if name == indicator.id
        }
        both = len(gold & found)
        cells = [
            f"{both / size:6.2f}" if size else f"{'-':>6}"
            for size in (len(found), len(gold), (len(gold) + len(found)) / 2)
        ]
        print(f"{indicator.id:20} {len(found):6} {len(gold):6} " + " ".join(cells))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gold", type=Path, default=ROOT.parent / "shared" / "data" / "gold")
    parser.add_argument("--rubric", type=Path, default=ROOT / "rubrics" / "behaviours.v1.toml")
    chosen = parser.parse_args()
    if not (chosen.gold / "conversations.jsonl").exists():
        print(f"no gold conversations in {chosen.gold}; give a folder with --gold", file=sys.stderr)
        return 2
    rubric = load(chosen.rubric)
    rated = read(chosen.gold, rubric)
    styles = len({one.style for one in rated})
    print(f"{len(rated)} conversations of {styles} styles; {chosen.rubric.name}")
    print("The patterns and points of these rules were tuned on these conversations.\n")
    models = {"rules": by_rules(rubric, rated), "refitted": {}, "length": {}, "commonest": {}}
    for behaviour in rubric.behaviours:
        name, x = behaviour.id, lengths(rated)
        found = amounts(rubric, behaviour, rated)
        models["refitted"][name] = left_out(rated, name, signed, found)
        models["length"][name] = left_out(rated, name, least_squares, x)
        models["commonest"][name] = left_out(rated, name, commonest, x)
    print_agreement(rubric, rated, models)
    print_styles(rubric, rated, models)
    print_indicators(rubric, rated)
    return 0


if __name__ == "__main__":
    sys.exit(main())
