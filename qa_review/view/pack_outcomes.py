"""What goes with good outcomes, when extra minutes buy one, and what speed costs in repeats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qa_review.team.pack import Pack
from qa_review.view.charts import Span, interval, scale_of
from qa_review.view.figures import percent
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.pack_words import (
    call_name,
    change,
    ends,
    number,
    plain_title,
    rows_of,
    signed,
    title,
    value,
)
from qa_review.view.session_parts import cell, section, table

Row = Mapping[str, Any]
TO_HEAR = 8
"""calls in the list of those whose minutes paid"""
RANGES = {"csat": 10.0, "resolved": 1.0, "repeat_contact": 1.0}
"""how far an outcome can change at all: an interval that is wider tells nothing"""


def outcomes_section(pack: Pack) -> Markup:
    """What goes with satisfied, resolved, and not coming back."""
    rows = rows_of(pack.frames["associations"])
    why = sorted({str(row["why"]) for row in rows if row["why"]})
    tests = sum(row["effect"] is not None for row in rows)
    if not tests:
        return section("outcomes", "What goes with outcomes",
                       el("p", "This could not be computed: ", heard("; ".join(why)), ".",
                          class_="undefined"))  # fmt: skip
    lede = el("p", "How the outcome of a call differs with each figure, among calls of the same "
              "queue and issue. It goes with it; that it causes it, this can\u2019t show. Set "
              f"apart where it is more than chance, corrected for all {tests} tests.",
              class_="lede")  # fmt: skip
    outcomes = list(dict.fromkeys(str(row["outcome"]) for row in rows if row["effect"] is not None))
    figures = list(dict.fromkeys((str(row["figure"]), str(row["unit"])) for row in rows))
    cells = {(row["figure"], row["outcome"]): row for row in rows}
    reach = {one: _reach(rows, one) for one in outcomes}
    body = [
        el("tr", el("th", title(figure, pack.rubric), scope="row"), cell("A step", heard(unit)),
           *[cell(plain_title(one, pack.rubric), _association(cells.get((figure, one)), reach[one]))
             for one in outcomes])
        for figure, unit in figures
    ]  # fmt: skip
    heads = ("Figure", "Change of the outcome for each", *(title(o, pack.rubric) for o in outcomes))
    drawn = el("div", table("What goes with outcomes", heads, body, "associations"), class_="panel")
    lacking = el("p", "Empty cells could not be computed: ", heard("; ".join(why)), ".",
                 class_="more") if why else None  # fmt: skip
    return section("outcomes", "What goes with outcomes", lede, drawn if outcomes else None,
                   lacking)  # fmt: skip


def _reach(rows: Iterable[Row], outcome: str) -> float:
    """How far the drawings of an outcome's changes reach either side of 0."""
    ends = [abs(row[end]) for row in rows for end in ("low", "high")
            if row["outcome"] == outcome and row["effect"] is not None
            and row["high"] - row["low"] <= RANGES[outcome]]  # fmt: skip
    return max(ends, default=1.0) or 1.0


def _association(row: Row | None, reach: float) -> Markup | None:
    """The change of an outcome, as words and drawn, and whether it is more than chance."""
    if row is None or row["effect"] is None:
        return None
    outcome = str(row["outcome"])
    told = el("span", ends([change(outcome, row[end]) for end in ("low", "high")]), class_="ends")
    said = change(outcome, row["effect"])
    if row["high"] - row["low"] > RANGES[outcome]:
        return el("span", "cannot tell", class_="quiet")
    better = {"better": ("\u2713", "green"), "worse": ("\u2715", "red")}
    sign, kind = better.get(str(row["finding"]), ("", "quiet-kind"))
    span = Span(row["effect"], row["low"], row["high"], kind)
    drawn = el("div", interval(span, (-reach, reach), (0.0,), width=150))
    if not sign:
        return el("div", said, " ", told, drawn, class_="quiet")
    mark = el("strong", el("span", sign, class_="sign", aria_hidden="true"), str(row["finding"]),
              class_=f"band {kind}")  # fmt: skip
    return join((number(said), told, mark, drawn), " ")


