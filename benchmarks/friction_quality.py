"""How often the frictions found are those that people marked.

    python benchmarks/quality.py --part friction        (or this file alone)

Reads the gold folders as :mod:`gold` does. There are two accounts of friction in them:

- *labels*: turns of the agent with the indicator ``friction``, clear cases only. What the customer
  had to say again has a label of its own there, ``reask``.
- *raters*: the turns that a rater listed when asked where "the agent waits on a system, holds,
  transfers, or makes the customer repeat". These are more, and take in turns that passed over what
  the customer said or worked on something else.

The target is the labels. The phrases have been mended by the errors on both folders, so no figure
here is of unseen phrases; ``benchmarks/README.md`` has those from before. The weights of
``qa_review/grade/friction_asked.py`` are learned by :func:`learned` on both folders; the line
"style left out" takes for each style the weights learned without it, "folder left out" those
learned on the other folder alone.
F1 with the middle 95 % of 1,000 bootstrap samples of conversations.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from gold import FOLDERS, lines

from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.friction import AGAIN, WAITS, find_friction
from qa_review.grade.friction_asked import CUT, WEIGHTS
from qa_review.grade.friction_repeats import Answer, answers
from qa_review.grade.friction_words import phrases_in

TIMES = 1000
RIDGE = 8.0
"""of the weights of signs that are scaled to a spread of 1"""
NOTED = tuple(f"{what} that they had given before" for what in AGAIN.values())
"""how the note of a repeat ends that was found by the answer"""
Turns = set[int]


@dataclass
class Marked:
    """One conversation: the turns that people marked, and those that were found."""

    style: str
    labels: Turns
    reask: Turns
    raters: list[Turns]
    waits: Turns
    asked: Turns
    """the agent's own words ask for something once more"""
    repeats: Turns
    phrases: Turns
    """found by phrases alone"""
    answers: list[Answer]
    all: Turns = field(init=False)

    def __post_init__(self) -> None:
        self.all = self.waits | self.repeats


def marked(folder) -> Iterator[Marked]:
    """The conversations of a folder that hold their text and whose turns were labelled."""
    ratings = defaultdict(list)
    for one in lines(folder / "ratings.jsonl"):
        ratings[one["id"]].append(set(one["friction"]))
    labels = {one["id"]: one["labels"] for one in lines(folder / "turn_labels.jsonl")}
    for one in lines(folder / "conversations.jsonl"):
        if "turns" not in one or one["id"] not in labels or one["id"] not in ratings:
            continue
        said = tuple(Turn(turn["speaker"], turn["text"]) for turn in one["turns"])
        call = Transcript(one["id"], "en", said)
        found = [f for f in find_friction(call) if f.kind != "system"]
        so = {hit.quote.turn for hit in phrases_in(call) if hit.indicator == "said so"}
        repeats = [f for f in found if f.kind == "repeat"]
        yield Marked(
            one["style"],
            with_label(labels[one["id"]], "friction"),
            with_label(labels[one["id"]], "reask"),
            ratings[one["id"]],
            {f.quote.turn for f in found if f.kind in WAITS},
            {f.quote.turn for f in repeats if not f.note},
            {f.quote.turn for f in repeats},
            {f.quote.turn for f in found if not f.note.endswith(NOTED)},
            list(answers(call, so)),
        )


def with_label(labels: dict[str, list[str]], name: str) -> Turns:
    return {int(turn) for turn, names in labels.items() if name in names}


COMPARED = {
    "waits and requests to repeat : labels": lambda m: (m.waits | m.asked, m.labels),
    " the same, raters' other turns left out": lambda m: (
        (m.waits | m.asked) - (m.raters[0] - m.labels), m.labels),
    "waits alone : labels": lambda m: (m.waits, m.labels),
    "repeats : labels reask": lambda m: (m.repeats, m.reask),
    "everything : labels": lambda m: (m.all, m.labels),
    "everything : labels friction and reask": lambda m: (m.all, m.labels | m.reask),
    "everything : raters": lambda m: (m.all, m.raters[0]),
    "labels : raters": lambda m: (m.labels, m.raters[0]),
}  # fmt: skip


def counts(pairs: list[tuple[Turns, Turns]]) -> np.ndarray:
    """(conversations, 3): right, found, marked."""
    rows = [(len(a & b), len(a), len(b)) for a, b in pairs]
    return np.array(rows or [(0, 0, 0)], dtype=float)


