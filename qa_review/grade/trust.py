"""How far a scorer can be trusted, behaviour by behaviour: its trust card.

Takes a scorer and calls with the levels that people agreed on; makes a :class:`TrustCard`, which
goes with every score that the same scorer gives. A behaviour whose agreement is not shown to
reach the rubric's ``[trust] kappa`` (lower end of the interval) is *unproven*, and so is
every behaviour of a scorer without a card.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_review.base.agreement import (
    Agreement,
    Level,
    exact,
    given_kappa,
    mean_error,
    weighted_kappa,
    within_one,
)
from qa_review.base.errors import TranscriptError
from qa_review.base.frames import frame
from qa_review.base.records import MadeBy, dumps, from_json
from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import Rubric, RubricVersion
from qa_review.grade.scores import LEVELS, Score
from qa_review.grade.swaps import SWAPS, swapped
from qa_review.grade.vocabulary import SETTINGS

if TYPE_CHECKING:
    import pandas as pd

PEOPLE = "people"
LEAST_CALLS = 20
"""Calls with a level that agreement must rest on, before it proves anything."""
RUNS = 3
"""How often each call is scored to see whether the scores repeat."""
COVERED_FROM = (0.0, 0.4, 0.5, 0.6, 0.7)
"""Least chances of the likeliest level for which coverage is told."""

Scores = Callable[[Transcript], Sequence[Score]]


TRUST_COLUMNS = {
    "behaviour": "string",
    "n": "Int64",
    "kappa": "Float64",
    "low": "Float64",
    "high": "Float64",
    "exact": "Float64",
    "within_one": "Float64",
    "error": "Float64",
    "repeats": "Float64",
    "flips": "Float64",
    "machine": "Float64",
    "why": "string",
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many calls keep a level when the scorer abstains below a chance, and how good those are.

    ``share`` is in [0, 1]; ``right`` is the share with the people's level, ``None`` when no call
    is left.
    """

    below: float
    share: float
    right: float | None


@dataclass(frozen=True, slots=True)
class BehaviourTrust:
    """What is known of one behaviour.

    ``people`` and ``scorer`` count the levels 1 to 5 and, last, N/A. ``repeats`` is the share of
    calls with the same level in every run. ``flips`` maps a swap (names, spelling, fillers…) to
    the share of calls whose level it changed. ``machine`` is the mean change of the level from
    a reference transcript to a recogniser's of the same call, ``None`` where none was given.
    """

    behaviour: str
    kappa: Agreement
    exact: Agreement
    within_one: Agreement
    error: Agreement
    absent: Agreement
    people: tuple[int, ...]
    scorer: tuple[int, ...]
    repeats: float
    flips: dict[str, float]
    coverage: tuple[Coverage, ...]
    machine: float | None = None
    machine_calls: int = 0


@dataclass(frozen=True, slots=True)
class TrustCard:
    """What is known of one scorer on one set of calls; ``calls`` says which in words."""

    scorer: MadeBy
    rubric: RubricVersion
    calls: str
    count: int
    behaviours: tuple[BehaviourTrust, ...]
    raters: str = PEOPLE
    """who gave the levels; a card by anyone but people proves nothing"""

    def of(self, behaviour: str) -> BehaviourTrust | None:
        """What is known of one behaviour; ``None`` when the card doesn't have it."""
        return next((one for one in self.behaviours if one.behaviour == behaviour), None)

    def unproven(self, behaviour: str, rubric: Rubric) -> str:
        """Why a behaviour is not proven by this card; ``""`` when it is."""
        one = self.of(behaviour)
        if one is None:
            return "the trust card says nothing of it"
        wanted, said = threshold(rubric), f"agreement with {self.raters} on {self.calls}"
        if one.kappa.value is None or one.kappa.interval is None:
            return f"{said} is undefined: {one.kappa.why_none or 'too few calls'}"
        low, high = one.kappa.interval
        figure = f"{said}: kappa {one.kappa.value:.2f} [{low:.2f}, {high:.2f}], n {one.kappa.n}"
        if self.raters != PEOPLE:
            return f"{figure}; not yet shown with people"
        if one.kappa.n < LEAST_CALLS:
            return f"{figure}; at least {LEAST_CALLS} calls are needed"
        return "" if low >= wanted else f"{figure}; its lower end is under {wanted:.2f}"

    def to_frame(self) -> pd.DataFrame:
        """One row a behaviour: ``n``, ``kappa`` with its interval, ``exact``, ``within_one``, ….

        ``flips`` is the worst of the swaps; a figure that is undefined is missing, and ``why``
        says why the kappa is.
        """
        return frame(TRUST_COLUMNS, map(_row, self.behaviours))

    def save(self, path: Path) -> None:
        """Write the card as JSON."""
        Path(path).write_text(dumps(self, indent=1) + "\n", encoding="utf-8")


def _row(one: BehaviourTrust) -> tuple[Any, ...]:
    return (
        one.behaviour, one.kappa.n, one.kappa.value, *(one.kappa.interval or (None, None)),
        one.exact.value, one.within_one.value, one.error.value, one.repeats,
        max(one.flips.values(), default=None), one.machine, one.kappa.why_none,
    )  # fmt: skip


def threshold(rubric: Rubric) -> float:
    """What the lower end of a behaviour's kappa must reach: the rubric's ``[trust] kappa``."""
    return rubric.setting("trust.kappa", SETTINGS["trust"]["kappa"])


def read_card(path: Path) -> TrustCard:
    """The card that :meth:`TrustCard.save` wrote.

    Raises:
        TranscriptError: the file holds no trust card.
    """
    try:
        card = from_json(TrustCard, json.loads(Path(path).read_text(encoding="utf-8")))
        for one in card.behaviours:
            _check(one)
        return card
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise TranscriptError(f"{path}: no trust card: {error}") from error


