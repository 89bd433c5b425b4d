"""Whom a scoreboard of handling times punishes, and whom it flatters.

Takes the frame of reviews; makes a row an agent:

- ``"punished"``: slow on the scoreboard, and behaviour or outcome is good
- ``"flattered"``: fast on the scoreboard, and behaviour or outcome is poor
- ``"slow and poor"``, ``"fast and good"``: by net handling time (friction off, among like calls)
- ``"cannot tell"``, with the reason

Good, poor, slow and fast are beside the average agent. The scoreboard's time is as measured; all
else is among like calls (:mod:`qa_review.team.compared`).

What a verdict takes. First, merit differs from the average agent's by more than chance: behaviour
or outcome, whichever tells more, its chance counting twice for the choice, and corrected for all
agents by Holm's method. Where the other of the two points clearly the other way (one-sided chance
below 0.05) there is no verdict: nobody is excused by good luck with outcomes, or condemned by bad.
Then, of the agents whose merit is told, the time differs from the average agent's by more than
chance, corrected for these. Either step has half of the 5 %: so the chance that anyone at all is
called punished or flattered who isn't is at most 5 % a report, and the same holds for the other two
verdicts together. (The second step takes errors of time and of merit to be nearly independent.)

``probability`` is another thing: how likely the verdict is for this agent, given how much agents
differ. It is the share of resamples of the calls in which both signs hold, effects being drawn
towards the average as far as chance explains them (empirical Bayes).

Measured on made-up centres of 12 agents: anyone called anything in 0.4 % of 1,000 reports with no
effect planted; an agent a third slower and 0.6 levels better found in 83 % of 300 with 60 calls
each, 35 % with 30, 99 % with 120. More figures: ``docs/decisions/case-mix.md``.

References
----------
Holm (1979). A simple sequentially rejective multiple test procedure. Scand J Stat 6(2), 65-70.
Efron and Morris (1975). Data analysis using Stein's estimator. JASA 70, 311-319.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_review.base.frames import frame
from qa_review.team.case_mix import NO_AGENT, drawn_in, handling_frame, one_row
from qa_review.team.compared import (
    BEHAVIOUR,
    NET,
    OUTCOME,
    RESAMPLES,
    SEED,
    TIME,
    Compared,
    Standing,
    compared,
    standing,
)
from qa_review.team.many_tests import ERROR, holm
from qa_review.team.ranks import resampled_calls
from qa_review.team.reviews import Numbers, known

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = {
    "agent": "string",
    "verdict": "string",
    "probability": "Float64",
    "by": "string",
    "likeliest": "string",
    "slower_ms": "Float64",
    "friction_ms": "Float64",
    "kind_ms": "Float64",
    "own_ms": "Float64",
    "behaviour": "Float64",
    "outcome": "Float64",
    "corrected": "Float64",
    "n": "Int64",
    "lacking": "Int64",
    "why": "string",
}
"""``likeliest`` is the likeliest of the four kinds, whether or not it is sure enough for a verdict;
``probability`` is its. ``by`` is what merit was taken from: "behaviour" or "outcome".
``slower_ms`` is the mean handling time less the average agent's, of which ``friction_ms`` is for
friction, ``kind_ms`` for the kind of calls, ``own_ms`` the agent's own. ``behaviour`` (points) and
``outcome`` (standard deviations) are differences from the average agent. ``corrected`` is the
chance that a verdict rests on, corrected for all agents."""
PUNISHED, FLATTERED = "punished", "flattered"
SLOW_AND_POOR, FAST_AND_GOOD = "slow and poor", "fast and good"
UNTOLD = "cannot tell"
KINDS: Mapping[tuple[int, int], str] = {
    (1, 1): PUNISHED,
    (-1, -1): FLATTERED,
    (1, -1): SLOW_AND_POOR,
    (-1, 1): FAST_AND_GOOD,
}
"""the sign of the time's difference and of merit's to the verdict"""
AGAINST = 0.10
"""the two-sided chance below which the other merit points clearly the other way"""
STEP = ERROR / 2
"""what each of the two steps of a verdict may err"""
NEEDED = (TIME, NET, BEHAVIOUR, OUTCOME)


@dataclass(frozen=True, slots=True)
class _Merits:
    """Each agent's merit by whichever of behaviour and outcome tells more; shape (agents,)."""

    chosen: NDArray[np.intp]
    """0 for behaviour, 1 for outcome, -1 for neither known"""
    sign: NDArray[np.intp]
    p: Numbers
    disputed: NDArray[np.bool_]


def verdicts_frame(
    reviews: pd.DataFrame | Compared, *, resamples: int = RESAMPLES, seed: int = SEED
) -> pd.DataFrame:
    """One row an agent, by the alphabet: the verdict on what a scoreboard of times says of them.

    Of what is compared already, its own resamples are taken.

    Raises:
        ValueError: fewer than 1 resample.
    """
    if not isinstance(reviews, Compared):
        reviews = compared(reviews, NEEDED, resamples=resamples, seed=seed)
    found = resampled_calls(reviews)
    if not found.agents:
        return one_row(VERDICTS, NO_AGENT)
    stands = {name: standing(found, name) for name in NEEDED}
    merits = _merits(stands[BEHAVIOUR], stands[OUTCOME])
    corrected, verdicts = _verdicts(stands, merits)
    parts = _parts(found)
    rows = []
    for at, name in enumerate(found.agents):
        time, chance, likeliest = _likeliest(stands, merits, at, verdicts[at])
        why = None if verdicts[at] else _why(stands, merits, at)
        by = (BEHAVIOUR, OUTCOME)[merits.chosen[at]] if merits.chosen[at] >= 0 else None
        rows.append(
            (name, verdicts[at] or UNTOLD, chance, by, likeliest, *parts[at],
             *(known(stands[each].effect[at]) for each in (BEHAVIOUR, OUTCOME)),
             known(corrected[at]), int(time.n[at]), int(time.lacking[at]), why)
        )  # fmt: skip
    return frame(VERDICTS, rows)


