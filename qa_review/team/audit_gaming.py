"""Items that a player could win: by talking longer, or by saying the same few phrases.

Takes values of items, lengths and quotes; makes rows of an audit.

An item can be gamed when points come with something that anyone can do and it isn't seen to serve
the customer. Both must be shown:

- *length*: the partial correlation with the log of the call's length (the agent's words where
  known), among calls of one kind and outcome, is at least 0.2 by the lower end of its interval. Of
  a behaviour it is that of its level; of an indicator that of finds for the length, as more of
  everything is found in longer calls and a scorer that asks for more there pays nothing for it; or
- *stock phrases*: of the quotes that it was found by, the three commonest wordings make up at least
  half by the lower end, in 30 quotes or more and in calls of at least 2 agents;
- and no outcome is better where more of it is found: the upper end of each strength (correlation,
  among calls of one kind and length) is below 0.1. So not having seen that it serves is not enough;
  the calls must be many enough to rule out that it does more than a little.

Wordings are compared without case, punctuation and numbers. Without outcomes ``finding`` is
missing, with the reason. Only items that earn points are looked at; behaviours have no quotes of
their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING

import numpy as np

from qa_review.team.audit_checks import Row, share_interval
from qa_review.team.audit_ground import Ground, Slope, Slopes
from qa_review.team.items import Item
from qa_review.team.reviews import Numbers

if TYPE_CHECKING:
    import pandas as pd

LONGER = 0.2
"""A correlation with length from which points come with length."""
SERVES = 0.1
"""A strength below which an item is taken not to serve the customer."""
TOP, CARRIED, LEAST_QUOTES = 3, 0.5, 30
NUMBERS = re.compile(r"\d+")
MARKS = re.compile(r"[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Phrases:
    """How much of an item's quotes are the same few wordings.

    ``evenness`` is the entropy of wordings over that of quotes that all differ, in [0, 1];
    ``phrase`` is the commonest wording and ``phrase_share`` its share.
    """

    quotes: int
    wordings: int
    agents: int | None
    top: int
    evenness: float
    phrase: str
    phrase_share: float

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share of the commonest wordings."""
        return share_interval(self.top, self.quotes)


def wording(quote: str) -> str:
    """A quote without case, punctuation and numbers.

    >>> wording("I do understand -- 3 days IS long!")
    'i do understand days is long'
    """
    return " ".join(MARKS.sub(" ", NUMBERS.sub(" ", quote.replace("'", ""))).casefold().split())


def phrases_of(evidence: pd.DataFrame, agents: Mapping[str, str | None]) -> dict[str, Phrases]:
    """The wordings of each indicator, a quote a turn; those without quotes are left out.

    Args:
        evidence: columns ``id``, ``indicator``, ``turn``, ``quote``.
        agents: each call's agent; quotes of other calls are passed over.
    """
    once = evidence[["id", "indicator", "turn", "quote"]].dropna()
    once = once[once["id"].astype("string").isin(list(agents))]
    once = once.drop_duplicates(["id", "indicator", "turn"])
    made = {quote: wording(str(quote)) for quote in once["quote"].unique()}
    said: dict[str, Counter[str]] = {}
    who: dict[str, set[str | None]] = {}
    for call, indicator, quote in zip(once["id"], once["indicator"], once["quote"], strict=True):
        said.setdefault(indicator, Counter())[made[quote]] += 1
        who.setdefault(indicator, set()).add(agents[str(call)])
    return {name: _phrases(counts, who[name]) for name, counts in said.items()}


def _phrases(counts: Counter[str], who: set[str | None]) -> Phrases:
    n = counts.total()
    commonest = counts.most_common(TOP)
    entropy = -sum(count / n * log(count / n) for count in counts.values())
    evenness = entropy / log(n) if n > 1 else 0.0
    phrase, count = commonest[0]
    known = None if None in who else len(who)
    return Phrases(n, len(counts), known, sum(c for _, c in commonest), evenness, phrase, count / n)


