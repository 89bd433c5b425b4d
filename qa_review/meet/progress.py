"""From session to session: does agreement rise, and did changing the rubric help?

Agreement is always of people's blind ballots. Two sessions differ in their calls and often in
their raters too, so a change is only as sure as the intervals are apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_review.base.agreement import Agreement
from qa_review.base.raters import Drift, Severity, drift, severity
from qa_review.base.ratings import Ratings
from qa_review.grade.scores import LEVELS
from qa_review.keep.rows import OutcomeRow
from qa_review.keep.store import Store
from qa_review.meet.compare import master_levels, ratings
from qa_review.meet.figures import figure
from qa_review.meet.opening import Revealed, revealed
from qa_review.meet.sessions import all_sessions


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """Agreement on one behaviour before the rubric was changed, and after.

    ``after`` is of the first session that scored on a version with the change; ``name`` says
    which figure.
    """

    outcome: OutcomeRow
    name: str
    before: Agreement
    after: Agreement
    before_session: str
    after_session: str


def revealed_sessions(store: Store, rubric_id: str) -> tuple[Revealed, ...]:
    """Every revealed session on a rubric, oldest first."""
    return tuple(
        revealed(store, one.id)
        for one in all_sessions(store)
        if one.revealed_at and one.rubric.id == rubric_id
    )


def before_after(
    held: Sequence[Revealed], session: Revealed, *, names: Sequence[str] = ("alpha ordinal",)
) -> tuple[BeforeAfter, ...]:
    """What the changes that this session is the first to score with did to agreement.

    Args:
        held: the revealed sessions on the same rubric, oldest first.
        names: the figures to compare (see :func:`qa_review.base.agreement.every`).
    """
    here = [one.session.id for one in held].index(session.session.id)
    found = []
    for at, earlier in enumerate(held[:here]):
        for outcome in earlier.outcomes:
            if not outcome.version or not outcome.behaviour:
                continue
            first = next((one for one in held[at + 1 :] if _has(one, outcome)), None)
            if first is None or first.session.id != session.session.id:
                continue
            for name in names:
                before = figure(ratings(earlier, outcome.behaviour, software=False), name)
                after = figure(ratings(session, outcome.behaviour, software=False), name)
                found.append(
                    BeforeAfter(outcome, name, before, after, earlier.session.id,
                                session.session.id)
                )  # fmt: skip
    return tuple(found)


def _has(session: Revealed, outcome: OutcomeRow) -> bool:
    """Whether a session scored on a version of the rubric that has a change."""
    version = session.rubric.version
    return (
        version.isdecimal() and outcome.version.isdecimal() and int(version) >= int(outcome.version)
    )


def severity_drift(held: Sequence[Revealed]) -> tuple[Drift, ...]:
    """Each rater's severity from session to session, against the other people in it."""
    return drift([(one.session.id, ratings(one, software=False), None) for one in held])


def severity_over(held: Sequence[Revealed]) -> tuple[Severity, ...]:
    """Each rater's severity over all of these sessions: against the others, and the masters.

    One session is too little to tell; units of different sessions are kept apart.
    """
    rows, calls = [], {}
    agreed: dict[str, float] = {}
    for one in held:
        given = ratings(one, software=False)
        for unit, call, values, absent in zip(
            given.units, given.calls, given.values, given.absent, strict=True
        ):
            name = f"{one.session.id} {unit}"
            calls[name] = f"{one.session.id} {call}"
            for rater, value, none in zip(given.raters, values, absent, strict=True):
                if none or value == value:  # nan where this rater was not asked
                    rows.append((name, rater, None if none else float(value)))
        agreed |= {f"{one.session.id} {unit}": v for unit, v in master_levels(one).items()}
    pooled = Ratings.of(rows, scale=tuple(map(float, LEVELS)), calls=calls)
    return (*severity(pooled), *(severity(pooled, master=agreed) if agreed else ()))