def f1(totals: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return 2 * totals[..., 0] / (totals[..., 1] + totals[..., 2])


def line(name: str, pairs: list[tuple[Turns, Turns]]) -> str:
    """Found, marked, precision, recall and F1 with its interval."""
    table = counts(pairs)
    right, found, wanted = table.sum(axis=0)
    if not found + wanted:
        return f"{name:42} {len(pairs):5} conversations, no turn marked or found"
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), size=TIMES)
    low, high = np.nanquantile(f1(drawn @ table), [0.025, 0.975])
    precision = f"{right / found:.2f}" if found else "-"
    recall = f"{right / wanted:.2f}" if wanted else "-"
    return (
        f"{name:42} {len(pairs):5} {found:6.0f} {wanted:7.0f} {precision:>6} {recall:>6} "
        f"{f1(table.sum(axis=0)):6.2f} [{low:.2f}, {high:.2f}]"
    )


def signs_of(every: list[Marked]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The signs of the answers that no phrase found, whether each is marked, and its place."""
    rows = [
        ([one.signs[name] for name in WEIGHTS], one.asked in (m.labels | m.reask), at)
        for at, m in enumerate(every)
        for one in m.answers
        if one.asked not in m.phrases
    ]
    x, y, places = zip(*rows, strict=True)
    return np.array(x), np.array(y, dtype=float), np.array(places)


def learned(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The weights of the signs: logistic regression with a ridge, by Newton's steps."""
    spread = x.std(axis=0)
    spread[spread == 0] = 1
    z, weights = x / spread, np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], RIDGE)
    ridge[0] = 1e-9
    for _ in range(30):
        chance = 1 / (1 + np.exp(-z @ weights))
        slope = z.T @ (chance - y) + ridge * weights
        bend = (z * (chance * (1 - chance))[:, None]).T @ z + np.diag(ridge)
        weights -= np.linalg.solve(bend, slope)
    return weights / spread


def left_out(every: list[Marked], groups: list[str]) -> list[tuple[Turns, Turns]]:
    """What is found, and what is marked, with weights learned without each one's group."""
    x, y, places = signs_of(every)
    group = np.array(groups)
    pairs = []
    for name in sorted(set(groups)):
        weights = learned(x[group[places] != name], y[group[places] != name])
        for at in np.flatnonzero(group == name):
            m = every[at]
            found = {
                one.asked
                for one in m.answers
                if one.number or weights @ list(one.signs.values()) >= np.log(CUT / (1 - CUT))
            }
            pairs.append((m.phrases | found, m.labels | m.reask))
    return pairs


def part_learned(folders: list[list[Marked]]) -> None:
    """The repeats found by their signs, with and without what they were learned on."""
    every = [one for folder in folders for one in folder]
    of = [str(at) for at, folder in enumerate(folders) for _ in folder]
    styles = [f"{at} {one.style}" for at, one in zip(of, every, strict=True)]
    print("\neverything : labels friction and reask")
    for groups, name in ((styles, "style left out"), (of, "folder left out")):
        pairs = left_out(every, groups)
        order = [at for one in sorted(set(groups)) for at, g in enumerate(groups) if g == one]
        for folder, title in zip(sorted(set(of)), TITLES, strict=False):
            print(
                line(
                    f"{name}, {title}",
                    [p for p, at in zip(pairs, order, strict=True) if of[at] == folder],
                )
            )
    x, y, _ = signs_of(every)
    fresh = {name: round(float(w), 2) for name, w in zip(WEIGHTS, learned(x, y), strict=True)}
    print("weights as shipped" if fresh == WEIGHTS else f"weights learned anew: {fresh}")


TITLES = ("development", "benchmarks/gold")


def part_friction() -> None:
    """Prints the tables of ``benchmarks/README.md``."""
    head = f"{'':42} {'conv.':>5} {'found':>6} {'marked':>7} {'prec.':>6} {'rec.':>6} {'F1':>6}"
    print("\n## Friction")
    folders = [list(marked(folder)) for folder in FOLDERS]
    for every, title in zip(folders, TITLES, strict=True):
        if not every:
            continue
        print(f"\n{title}\n{head}")
        for name, pair in COMPARED.items():
            print(line(name, [pair(one) for one in every]))
        twice = [(one.raters[0], one.raters[1]) for one in every if len(one.raters) > 1]
        print(line("one rater : another", twice))
        again = [(one.all, one.raters[0]) for one in every if len(one.raters) > 1]
        print(line(" everything : the first of these raters", again))
        main = COMPARED["waits and requests to repeat : labels"]
        for style in sorted({one.style for one in every}):
            print(line(f"  {style}", [main(one) for one in every if one.style == style]))
    if any(folders):
        part_learned([folder for folder in folders if folder])


if __name__ == "__main__":
    part_friction()
    sys.exit(0)