def length_rows(
    values: Mapping[Item, Numbers],
    base: Ground,
    outcomes: Mapping[str, Numbers],
    served: Mapping[str, Sequence[Slope]],
) -> list[Row]:
    """Of each item that earns points, whether they come with length.

    Args:
        served: for each item's id its slopes on the outcomes that are known.
    """
    paid = [item for item in values if item.sign > 0]
    if base.length is None:
        why = "the length of calls is not known"
        return [_row(item, "length", why=why, says=why) for item in paid]
    held = [column for y in outcomes.values() for column in _held(y)]
    others = np.column_stack(held) if held else np.empty((len(base.length), 0))
    slopes = Slopes(base, base.length, others)
    size = np.exp(base.length - np.nanmean(base.length))
    return [
        _longer(
            item,
            slopes.of(values[item] / (1 if item.kind == "behaviour" else size)),
            served.get(item.id, ()),
        )
        for item in paid
    ]


def phrase_rows(
    values: Mapping[Item, Numbers],
    phrases: Mapping[str, Phrases] | None,
    served: Mapping[str, Sequence[Slope]],
) -> list[Row]:
    """Of each indicator that earns points, whether stock phrases carry it."""
    paid = [item for item in values if item.sign > 0 and item.kind == "indicator"]
    if phrases is None:
        why = "no quotes were given"
        return [_row(item, "stock phrases", why=why, says=why) for item in paid]
    return [_stock(item, phrases.get(item.id), served.get(item.id, ())) for item in paid]


def _longer(item: Item, found: Slope, served: Sequence[Slope]) -> Row:
    if found.strength is None or found.strengths is None:
        why = found.why or ""
        return _row(item, "length", why=why, says=why, n=found.n)
    low, high = found.strengths
    name = f"'{item.title}'"
    what = name if item.kind == "behaviour" else f"how often {name} is found for the length"
    says = f"{what} goes with length by {found.strength:.2f} among calls that ended alike"
    row = _row(item, "length", says=says, n=found.n)
    row = replace(row, estimate=found.strength, interval=(low, high), agents=found.agents)
    return _judged(row, low >= LONGER, served, f"longer calls earn {name}")


def _stock(item: Item, found: Phrases | None, served: Sequence[Slope]) -> Row:
    if found is None or found.quotes < LEAST_QUOTES:
        n = found.quotes if found else 0
        why = f"{n} quotes; {LEAST_QUOTES} are needed"
        return _row(item, "stock phrases", why=why, says=why, n=n)
    low, high = found.interval
    share = found.top / found.quotes
    says = (f"{share:.0%} of {found.quotes:,} quotes of '{item.title}' are the same "
            f"{min(TOP, found.wordings)} wordings, most of all \"{found.phrase}\" "
            f"({found.phrase_share:.0%})")  # fmt: skip
    row = _row(item, "stock phrases", says=says, n=found.quotes)
    row = replace(row, estimate=share, interval=(low, high), agents=found.agents)
    several = found.agents is None or found.agents > 1
    return _judged(row, low >= CARRIED and several, served, f"saying it earns '{item.title}'")


def _judged(row: Row, carried: bool, served: Sequence[Slope], how: str) -> Row:
    """The row with its finding: carried by what anyone can do, and shown not to serve."""
    if not carried:
        return replace(row, finding=False)
    tops = [one.strengths[1] for one in served if one.strengths]
    if not tops:
        why = "whether it serves the customer can't be said: no outcome is known of enough calls"
        return replace(row, says=f"{row.says}; {why}", why=why)
    if max(tops) < SERVES:
        says = f"{row.says}; {how}, and customers are not served better by it"
        return replace(row, says=says, finding=True)
    return replace(row, says=f"{row.says}; it may serve the customer all the same", finding=False)


def _row(item: Item, by: str, *, says: str, why: str | None = None, n: int = 0) -> Row:
    return Row("can be gamed", item.id, item.kind, says, by, n=n, why=why)


def _held(values: Numbers) -> list[Numbers]:
    gaps = np.isnan(values)
    if gaps.all():
        return []
    return [np.where(gaps, np.nanmean(values), values), gaps.astype(np.float64)]
