"""The pack's answer to a scoreboard of handling times: whom it punishes, whom it flatters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_review.team.compared import BEHAVIOUR, NET, OUTCOME, TIME
from qa_review.team.pack import Pack
from qa_review.view.charts import Place, Span, interval, plane
from qa_review.view.figures import counted, percent
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.pack_words import (
    change,
    listed,
    number,
    rows_of,
    signed,
)
from qa_review.view.session_parts import cell, section, table

Row = Mapping[str, Any]
PUNISHED, FLATTERED = "punished", "flattered"
MARKS = {
    "punished": "orange", "flattered": "red", "slow and poor": "red", "fast and good": "green",
}  # fmt: skip
SAID = {
    "punished": "Slow on the scoreboard, and good with customers",
    "flattered": "Fast on the scoreboard, and poor with customers",
    "slow and poor": "Slow by their own doing, and poor with customers",
    "fast and good": "Fast by their own doing, and good with customers",
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
SHOWN = 12
"""agents of each verdict in the table"""


def time_section(pack: Pack) -> Markup:
    """The plane of agents, then each verdict with what the time is made of."""
    rows = rows_of(pack.frames["verdicts"])
    name = "Handling time beside behaviour"
    lede = el(
        "p",
        "What a scoreboard of handling times would say of each agent, next to how they serve "
        "customers on calls of the same kind. A verdict is given only where it is more than chance "
        "for anyone on this page; the percentage is how likely it is for this agent. "
        f"From {counted(pack.window_calls, 'call')} of this month and the three before.",
        class_="lede",
    )
    known = [row for row in rows if row["slower_ms"] is not None and row["behaviour"] is not None]
    if not known:
        why = next((row["why"] for row in rows if row["why"]), "no call names an agent")
        return section("time", name, el("p", "This could not be computed: ", heard(why), ".",
                                         class_="undefined"))  # fmt: skip
    return section("time", name, lede, _plane(known), _verdicts(rows), _parts_note(), _ranks(pack))


def _plane(rows: list[dict[str, Any]]) -> Markup:
    places = [
        Place(row["slower_ms"] / 1000, row["behaviour"], MARKS.get(row["verdict"], "untold"),
              str(row["agent"]) if row["verdict"] in MARKS else "")
        for row in rows
    ]  # fmt: skip
    corners = ("fast and good", "slow, but good: punished", "fast, but poor: flattered",
               "slow and poor")  # fmt: skip
    reach = max(abs(place.x) for place in places)
    drawn = plane(
        places,
        ("handling time as a scoreboard has it, beside the average agent", "behaviour"),
        corners,
        ((f"{signed(-reach, 0)} s a call", f"{signed(reach, 0)} s a call"), ("poorer", "better")),
    )
    note = "A mark for each agent; those without a name can\u2019t be told from chance."
    return el("div", drawn, el("p", note, class_="more"), class_="panel wide")


def _verdicts(rows: list[dict[str, Any]]) -> Markup:
    """Those with a verdict, a group a kind."""
    own = [row for kind in SAID for row in rows if row["verdict"] == kind]
    untold = len(rows) - len(own)
    if not own:
        return el("p", f"None of {counted(len(rows), 'agent')} can be told from chance: no ranking "
                  "by handling time is safe to act on here, and none by behaviour either.",
                  class_="lede")  # fmt: skip
    heads = ("Agent", "How likely", "Slower by", "of which friction", "kind of call", "their own",
             "Behaviour", "Told by")  # fmt: skip
    groups = []
    for kind, said in SAID.items():
        held = [row for row in own if row["verdict"] == kind][:SHOWN]
        if held:
            head = el("tr", el("th", el("strong", kind.capitalize()), ": ", said, scope="rowgroup",
                               colspan=len(heads)), class_="kind-row")  # fmt: skip
            groups.append(el("tbody", head, *map(_verdict, held)))
    rest = f"{counted(untold, 'other agent')} can\u2019t be told from chance." if untold else ""
    caption = join(("Verdicts", el("span", rest, class_="lacking")))
    return el("div", table(caption, heads, groups, "verdicts"), class_="panel")


def _verdict(row: Row) -> Markup:
    seconds = [
        None if row[key] is None else change("handle_ms", row[key])
        for key in ("slower_ms", "friction_ms", "kind_ms", "own_ms")
    ]
    points = None if row["behaviour"] is None else f"{signed(row['behaviour'], 1)}\u00a0points"
    return el(
        "tr",
        el("th", heard(row["agent"]), scope="row"),
        cell("How likely", None if row["probability"] is None else likely(row["probability"])),
        cell("Slower by", number(seconds[0]) if seconds[0] else None),
        cell("of which friction", seconds[1]),
        cell("kind of call", seconds[2]),
        cell("their own", seconds[3]),
        cell("Behaviour", points),
        cell("Told by", heard(row["by"] or "")),
    )


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
        el("tr", el("th", heard(own[TIME]["agent"]), scope="row"),
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
    return el("p", "\u201cSlower by\u201d is the mean time less the average agent\u2019s. "
              "Of it, friction was lost to systems, holds and transfers; the kind of call is what "
              "the average agent would take more for these very queues, issues, months and "
              "customers; the rest is the agent\u2019s own.", class_="more")  # fmt: skip


def in_words(pack: Pack) -> Markup:
    """The verdicts as a sentence for the top of the page."""
    rows = rows_of(pack.frames["verdicts"])
    names = {kind: [row["agent"] for row in rows if row["verdict"] == kind] for kind in SAID}
    if all(row["behaviour"] is None for row in rows):
        return join(("From so few calls it can\u2019t be told whom a scoreboard of handling times "
                     "punishes or flatters.",))  # fmt: skip
    if not any(names[kind] for kind in (PUNISHED, FLATTERED)):
        return join(("Nobody is punished or flattered by a scoreboard of handling times beyond "
                     "chance.",))  # fmt: skip
    parts = []
    for kind, said in ((PUNISHED, "serve customers well"), (FLATTERED, "serve them poorly")):
        if names[kind]:
            verb = "punishes" if kind == PUNISHED else "flatters"
            who = counted(len(names[kind]), "agent")
            parts.append(join((f"{verb} {who} who {said} (", listed(names[kind]), ")")))
    return join(("A scoreboard of handling times ", join(parts, " and "), "."))
