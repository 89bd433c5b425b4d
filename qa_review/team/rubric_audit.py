"""Does the scorecard reward the right thing? An audit of any rubric by the calls scored on it.

Takes the frame of :mod:`qa_review.team.reviews`, the finds of :mod:`qa_review.team.items` and the
rubric, and if there is one the table of evidence; makes a frame of findings, a row a check.

Checks
------
- *perverse*: points are lost where the customer was served better (or earned where worse). For each
  item and outcome, the slope of :mod:`qa_review.team.audit_ground` among calls alike in queue,
  issue, length and friction, sure by agent. Corrected for all of them together (Holm): of 100
  rubrics with nothing amiss, 5 at most give any such finding.
- *never varies*, *duplicate*: :mod:`qa_review.team.audit_checks`.
- *can be gamed*: :mod:`qa_review.team.audit_gaming`.
- *re-weighting*: :mod:`qa_review.team.audit_weights`.
- *sound*: nothing of the above was found of the item.

It is an association, and calls were not handed out by lot within a kind: an item that answers to a
customer's distress is found where customers are distressed. A finding asks for the calls to be
listened to; it doesn't condemn the item. ``docs/decisions/rubric-audit.md`` says what was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qa_review.base.frames import frame
from qa_review.grade.rubric import Rubric
from qa_review.team.audit_checks import Row, duplicates, never_varies
from qa_review.team.audit_gaming import length_rows, phrase_rows, phrases_of
from qa_review.team.audit_ground import Ground, Slope, Slopes, ground, outcomes_of
from qa_review.team.audit_weights import Reweighting, reweighting
from qa_review.team.items import Item, Items, aligned, items_of, values_of
from qa_review.team.many_tests import ERROR, holm
from qa_review.team.reviews import Numbers, behaviours_in

if TYPE_CHECKING:
    import pandas as pd

CHECKS = ("perverse", "never varies", "duplicate", "can be gamed", "re-weighting", "sound")
BETTER = {
    "csat": ("csat", "points"),
    "resolved": ("the share resolved", "%"),
    "repeat_contact": ("the share without a repeat contact", "%"),
}
"""An outcome, turned so that more is better, in words, and its unit."""

AUDIT = {
    "check": "string",
    "item": "string",
    "kind": "string",
    "other": "string",
    "estimate": "Float64",
    "low": "Float64",
    "high": "Float64",
    "strength": "Float64",
    "p": "Float64",
    "q": "Float64",
    "n": "Int64",
    "agents": "Int64",
    "finding": "boolean",
    "says": "string",
    "why": "string",
}
"""A row a check of an item, findings first.

``check`` is one of :data:`CHECKS`; ``kind`` is "behaviour", "indicator" or "rubric". ``other`` and
``estimate`` are, by check:

- perverse: the outcome, and how much better the customer was served (points of csat, share of
  calls) where the item earns one step more, a level or a turn: below 0 is the wrong way round;
- never varies: the commonest value, and the share of calls that have it;
- duplicate: the other item, and the rank correlation;
- can be gamed: "length" and the correlation with it, or "stock phrases" and their share;
- re-weighting: what re-weighting by outcome would add to the correlation with outcomes.

``low`` and ``high`` are its 95 % interval, ``strength`` the slope in standard deviations. ``p`` is
the chance of so reversed a slope where there is none, ``q`` that of any such among all items and
outcomes. ``n`` calls (quotes, for stock phrases) of ``agents``. ``finding`` is missing where it
couldn't be said, and ``why`` says why."""


