"""How well the raters of a session agree: a figure a column, a behaviour a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_review.keep.audit import SOFTWARE
from qa_review.meet.compare import When
from qa_review.meet.figures import POOLED, SHOWN, TOTAL, TOTAL_POINTS, Figure, agreement
from qa_review.meet.opening import Revealed
from qa_review.view.figures import percent
from qa_review.view.markup import Markup, el, join
from qa_review.view.session_parts import Shown, cell, measure, section, table, title_of
from qa_review.view.trust import decimals

NAMES: dict[str, tuple[str, Shown]] = {
    "exact": ("Same level", percent),
    "within one": ("Within one level", percent),
    "kappa quadratic": ("Weighted kappa", decimals),
    "ac2 quadratic": ("Gwet\u2019s AC2", decimals),
    "alpha ordinal": ("Krippendorff\u2019s alpha", decimals),
    "icc(2,1)": ("ICC(2,1)", decimals),
}
"""Figures in words, each with how its number is written."""
TOTALS = {
    f"within {TOTAL_POINTS} points": (f"Within {TOTAL_POINTS} points", percent),
    "icc(2,1)": NAMES["icc(2,1)"],
}
"""Those that are shown of the overall figure."""
WHEN: dict[When, str] = {"blind": "blind", "discussed": "after discussion"}
ALL = {POOLED: "All behaviours", TOTAL: "Overall figure"}
TOO_FEW_HERE = el("span", "Not enough data where more calls are needed: such a figure is true of "
                  "these calls, and says little about others.", class_="lacking")  # fmt: skip
NEEDS = "needs "
Known = Mapping[tuple[str, str, When], Figure]
READING = (
    ("Same level, within one level",
     "the share of pairs of raters that gave a call the same level, or levels one apart. "
     "Easy to read, but chance alone makes it high where nearly all calls get one level."),
    ("Weighted kappa, alpha",
     "agreement beyond chance: 1 is full agreement, 0 is what chance gives, and a level far off "
     "costs more than one beside it. Low where nearly all calls get one level, however well "
     "raters agree; undefined where all do."),
    ("Gwet\u2019s AC2",
     "agreement beyond chance too, and it holds up where one level dominates. Read it beside "
     "alpha: far apart, they say that the calls were too much alike."),
    ("ICC(2,1)",
     "how much of the difference in levels is one of calls, and not of who rates them: 1 is all."),
    ("[low, high]",
     "where the figure would lie, 95 times in 100, had other calls of this kind been drawn; n is "
     "how many behaviours of calls it rests on. Behaviours of one call are drawn together."),
    ("Not enough data",
     "the figure is true of these calls and says little about others. It gets an interval once "
     "there are the calls that it needs."),
    ("Blind, after discussion",
     "as handed in before the reveal, and with the votes that raters gave after talking. Only "
     "blind figures tell whether raters agree: talking always brings levels together."),
)  # fmt: skip


def how_well(session: Revealed) -> Markup:
    """The figures among people, with the scorer too if it took part, and how to read them."""
    if SOFTWARE in session.session.raters:
        tables = [
            *_tables(agreement(session, software=False), session, "among people"),
            *_tables(
                agreement(session, software=True), session, "with the scorer as one of the raters"
            ),
        ]
    else:
        tables = _tables(agreement(session), session, "")
    return section(
        "agreement",
        "How well we agree",
        *[el("div", one, class_="panel") for one in tables],
        el("h3", "How to read this"),
        el("dl", *[el("div", el("dt", name), el("dd", means)) for name, means in READING],
           class_="reading"),
    )  # fmt: skip


def _tables(found: Sequence[Figure], session: Revealed, among: str) -> list[Markup]:
    known = {(one.of, one.name, one.when): one for one in found}
    whens = [when for when in WHEN if any(one.when == when for one in found)]
    behaviours = (*(one.id for one in session.rubric.behaviours), POOLED)
    heads = ("Behaviour", *(NAMES[name][0] if name in NAMES else name for name in SHOWN))
    groups = [
        _group(
            _of(session, of),
            [(w, _cells(known, of, w)) for w in whens if w == "blind" or _voted(session, of)],
        )
        for of in behaviours
    ]
    overall = el("tr", el("th", ALL[TOTAL], scope="row"), *_overall(known))
    more = f", {among}" if among else ""
    few = any(one.agreement.lacking for one in found if one.name in SHOWN)
    return [
        table(join((f"Levels of behaviours{more}", TOO_FEW_HERE if few else None)), heads, groups,
              "figures"),
        table(f"Overall figure of a call, 0 to 100, blind{more}",
              ("Of", *(name for name, _ in TOTALS.values())), [overall], "figures totals"),
    ]  # fmt: skip


def _of(session: Revealed, of: str) -> Markup | str:
    return ALL[of] if of in ALL else title_of(session.rubric, of)


def _voted(session: Revealed, of: str) -> bool:
    return of == POOLED or any(one.behaviour == of for one in session.votes)


def _group(name: Markup | str, rows: Sequence[tuple[When, list[Markup]]]) -> Markup:
    """The rows of one behaviour: blind, and after discussion where anybody voted."""
    made: list[Markup] = []
    for at, cells in rows:
        named = el("span", name, ", ", class_="heard-only") if made else name
        votes = el("span", " ", WHEN[at], class_="more") if len(rows) > 1 else None
        made.append(el("tr", el("th", named, votes, scope="row"), *cells))
    return el("tbody", *made)


def _cells(known: Known, of: str, when: When) -> list[Markup]:
    cells = []
    for name in SHOWN:
        title, shown = NAMES.get(name, (name, decimals))
        one = known.get((of, name, when))
        cells.append(cell(title, measure(one.agreement, shown, NEEDS) if one else "not measured"))
    return cells


def _overall(known: Known) -> list[Markup]:
    return [
        cell(title, measure(known[TOTAL, name, "blind"].agreement, shown, NEEDS))
        for name, (title, shown) in TOTALS.items()
    ]
