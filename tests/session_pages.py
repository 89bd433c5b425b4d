"""Pages of made-up sessions, what they say, and one with the same text in every place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from browser.shape import Element, read
from session_fixtures import change, drift, session

from qa_review.base.raters import Drift
from qa_review.grade.rubric import RubricVersion
from qa_review.keep.row import Row
from qa_review.meet.ballots import Ballot
from qa_review.meet.opening import Revealed, Spoiled
from qa_review.meet.progress import BeforeAfter
from qa_review.view.session import session_page

LONG = "https://evil.example/" + "x" * 300
RUN = (0.8, None, 0.3, 0.1)


@cache
def page_of(kind: str) -> str:
    if kind == "hostile":
        return session_page(*hostile(LONG))
    one = session(kind)
    if kind != "discussed":
        return session_page(one, [], [])
    changes = [change(each) for each in one.outcomes if each.version]
    return session_page(one, changes, [*drift("ann", RUN), *drift("bo", RUN[:1])])


def tree_of(kind: str) -> Element:
    return read(page_of(kind))


def said(element: Element) -> str:
    return " ".join(element.text.split())


def rows(element: Element) -> list[list[str]]:
    """The rows of an element's tables, each as its cells read."""
    return [[said(cell) for cell in row.children] for row in element.all("tr")]


def part(tree: Element, name: str) -> Element:
    (found,) = tree.all("section", **{"aria-labelledby": name})
    return found


def tables(tree: Element, name: str) -> list[list[list[str]]]:
    return [rows(table) for table in part(tree, name).all("table")]


# --- the same text everywhere ------------------------------------------------------------------


def hostile(text: str) -> tuple[Revealed, list[BeforeAfter], list[Drift]]:
    """What a page is made of, with ``text`` in every place that holds text."""
    one, date = session("discussed"), f"{text}?"

    def named(name: str) -> str:
        return f"{text}{name}" if name else ""

    version = RubricVersion(text, text, text)
    told = replace(
        one,
        session=replace(
            one.session, id=text, name=text, lead=text, rubric=version, chosen=text, at=date,
            deadline=date, revealed_at=date, calls=tuple(map(named, one.session.calls)),
            raters=tuple(map(named, one.session.raters)),
        ),
        rubric=replace(
            one.rubric, id=text, version=text, title=text,
            behaviours=tuple(
                replace(b, id=named(b.id), title=text, anchors=(text,) * 5)
                for b in one.rubric.behaviours
            ),
        ),
        ballots=tuple(_hostile_ballot(ballot, text, named) for ballot in one.ballots),
        spoiled=(Spoiled(named("cy"), named("call-b"), text),),
        problems=(text,),
        **{
            kind: tuple(_hostile_row(row, text, named) for row in getattr(one, kind))
            for kind in ("votes", "masters", "remarks", "outcomes", "commitments")
        },
    )  # fmt: skip
    changed = change(told.outcomes[0])
    runs = [replace(run, rater=text, session=text) for run in drift("ann", [0.8, None, 0.3])]
    return told, [replace(changed, before_session=text, after_session=text)], runs


def _hostile_ballot(ballot: Ballot, text: str, named: Callable[[str], str]) -> Ballot:
    scores = tuple(
        replace(
            score, behaviour=named(score.behaviour), reason=text,
            why_none=None if score.why_none is None else f"{text}.",
            evidence=tuple(
                replace(piece, quote=replace(piece.quote, text=text)) for piece in score.evidence
            ),
        )
        for score in ballot.scores
    )  # fmt: skip
    return replace(ballot, rater=named(ballot.rater), call_id=named(ballot.call_id), scores=scores)


def _hostile_row(row: Row, text: str, named: Callable[[str], str]) -> Row:
    """A row with its ids renamed and ``text`` in the place of all that was written."""
    ids = ("rater", "call_id", "behaviour")
    words = ("reason", "why_none", "text", "by", "at", "version", "digest")
    there = row.values()
    told = {name: named(there[name]) for name in ids if name in there}
    told |= {name: f"{text}?" for name in words if there.get(name)}
    if there.get("kind") in ("note", "indicator"):
        told["about"] = text
    return replace(row, **told)
