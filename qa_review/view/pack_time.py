"""The pack's answer to a scoreboard of handling times: whom it punishes, whom it flatters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from qa_review.team.compared import BEHAVIOUR, NET, OUTCOME, TIME
from qa_review.team.pack import Pack
from qa_review.view.charts import Place, Span, interval, plane
from qa_review.view.figures import counted, percent
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.pack_words import (
    change,
    ends,
    listed,
    number,
    rows_of,
    short,
    signed,
)
from qa_review.view.session_parts import cell, section, table

Row = Mapping[str, Any]
PUNISHED, FLATTERED = "punished", "flattered"
MARKS = {
    "punished": "orange", "flattered": "red", "slow and poor": "red", "fast and good": "green",
}  # fmt: skip
SAID = {
    "punished": "slow on the scoreboard, and better with customers than the average agent",
    "flattered": "fast on the scoreboard, and poorer with customers than the average agent",
    "slow and poor": "slow by their own doing, and poorer with customers than the average agent",
    "fast and good": "fast by their own doing, and better with customers than the average agent",
}
RANKS = {
    TIME: "Handling time",
    NET: "Friction off, like calls",
    BEHAVIOUR: "Behaviour",
    OUTCOME: "Outcome",
}
"""measure to how the table of ranks calls it"""
RANKED = 60
"""agents in the table of ranks; all are in the tables beside the page"""
NAMED = 14
"""names in the drawing, at most"""
SHOWN = 12
"""agents of each verdict in the table"""


def time_section(pack: Pack) -> Markup:
    """The plane of agents, then each verdict with what the time is made of."""
    rows = rows_of(pack.frames["verdicts"])
    name = "Handling time beside behaviour"
    lede = el(
        "p",
        "What a scoreboard of handling times would say of each agent, next to how they serve "
        "customers on calls of the same kind. Good and poor are beside the average agent here, in "
        f"{counted(pack.window_calls, 'call')} of this month and the three before; bands above go "
        "by the rubric, in the month alone, and may differ. A verdict is given only where it is "
        "more than chance for anyone on this page; the percentage is how likely it is.",
        class_="lede",
    )
    known = [row for row in rows if row["slower_ms"] is not None and row["behaviour"] is not None]
    if not known:
        why = next((row["why"] for row in rows if row["why"]), "no call names an agent")
        return section("time", name, el("p", "This could not be computed: ", heard(plain(why)), ".",
                                         class_="undefined"))  # fmt: skip
    return section(
        "time", name, lede, _plane(known), _verdicts(rows, pack), _parts_note(), _ranks(pack)
    )


def _plane(rows: list[dict[str, Any]]) -> Markup:
    places = [
        Place(row["slower_ms"] / 1000, row["behaviour"], MARKS.get(row["verdict"], "untold"),
              short(str(row["agent"])) if row["verdict"] in MARKS else "")
        for row in rows
    ]  # fmt: skip
    told = sorted((one for one in places if one.name), key=lambda one: (one.x, one.y))
    if len(told) > NAMED:  # so many names would lie on one another
        places = [replace(one, name="") for one in places]
    corners = ("fast and good", "slow, but good: punished", "fast, but poor: flattered",
               "slow and poor")  # fmt: skip
    reach = max(abs(place.x) for place in places)
    drawn = plane(
        places,
        ("handling time as a scoreboard has it, beside the average agent", "behaviour"),
        corners,
        ((f"{signed(-reach, 0)} s a call", f"{signed(reach, 0)} s a call"), ("poorer", "better")),
    )
    note = "A mark for each agent; a ring is one who can\u2019t be told from chance."
    return el("div", drawn, el("p", note, class_="more"), class_="panel wide")


def _verdicts(rows: list[dict[str, Any]], pack: Pack) -> Markup:
    """Those with a verdict, a group a kind."""
    own = [row for kind in SAID for row in rows if row["verdict"] == kind]
    untold = len(rows) - len(own)
    if not own:
        return el("p", f"None of {counted(len(rows), 'agent')} can be told from chance: no ranking "
                  "by handling time is safe to act on here, and none by behaviour either.",
                  class_="lede")  # fmt: skip
    heads = ("Agent", "How likely", "Slower by", "of which friction", "kind of call", "their own",
             "Behaviour", "Outcome")  # fmt: skip
    sure = _intervals(pack)
    groups = []
    for kind, said in SAID.items():
        held = [row for row in own if row["verdict"] == kind][:SHOWN]
        if held:
            head = el("tr", el("th", el("strong", kind.capitalize()), ": ", said, scope="rowgroup",
                               colspan=len(heads)), class_="kind-row")  # fmt: skip
            groups.append(el("tbody", head, *(_verdict(row, sure) for row in held)))
    rest = f"{counted(untold, 'other agent')} can\u2019t be told from chance." if untold else ""
    caption = join(("Verdicts", el("span", rest, class_="lacking")))
    return el("div", table(caption, heads, groups, "verdicts"), class_="panel")


Ends = Mapping[tuple[str, str], tuple[float, float]]


def _intervals(pack: Pack) -> Ends:
    """The intervals of each agent's differences from the average agent."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows_of(pack.frames["ranks"]):
        if row["low"] is not None:
            found[row["agent"], row["measure"]] = row["low"], row["high"]
    return found


