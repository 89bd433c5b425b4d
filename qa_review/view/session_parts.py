"""What the sections of a session's page share: names, levels, figures, tables.

Conventions
-----------
- A level is a number or ``N/A``; where a scorer was too unsure to give one, ``open``.
- A figure that is undefined gives its reason; one that rests on too few calls says how many more
  it needs, and is never shown without that.
- A difference of raters has its sign: above 0 is a higher level than what it is held against.
- On narrow screens the rows of a table stand below each other, each cell under its own label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite

from qa_review.base.agreement import Agreement
from qa_review.base.errors import what_is
from qa_review.grade.rubric import Rubric
from qa_review.keep.audit import SOFTWARE
from qa_review.keep.rows import OutcomeRow
from qa_review.view.figures import counted
from qa_review.view.markup import Markup, el, heard, join

UNDEFINED, TOO_FEW = "undefined: ", "not enough data: "
NOTHING_FOLLOWS = "nothing can be concluded: needs "
NO_INTERVAL = "no interval can be given"
Shown = Callable[[float], str]


def section(name: str, title: str, *children: object) -> Markup:
    """A part of the page under its own heading, which ``#name`` leads to."""
    return el("section", el("h2", title, id=name), *children, aria_labelledby=name)


def table(
    caption: object, heads: Iterable[object], rows: Iterable[Markup], kind: str = ""
) -> Markup:
    """A table; its rows are ``tr``, or all of them ``tbody``. ``None`` is no caption."""
    body = list(rows)
    grouped = all(row.startswith("<tbody") for row in body)
    head = el("tr", *[el("th", name, scope="col") for name in heads])
    return el(
        "table",
        None if caption is None else el("caption", caption),
        el("thead", head),
        *(body if grouped else [el("tbody", *body)]),
        class_=f"stacks {kind}".strip(),
    )


def cell(label: str, *children: object, kind: str | None = None) -> Markup:
    """One cell, with the label that it carries where its table has no columns."""
    return el("td", el("div", *children), data_label=label, class_=kind)


def title_of(rubric: Rubric, behaviour: str) -> Markup:
    """A behaviour as the rubric names it; ids that it lacks are shown as they are."""
    for known in rubric.behaviours:
        if known.id == behaviour:
            return heard(known.title)
    return heard(what_is(behaviour).capitalize())


def place(rubric: Rubric, call_id: str, behaviour: str) -> Markup | str:
    """The call and the behaviour that something is about, as far as it is about any."""
    parts = (
        heard(call_id) if call_id else None,
        title_of(rubric, behaviour) if behaviour else None,
    )
    return join([part for part in parts if part], ", ") or "the session"


def person(name: str) -> Markup:
    """A rater's name; the scorer is told apart from people."""
    scorer = el("span", "the scorer", class_="scorer") if name == SOFTWARE else None
    return join((heard(name), scorer), " ")


def level_word(level: int | None, left_open: bool = False) -> str:
    """A level as text.

    >>> level_word(3), level_word(None), level_word(None, left_open=True)
    ('3', 'N/A', 'open')
    """
    return str(level) if level is not None else "open" if left_open else "N/A"


def signed(value: float) -> str:
    """A difference with two decimals and its sign, and 0 without one.

    >>> signed(0.42), signed(-1), signed(-0.001)
    ('+0.42', '-1.00', '0.00')
    """
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0 else text


def rests_on(one: Agreement) -> str:
    """How much a figure rests on: its units, and their calls where one call has several.

    >>> rests_on(Agreement(0.5, None, None, 0.5, 40, calls=8))
    'n\\xa040, 8 calls'
    """
    calls = one.n if one.calls is None else one.calls
    return f"n\u00a0{one.n:,}" + (f", {counted(calls, 'call')}" if calls != one.n else "")


def measure(one: Agreement, shown: Shown, too_few: str = TOO_FEW) -> Markup:
    """A figure with its interval and what it rests on, or why it is undefined."""
    rests = el("span", rests_on(one), class_="more")
    if one.value is None or not isfinite(one.value):
        why = heard(one.why_none or "no number")
        return join((el("span", UNDEFINED, why, class_="undefined"), rests), ", ")
    number = el("span", shown(one.value), class_="number few" if one.lacking else "number")
    figure = join((join((number, _ends(one, shown)), " "), rests), ", ")
    return join((figure, lacking(one, too_few)), " ")


def lacking(one: Agreement, too_few: str = TOO_FEW) -> Markup | None:
    """How many more calls a figure needs; ``None`` when it has enough."""
    if not one.lacking:
        return None
    return el("span", too_few, counted(one.lacking, "more call"), class_="lacking")


def _ends(one: Agreement, shown: Shown) -> Markup | None:
    ends = one.interval
    if ends is not None and all(map(isfinite, ends)):
        return el("span", f"[{shown(ends[0])}, {shown(ends[1])}]", class_="ends")
    return None if one.lacking else el("span", NO_INTERVAL, class_="more")


def followed(rubric: Rubric, one: OutcomeRow) -> Markup:
    """What a disagreement led to, as a sentence."""
    about, text, version = heard(one.about), heard(one.text), heard(one.version)
    if one.kind == "anchor":
        where = title_of(rubric, one.behaviour)
        return join(("Level ", about, " of ", where, " in new words, in version ", version, ": ",
                     el("q", text)))  # fmt: skip
    if one.kind == "indicator":
        return join(("Indicator ", about, " dropped, in version ", version, ": ", text))
    if one.kind == "note":
        return join(("Note to ", about, ": ", text))
    return join(("Nothing follows", ": " if one.text else "", text))
