"""A calibration session as one page: where its raters differ, how well they agree, what came of it.

Takes a revealed session, what earlier changes of the rubric did, and how raters run on from
session to session; makes the text of one HTML file, which runs no script and asks nothing of
any host. What cannot be trusted stands at the top: ballots that are not as they were handed in.

Conventions
-----------
- Names, reasons, quotes and remarks are people's words, and never read as markup.
- Drawings repeat numbers that stand beside them in text, and are hidden from screen readers.
- Raters stand in the order of the session; nobody is ranked, and no colour judges anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_review.base.raters import Drift
from qa_review.keep.audit import SOFTWARE
from qa_review.meet.opening import Revealed
from qa_review.meet.progress import BeforeAfter
from qa_review.view.document import document
from qa_review.view.figures import counted, when
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.session_decisions import receipts, what_was_decided
from qa_review.view.session_differences import where_we_differ
from qa_review.view.session_figures import how_well
from qa_review.view.session_parts import person
from qa_review.view.session_raters import each_rater, who_moved

STYLES = ("base.css", "session.css")
PARTS = {
    "differ": "Where we differ",
    "agreement": "How well we agree",
    "raters": "Each rater",
    "moved": "Who moved",
    "decided": "Decisions",
    "receipts": "Receipts",
}
NAMED = 6
"""Calls named one by one where a rater's ballots are missing; the rest are counted."""


def session_page(session: Revealed, changes: Sequence[BeforeAfter], drifts: Sequence[Drift]) -> str:
    """The page of a session, as the text of one HTML file.

    Args:
        session: its ballots are open.
        changes: agreement before and after the changes that this session was the first to score
            with (:func:`qa_review.meet.progress.before_after`).
        drifts: raters' severity over all sessions on this rubric
            (:func:`qa_review.meet.progress.severity_drift`).
    """
    main = el(
        "main",
        where_we_differ(session),
        how_well(session),
        each_rater(session),
        who_moved(session),
        what_was_decided(session, changes, drifts),
        receipts(session),
    )
    body = join((_header(session), main, _footer()), "\n")
    title = f"{session.session.name} \u00b7 calibration session"
    return document(title, body, styles=STYLES, scripts=())


def _header(session: Revealed) -> Markup:
    facts = [el("div", el("dt", name), el("dd", value)) for name, value in _facts(session)]
    return el(
        "header",
        el("p", "Calibration session", class_="kind"),
        el("h1", heard(session.session.name)),
        _proof(session),
        el("dl", *facts, class_="facts"),
        _raters(session),
        el("nav", el("ul", *[el("li", el("a", name, href=f"#{to}")) for to, name in PARTS.items()]),
           aria_label="Parts of this page", class_="parts"),
        class_="top",
    )  # fmt: skip


def _facts(session: Revealed) -> Iterator[tuple[str, Markup | str]]:
    here = session.session
    rubric = f"{here.rubric.id}, version {here.rubric.version}"
    yield "Lead", person(here.lead)
    yield "Called", when(here.at)
    if here.deadline:
        yield "Deadline", when(here.deadline)
    yield "Revealed", when(here.revealed_at)
    yield "Rubric", join((heard(session.rubric.title), " (", heard(rubric), ")"))
    yield "Rubric\u2019s digest", heard(here.rubric.digest)
    yield "Calls", join((f"{counted(len(here.calls), 'call')}, chosen ", heard(here.chosen)))
    yield "Session", heard(here.id)


def _proof(session: Revealed) -> Markup:
    """That every ballot is as it was handed in, or whatever speaks against it."""
    count = counted(len(session.ballots), "ballot")
    more = el("a", "receipts", href="#receipts")
    if not session.problems:
        each = "each " if len(session.ballots) != 1 else ""
        sign = el("span", "\u2713", class_="sign", aria_hidden="true")
        return el("p", sign, f"{count}, {each}as it was handed in before the reveal (", more, ")",
                  class_="proof")  # fmt: skip
    problems = counted(len(session.problems), "problem")
    return el(
        "div",
        el("p", el("span", "!", class_="sign", aria_hidden="true"),
           el("strong", f"This session does not hold together: {problems}.")),
        el("ul", *[el("li", heard(one)) for one in session.problems]),
        el("p", f"What follows is made of the {count} that can be opened. Settle this before "
           "anything hangs on it (", more, ")."),
        class_="broken",
        role="note",
    )  # fmt: skip


def _raters(session: Revealed) -> Markup:
    rows = [
        el("li", el("strong", person(rater)), " ", el("span", *_ballots(session, rater)))
        for rater in session.session.raters
    ]
    return el("div", el("h2", "Raters"), el("ul", *rows),
              el("p", _scorer(session), class_="quiet"), class_="raters")  # fmt: skip


def _scorer(session: Revealed) -> str:
    if SOFTWARE in session.session.raters:
        return "The scorer took part as a rater; its ballots were sealed like any other."
    return "The scorer took no part as a rater."


def _ballots(session: Revealed, rater: str) -> Iterator[Markup | str]:
    """How many ballots of a rater count, which don't, and which are missing."""
    calls = session.session.calls
    counting = sum(ballot.rater == rater for ballot in session.ballots)
    spoiled = [one.call_id for one in session.spoiled if one.rater == rater]
    missing = [call for name, call in session.missing if name == rater and call not in spoiled]
    yield f"{counting:,} of {counted(len(calls), 'ballot')}"
    for calls_without, what in ((missing, "missing"), (spoiled, "does not count")):
        if calls_without:
            which = "every call" if len(calls_without) == len(calls) > 1 else _named(calls_without)
            yield el("span", "; ", what, ": ", which, class_="missing")


def _named(calls: Sequence[str]) -> Markup:
    names = join(map(heard, calls[:NAMED]), ", ")
    left = len(calls) - NAMED
    return join((names, f" and {left:,} more" if left > 0 else None))


def _footer() -> Markup:
    return el(
        "footer",
        el("p", "A calibration session shows how people read a rubric on a few calls. It does "
           "not grade anybody. All figures, ballots and quotes are beside this page as CSV and "
           "Parquet."),
    )  # fmt: skip