def _verdict(row: Row, sure: Ends) -> Markup:
    agent = str(row["agent"])
    parts = [
        None if row[key] is None else change("handle_ms", row[key])
        for key in ("slower_ms", "friction_ms", "kind_ms", "own_ms")
    ]
    slower = sure.get((agent, TIME))
    share = ends([signed(100 * end, 0) for end in slower]) + "\u00a0%" if slower else None
    return el(
        "tr",
        el("th", heard(short(agent)), " ", el("span", f"n\u00a0{row['n']:,}", class_="more"),
           scope="row"),
        cell("How likely", None if row["probability"] is None else likely(row["probability"])),
        cell("Slower by", number(parts[0]) if parts[0] else None, " ",
             el("span", share, class_="ends")),
        cell("of which friction", parts[1]),
        cell("kind of call", parts[2]),
        cell("their own", parts[3]),
        cell("Behaviour", *_merit(row, BEHAVIOUR, 1, sure)),
        cell("Outcome", *_merit(row, OUTCOME, 2, sure)),
    )  # fmt: skip


def _merit(row: Row, measure: str, digits: int, sure: Ends) -> tuple[object, ...]:
    """A difference from the average agent with its interval; set apart where it told."""
    if row[measure] is None:
        return (el("span", "\u2013", class_="quiet"),)
    said = signed(row[measure], digits)
    interval_ = sure.get((str(row["agent"]), measure))
    told = ends([signed(end, digits) for end in interval_]) if interval_ else ""
    shown = number(said) if row["by"] == measure else said
    return shown, " ", el("span", told, class_="ends")


def plain(why: str) -> str:
    """A reason in words of a person.

    >>> plain("handling time: fewer than 10 calls with handle_ms")
    'handling time: no agent has 10 calls with a handling time'
    """
    why = why.replace("with handle_ms", "with a handling time")
    return re.sub(r"fewer than (\d+) calls with", r"no agent has \1 calls with", why)


def _ranks(pack: Pack) -> Markup | None:
    """Each agent's rank by handling time, and by what a customer gets of it."""
    rows = [row for row in rows_of(pack.frames["ranks"]) if row["rank"] is not None]
    agents: dict[str, dict[str, Row]] = {}
    for row in rows:
        agents.setdefault(str(row["agent"]), {})[str(row["measure"])] = row
    shown = sorted(
        (own for own in agents.values() if TIME in own), key=lambda own: own[TIME]["rank"]
    )[:RANKED]
    if not shown:
        return None
    body = [
        el("tr", el("th", heard(short(str(own[TIME]["agent"]))), scope="row"),
           *[cell(title, *_rank(own.get(measure))) for measure, title in RANKS.items()])
        for own in shown
    ]  # fmt: skip
    note = el("p", "1 is the best; the bar is where the rank could lie with other calls like "
              "these. Where bars overlap, so might the ranks.", class_="more")  # fmt: skip
    caption = "Ranks, fastest on the scoreboard first"
    ranked = table(caption, ("Agent", *RANKS.values()), body, "ranks")
    return el("details", el("summary", "Ranks of all agents"), ranked, note, class_="brief")


def _rank(row: Row | None) -> tuple[object, ...]:
    """A rank with its interval, as words and drawn."""
    if row is None or row["rank_low"] is None:
        return (el("span", "\u2013", class_="quiet"),)
    told = el("span", f"[{row['rank_low']}, {row['rank_high']}]", class_="ends")
    span = Span(row["rank"], row["rank_low"], row["rank_high"])
    drawn = interval(span, (1.0, float(max(2, row["among"]))), width=120)
    return el("span", number(f"{row['rank']}"), " ", told, class_="rank"), drawn


def likely(chance: float) -> str:
    r"""A chance as a person says it; nothing is certain.

    >>> likely(0.873), likely(1.0)
    ('87\xa0%', 'over 99\xa0%')
    """
    return percent(chance) if chance < 0.99 else "over 99\u00a0%"


def _parts_note() -> Markup:
    return el("p", "\u201cSlower by\u201d is the mean time less the average agent\u2019s, and in "
              "brackets the interval of it as a share of that agent\u2019s time. "
              "Of it, friction was lost to systems, holds and transfers; the kind of call is what "
              "the average agent would take more for these very queues, issues, months and "
              "customers; the rest is the agent\u2019s own. Behaviour is in points from 0 to 100, "
              "outcome in standard deviations of a call\u2019s; what the verdict goes by is set "
              "apart.", class_="more")  # fmt: skip


def in_words(pack: Pack) -> Markup:
    """The verdicts as a sentence for the top of the page."""
    rows = rows_of(pack.frames["verdicts"])
    names = {kind: [row["agent"] for row in rows if row["verdict"] == kind] for kind in SAID}
    compared = [r for r in rows if r["behaviour"] is not None and r["slower_ms"] is not None]
    if not compared:
        why = next((row["why"] for row in rows if row["why"]), "no call names an agent")
        return join(("Whom a scoreboard of handling times punishes can\u2019t be told: ",
                     heard(plain(str(why))), "."))  # fmt: skip
    if not any(names[kind] for kind in (PUNISHED, FLATTERED)):
        return join((f"Of {counted(len(compared), 'agent')}, a scoreboard of handling times "
                     "punishes or flatters nobody beyond chance.",))  # fmt: skip
    parts = []
    for kind, way in ((PUNISHED, "better"), (FLATTERED, "less well")):
        if names[kind]:
            verb = "punishes" if kind == PUNISHED else "flatters"
            serve = "serves" if len(names[kind]) == 1 else "serve"
            who = counted(len(names[kind]), "agent")
            said = f"{verb} {who} who {serve} customers {way} than the average agent ("
            parts.append(join((said, listed(names[kind]), ")")))
    return join(("A scoreboard of handling times ", join(parts, " and "), "."))
