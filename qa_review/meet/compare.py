"""What a revealed session shows: where the raters differ, and who moved after discussion.

Everything here takes a :class:`Revealed`; nothing can be compared before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import pstdev
from typing import Literal

from qa_review.base.ratings import Ratings
from qa_review.capture.transcript import Quote
from qa_review.grade.evidence import Stance
from qa_review.grade.rules import overall
from qa_review.grade.scores import LEVELS, Score
from qa_review.keep.audit import SOFTWARE
from qa_review.meet.opening import Revealed

When = Literal["blind", "discussed"]
SPLIT_WIDTH = 2
"""How wide a difference is, at least, in which some gave a level and others N/A: they do not
see the same opportunity."""

Level = int | None


@dataclass(frozen=True, slots=True)
class Position:
    """What one rater gave one behaviour on one call, with the quotes they attached.

    A scorer that ``abstained`` was too unsure to give a level: that is neither a level nor N/A,
    and counts in no figure. ``voted`` is whether they voted after the discussion; ``then`` is
    that level.
    """

    rater: str
    level: Level
    why_none: str
    reason: str
    quotes: tuple[tuple[Stance, Quote], ...]
    voted: bool = False
    then: Level = None
    then_reason: str = ""
    abstained: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """One behaviour on one call, as each rater gave it blind.

    ``width`` is the distance in levels between the lowest and the highest, at least
    ``SPLIT_WIDTH`` when only some gave N/A; ``spread`` is the SD of the levels.
    """

    call_id: str
    behaviour: str
    positions: tuple[Position, ...]
    width: int
    spread: float


@dataclass(frozen=True, slots=True)
class Move:
    """A rater who gave another level after the discussion; ``towards`` whom, by name.

    Those are the raters who had given the new level blind, or, when nobody had, those whose
    level it came nearest to.
    """

    rater: str
    call_id: str
    behaviour: str
    before: Level
    after: Level
    towards: tuple[str, ...]
    reason: str


def differences(session: Revealed) -> tuple[Difference, ...]:
    """Every behaviour of every call that two or more raters scored, widest first.

    Those of equal width are in order of spread, then of the agenda and the rubric.
    """
    return tuple(
        one for one in everything(session) if sum(not p.abstained for p in one.positions) >= 2
    )


def everything(session: Revealed) -> tuple[Difference, ...]:
    """As :func:`differences`, with what only one rater scored; that has no width."""
    found = []
    for call_id in session.session.calls:
        for behaviour in session.rubric.behaviours:
            positions = tuple(_positions(session, call_id, behaviour.id))
            if positions:
                found.append(_difference(call_id, behaviour.id, positions))
    return tuple(sorted(found, key=lambda one: (-one.width, -one.spread)))


def moves(session: Revealed) -> tuple[Move, ...]:
    """Who gave another level after the discussion, in the order of the agenda."""
    found = []
    for one in sorted(differences(session), key=lambda d: _place(session, d)):
        for position in one.positions:
            if position.voted and position.then != position.level:
                found.append(
                    Move(
                        position.rater, one.call_id, one.behaviour, position.level,
                        position.then, _towards(position, one.positions), position.then_reason,
                    )
                )  # fmt: skip
    return tuple(found)


def ratings(
    session: Revealed, behaviour: str = "", *, when: When = "blind", software: bool = True
) -> Ratings:
    """The levels as statistics take them; a unit is a call, or a call and a behaviour.

    Args:
        behaviour: ``""`` pools all of them, and keeps together what is of one call.
        when: "blind" for the ballots, "discussed" for the votes, where there are any.
        software: whether the scorer counts as a rater, if it took part.
    """
    rows, calls = [], {}
    for one in everything(session):
        if behaviour in ("", one.behaviour):
            unit = one.call_id if behaviour else f"{one.call_id} {one.behaviour}"
            calls[unit] = one.call_id
            for position in one.positions:
                if not position.abstained and (software or position.rater != SOFTWARE):
                    after = when == "discussed" and position.voted
                    rows.append((unit, position.rater, _number(position, after)))
    return Ratings.of(rows, scale=tuple(map(float, LEVELS)), calls=calls)


def totals(session: Revealed, *, software: bool = True) -> Ratings:
    """Each rater's overall figure of each call, in 0..100."""
    rows = [
        (ballot.call_id, ballot.rater, overall(session.rubric, ballot.scores).value)
        for ballot in session.ballots
        if software or ballot.rater != SOFTWARE
    ]
    return Ratings.of(rows)


def master_levels(session: Revealed, behaviour: str = "") -> Mapping[str, float]:
    """The agreed level of each unit of :func:`ratings`; those that are N/A are left out."""
    found = {}
    for call_id in session.session.calls:
        for name in [behaviour] if behaviour else [b.id for b in session.rubric.behaviours]:
            row = session.master(call_id, name)
            if row is not None and row.level is not None:
                found[call_id if behaviour else f"{call_id} {name}"] = float(row.level)
    return found


def _positions(session: Revealed, call_id: str, behaviour: str) -> Iterable[Position]:
    for rater in session.session.raters:
        ballot = session.ballot(rater, call_id)
        score = ballot.score(behaviour) if ballot else None
        if score is None:
            continue
        vote = session.vote(rater, call_id, behaviour)
        yield Position(
            rater, score.level, score.why_none or "", score.reason, _quotes(score),
            vote is not None, vote.level if vote else None, vote.reason if vote else "",
            score.abstained,
        )  # fmt: skip


def _quotes(score: Score) -> tuple[tuple[Stance, Quote], ...]:
    return tuple((piece.stance, piece.quote) for piece in score.evidence)


def _difference(call_id: str, behaviour: str, positions: tuple[Position, ...]) -> Difference:
    said = [one.level for one in positions if not one.abstained]
    given = [level for level in said if level is not None]
    width = max(given) - min(given) if given else 0
    if 0 < len(given) < len(said):
        width = max(width, SPLIT_WIDTH)
    return Difference(call_id, behaviour, positions, width, pstdev(given) if given else 0.0)


def _place(session: Revealed, one: Difference) -> tuple[int, int]:
    names = [behaviour.id for behaviour in session.rubric.behaviours]
    return session.session.calls.index(one.call_id), names.index(one.behaviour)


def _towards(mover: Position, positions: tuple[Position, ...]) -> tuple[str, ...]:
    others = [one for one in positions if one.rater != mover.rater and not one.abstained]
    same = [one.rater for one in others if one.level == mover.then]
    if same or mover.then is None:
        return tuple(same)
    distances = {one.rater: abs(one.level - mover.then) for one in others if one.level is not None}
    came_nearer = {
        one.rater
        for one in others
        if one.level is not None
        and (mover.level is None or distances[one.rater] < abs(one.level - mover.level))
    }
    nearest = min((distances[name] for name in came_nearer), default=None)
    return tuple(n for n in distances if n in came_nearer and distances[n] == nearest)


def _number(position: Position, after: bool) -> float | None:
    level = position.then if after else position.level
    return None if level is None else float(level)