def _check(one: BehaviourTrust) -> None:
    """Raise when a card that was read holds what no card can."""
    for figure in (one.kappa, one.exact, one.within_one, one.error, one.absent):
        ends = (figure.value, *(figure.interval or ()))
        if not all(
            end is None or (isinstance(end, (int, float)) and isfinite(end)) for end in ends
        ):
            raise ValueError(f"{one.behaviour}: a figure is a finite number, not {ends}")
        if figure.interval is not None and len(figure.interval) != 2:
            raise ValueError(f"{one.behaviour}: an interval has two ends")
    shares = (one.repeats, *one.flips.values(), *(c.share for c in one.coverage))
    if not all(isinstance(share, (int, float)) and 0 <= share <= 1 for share in shares):
        raise ValueError(f"{one.behaviour}: a share is from 0 to 1")
    for counts in (one.people, one.scorer):
        if len(counts) != len(LEVELS) + 1 or not all(0 <= c < 10**9 for c in counts):
            raise ValueError(f"{one.behaviour}: {len(LEVELS) + 1} counts of levels are needed")


def marked(
    scores: Sequence[Score], card: TrustCard | None, scorer: MadeBy, rubric: Rubric
) -> tuple[Score, ...]:
    """The scores, each with why its behaviour is unproven where it is."""
    why = ""
    if card is None or not same_scorer(card.scorer, scorer):
        why = "there is no trust card of this scorer"
    elif card.rubric != rubric.ref:
        why = f"the trust card is of another rubric, {card.rubric.id} {card.rubric.version}"
    if card is None or why:
        return tuple(replace(score, unproven=why) for score in scores)
    return tuple(replace(s, unproven=card.unproven(s.behaviour, rubric)) for s in scores)


def same_scorer(one: MadeBy, other: MadeBy) -> bool:
    """Whether two scores come from one scorer, whatever it abstained below."""
    return (one.name, one.version, one.weights) == (other.name, other.version, other.weights)


def trust(
    scorer: MadeBy,
    rubric: Rubric,
    scores: Scores,
    masters: Sequence[tuple[Transcript, Mapping[str, Level]]],
    *,
    calls: str,
    raters: str = PEOPLE,
    machine: Mapping[str, Transcript] | None = None,
    told: Callable[[int], None] = lambda done: None,
) -> TrustCard:
    """The trust card of a scorer on calls that people scored.

    Args:
        scores: gives the scores of a transcript.
        masters: calls with the level of each behaviour, ``None`` for N/A; one that nobody
            scored is left out.
        calls: what calls these are, in a few words.
        raters: who gave the levels.
        machine: a recogniser's transcript of calls, by their ids.
        told: called with how many calls are done.
    """
    names = [behaviour.id for behaviour in rubric.behaviours]
    given: dict[str, list[Score]] = {name: [] for name in names}
    again: dict[str, list[bool]] = {name: [] for name in names}
    flips: dict[str, dict[str, list[bool]]] = {n: {swap: [] for swap in SWAPS} for n in names}
    moved: dict[str, list[int]] = {name: [] for name in names}
    for done, (said, _) in enumerate(masters, 1):
        first = {score.behaviour: score for score in scores(said)}
        runs = [_levels(scores(said)) for _ in range(RUNS - 1)]
        changed = {swap: _levels(scores(swapped(said, swap))) for swap in SWAPS}
        other = (machine or {}).get(said.call_id)
        heard = _levels(scores(other)) if other else {}
        for name in names:
            level = first[name].level
            given[name].append(first[name])
            again[name].append(all(run[name] == level for run in runs))
            for swap, levels in changed.items():
                flips[name][swap].append(levels[name] != level)
            after = heard.get(name)
            if level is not None and after is not None:
                moved[name].append(abs(after - level))
        told(done)
    behaviours = tuple(
        _behaviour(
            name,
            [levels[name] for _, levels in masters if name in levels],
            [
                score
                for score, (_, levels) in zip(given[name], masters, strict=True)
                if name in levels
            ],
            _share(again[name]),
            {swap: _share(found) for swap, found in flips[name].items()},
            moved[name],
        )
        for name in names
    )
    return TrustCard(scorer, rubric.ref, calls, len(masters), behaviours, raters)


def _behaviour(
    name: str,
    people: list[Level],
    given: list[Score],
    repeats: float,
    flips: dict[str, float],
    moved: list[int],
) -> BehaviourTrust:
    levels = [score.level for score in given]
    return BehaviourTrust(
        name,
        weighted_kappa(people, levels, LEVELS),
        exact(people, levels, LEVELS),
        within_one(people, levels, LEVELS),
        mean_error(people, levels, LEVELS),
        given_kappa(people, levels),
        _counts(people),
        _counts(levels),
        repeats,
        flips,
        tuple(_coverage(below, people, given) for below in COVERED_FROM),
        sum(moved) / len(moved) if moved else None,
        len(moved),
    )


def _coverage(below: float, people: list[Level], given: list[Score]) -> Coverage:
    judged = [
        (level, score)
        for level, score in zip(people, given, strict=True)
        if score.level is not None and level is not None
    ]
    kept = [(a, s.level) for a, s in judged if max(s.chances, default=1.0) >= below]
    right = sum(a == b for a, b in kept) / len(kept) if kept else None
    return Coverage(below, len(kept) / len(judged) if judged else 0.0, right)


def _levels(scores: Sequence[Score]) -> dict[str, Level]:
    return {score.behaviour: score.level for score in scores}


def _counts(levels: list[Level]) -> tuple[int, ...]:
    return tuple(levels.count(level) for level in (*LEVELS, None))


def _share(found: list[bool]) -> float:
    return sum(found) / len(found) if found else 0.0
