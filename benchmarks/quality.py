"""How well the scorer agrees with raters on kinds of conversations that it has not seen.

    python benchmarks/quality.py [--part agreement indicators evidence confidence parts friction]

Reads the gold folders (:mod:`gold`). Everything about the learned scorer is measured with models
that :mod:`learn` made without the style of the conversation that is judged (a style is one
source or manner: operators in lower case, support chats, a clinic), or, where it says so,
without its pack (conversations written and rated together). Finders are as shipped; their
patterns were tuned on the conversations of the development folder, never on those of
``benchmarks/gold``. Three things were chosen on all conversations together and not anew for each
style: the sizes at the top of :mod:`learn`, the indicators that are never shown, and the words by
which a wrong number or a lost line is known (so N/A is measured where it was looked for).

Next to it, in the same run and on the same folds: always the commonest level; a model of lengths
only; a ridge on bags of words; the rule scorer.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import learn
import numpy as np
from friction_quality import part_friction
from gold import ROOT, Level, Matrix, Rated, level_table, read_all
from plot import reliability_svg
from scipy import sparse

from qa_review.base.agreement import (
    Agreement,
    exact,
    given_kappa,
    mean_error,
    spearman,
    weighted_kappa,
    within_one,
)
from qa_review.grade.learned import LearnedScorer, Reading, level_chances, likeliest, read_turns
from qa_review.grade.model import Model
from qa_review.grade.rubric import Rubric, load
from qa_review.grade.rules import RuleScorer
from qa_review.grade.scores import LEVELS, Score
from qa_review.grade.turns import spoken

RUBRIC = ROOT / "rubrics" / "behaviours.v1.toml"
REAL = ("desk", "clinical", "bookings")
"""styles of conversations that nobody wrote for this purpose"""
PLOT = ROOT / "docs" / "reliability.svg"
FOLDS = 5
FIGURES: dict[str, Callable[..., Agreement]] = {
    "kappa": weighted_kappa,
    "rho": spearman,
    "exact": exact,
    "within1": within_one,
    "mae": mean_error,
}
PARTS = ("agreement", "indicators", "evidence", "confidence", "parts", "curve", "friction")


@dataclass
class Judged:
    """What a model that had not seen its kind makes of one conversation."""

    scores: tuple[Score, ...]
    reading: Reading
    model: Model


@lru_cache(maxsize=1)
def everything() -> tuple[Rubric, list[Rated], learn.Turns]:
    """All rated conversations; read once a process."""
    rubric = load(RUBRIC)
    rated = read_all(rubric)
    return rubric, rated, learn.turns_of(rated, learn.labelled_indicators(rated, rubric))


def without(away: tuple[int, ...], keep: str = "all", use: tuple[int, ...] | None = None) -> list:
    """Each conversation ``away`` judged by a model of the others (or of ``use``).

    ``keep``: ``all``, ``words`` (no finds) or ``finds`` (no words).
    """
    rubric, rated, turns = everything()
    turns = replace(turns, seen=[[_kept(turn, keep) for turn in own] for own in turns.seen])
    of = np.array(use) if use else np.setdiff1d(np.arange(len(rated)), away)
    model = learn.learn(rubric, rated, turns, of)
    if keep == "all":
        scorer = LearnedScorer(rubric, model)
        return [
            Judged(
                scorer.score(rated[at].transcript, rated[at].evidence),
                read_turns(model, turns.seen[at]),
                model,
            )
            for at in away
        ]
    held = [learn.amounts(model.chances(turns.seen[at])) for at in away]
    return [
        [
            likeliest(level_chances(value, model.cuts[b], model.spread[b]))
            for b, value in enumerate(model.values(one))
        ]
        for one in held
    ]


def _kept(turn, keep: str):
    if keep == "words":
        return replace(turn, found=frozenset())
    if keep == "finds":
        return replace(turn, own=(), before=(), after=())
    return turn


def judged(groups: Sequence[str], keep: str = "all") -> list:
    """Every conversation judged by a model that saw none of its group."""
    names = sorted(set(groups))
    away = [tuple(at for at, g in enumerate(groups) if g == name) for name in names]
    found: list = [None] * len(groups)
    with ProcessPoolExecutor(2) as pool:
        for some, results in zip(away, pool.map(without, away, [keep] * len(away)), strict=True):
            for at, result in zip(some, results, strict=True):
                found[at] = result
    return found


def whole_level(value: float) -> int:
    return int(np.clip(np.floor(value + 0.5), LEVELS[0], LEVELS[-1]))


# ------------------------------------------------------------------------------ baselines


def by_baseline(name: str, rated: list[Rated], names: list[str], groups: list[str]) -> list:
    """Levels of a baseline fitted without the group of each conversation."""
    y, group = level_table(rated, names), np.array(groups)
    x = {"length": lengths, "words": bags}.get(name, lambda rated: np.zeros((len(rated), 1)))(rated)
    levels: list[list[Level]] = [[None] * len(names) for _ in rated]
    for away in sorted(set(groups)):
        test = np.flatnonzero(group == away)
        for b in range(len(names)):
            train = np.flatnonzero((group != away) & ~np.isnan(y[:, b]))
            if name == "commonest":
                values = np.full(len(test), Counter(y[train, b]).most_common(1)[0][0])
            elif name == "length":
                slope, start = learn.ridge(x[train], y[train, b], 1.0)
                values = x[test] @ slope + start
            else:
                values = kernel_ridge(x[train], y[train, b], x[test])
            for at, value in zip(test, values, strict=True):
                levels[at][b] = whole_level(value)
    return levels


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


def bags(rated: list[Rated]) -> sparse.csr_matrix:
    """The words of each side, rare ones weighing more, each conversation of length 1."""
    counts = [
        Counter(f"{t.speaker} {w}" for t in one.transcript.turns for w in spoken(t.text).words)
        for one in rated
    ]
    held = Counter(word for count in counts for word in count)
    place = {word: at for at, word in enumerate(sorted(w for w, n in held.items() if n >= 3))}
    rows, columns, values = [], [], []
    for at, count in enumerate(counts):
        known = {w: (1 + np.log(n)) * np.log(len(rated) / held[w]) for w, n in count.items()
                 if w in place}  # fmt: skip
        size = np.sqrt(sum(v * v for v in known.values())) or 1.0
        rows += [at] * len(known)
        columns += [place[w] for w in known]
        values += [v / size for v in known.values()]
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(rated), len(place)))


def kernel_ridge(x: sparse.csr_matrix, y: Matrix, wanted: sparse.csr_matrix) -> Matrix:
    """Ridge regression on sparse rows, its spread widened as that of the learned heads."""
    kernel = (x @ x.T).toarray()
    weights = np.linalg.solve(kernel + 0.5 * np.eye(len(y)), y - y.mean())
    widen = max(1.0, learn.WIDENED * y.std() / max((kernel @ weights).std(), 1e-9))
    return y.mean() + widen * ((wanted @ x.T).toarray() @ weights)


# ------------------------------------------------------------------------------ printing


def shown(figure: Agreement) -> str:
    if figure.value is None:
        return f"{'-':>18}"
    low, high = figure.interval or (float("nan"), float("nan"))
    return f"{figure.value:6.2f} [{low:4.2f},{high:5.2f}]"


def print_row(name: str, model: str, gold: list[Level], levels: list[Level]) -> None:
    figures = [figure(gold, levels, LEVELS) for figure in FIGURES.values()]
    print(f"{name:20} {model:10} {figures[0].n:5} " + " ".join(map(shown, figures)))


def interval(draw: Callable[[np.ndarray], float], n: int, times: int = 500) -> str:
    """``draw`` of all, and the middle 95 % of it over bootstrap samples."""
    rng = np.random.default_rng(0)
    values = [draw(rng.integers(0, n, n)) for _ in range(times)]
    low, high = np.nanquantile(values, [0.025, 0.975])
    return f"{draw(np.arange(n)):.2f} [{low:.2f}, {high:.2f}] n {n}"


def ranks(a: Matrix, b: Matrix) -> float:
    """Spearman of two lists of figures."""
    order = [np.argsort(np.argsort(v, kind="stable"), kind="stable") for v in (a, b)]
    tied = [np.array([o[v == x].mean() for x in v]) for o, v in zip(order, (a, b), strict=True)]
    return float(np.corrcoef(*tied)[0, 1])


def part_agreement(rubric: Rubric, rated: list[Rated], unseen: list[Judged]) -> None:
    names = [b.id for b in rubric.behaviours]
    styles = [one.style for one in rated]
    rules = RuleScorer(rubric)
    models = {
        "learned": [[s.level for s in one.scores] for one in unseen],
        "by pack": [[s.level for s in one.scores] for one in judged(pack_folds(rated))],
        "rules": [[s.level for s in rules.score(o.transcript, o.evidence)] for o in rated],
        **{n: by_baseline(n, rated, names, styles) for n in ("words", "length", "commonest")},
    }  # fmt: skip
    print("## Agreement with the raters\n")
    print("`learned` and the baselines: the style left out. `by pack`: packs left out instead.")
    print(f"{'':20} {'':10} {'n':>5} " + " ".join(f"{name:>18}" for name in FIGURES))
    pooled: dict[str, tuple[list[Level], list[Level]]] = defaultdict(lambda: ([], []))
    for b, name in enumerate(names):
        for model, levels in models.items():
            gold, given = [o.levels[name] for o in rated], [row[b] for row in levels]
            pooled[model][0].extend(gold)
            pooled[model][1].extend(given)
            print_row(name, model, gold, given)
    for model, (gold, given) in pooled.items():
        print_row("pooled", model, gold, given)
    again = [(o.levels[n], other[n]) for o in rated for other in o.others for n in names]
    print_row("pooled", "raters", [a for a, _ in again], [b for _, b in again])
    for model in ("learned", "rules"):
        absent = given_kappa(*pooled[model])
        said = absent.why_none if absent.value is None else shown(absent)
        both = Counter((a is None, b is None) for a, b in zip(*pooled[model], strict=True))
        print(f"N/A kappa, {model}: {said}; both {both[True, True]}, rater only "
              f"{both[True, False]}, scorer only {both[False, True]}")  # fmt: skip
    print_overall(rated, unseen, names)
    print_styles(names, rated, models)


def pack_folds(rated: list[Rated]) -> list[str]:
    """The fold of each conversation when packs are kept together."""
    folds = learn.in_folds([one.pack for one in rated], FOLDS)
    return [str(next(k for k, fold in enumerate(folds) if one.pack in fold)) for one in rated]


def overall_figures(rated: list[Rated], unseen: list[Judged], names: list[str]) -> tuple:
    """The mean level of each conversation, by the raters and by the scorer; nan where none."""
    ours = [{s.behaviour: s.level for s in one.scores} for one in unseen]
    theirs = [one.levels for one in rated]
    return tuple(
        np.array([np.mean(given) if (given := [v for v in row.values() if v]) else np.nan
                  for row in rows])
        for rows in (theirs, ours)
    )  # fmt: skip


def print_overall(rated: list[Rated], unseen: list[Judged], names: list[str]) -> None:
    gold, ours = overall_figures(rated, unseen, names)
    gold = np.where(np.isnan(ours), np.nan, gold)
    styles = np.array([one.style for one in rated])
    print("\nOverall figure (mean of the behaviours), Spearman")
    for label, chosen in (
        ("all", ~np.isnan(gold)),
        ("real: " + ", ".join(REAL), np.isin(styles, REAL)),
        *((f"real: {style}", styles == style) for style in REAL),
    ):
        at = np.flatnonzero(chosen & ~np.isnan(gold))
        if len(at):
            g, o = gold[at], ours[at]
            figure = interval(lambda d, g=g, o=o: ranks(g[d], o[d]), len(at))
            print(f"  {label:32} {figure}")
    at = np.flatnonzero(~np.isnan(gold))

    def lift(draw: np.ndarray) -> float:
        g, o = gold[at[draw]], ours[at[draw]]
        tenth = np.argsort(o, kind="stable")[: max(1, len(g) // 10)]
        return float((g[tenth] <= np.quantile(g, 0.2)).mean() / (g <= np.quantile(g, 0.2)).mean())

    print(f"  lowest fifth in the tenth listened to first, times chance: {interval(lift, len(at))}")


def print_styles(names: list[str], rated: list[Rated], models: dict[str, list]) -> None:
    print("\nPooled kappa for each style, left out")
    chosen = [m for m in ("learned", "rules", "words", "length") if m in models]
    print(f"{'':12} {'n':>5} " + " ".join(f"{model:>18}" for model in chosen))
    for style in [*sorted({one.style for one in rated}), "real"]:
        at = [i for i, o in enumerate(rated) if o.style == style or (style == "real" and
              o.style in REAL)]  # fmt: skip
        gold = [rated[i].levels[n] for n in names for i in at]
        cells = [
            weighted_kappa(gold, [models[m][i][b] for b in range(len(names)) for i in at], LEVELS)
            for m in chosen
        ]
        print(f"{style:12} {cells[0].n:5} " + " ".join(map(shown, cells)))


# ------------------------------------------------------------------------------ indicators


def part_indicators(rubric: Rubric, rated: list[Rated], unseen: list[Judged]) -> None:
    labelled = [at for at, one in enumerate(rated) if one.labels is not None]
    gold, found, patterns = defaultdict(set), defaultdict(set), defaultdict(set)
    best = defaultdict(set)
    for at in labelled:
        one, mine = rated[at], unseen[at]
        for turn, names in (one.labels or {}).items():
            for name in names:
                gold[name].add((at, turn))
        for piece in one.evidence:
            patterns[piece.indicator].add((at, piece.quote.turn))
        likely = mine.reading.chances >= mine.model.shown_from
        for t, turn in enumerate(mine.reading.turns):
            for j in np.flatnonzero(likely[t]):
                found[mine.model.indicators[j]].add((at, turn.turn))
            for j in np.flatnonzero(mine.reading.chances[t] >= 0.3):
                best[mine.model.indicators[j]].add((at, turn.turn))
    print(f"\n## Indicators by turn of the agent, {len(labelled)} labelled conversations\n")
    print("Shown: finds of the learned scorer, style left out. Patterns: what the finders see.")
    print(f"{'':20} {'labels':>6} {'shown':>6} {'prec. [95 %]':>18} {'rec.':>5} {'F1':>5}"
          f" {'patterns':>9} {'prec.':>5} {'rec.':>5} {'F1':>5}")  # fmt: skip
    micro = Counter()
    for indicator in rubric.indicators:
        name = indicator.id
        if not gold[name]:
            continue
        cells = f"{name:20} {len(gold[name]):6} {len(found[name]):6} "
        right = found[name] & gold[name]
        cells += f"{share(len(right), len(found[name])):>18} " + " ".join(
            f"{x:5.2f}" for x in recall_f1(right, found[name], gold[name])
        )
        both = patterns[name] & gold[name]
        cells += f" {len(patterns[name]):9} " + " ".join(
            f"{x:5.2f}"
            for x in (
                len(both) / max(1, len(patterns[name])),
                *recall_f1(both, patterns[name], gold[name]),
            )
        )
        print(cells)
        if len(gold[name]) >= 30:
            for kind, finds in (("shown", found), ("at 0.3", best), ("patterns", patterns)):
                micro[kind, "right"] += len(finds[name] & gold[name])
                micro[kind, "found"] += len(finds[name])
            micro["gold"] += len(gold[name])
    for kind in ("shown", "at 0.3", "patterns"):
        f1 = 2 * micro[kind, "right"] / (micro[kind, "found"] + micro["gold"])
        precision = micro[kind, "right"] / max(1, micro[kind, "found"])
        print(f"micro F1 of indicators with 30 labels or more, {kind}: {f1:.2f} "
              f"(precision {precision:.2f}, n {micro['gold']} labels)")  # fmt: skip
    print_promises(rated, unseen, labelled)


def recall_f1(right: set, found: set, gold: set) -> tuple[float, float]:
    return len(right) / max(1, len(gold)), 2 * len(right) / max(1, len(found) + len(gold))


def share(right: int, count: int) -> str:
    """A share with its Wilson interval."""
    if not count:
        return "-"
    p, z = right / count, 1.96
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(p * (1 - p) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return f"{p:.2f} [{middle - half:.2f},{middle + half:5.2f}]"


def print_promises(rated: list[Rated], unseen: list[Judged], labelled: list[int]) -> None:
    """Promises against both accounts of the raters, and those against each other."""
    by_label = {(at, t) for at in labelled for t, n in (rated[at].labels or {}).items()
                if "promise" in n}  # fmt: skip
    by_rating = {(at, t) for at in labelled for t in rated[at].promises}
    chances = {
        (at, turn.turn): unseen[at].reading.chances[t, unseen[at].model.indicators.index("promise")]
        for at in labelled
        for t, turn in enumerate(unseen[at].reading.turns)
    }
    for cut in (0.3, 0.4, 0.5):
        found = {key for key, chance in chances.items() if chance >= cut}
        cells = [
            f"{what} {2 * len(found & gold) / (len(found) + len(gold)):.2f}"
            for what, gold in (("labels", by_label), ("ratings", by_rating))
        ]
        print(f"promise F1, chance from {cut}: " + ", ".join(cells))
    f1 = 2 * len(by_label & by_rating) / (len(by_label) + len(by_rating))
    print(f"promise F1 of the raters' labels against their own ratings: {f1:.2f}, "
          f"n {len(by_label)} and {len(by_rating)}")  # fmt: skip


# ------------------------------------------------------------------------------ evidence


def part_evidence(rubric: Rubric, rated: list[Rated], unseen: list[Judged]) -> None:
    """Do the quotes decide: against the raters' turns, and by taking them out."""
    rng = np.random.default_rng(0)
    right = wanted = guessed = 0.0
    moved, control = [], []
    for one, mine in zip(rated, unseen, strict=True):
        agent = [turn.turn for turn in mine.reading.turns]
        for b, behaviour in enumerate(mine.model.behaviours):
            deciding = set(one.deciding.get(behaviour, ())) & set(agent)
            if deciding:
                top = set(ranked(mine, b)[: len(deciding)])
                right += len(top & deciding)
                wanted += len(deciding)
                guessed += len(deciding) ** 2 / len(agent)
        if len(agent) >= 8:
            for b in range(len(mine.model.behaviours)):
                quoted = sorted({e.quote.turn for e in mine.scores[b].evidence
                                 if e.indicator in mine.model.indicators})  # fmt: skip
                quoted = sorted(quoted, key=lambda t, b=b, m=mine: ranked(m, b).index(t))[:3]
                rest = [turn for turn in agent if turn not in quoted]
                if not quoted or len(rest) < len(quoted) + 2:
                    continue
                unrelated = rng.permutation(rest)[: len(quoted)].tolist()
                moved.append(without_turns(mine, b, quoted))
                control.append(without_turns(mine, b, unrelated))
    print("\n## Evidence\n")
    recall, chance = right / wanted, guessed / wanted
    print("raters' deciding turns among as many turns that weigh most: ", end="")
    print(f"recall {recall:.2f} (by chance {chance:.2f}), n {wanted:.0f} turns")
    for label, values in (("quoted", moved), ("unrelated", control)):
        size = np.abs(np.array(values))
        figure = interval(lambda d, s=size: s[d].mean(), len(size))
        changed = (size >= 0.5).mean()
        print(f"up to 3 {label} turns taken out: mean change {figure}, ", end="")
        print(f"of half a level or more in {changed:.0%}")


