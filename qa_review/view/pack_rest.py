"""The pack's alerts, calls to hear, audit of the rubric, and what was missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_review.base.records import digest
from qa_review.team.data_check import COSTS
from qa_review.team.pack import Pack
from qa_review.view.figures import counted, percent, when
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.pack_words import call_name, number, plain_title, rows_of, title, value
from qa_review.view.session_parts import cell, section, table

Row = Mapping[str, Any]
COLUMN_OF = {
    "day": "started_at", "handle_ms": "handle_time", "hold_ms": "hold_time",
    "after_call_work_ms": "after_call_work",
}  # fmt: skip
"""a figure of the frame to the column of calls.csv that it comes from"""
OURS = {
    "friction_ms": "what friction takes of a call: review the calls once more",
    "overall": "every figure of how customers were served (nothing to score, or left open)",
}
"""figures that come from reviews, to what lacks without them"""
FINDINGS = 4
"""findings of one check that are shown"""
READING = (
    ("[low, high]", "where the figure would lie, 95 times in 100, had other calls of this kind "
     "been drawn; n is how many calls it rests on."),
    ("More than noise", "chance alone would give it, anywhere in its table, in fewer than 5 of "
     "100 months. Many tables are on this page: of twenty such findings one may still be luck."),
    ("Like calls", "calls of the same queue, issue, month and customer, as far as calls.csv says."),
    ("Levels", "by people where people scored the call, else by the scorer. The scorer\u2019s own "
     "agreement with your people is on its trust card."),
)  # fmt: skip


def alerts_section(pack: Pack) -> Markup:
    """What rules found, and which couldn't be looked at."""
    rows = rows_of(pack.frames["alerts"])
    body = [
        el("tr", el("th", heard(row["says"]), scope="row"),
           cell("Where", "everywhere" if row["group"] == "all" else heard(row["group"])),
           cell("Since", when(row["began_at"])),
           cell("Began at", number(_shown(row, row["value"])), " ",
                el("span", f"line {_shown(row, row['line'])}", class_="more")),
           cell("Worst", _shown(row, row["worst"])),
           cell("Now", "over" if row["over_at"] else el("strong", "still so")))
        for row in rows
    ]  # fmt: skip
    heads = ("What", "Where", "Since", "Began at", "Worst", "Now")
    shown = el("div", table(None, heads, body), class_="panel") if body else el(
        "p", "No rule that could be looked at fired.", class_="lede")  # fmt: skip
    blind = [el("li", heard(name), ": ", heard(why), ".") for name, why in pack.blind.items()]
    missed = el("div", el("h3", "Rules that could not be looked at, or not wholly"),
                el("ul", *blind), class_="whole") if blind else None  # fmt: skip
    return section("alerts", "Alerts", shown, missed)


def _shown(row: Row, figure: float) -> str:
    """A value of a rule's measure; of a column of a table, as it is."""
    known = {*COLUMN_OF, "overall", "csat", "resolved", "repeat_contact", "transferred",
             "friction_ms", "systems", "duration_ms"}  # fmt: skip
    return value(row["measure"], figure) if row["measure"] in known else f"{figure:g}"


def alerts_in_words(pack: Pack) -> Markup | None:
    """The alerts as a sentence for the top of the page."""
    rows = [row for row in rows_of(pack.frames["alerts"]) if not row["over_at"]]
    if not rows:
        return None
    first = join(
        (
            heard(rows[0]["says"]),
            None if rows[0]["group"] == "all" else join((" (", heard(rows[0]["group"]), ")")),
        )
    )
    more = f", and {counted(len(rows) - 1, 'more', 'more')}" if len(rows) > 1 else ""
    return join(
        (f"{counted(len(rows), 'alert')} stand{'s' * (len(rows) == 1)}: ", first, more, ".")
    )


def listen_section(pack: Pack) -> Markup:
    """The calls to hear, by reason, and how many more a figure needs."""
    rows = rows_of(pack.frames["listen_to"])
    reasons = list(dict.fromkeys(row["stratum"] for row in rows))
    cards = [
        el("div", el("h3", heard(str(reason).capitalize())),
           el("ul", *[_to_hear(row, pack) for row in rows if row["stratum"] == reason]))
        for reason in reasons
    ]  # fmt: skip
    note = el("p", "Chosen for what can be learned from them, so they say nothing of the month. "
              "The log of the choice is listen_to.json: give it to the next report (--drawn), and "
              "what people score of these calls sways no figure.", class_="more")  # fmt: skip
    shown = el("div", el("div", *cards, class_="runs"), note, class_="panel wide") if cards else el(
        "p", "No call of the month can be picked: none has a figure, or people scored all.",
        class_="undefined")  # fmt: skip
    return section("listen", "What to listen to", shown, _needed(pack))


