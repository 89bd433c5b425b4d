"""What changed in the month: each measure over time, and what differs by more than noise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from qa_review.team.bands import OVERALL, SCALE
from qa_review.team.pack import WINDOW, Pack
from qa_review.view.charts import Moment, Span, course, interval, scale_of
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.pack_words import (
    change,
    ends,
    listed,
    long_month,
    months_before,
    number,
    plain_title,
    rows_of,
    title,
    value,
)
from qa_review.view.session_parts import cell, section, table

Row = Mapping[str, Any]
FIRST = ("overall", "csat", "resolved", "repeat_contact", "transferred")
LAST = ("handle_ms", "friction_ms", "systems")
"""measures before and after the behaviours; others stand in the tables beside the page"""


def changes_section(pack: Pack) -> Markup:
    """Courses of the behaviours, then every measure beside the months before."""
    before = months_before(pack.months, pack.month, WINDOW)
    if not before:
        lede = "There are no calls of the months before, so nothing can be said of changes yet."
        return section("changes", "What changed", el("p", lede, class_="lede"), _courses(pack))
    lede = (
        f"{long_month(pack.month)} beside {before}. A difference counts as more than noise when "
        "chance alone would give one like it, anywhere in this table, in fewer than 5 of 100 "
        "months; "
    )
    lede += (
        "calls of one agent are taken to be alike."
        if pack.agents
        else "as no call names an agent, calls of one agent are not allowed for being alike."
    )
    return section(
        "changes",
        "What changed",
        el("p", lede, class_="lede"),
        _courses(pack),
        _table(pack, before),
        _teams(pack),
    )


def _courses(pack: Pack) -> Markup | None:
    """The overall figure and each behaviour over the months."""
    found: dict[str, list[Moment]] = {}
    for row in rows_of(pack.frames["trends"]):
        span = Span(row["mean"], row["low"], row["high"])
        found.setdefault(row["measure"], []).append(Moment(row["first"], span))
    wanted = ["overall", *(one.id for one in pack.rubric.behaviours), *FIRST[1:4], LAST[0]]
    figures = []
    for measure in wanted:
        if measure not in found:
            continue
        whole = OVERALL if measure == "overall" else SCALE
        banded = measure not in (*FIRST[1:], *LAST)
        lines = pack.lines.on(whole) if banded else ()
        moments = every_month(found[measure])
        scale = scale_of([moment.span for moment in moments], lines)
        last = moments[-1].span.value
        said = "" if last is None else value(measure, last)
        figures.append(
            el("figure",
               el("figcaption", title(measure, pack.rubric), " ", number(said)),
               course(moments, scale, lines, partial(value, measure)))
        )  # fmt: skip
    note = el("p", "Means a month with their intervals; the dashed lines are where red ends and "
              f"green begins. The number is that of {long_month(pack.month)}.",
              class_="more")  # fmt: skip
    return (
        el("div", el("div", *figures, class_="courses"), note, class_="panel") if figures else None
    )


def every_month(moments: list[Moment]) -> list[Moment]:
    """The same months with those between them that have no call."""
    held = {moment.at[:7]: moment for moment in moments}
    first, last = (np.datetime64(moments[end].at[:7], "M") for end in (0, -1))
    months = np.arange(first, last + 1).astype(str).tolist()
    return [held.get(month, Moment(f"{month}-01", Span(None))) for month in months]


def of_all(pack: Pack) -> list[dict[str, Any]]:
    """The changes of all calls together, as rows."""
    return [row for row in rows_of(pack.frames["changes"]) if row["of"] == "all"]


def _table(pack: Pack, before: str) -> Markup:
    known = {str(row["measure"]): row for row in of_all(pack)}
    order = (FIRST[0], *(one.id for one in pack.rubric.behaviours), *FIRST[1:], *LAST)
    own = [known[measure] for measure in order if measure in known]
    heads = (
        "Measure",
        long_month(pack.month),
        before,
        "Difference",
        "0 in the middle",
        "More than noise?",
    )
    body = [_row(row, pack, before) for row in own]
    return el("div", table("All calls", heads, body, "changed"), class_="panel")


def _row(row: Row, pack: Pack, before: str) -> Markup:
    measure = str(row["measure"])
    head = el("th", title(measure, pack.rubric), scope="row")
    now, then = (
        None if row[key] is None else join((number(value(measure, row[key])), _n(row[n])), " ")
        for key, n in (("mean", "n"), ("mean_before", "n_before"))
    )
    cells = [cell(long_month(pack.month), now), cell(before, then)]
    if row["change"] is None:
        why = el("td", el("span", heard(row["why"] or ""), class_="undefined"), colspan="3")
        return el("tr", head, *cells, why)
    reach = max(abs(row["low"]), abs(row["high"])) or 1.0
    told = [change(measure, row[end]) for end in ("low", "high")]
    kind = _kind(row)
    drawn = interval(Span(row["change"], row["low"], row["high"], kind), (-reach, reach), (0.0,))
    spoken = el("span", ends(told), class_="ends")
    return el(
        "tr", head, *cells,
        cell("Difference", number(change(measure, row["change"])), " ", spoken),
        cell("Drawn", drawn),
        cell("More than noise?", verdict(row)),
    )  # fmt: skip


def _n(n: int) -> Markup:
    return el("span", f"n\u00a0{n:,}", class_="more")


def _kind(row: Row) -> str:
    if not row["more_than_noise"]:
        return "quiet-kind"
    return "green" if row["better"] else "red"


def verdict(row: Row) -> Markup:
    """Whether a difference is more than noise, and for better or worse."""
    if not row["more_than_noise"]:
        return el("span", "no more than noise", class_="more")
    sign, word, kind = (
        ("\u2713", "better", "green") if row["better"] else ("\u2715", "worse", "red")
    )
    return el("strong", el("span", sign, class_="sign", aria_hidden="true"), word,
              class_=f"band {kind}")  # fmt: skip


def sentence(row: Row, pack: Pack, name: str = "") -> Markup:
    """A difference in words."""
    measure = str(row["measure"])
    whose = join((" of ", heard(name))) if name else None
    way = "rose" if row["change"] > 0 else "fell"
    told = ends([change(measure, row[end]) for end in ("low", "high")])
    return join(
        (title(measure, pack.rubric), whose,
         f" {way} from {value(measure, row['mean_before'])} to {value(measure, row['mean'])} "
         f"({change(measure, row['change'])}, 95\u00a0% {told})")
    )  # fmt: skip


def _teams(pack: Pack) -> Markup:
    """The teams in which something changed."""
    rows = [row for row in rows_of(pack.frames["changes"]) if row["of"] == "team"]
    sure = [row for row in rows if row["more_than_noise"]]
    teams = len({row["name"] for row in rows})
    if not teams:
        return el("p", "No call names a team.", class_="more")
    if not sure:
        said = f"In none of the teams ({teams:,}) did anything change by more than noise."
        return el("p", said, class_="lede")
    items = [el("li", verdict(row), " ", sentence(row, pack, row["name"]), ".") for row in sure]
    return el("div", el("h3", "In teams"), el("ul", *items), class_="whole")


def in_words(pack: Pack) -> Markup:
    """The changes as a sentence for the top of the page."""
    before = months_before(pack.months, pack.month, WINDOW)
    overall = next((row for row in of_all(pack) if row["measure"] == "overall"), None)
    if not before or overall is None or overall["mean"] is None:
        return join(
            ("Nothing can be said of changes yet: there are no calls of the months before.",)
        )
    sure = [row for row in of_all(pack) if row["more_than_noise"]]
    if not sure:
        whole = value("overall", overall["mean"])
        return join((f"Nothing changed by more than noise since {before}; the overall figure is "
                     f"{whole} of 100.",))  # fmt: skip
    said = [sentence(row, pack) for row in sure[:3]]
    more = f"; {len(sure) - 3} other measures changed too" if len(sure) > 3 else ""
    names = listed([plain_title(row["measure"], pack.rubric) for row in sure[3:]])
    return join((join(said, "; "), more, join((" (", names, ")")) if more else None, "."))