def minutes_section(pack: Pack) -> Markup:
    """When extra minutes bought the fix, and what fast calls cost when customers come back."""
    items = [el("li", _minutes(row, pack)) for row in rows_of(pack.frames["minutes"])]
    costs = rows_of(pack.frames["repeat_cost"])
    whole = next((row for row in costs if row["agent"] is None), None)
    items += [el("li", _cost(whole))] if whole else []
    calls = [row for row in rows_of(pack.frames["extra_minutes"]) if row["call"]]
    body = [
        el("tr", el("th", call_name(row["call"], pack.pages), scope="row"),
           cell("Agent", heard(row["agent"] or "")),
           cell("Longer by", number(change("handle_ms", row["extra_ms"]))),
           cell("Overall", None if row["overall"] is None else f"{row['overall']:.0f}"),
           cell("Short calls that come back", _repeats(row)))
        for row in calls[:TO_HEAR]
    ]  # fmt: skip
    heads = ("Call", "Agent", "Longer by", "Overall", "Short calls like it that come back")
    caption = "Calls to hear: long, resolved, and nobody came back"
    to_hear = el("div", table(caption, heads, body), class_="panel") if body else None
    return section("minutes", "When minutes pay", el("div", el("ul", *items), class_="whole"),
                   _costs(whole) if whole else None, to_hear)  # fmt: skip


def _repeats(row: Row) -> str | None:
    if row["short_repeats"] is None:
        return None
    return f"{percent(row['short_repeats'])} of {row['short_calls']:,}"


def _minutes(row: Row, pack: Pack) -> Markup:
    outcome = str(row["outcome"])
    name = title(outcome, pack.rubric)
    if row["difference"] is None:
        return join((name, ": ", heard(row["why"] or "could not be computed"), "."))
    told = ends([change(outcome, row[end]) for end in ("low", "high")])
    more = row["corrected"] is not None and row["corrected"] < 0.05
    said = "" if more else " That is no more than chance."
    long, short = value(outcome, row["long"]), value(outcome, row["short"])
    return join(
        (
            name,
            f": {long} where calls took longer than their like, {short} where they were "
            f"shorter (among like calls {change(outcome, row['difference'])}, "
            f"95\u00a0% {told}).{said}",
        )
    )


def _cost(row: Row) -> Markup:
    if row["cost"] is None:
        return join(("What fast calls cost in repeats: ", heard(row["why"] or ""), "."))
    saved, cost, net = (_minutes_each(row, name) for name in ("saved", "cost", "net"))
    sure = row["cost_low"] > 0
    said = f"they cost {cost}, which leaves {net}" if sure else (
        f"what they cost ({cost}) is no more than chance")  # fmt: skip
    return join((f"Speed: per 100 calls, the fastest third of agents take {saved} minutes less "
                 "than the average agent. Of repeat contacts beyond those expected of them, ",
                 said, ". Assumed: ", heard(row["assumed"] or ""), "."))  # fmt: skip


def _costs(row: Row) -> Markup | None:
    """What speed saves, what its repeat contacts cost, and what is left, drawn."""
    if row["cost"] is None:
        return None
    names = {"saved": "Saved by speed", "cost": "Cost of repeat contacts", "net": "Left"}
    spans = {name: Span(row[name], row[f"{name}_low"], row[f"{name}_high"]) for name in names}
    scale = scale_of([*spans.values()], (0.0,))
    body = [
        el("tr", el("th", title_, scope="row"),
           cell("Minutes per 100 calls", number(_minutes_each(row, name))),
           cell("Drawn", interval(spans[name], scale, (0.0,))))
        for name, title_ in names.items()
    ]  # fmt: skip
    caption = "The fastest third of agents"
    heads = ("What", "Minutes per 100 calls", "Dashed: 0")
    return el("div", table(caption, heads, body, "costs"), class_="panel")


def _minutes_each(row: Row, name: str) -> str:
    low, high = (signed(row[f"{name}_{end}"], 0).lstrip("+") for end in ("low", "high"))
    return f"{signed(row[name], 0).lstrip('+')} [{low}, {high}]"