def ranked(mine: Judged, b: int) -> list[int]:
    return mine.reading.by_weight(b)


def without_turns(mine: Judged, b: int, turns: Iterable[int]) -> float:
    """How much the value of a behaviour changes when turns are not counted."""
    kept = [at for at, turn in enumerate(mine.reading.turns) if turn.turn not in set(turns)]
    held = learn.amounts(mine.reading.chances[kept])
    return float(mine.model.values(held)[b] - mine.reading.values[b])


# ------------------------------------------------------------------------------ confidence


def part_confidence(rubric: Rubric, rated: list[Rated], unseen: list[Judged]) -> None:
    rows = [
        (max(score.chances), score.level, one.levels[score.behaviour])
        for one, mine in zip(rated, unseen, strict=True)
        for score in mine.scores
        if score.level is not None and one.levels[score.behaviour] is not None
    ]
    sure = np.array([row[0] for row in rows])
    hit = np.array([row[1] == row[2] for row in rows], float)

    def gap(draw: np.ndarray) -> float:
        s, h = sure[draw], hit[draw]
        cut = np.quantile(s, np.linspace(0, 1, 11)[1:-1])
        bins = np.searchsorted(cut, s)
        return float(sum(abs(s[bins == k].mean() - h[bins == k].mean()) * (bins == k).mean()
                         for k in range(10) if (bins == k).any()))  # fmt: skip

    print("\n## Confidence\n")
    print(f"expected calibration error, tenths of equal size: {interval(gap, len(rows))}")
    print(f"{'chance from':>12} {'to':>6} {'said':>6} {'right':>6} {'n':>6}")
    edges = np.quantile(sure, np.linspace(0, 1, 11))
    points = []
    for low, high in pairwise(edges):
        inside = (sure >= low) & (sure <= high)
        points.append((sure[inside].mean(), hit[inside].mean(), int(inside.sum())))
        said, right, count = points[-1]
        print(f"{low:12.2f} {high:6.2f} {said:6.2f} {right:6.2f} {count:6}")
    PLOT.write_text(reliability_svg(points), encoding="utf-8")
    print(f"{'abstain below':>14} {'coverage':>9} {'exact':>6} {'kappa':>6} {'mae':>6}")
    for below in (0.0, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7):
        kept = [row for row, chance in zip(rows, sure, strict=True) if chance >= below]
        if len(kept) < 30:
            continue
        a, b = [row[1] for row in kept], [row[2] for row in kept]
        kappa = weighted_kappa(a, b, LEVELS).value or 0
        print(f"{below:14.2f} {len(kept) / len(rows):9.2f} {exact(a, b, LEVELS).value:6.2f} "
              f"{kappa:6.2f} {mean_error(a, b, LEVELS).value:6.2f}")  # fmt: skip


