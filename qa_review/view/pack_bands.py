"""The pack's bands: green, orange and red where calls say so, and how many are lacking elsewhere.

A band is a sign, a word and a colour; the sign and the word say all that the colour does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_review.team.bands import OVERALL, UNTOLD, in_order
from qa_review.team.means import LEAST_CALLS
from qa_review.team.pack import Pack
from qa_review.view.charts import Span, interval, ticks
from qa_review.view.figures import counted
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.pack_words import (
    ends,
    listed,
    number,
    plain_title,
    rows_of,
    short,
    title,
    value,
)
from qa_review.view.session_parts import cell, section, table

SIGNS = {"green": "\u2713", "orange": "\u25c6", "red": "\u2715", UNTOLD: "?"}
MOST_AGENTS = 60
"""rows of the table of agents; the others are in the tables beside the page"""
TICKS = ((0.0, "0"), (25.0, "25"), (50.0, "50"), (75.0, "75"), (100.0, "100"))

Row = Mapping[str, Any]


def band(row: Row) -> Markup:
    """A band as a sign and a word."""
    name = str(row["band"])
    sign = el("span", SIGNS[name], class_="sign", aria_hidden="true")
    word = name.capitalize() if name != UNTOLD else "Cannot tell yet"
    return el("strong", sign, word, class_=f"band {name.replace(' ', '-')}")


def bands_section(pack: Pack) -> Markup:
    """Teams by behaviour, then agents."""
    red, green = pack.lines.on(OVERALL)
    lede = el(
        "p",
        f"Green begins at level {pack.lines.green:g} and red lies below level {pack.lines.red:g}, "
        f"as the rubric has it ({green:.0f} and {red:.0f} of 100 overall). A band is given only "
        "where the whole interval lies in it. \u201cWorst tenth\u201d is the mean of the lowest "
        "tenth of calls: a good mean with a bad worst tenth is not every customer, every time.",
        class_="lede",
    )
    return section("bands", "Green, orange, red", lede, _teams(pack), _agents(pack), _counts(pack))


def _teams(pack: Pack) -> Markup | None:
    """A table of teams by behaviours."""
    rows = rows_of(pack.frames["bands_team"])
    if not rows:
        return el("p", "No call names a team, so there are no bands by team.", class_="undefined")
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    teams: dict[str, dict[str, Row]] = {}
    for row in rows:
        teams.setdefault(row["name"], {})[row["measure"]] = row
    body = [
        el("tr", el("th", heard(short(name)), scope="row"),
           *[cell(plain_title(each, pack.rubric), *_short(own[each])) for each in measures])
        for name, own in teams.items()
    ]  # fmt: skip
    heads = ["Team", *[title(each, pack.rubric) for each in measures]]
    return el("div", table("Teams", heads, body, "bands"), class_="panel")


def _short(row: Row) -> Sequence[Markup | str]:
    """One cell of the table of teams."""
    if row["mean"] is None:
        return (el("span", str(row["why"]), class_="undefined"),)
    name = str(row["band"])
    sign = el("span", SIGNS[name], class_="sign", aria_hidden="true")
    word = el("span", name, class_="heard-only")
    figure = el("span", sign, word, " ", value(row["measure"], row["mean"]),
                class_=f"band {name.replace(' ', '-')}")  # fmt: skip
    lacks = ""
    if name == UNTOLD and row["lacking"]:
        more = "or more " if row["n"] < LEAST_CALLS else ""
        lacks = f"{row['lacking']:,} more calls {more}would tell"
        lacks = "not within a year" if _never(row) else lacks
    if name == UNTOLD and not lacks:
        lacks = "on the line" if "line" in str(row["why"]) else str(row["might_be"])
    return figure, el("span", lacks, class_="more") if lacks else ""


def _never(row: Row) -> bool:
    """Whether a year of calls like the month's would not tell."""
    return bool(row["lacking"] and row["n"] >= LEAST_CALLS and row["lacking"] > 11 * row["n"])


def _agents(pack: Pack) -> Markup:
    """A forest of agents by the overall figure, those to act on first."""
    own = pack.frames["bands_agent"]
    chosen = own[own["measure"] == "overall"]
    if not len(chosen):
        return el("p", "No call names an agent, so there are no bands by agent.",
                  class_="undefined")  # fmt: skip
    ordered = [row._asdict() for row in in_order(chosen)]
    rows = rows_of(chosen.__class__(ordered))[:MOST_AGENTS]
    red, green = pack.lines.on(OVERALL)
    body = [_agent(row, (red, green)) for row in rows]
    body.append(el("tr", el("td"), el("td"), el("td"), el("td", ticks(OVERALL, TICKS)), el("td"),
                   class_="scale-row", aria_hidden="true"))  # fmt: skip
    heads = ("Agent", "Band", "Overall, of 100", "Interval; lines of red and green", "Worst tenth")
    caption = join(("Agents, those to act on first",
                    el("span", f"{len(chosen):,} agents; all are in bands_agent.csv"
                       if len(chosen) > MOST_AGENTS else "", class_="lacking")))  # fmt: skip
    return el("div", table(caption, heads, body, "forest"), class_="panel")


def _agent(row: Row, lines: tuple[float, float]) -> Markup:
    said = "a year of calls at this pace would not tell" if _never(row) else row["why"]
    why = el("span", heard(said), class_="lacking") if said else None
    figures = None
    if row["mean"] is not None:
        spoken = ends([value("overall", row[e]) for e in ("low", "high")]) if row["low"] else ""
        figures = join((number(value("overall", row["mean"])), el("span", spoken, class_="ends"),
                        el("span", f"n\u00a0{row['n']:,}", class_="more")), " ")  # fmt: skip
    span = Span(row["mean"], row["low"], row["high"], str(row["band"]))
    worst = row["worst_decile"]
    return el(
        "tr",
        el("th", heard(short(str(row["name"]))), scope="row"),
        cell("Band", band(row), why),
        cell("Overall, of 100", figures),
        cell("Interval", interval(span, OVERALL, lines)),
        cell("Worst tenth", None if worst is None else value("overall", worst)),
    )


def _counts(pack: Pack) -> Markup | None:
    """What most agents lack before they can be told."""
    own = rows_of(pack.frames["bands_agent"])
    untold = [row for row in own if row["measure"] == "overall" and row["band"] == UNTOLD]
    known = sorted(row["lacking"] for row in untold if row["lacking"] and row["n"] >= LEAST_CALLS)
    if not known:
        return None
    middle = known[len(known) // 2]
    return el("p", f"{counted(len(untold), 'agent')} can\u2019t be told yet. With {middle:,} more "
              "calls each like those so far, half of them could.", class_="lede")  # fmt: skip


def in_words(pack: Pack) -> Markup | None:
    """The bands as a sentence for the top of the page."""
    parts: list[Markup] = []
    for what, plural in (("team", "teams"), ("agent", "agents")):
        rows = [r for r in rows_of(pack.frames[f"bands_{what}"]) if r["measure"] == "overall"]
        if not rows:
            continue
        told = []
        for name in ("red", "orange", "green", UNTOLD):
            own = [row["name"] for row in rows if row["band"] == name]
            if own:
                which = join((" (", listed(own, 3), ")")) if name in ("red", "green") else None
                word = "can\u2019t be told yet" if name == UNTOLD else name
                told.append(join((f"{len(own):,} {word}", which)))
        total = counted(len(rows), what, plural)
        parts.append(join((f"{total.capitalize()}: ", join(told, ", "), ".")))
    return join(parts, " ") if parts else None