def _to_hear(row: Row, pack: Pack) -> Markup:
    who = join((", ", heard(row["agent"]))) if row["agent"] else None
    why = str(row["why"]).partition(": ")[2] or str(row["why"])  # the heading says which reason
    return el(
        "li",
        el("strong", call_name(row["call"], pack.pages)),
        who,
        el("span", heard(why), class_="lacking"),
    )


def _needed(pack: Pack) -> Markup | None:
    """How many calls a figure needs."""
    rows = [row for row in rows_of(pack.frames["calls_needed"]) if row["needed"] is not None]
    items = []
    for row in rows:
        if row["group"] == "typical agent":
            items.append(el("li", "For one agent\u2019s overall figure to within "
                            f"\u00b1\u00a0{row['within']:.0f} points: ",
                            number(f"{row['needed']:,} calls"),
                            f" (spread {row['spread']:.0f} points)."))  # fmt: skip
        elif row["group"] == "all" and row["about"] == "these agents":
            items.append(el("li", "For the mean of these agents together: ",
                            number(f"{row['needed']:,} calls"), "."))  # fmt: skip
    return el("div", el("h3", "How many calls a figure needs"), el("ul", *items),
              class_="whole") if items else None  # fmt: skip


def audit_section(pack: Pack) -> Markup:
    """Whether the scorecard rewards the right thing."""
    rows = rows_of(pack.frames["audit"])
    found = [row for row in rows if row["finding"]]
    lede = el("p", "Items of the rubric that cost points where customers were served better, that "
              "never vary, that say the same twice, or that could be had without serving anybody. "
              "A finding asks for its calls to be heard; it does not condemn an item.",
              class_="lede")  # fmt: skip
    items = [item for check in dict.fromkeys(str(row["check"]) for row in found)
             for item in _findings(check, [r for r in found if r["check"] == check])]  # fmt: skip
    sound = sum(row["check"] == "sound" for row in rows)
    rest = f"Nothing was found amiss with {counted(sound, 'item')}."
    why = list(dict.fromkeys(str(row["why"]) for row in rows if row["why"]))
    unsaid = el("details", el("summary", f"{counted(len(why), 'reason')} why a check could not be "
                "made of some items"), el("ul", *[el("li", heard(one), ".") for one in why]),
                class_="brief") if why else None  # fmt: skip
    shown = el("div", el("ul", *items), class_="whole") if items else None
    return section("audit", "Does the rubric reward the right thing?", lede, shown,
                   el("p", rest, class_="lede") if sound else None, unsaid)  # fmt: skip


def _findings(check: str, rows: list[dict[str, Any]]) -> list[Markup]:
    """The findings of one check; of many the first, and how many there are."""
    name = el("strong", heard(check.capitalize()))
    items = [el("li", name, ": ", heard(row["says"]), ".") for row in rows[:FINDINGS]]
    if len(rows) > FINDINGS:
        left = f"{len(rows) - FINDINGS:,} more findings like these stand in audit.csv."
        items.append(el("li", name, ": ", left))
    return items


def audit_in_words(pack: Pack) -> Markup | None:
    """The audit as a sentence for the top of the page."""
    perverse = [row for row in rows_of(pack.frames["audit"])
                if row["finding"] and row["check"] == "perverse"]  # fmt: skip
    if not perverse:
        return None
    names = list(dict.fromkeys(plain_title(row["item"], pack.rubric) for row in perverse))
    first = heard(names[0])
    more = f" and {counted(len(names) - 1, 'other item')}" if len(names) > 1 else ""
    return join(("The rubric takes points where customers were served better: ", first, more, "."))


def data_section(pack: Pack) -> Markup:
    """What was missing, and how to read the page."""
    rows = [row for row in rows_of(pack.frames["missing"]) if row["column"] != "confidence"]
    items = []
    for row in rows:
        column = COLUMN_OF.get(row["column"], row["column"])
        costs = OURS.get(row["column"]) or "; ".join(COSTS.get(column, ()))
        how = "all calls" if row["missing"] == row["calls"] else (
            f"{row['missing']:,} of {row['calls']:,} calls ({percent(row['share'])})")  # fmt: skip
        name = title(row["column"], pack.rubric)
        lost = row["missing"] == row["calls"]
        head = "Could not be computed: " if lost else "From fewer calls: "
        items.append(el("li", el("strong", name), f" is missing from {how}. ",
                        join((head, costs, ".")) if costs else None))  # fmt: skip
    shown = el("div", el("ul", *items), class_="whole") if items else el(
        "p", "Nothing was missing.", class_="lede")  # fmt: skip
    reading = [el("div", el("dt", name), el("dd", told)) for name, told in READING]
    return section("data", "What was missing, and how to read this", shown,
                   el("dl", *reading, class_="reading"))  # fmt: skip


def mark_of(pack: Pack) -> str:
    """A digest of the pack's figures: two packs of the same figures have the same."""
    return digest([frame.to_json() for _, frame in sorted(pack.frames.items())])