# ------------------------------------------------------------------------------ parts, curve


def part_parts(rubric: Rubric, rated: list[Rated], unseen: list[Judged]) -> None:
    """What words and patterns each add, on the same folds of styles."""
    folds = learn.in_folds([one.style for one in rated], FOLDS)
    groups = [str(next(k for k, f in enumerate(folds) if one.style in f)) for one in rated]
    names = [b.id for b in rubric.behaviours]
    print(f"\n## What each part adds, styles in {FOLDS} folds, pooled\n")
    print(f"{'':20} {'':10} {'n':>5} " + " ".join(f"{name:>18}" for name in FIGURES))
    for keep in ("finds", "words", "all"):
        rows = judged(groups, keep)
        levels = [[s.level for s in r.scores] if keep == "all" else r for r in rows]
        gold = [o.levels[n] for b, n in enumerate(names) for o in rated]
        given = [row[b] for b in range(len(names)) for row in levels]
        print_row("patterns only" if keep == "finds" else "words only" if keep == "words" else
                  "both", "", gold, given)  # fmt: skip
    print("Timing adds evidence of its own; no rated conversation has times, so it isn't measured.")


def part_curve(rubric: Rubric, rated: list[Rated], unseen: list[Judged]) -> None:
    """Agreement on real conversations by how many other styles were learned from."""
    styles = sorted({one.style for one in rated} - set(REAL))
    names = [b.id for b in rubric.behaviours]
    away = tuple(at for at, one in enumerate(rated) if one.style in REAL)
    print("\n## Learning curve: real conversations, by the number of written styles learned from\n")
    jobs, sizes = [], []
    for count in (4, 8, 12, 16, 20, len(styles)):
        for seed in range(1 if count == len(styles) else 3):
            some = set(np.random.default_rng(seed).permutation(styles)[:count].tolist())
            jobs.append(tuple(at for at, one in enumerate(rated) if one.style in some))
            sizes.append(count)
    kappas: dict[int, list[float]] = defaultdict(list)
    with ProcessPoolExecutor(2) as pool:
        done = pool.map(without, [away] * len(jobs), ["all"] * len(jobs), jobs)
        for size, results in zip(sizes, done, strict=True):
            gold = [rated[at].levels[n] for n in names for at in away]
            given = [r.scores[b].level for b in range(len(names)) for r in results]
            kappas[size].append(weighted_kappa(gold, given, LEVELS).value or 0.0)
    for size, values in kappas.items():
        each = ", ".join(f"{value:.2f}" for value in values)
        print(f"{size:4} styles: pooled kappa {np.mean(values):.2f} ({each}), n {len(away)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS)
    chosen = parser.parse_args()
    if "friction" in chosen.part:
        part_friction()
    if chosen.part == ["friction"]:
        return 0
    rubric, rated, turns = everything()
    styles = [one.style for one in rated]
    print(f"{len(rated)} conversations of {len(set(styles))} styles, {len(turns.of)} turns of "
          f"the agent; rubric {RUBRIC.stem}\n")  # fmt: skip
    wanted = set(chosen.part) & {"agreement", "indicators", "evidence", "confidence"}
    unseen = judged(styles) if wanted else []
    for part in PARTS:
        if part in chosen.part and part != "friction":
            globals()[f"part_{part}"](rubric, rated, unseen)
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
