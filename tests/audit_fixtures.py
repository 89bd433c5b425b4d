"""Calls scored on made-up rubrics, sound or with a flaw planted, for the audit of rubrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from qa_review.team.items import Item, Items
from qa_review.team.made_up import BEHAVIOURS, made_up_reviews
from qa_review.team.reviews import numbers

WORDS = [one + two for one in "bcdfghklmnprstvz" for two in ("ab", "el", "im", "or", "un", "ay")]


def made_up_items(each: int = 9) -> tuple[Item, ...]:
    """Five behaviours with ``each`` indicators, two in three of which earn points."""
    found = [Item(name, "behaviour", name, "for", 0.2, (name,)) for name in BEHAVIOURS]
    for name in BEHAVIOURS:
        for number in range(each):
            stance = "against" if number % 3 == 2 else "for"
            points = 0.1 if stance == "for" else -0.1
            found.append(
                Item(f"{name}_{number}", "indicator", f"{name} {number}", stance, points, (name,))
            )
    return tuple(found)


def made_up_finds(
    reviews: pd.DataFrame, items: Sequence[Item], *, seed: int, tied: float = 0.5
) -> pd.DataFrame:
    """Turns in which each indicator was found: more, or less, with the level of its behaviour.

    Longer calls have more of everything. ``tied`` is by how much a level changes the log of the
    rate; at 0 indicators have nothing to do with the call.
    """
    chance = np.random.default_rng(seed)
    length = (numbers(reviews, "handle_ms") / 300_000) ** 0.7
    columns: dict[str, object] = {"call": reviews["call"]}
    for item in items:
        if item.kind == "indicator":
            level = numbers(reviews, f"level_{item.behaviours[0]}")
            off = np.where(np.isnan(level), 0, level - 3.4) * item.sign
            rate = chance.uniform(0.1, 1.2) * length * np.exp(tied * off)
            columns[item.column] = chance.poisson(rate).astype(float)
    return pd.DataFrame(columns)


def sound(
    calls: int, *, seed: int, agents: int = 20, each: int = 9, tied: float = 0.5
) -> tuple[pd.DataFrame, Items, tuple[Item, ...]]:
    """Reviews, finds and items of a rubric in which points serve the customer."""
    reviews = made_up_reviews(calls, agents=agents, seed=seed)
    items = made_up_items(each)
    return reviews, Items(made_up_finds(reviews, items, seed=seed, tied=tied)), items


def with_finds(items: Items, **columns: np.ndarray) -> Items:
    """The same with other values of some indicators."""
    named = {f"found_{name}": values for name, values in columns.items()}
    return Items(items.finds.assign(**named), items.evidence, items.words)


def quotes_of(items: Items, *, seed: int, stock: Sequence[str] = ()) -> pd.DataFrame:
    """A quote for each turn found, of random words; of the ``stock`` indicators, one phrase."""
    chance = np.random.default_rng(seed)
    rows = []
    for column in items.finds.columns.drop("call"):
        name = column.removeprefix("found_")
        for call, count in zip(items.finds["call"], items.finds[column], strict=True):
            for turn in range(int(count)):
                said = " ".join(chance.choice(WORDS, 6))
                if name in stock and chance.random() < 0.85:
                    said = "I do understand your frustration!"
                rows.append((call, name, turn, said))
    return pd.DataFrame(rows, columns=["id", "indicator", "turn", "quote"])
