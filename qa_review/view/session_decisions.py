"""What a session decided, what it changed, what earlier changes did, and its receipts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_review.base.agreement import Agreement
from qa_review.base.raters import Drift
from qa_review.keep.rows import CommitmentRow, MasterRow, OutcomeRow
from qa_review.meet.opening import Revealed
from qa_review.meet.progress import BeforeAfter
from qa_review.view.figures import counted, when
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.session_figures import NAMES
from qa_review.view.session_parts import (
    cell,
    followed,
    level_word,
    measure,
    person,
    place,
    section,
    table,
    title_of,
)
from qa_review.view.session_raters import run_charts
from qa_review.view.trust import decimals

NO_CHANGE = "The rubric was not changed."


def what_was_decided(
    session: Revealed, changes: Sequence[BeforeAfter], drifts: Sequence[Drift]
) -> Markup:
    """Master scores, changes of the rubric, notes, and whether earlier changes helped."""
    return section(
        "decided",
        "Decisions, and what changed",
        _decisions(session),
        *_outcomes(session),
        _before_after(session, changes),
        run_charts(drifts),
    )


def _panel(one: Markup) -> Markup:
    return el("div", one, class_="panel")


def _decisions(session: Revealed) -> Markup:
    if not session.masters:
        return el("p", "No master score was decided.", class_="lede")
    heads = ("Behaviour", "Master score", "Reason", "Decided")
    rows = [
        el(
            "tr",
            el("th", title_of(session.rubric, one.behaviour), " on ", heard(one.call_id),
               scope="row"),
            cell("Master score", *_score(session, one)),
            cell("Reason", heard(one.reason), _why(one)),
            cell("Decided", person(one.by), ", ", when(one.at)),
        )
        for one in sorted(session.masters, key=lambda one: _order(session, one))
    ]  # fmt: skip
    return _panel(table("Master scores", heads, rows, "decisions"))


def _order(session: Revealed, one: MasterRow) -> tuple[int, int, int]:
    """The order of the agenda, then of the rubric, then of the decisions."""
    calls, names = session.session.calls, [each.id for each in session.rubric.behaviours]
    return (
        calls.index(one.call_id) if one.call_id in calls else len(calls),
        names.index(one.behaviour) if one.behaviour in names else len(names),
        one.number,
    )


def _score(session: Revealed, one: MasterRow) -> Iterator[Markup]:
    yield el("strong", level_word(one.level))
    if session.master(one.call_id, one.behaviour) != one:
        yield el("span", " replaced by a later decision", class_="more")


def _why(one: MasterRow) -> Markup | None:
    if one.level is not None or not one.why_none or one.why_none == one.reason:
        return None
    return el("span", " Not observed: ", heard(one.why_none), class_="more")


def _outcomes(session: Revealed) -> Iterator[Markup]:
    edits = [one for one in session.outcomes if one.kind in ("anchor", "indicator")]
    others = [one for one in session.outcomes if one not in edits]
    if edits:
        heads = ("Rubric version", "What was changed", "Because of", "By")
        rows = [_edit(session, one) for one in edits]
        yield _panel(table("Changes of the rubric", heads, rows, "edits"))
    else:
        yield el("p", NO_CHANGE, class_="lede")
    if others:
        heads = ("For", "Note", "Because of", "By")
        yield _panel(table("Notes", heads, [_note(session, one) for one in others], "notes"))


def _edit(session: Revealed, one: OutcomeRow) -> Markup:
    return el(
        "tr",
        el("th", heard(f"{session.rubric.id}, version {one.version}"), scope="row"),
        cell("What was changed", followed(session.rubric, one), _before(session, one)),
        cell("Because of", place(session.rubric, one.call_id, one.behaviour)),
        cell("By", person(one.by), ", ", when(one.at)),
    )


def _before(session: Revealed, one: OutcomeRow) -> Markup | None:
    """How the anchor read for the raters of this session."""
    anchors = {known.id: known.anchors for known in session.rubric.behaviours}.get(one.behaviour)
    level = int(one.about) if one.about.isdecimal() else 0
    if one.kind != "anchor" or not anchors or not 0 < level <= len(anchors):
        return None
    read = el("q", heard(anchors[level - 1]))
    return el("p", "In version ", heard(session.rubric.version), ": ", read, class_="more")


def _note(session: Revealed, one: OutcomeRow) -> Markup:
    return el(
        "tr",
        el("th", person(one.about) if one.about else "nobody", scope="row"),
        cell("Note", heard(one.text) if one.text else "nothing follows"),
        cell("Because of", place(session.rubric, one.call_id, one.behaviour)),
        cell("By", person(one.by), ", ", when(one.at)),
    )


# --- did earlier changes help? -----------------------------------------------------------------


def _before_after(session: Revealed, changes: Sequence[BeforeAfter]) -> Markup | None:
    if not changes:
        return None
    heads = ("Change", "Figure", "Before", "After", "Is it a difference?")
    rows = [_changed(session, one) for one in changes]
    return el(
        "div",
        table("Agreement before and after a change of the rubric, blind, among people", heads,
              rows, "changes"),
        el("p", "Two sessions differ in their calls and often in their raters. So a change is "
           "only taken for one where the intervals lie apart.", class_="more"),
        class_="panel",
    )  # fmt: skip


def _changed(session: Revealed, one: BeforeAfter) -> Markup:
    name, shown = NAMES.get(one.name, (one.name, decimals))
    title = join((title_of(session.rubric, one.outcome.behaviour), ": "))
    about = None if one.outcome.kind == "anchor" else title
    return el(
        "tr",
        el("th", about, followed(session.rubric, one.outcome), scope="row"),
        cell("Figure", name),
        cell("Before", measure(one.before, shown), " ", el("span", heard(one.before_session),
             class_="more")),
        cell("After", measure(one.after, shown), " ", el("span", heard(one.after_session),
             class_="more")),
        cell("Is it a difference?", verdict(one.before, one.after)),
    )  # fmt: skip


def verdict(before: Agreement, after: Agreement) -> str:
    """Whether one figure is higher than another, as far as their intervals tell.

    >>> low = Agreement(0.2, None, (0.1, 0.3), 0.5, 40)
    >>> verdict(low, Agreement(0.6, None, (0.5, 0.7), 0.5, 40)), verdict(low, low)
    ('higher: the intervals lie apart', 'cannot be told: the intervals overlap')
    """
    if before.interval is None or after.interval is None:
        return "cannot be told: an interval is missing"
    if after.interval[0] > before.interval[1]:
        return "higher: the intervals lie apart"
    if after.interval[1] < before.interval[0]:
        return "lower: the intervals lie apart"
    return "cannot be told: the intervals overlap"


# --- receipts ----------------------------------------------------------------------------------


def receipts(session: Revealed) -> Markup:
    """The digest of every ballot that was handed in, for raters to hold against their own."""
    rows = [_receipt(session, one) for one in session.commitments]
    heads = ("Rater", "Call", "Ballot", "Digest", "Handed in")
    listed = table(counted(len(rows), "ballot") + " handed in", heads, rows, "receipts")
    return section(
        "receipts",
        "Receipts",
        el("p", "Whoever handed in a ballot got its digest. It must stand here, letter for "
           "letter: then the ballot is the one that was handed in.", class_="lede"),
        _panel(listed) if rows else el("p", "No ballot was handed in.", class_="quiet"),
    )  # fmt: skip


def _receipt(session: Revealed, one: CommitmentRow) -> Markup:
    return el(
        "tr",
        el("th", person(one.rater), scope="row"),
        cell("Call", heard(one.call_id)),
        cell("Ballot", str(one.number), el("span", state(session, one), class_="more")),
        cell("Digest", el("code", heard(one.digest))),
        cell("Handed in", when(one.at)),
    )


def state(session: Revealed, one: CommitmentRow) -> str:
    """What became of a ballot: ``""`` when it counts."""
    here = one.rater, one.call_id
    newest = max(c.number for c in session.commitments if (c.rater, c.call_id) == here)
    if one.number < newest:
        return " replaced by a later one"
    return " does not count" if any((s.rater, s.call_id) == here for s in session.spoiled) else ""