def sure_verdicts(found: Compared) -> tuple[str, ...]:
    """The verdict on each agent, as in :func:`verdicts_frame`; needs no resamples."""
    stands = {name: standing(found, name) for name in NEEDED}
    merits = _merits(stands[BEHAVIOUR], stands[OUTCOME])
    return tuple(each or UNTOLD for each in _verdicts(stands, merits)[1])


def _merits(behaviour: Standing, outcome: Standing) -> _Merits:
    p = np.column_stack([behaviour.p, outcome.p])
    effects = np.nan_to_num(np.column_stack([behaviour.effect, outcome.effect]))
    known = ~np.isnan(p)
    chosen = np.argmin(np.where(known, p, 2.0), axis=1)
    rows = np.arange(len(p))
    sign = np.sign(effects[rows, chosen]).astype(np.intp)
    other = 1 - chosen
    against = (np.sign(effects[rows, other]) == -sign) & (p[rows, other] < AGAINST)
    combined = np.minimum(1.0, p[rows, chosen] * known.sum(axis=1))
    chosen = np.where(known.any(axis=1), chosen, -1).astype(np.intp)
    return _Merits(chosen, sign, combined, against)


def _verdicts(stands: Mapping[str, Standing], merits: _Merits) -> tuple[Numbers, list[str | None]]:
    """The corrected chance of each agent's verdict, and the verdict where it is small enough."""
    merit = holm(np.where(merits.disputed, 1.0, merits.p))
    told = merit < STEP
    verdicts: list[str | None] = [None] * len(merit)
    chances = 2 * merit
    for measure, agreeing in ((NET, False), (TIME, True)):  # punished and flattered come first
        time = stands[measure]
        sign = np.sign(np.nan_to_num(time.effect)).astype(np.intp)
        p = 2 * np.maximum(merit, holm(np.where(told, time.p, np.nan)))
        for at in np.flatnonzero(told & ((sign * merits.sign > 0) == agreeing)):
            if p[at] < ERROR:
                verdicts[at] = KINDS.get((int(sign[at]), int(merits.sign[at])))
            if p[at] < ERROR or verdicts[at] is None:
                chances[at] = p[at]
    return np.minimum(1.0, chances), verdicts


def _likeliest(
    stands: Mapping[str, Standing], merits: _Merits, at: int, verdict: str | None
) -> tuple[Standing, float | None, str | None]:
    """The standing in time, the probability, and the kind that it is of."""
    time = stands[TIME]
    if merits.chosen[at] < 0 or np.isnan(merits.p[at]) or np.isnan(time.p[at]):
        return time, None, None
    merit = _signs(stands[(BEHAVIOUR, OUTCOME)[merits.chosen[at]]], at)
    best: tuple[float, str] = (-1.0, "")
    for (pace, worth), kind in KINDS.items():
        of = stands[TIME if pace == worth else NET]
        if np.isnan(of.p[at]) or verdict not in (None, kind):
            continue
        held = (_signs(of, at) == pace) & (merit == worth)
        best = max(best, (float((held.sum() + 0.5) / (len(held) + 1)), kind))
    return time, best[0], best[1]


def _signs(own: Standing, at: int) -> NDArray[np.intp]:
    """The sign of an agent's effect in each resample, drawn towards the average."""
    middle, kept, _ = drawn_in(own)
    drawn = middle[at] + np.sqrt(kept[at]) * (own.drawn[:, at] - own.effect[at])
    return np.where(drawn > 0, 1, -1).astype(np.intp)


def _why(stands: Mapping[str, Standing], merits: _Merits, at: int) -> str:
    for measure in (TIME, NET):
        if stands[measure].why[at]:
            return f"{measure}: {stands[measure].why[at]}"
    if merits.chosen[at] < 0:
        both = (f"{name}: {stands[name].why[at]}" for name in (BEHAVIOUR, OUTCOME))
        return "; ".join(both)
    if merits.disputed[at]:
        return "behaviour and outcome point to opposite sides"
    if merits.p[at] >= ERROR:
        return "neither behaviour nor outcome differs from the average agent's beyond chance"
    if holm(np.where(merits.disputed, 1.0, merits.p))[at] >= STEP:
        return "behaviour or outcome isn't sure enough for one of so many agents"
    return "handling time doesn't differ from the average agent's beyond chance"


def _parts(found: Compared) -> list[tuple[float | None, ...]]:
    """Each agent's handling time less the average agent's, and its parts, in ms."""
    import pandas

    table = handling_frame(found)
    times = table[["handle_ms", "friction_ms", "like_ms", "own_ms"]]
    into = table["why"].isna()
    apart = times - times[into].mean()
    apart.loc[~into, :] = pandas.NA
    return [tuple(map(known, row)) for row in apart.to_numpy(dtype=float, na_value=np.nan)]
