"""How often the frictions found are those that people marked.

    python benchmarks/quality.py --part friction        (or this file alone)

Reads the gold folders as :mod:`gold` does. There are two accounts of friction in them:

- *labels*: turns of the agent with the indicator ``friction``, clear cases only. What the customer
  had to say again has a label of its own there, ``reask``.
- *raters*: the turns that a rater listed when asked where "the agent waits on a system, holds,
  transfers, or makes the customer repeat". These are more, and take in turns that passed over what
  the customer said or worked on something else.

The target is the labels. The phrases were tuned on the development folder; ``benchmarks/gold`` was
left alone until they stood, and measured. Some were mended after that, by its errors, so that its
figures are not of unseen conversations any more; ``benchmarks/README.md`` has those from before.
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
from qa_review.grade.friction import WAITS, find_friction

TIMES = 1000
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
        found = find_friction(Transcript(one["id"], "en", said))
        repeats = [f for f in found if f.kind == "repeat"]
        yield Marked(
            one["style"],
            with_label(labels[one["id"]], "friction"),
            with_label(labels[one["id"]], "reask"),
            ratings[one["id"]],
            {f.quote.turn for f in found if f.kind in WAITS},
            {f.quote.turn for f in repeats if not f.note},
            {f.quote.turn for f in repeats},
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


def part_friction() -> None:
    """Prints the tables of ``benchmarks/README.md``."""
    head = f"{'':42} {'conv.':>5} {'found':>6} {'marked':>7} {'prec.':>6} {'rec.':>6} {'F1':>6}"
    print("\n## Friction")
    for folder, title in zip(FOLDERS, ("development", "benchmarks/gold"), strict=True):
        every = list(marked(folder))
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


if __name__ == "__main__":
    part_friction()
    sys.exit(0)
