"""What our own systems and ways of working take of a call, with the words that show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_review.team.pack import Pack
from qa_review.view.charts import Span, interval, scale_of
from qa_review.view.figures import percent, seconds
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.pack_words import call_name, ends, number, rows_of, value
from qa_review.view.session_parts import cell, section, table

Row = Mapping[str, Any]
SYSTEMS, GROUPS = 10, 12
"""rows of the tables of systems and of queues"""
TITLE = "Friction: what we make slow ourselves"


def friction_section(pack: Pack) -> Markup:
    """What friction takes of a call, by queue, and which systems it is."""
    whole = _whole(pack)
    if whole is None or not whole["looked"]:
        why = "no call of the month was looked at for friction"
        return section("friction", TITLE, el("p", f"This could not be computed: {why}.",
                                             class_="undefined"))  # fmt: skip
    lede = (
        "Seconds that a call lost to look-ups, holds, transfers and the customer saying it twice."
    )
    return section(
        "friction", TITLE, el("p", lede, " ", in_words(pack), class_="lede"),
        _groups(pack), _systems(pack),
    )  # fmt: skip


def _whole(pack: Pack) -> Row | None:
    return next((row for row in rows_of(pack.frames["friction"]) if row["of"] == "all"), None)


def in_words(pack: Pack) -> Markup | None:
    """Friction as a sentence for the top of the page."""
    row = _whole(pack)
    if row is None or row["lost_ms"] is None:
        return None
    share = (
        ""
        if row["handle_share"] is None
        else f", {percent(row['handle_share'])} of its handling time"
    )
    interval_text = ""
    if row["lost_low_ms"] is not None:
        told = ends([value("friction_ms", row[end]) for end in ("lost_low_ms", "lost_high_ms")])
        interval_text = f" {told}"
    hours = row["lost_ms"] * row["looked"] / 3_600_000
    total = f" or {hours:,.0f} hours in the month" if hours >= 1 else ""
    return join((f"Our own systems, holds and repeats took {seconds(round(row['lost_ms']))}"
                 f"{interval_text} of the mean call{share}{total}.",))  # fmt: skip


def _groups(pack: Pack) -> Markup | None:
    rows = [row for row in rows_of(pack.frames["friction"])
            if row["of"] == "queue" and row["name"] and row["lost_ms"] is not None]  # fmt: skip
    rows.sort(key=lambda row: -row["lost_ms"])
    if not rows:
        return None
    shown = rows[:GROUPS]
    spans = [Span(row["lost_ms"], row["lost_low_ms"], row["lost_high_ms"]) for row in shown]
    scale = 0.0, scale_of(spans, (0.0,))[1]
    body = [
        el("tr", el("th", heard(row["name"]), scope="row"),
           cell("Lost a call", number(value("friction_ms", row["lost_ms"])), " ", _ends(row), " ",
                el("span", f"n\u00a0{row['looked']:,}", class_="more")),
           cell("Drawn", interval(span, scale)),
           cell("Of handling time", _percent(row["handle_share"])),
           cell("Calls with friction", _percent(row["with_friction"])))
        for row, span in zip(shown, spans, strict=True)
    ]  # fmt: skip
    heads = ("Queue", "Lost a call", "from 0", "Of handling time", "Calls with friction")
    return el("div", table("By queue, most first", heads, body), class_="panel")


def _percent(share: float | None) -> str | None:
    return None if share is None else percent(share)


def _ends(row: Row) -> Markup | None:
    if row["lost_low_ms"] is None:
        return None
    told = ends([value("friction_ms", row[end]) for end in ("lost_low_ms", "lost_high_ms")])
    return el("span", told, class_="ends")


def _systems(pack: Pack) -> Markup | None:
    rows = [row for row in rows_of(pack.frames["systems"]) if row["system"]]
    if not rows:
        return None
    body = [
        el("tr", el("th", heard(row["system"]), scope="row"),
           cell("Calls", f"{row['calls']:,}"),
           cell("Lost", None if row["lost_ms"] is None else seconds(round(row["lost_ms"]))),
           cell("In the agent\u2019s words", el("q", heard(row["example"])), " ",
                el("span", call_name(row["example_call"], pack.pages), class_="at")))
        for row in rows[:SYSTEMS]
    ]  # fmt: skip
    heads = ("System", "Calls", "Lost in all", "In the agent\u2019s words")
    return el("div", table("Systems that agents wait for", heads, body), class_="panel")