def audit_frame(
    reviews: pd.DataFrame,
    items: Items | None = None,
    rubric: Rubric | Sequence[Item] = (),
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """All checks of all items; columns: :data:`AUDIT`.

    Args:
        items: what was found in calls; without it, indicators aren't looked at.
        rubric: a rubric, or its items listed by hand; by default each behaviour that the reviews
            have a level of.
        seed: of re-weighting's parts and resamples.

    Raises:
        ValueError: the finds have a call twice.
    """
    listed = items_of(rubric) if isinstance(rubric, Rubric) else tuple(rubric)
    if not listed:
        listed = tuple(Item(name, "behaviour", name) for name in behaviours_in(reviews))
    finds = None if items is None else aligned(items.finds, reviews)
    values = {
        one: values_of(one, reviews, finds)
        for one in listed
        if one.kind == "behaviour" or finds is not None
    }
    base = ground(reviews, _words(reviews, items))
    outcomes = {
        name: each for name, each in outcomes_of(reviews).items() if not np.isnan(each).all()
    }
    slopes = _slopes(values, base, outcomes)
    served = {item.id: list(found.values()) for item, found in slopes.items()}
    evidence = None if items is None else items.evidence
    phrases = None if evidence is None else phrases_of(evidence, _agents(reviews))
    rows = [
        *_perverse(slopes, outcomes, base),
        *(never_varies(item, each) for item, each in values.items()),
        *duplicates(values, base.agents),
        *length_rows(values, base, outcomes, served),
        *phrase_rows(values, phrases, served),
        _reweighted(reweighting(reviews, _weights(listed, reviews), seed=seed)),
    ]
    rows += _sound(listed, rows)
    rows.sort(key=lambda row: row.finding is not True)
    return frame(AUDIT, map(_cells, rows))


def _slopes(
    values: Mapping[Item, Numbers], base: Ground, outcomes: Mapping[str, Numbers]
) -> dict[Item, dict[str, Slope]]:
    """Of every item with a sign, by outcome: how much better with one step more of points."""
    found: dict[Item, dict[str, Slope]] = {item: {} for item in values if item.sign}
    for name, y in outcomes.items():
        slopes = Slopes(base, y)
        for item in found:
            found[item][name] = slopes.of(item.sign * values[item])
    return found


def _perverse(
    slopes: Mapping[Item, Mapping[str, Slope]], outcomes: Mapping[str, Numbers], base: Ground
) -> Iterator[Row]:
    if not outcomes:
        why = "no outcome is known of any call"
        yield Row("perverse", "", "rubric", why, why=why)
    made = [(item, name, one) for item, found in slopes.items() for name, one in found.items()]
    p = np.array([np.nan if one.below is None else one.below for _, _, one in made], dtype=float)
    for (item, name, one), chance, corrected in zip(
        made, p.tolist(), holm(p).tolist(), strict=True
    ):
        if one.value is None:
            yield Row("perverse", item.id, item.kind, one.why or "", name, n=one.n,
                      agents=one.agents or None, why=one.why)  # fmt: skip
            continue
        finding = corrected <= ERROR
        yield Row("perverse", item.id, item.kind, _reversed(item, name, one, finding, base.said),
                  name, one.value, one.interval, one.strength, chance, corrected, one.n, one.agents,
                  finding)  # fmt: skip


def _reversed(item: Item, outcome: str, one: Slope, finding: bool, held: str) -> str:
    said, unit = BETTER[outcome]
    scale = 100 if unit == "%" else 1
    value = scale * (one.value or 0.0)
    low, high = sorted(scale * end for end in one.interval or (0.0, 0.0))
    step = "level" if item.kind == "behaviour" else "turn"
    found = f"more of '{item.title}'" if item.sign > 0 else f"less of '{item.title}'"
    way = "lower" if value < 0 else "higher"
    ends = (-high, -low) if value < 0 else (low, high)
    gap = "" if unit == "%" else " "
    says = (f"where {found} earns points, {said} is {way} by {abs(value):.2f}{gap}{unit} a {step} "
            f"({ends[0]:.2f} to {ends[1]:.2f}), among calls alike in {held}")  # fmt: skip
    return f"{says}: points are lost where customers are served better" if finding else says


def _reweighted(found: Reweighting) -> Row:
    return Row("re-weighting", "", "rubric", found.says, None, found.gain, found.interval,
               n=found.n, agents=found.agents, finding=found.better, why=found.why)  # fmt: skip


def _sound(items: Sequence[Item], rows: Sequence[Row]) -> list[Row]:
    amiss = {row.item for row in rows if row.finding} | {
        row.other for row in rows if row.finding and row.check == "duplicate"
    }
    looked = {row.item for row in rows if row.finding is not None}
    says = "nothing was found amiss in what could be looked at"
    return [
        Row("sound", item.id, item.kind, f"'{item.title}': {says}")
        for item in items
        if item.id in looked and item.id not in amiss
    ]


def _cells(row: Row) -> tuple[Any, ...]:
    low, high = row.interval or (None, None)
    return (row.check, row.item, row.kind, row.other, row.estimate, low, high, row.strength, row.p,
            row.q, row.n, row.agents, row.finding, row.says, row.why)  # fmt: skip


def _weights(items: Sequence[Item], reviews: pd.DataFrame) -> dict[str, float] | None:
    """The weights of behaviours that reviews have a level of; equal ones where none has any."""
    here = set(behaviours_in(reviews))
    found = {one.id: one.points for one in items if one.kind == "behaviour" and one.id in here}
    return found if sum(found.values()) > 0 else None


def _words(reviews: pd.DataFrame, items: Items | None) -> Numbers | None:
    words = None if items is None else items.words
    if words is None:
        return None
    return np.array([words.get(str(call), np.nan) for call in reviews["call"]], dtype=float)


def _agents(reviews: pd.DataFrame) -> dict[str, str | None]:
    calls = [str(call) for call in reviews["call"]]
    if "agent" not in reviews:
        return dict.fromkeys(calls)
    known = reviews["agent"].notna().tolist()
    named = reviews["agent"].astype(object).tolist()
    return {c: str(a) if k else None for c, a, k in zip(calls, named, known, strict=True)}
