"""The agreement of a session, behaviour by behaviour and as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from qa_review.base.agreement import Agreement, every, within
from qa_review.base.raters import Severity, severity
from qa_review.base.ratings import Ratings
from qa_review.keep.audit import SOFTWARE
from qa_review.meet.compare import When, master_levels, ratings, totals
from qa_review.meet.opening import Revealed

SHOWN = ("exact", "within one", "kappa quadratic", "ac2 quadratic", "alpha ordinal", "icc(2,1)")
"""The figures of a session's table; :func:`agreement` has all of them."""
TOTAL_POINTS = 5
"""Overall figures (0..100) that lie this close agree."""
POOLED, TOTAL = "all behaviours", "overall figure"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of agreement: of what, and from which votes ("blind" or "discussed").

    ``among`` is "people", or "people and scorer" where the scorer counts as a rater.
    """

    of: str
    name: str
    when: When
    agreement: Agreement
    among: str = "people"


def agreement(session: Revealed, *, software: bool = False) -> tuple[Figure, ...]:
    """Every figure for each behaviour, for all of them pooled, and for the overall figure.

    After the discussion too, once anybody voted.

    Args:
        software: whether the scorer counts as a rater, if it took part.
    """
    found = []
    among = "people and scorer" if software else "people"
    for when in _whens(session):
        for behaviour in (*(b.id for b in session.rubric.behaviours), ""):
            given = ratings(session, behaviour, when=when, software=software)
            for name, one in every(given).items():
                found.append(Figure(behaviour or POOLED, name, when, one, among))
    overall = totals(session, software=software)
    close = within(overall, by=TOTAL_POINTS)
    found.append(Figure(TOTAL, f"within {TOTAL_POINTS} points", "blind", close, among))
    found += [Figure(TOTAL, name, "blind", one, among) for name, one in every(overall).items()]
    return tuple(found)


def figure(given: Ratings, name: str) -> Agreement:
    """One figure of ``every`` by its name."""
    return every(given)[name]


def severities(session: Revealed) -> tuple[Severity, ...]:
    """How severe each rater was, blind: against the other people, and against the master scores.

    The scorer, where it was a rater, is compared with the people, and they not with it.
    """
    everybody, people = ratings(session), ratings(session, software=False)
    scorer = [one for one in severity(everybody) if one.rater == SOFTWARE]
    agreed = master_levels(session)
    against_masters = severity(everybody, master=agreed) if agreed else ()
    return (*severity(people), *scorer, *against_masters)


def _whens(session: Revealed) -> tuple[When, ...]:
    return ("blind", "discussed") if session.votes else ("blind",)
