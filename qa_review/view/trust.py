"""A trust card as one page: which behaviours a scorer is proven for, and every figure behind that.

Takes a :class:`TrustCard` and the rubric that sets the threshold; makes the text of one HTML
file, which runs no script and asks nothing of any host.

Conventions
-----------
- A verdict is a sign, a word and a reason; colour only repeats it.
- A figure that is undefined gives its reason in place of a number; one that nobody measured
  says so.
- Drawings repeat numbers that stand beside them in text, and are hidden from screen readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import isfinite

from qa_review.base.agreement import Agreement
from qa_review.base.errors import what_is
from qa_review.grade.rubric import Rubric
from qa_review.grade.scores import LEVELS
from qa_review.grade.trust import BehaviourTrust, Coverage, TrustCard, threshold
from qa_review.view.document import document
from qa_review.view.figures import counted, percent
from qa_review.view.markup import Markup, el, heard, join

STYLES = ("base.css", "trust.css")
NOT_MEASURED = "not measured"
AXIS, PAD, BAR_AT = 240, 14, 10
"""Width of the axis from 0 to 1, room at its ends, and how deep the interval lies, in pixels."""
TICKS = (0, 0.5, 1)
TALLY = 64
"""Width of the longest bar of a count, in pixels."""
SWAPPED = {
    "names": "Other names",
    "spelling": "British for American spelling, and back",
    "fillers": "Other hesitations (um, uh)",
    "lower": "All in lower case",
    "bare": "No punctuation",
    "upper_first": "A capital at every start of a sentence",
    "apostrophes": "Other apostrophes and quotes",
    "okays": "OK for okay, yeah for yes, and back",
}
"""What each swap of :data:`qa_review.grade.swaps.SWAPS` does to a call, in words."""
READING = (
    ("Weighted kappa",
     "how far the scorer\u2019s levels agree with people\u2019s beyond chance. 1 is full "
     "agreement, 0 is what chance gives; a level far off costs more than one beside it."),
    ("[low, high]",
     "where the figure would lie, 95 times in 100, had other calls of this kind been drawn; "
     "n is how many calls it rests on."),
    ("Proven",
     "the low end of kappa reaches what the rubric asks for. Levels of a behaviour that is "
     "unproven need a person\u2019s look before anything hangs on them."),
    ("Swaps",
     "copies of each call that differ in what should not matter. The share of calls whose "
     "level changed should be near 0."),
    ("Leaving open",
     "a scorer can be told to give no level when its likeliest one is less likely than a "
     "given chance. It then keeps fewer calls, and on those it should more often be right: "
     "at the people\u2019s level exactly."),
)  # fmt: skip


def trust_page(card: TrustCard, rubric: Rubric) -> str:
    """The page of a trust card, as the text of one HTML file.

    Args:
        card: what is known of the scorer.
        rubric: gives the titles of behaviours, and the kappa that a proven one must reach.
    """
    ours = {behaviour.id: behaviour.title for behaviour in rubric.behaviours}
    names = dict.fromkeys([*ours, *(one.behaviour for one in card.behaviours)])
    told = [
        Told(
            number,
            ours.get(name) or what_is(name).capitalize(),
            card.of(name),
            card.unproven(name, rubric),
            threshold(rubric),
            card.count,
        )
        for number, name in enumerate(names)
    ]
    body = join((_header(card, rubric, told), _main(told), _footer()), "\n")
    return document(f"{card.scorer} \u00b7 trust card", body, styles=STYLES, scripts=())


@dataclass(frozen=True, slots=True)
class Told:
    """One behaviour of the page.

    ``trust`` is ``None`` where the card lacks it; ``unproven`` is ``""`` where it is proven;
    ``wanted`` is the threshold of kappa, ``calls`` how many calls the card rests on.
    """

    number: int
    title: str
    trust: BehaviourTrust | None
    unproven: str
    wanted: float
    calls: int

    @property
    def kind(self) -> str:
        return "unproven" if self.unproven else "proven"

    def word(self) -> Markup:
        """``Proven`` or ``Unproven`` with its sign."""
        sign = "\u2715" if self.unproven else "\u2713"
        icon = el("span", sign, class_="sign", aria_hidden="true")
        return el("strong", icon, self.kind.capitalize(), class_=self.kind)


def _header(card: TrustCard, rubric: Rubric, told: list[Told]) -> Markup:
    proven = sum(not one.unproven for one in told)
    facts = (
        ("Measured on", join((counted(card.count, "call"), ": ", heard(card.calls)))),
        ("Behaviours proven", f"{proven} of {len(told)}"),
        ("Kappa asked for", f"{decimals(threshold(rubric))} at the low end"),
        ("Rubric", heard(f"{card.rubric.id}, version {card.rubric.version}")),
        ("Rubric\u2019s digest", heard(card.rubric.digest)),
        ("Scorer\u2019s settings", heard(card.scorer.settings) if card.scorer.settings else None),
    )
    return el(
        "header",
        el("p", "Trust card", class_="kind"),
        el("h1", heard(card.scorer)),
        el("dl", *[el("div", el("dt", name), el("dd", value)) for name, value in facts if value],
           class_="facts"),
        _other_rubric(card, rubric),
        class_="top",
    )  # fmt: skip


def _other_rubric(card: TrustCard, rubric: Rubric) -> Markup | None:
    if card.rubric == rubric.ref:
        return None
    other = heard(f"{rubric.id}, version {rubric.version}, digest {rubric.digest}")
    return el("p", "The verdicts go by another rubric than the one this card was measured on: ",
              other, ".", class_="warning")  # fmt: skip


def _main(told: list[Told]) -> Markup:
    return el(
        "main",
        el("section", el("h2", "At a glance", id="glance"),
           el("ol", *map(_glance, told), class_="glance"), aria_labelledby="glance"),
        el("section", el("h2", "Behaviour by behaviour", id="behaviours"),
           *map(_behaviour, told), aria_labelledby="behaviours"),
        el("section", el("h2", "How to read this", id="reading"),
           el("dl", *[el("div", el("dt", name), el("dd", means)) for name, means in READING],
              class_="reading"), aria_labelledby="reading"),
    )  # fmt: skip


def _footer() -> Markup:
    return el(
        "footer",
        el(
            "p",
            "A trust card tells of one scorer on one set of calls. "
            "Other calls, or another version of the scorer, need their own.",
        ),
    )


def _glance(one: Told) -> Markup:
    kappa = one.trust.kappa if one.trust else None
    return el(
        "li",
        el("a", heard(one.title), href=f"#b{one.number}", class_="name"),
        el("span", one.word(), class_="verdict"),
        el("span", axis(kappa, one), class_="draw"),
        el("span", figure(kappa, decimals) if kappa else NOT_MEASURED, class_="value"),
    )


def _behaviour(one: Told) -> Markup:
    why = one.unproven or f"the low end of kappa reaches {decimals(one.wanted)}"
    return el(
        "article",
        el("h3", heard(one.title), id=f"b{one.number}"),
        el("p", one.word(), ": ", heard(why), class_=f"verdict {one.kind}"),
        _measured(one.trust, one) if one.trust else None,
        class_=f"card {one.kind}",
        aria_labelledby=f"b{one.number}",
    )


def _measured(trust: BehaviourTrust, one: Told) -> Markup:
    return el(
        "div",
        el("div", _kappa(trust.kappa, one), _figures(trust, one.calls)),
        el("div", _levels(trust), _coverage(trust)),
        el("div", _flips(trust, one.calls)),
        class_="measured",
    )


def _kappa(kappa: Agreement, one: Told) -> Markup:
    ticks = [el("span", f"{value:g}") for value in TICKS]
    return el(
        "div",
        el("h4", "Weighted kappa"),
        el("p", figure(kappa, decimals), class_="main-figure"),
        axis(kappa, one),
        el("p", *ticks, class_="ticks", aria_hidden="true"),
        el("p", f"dashed line: {decimals(one.wanted)} asked for", class_="more"),
        class_="kappa",
    )


def axis(kappa: Agreement | None, one: Told) -> Markup:
    """Kappa and its interval on an axis from 0 to 1, with the threshold as a dashed line.

    An interval that reaches below 0 ends in an arrow there.
    """
    parts = [el("line", x1=PAD, x2=PAD + AXIS, y1=BAR_AT, y2=BAR_AT, class_="axis")]
    parts += [_tick(value, 3, "axis") for value in TICKS]
    parts += _interval(kappa) if kappa else ()
    if 0 <= one.wanted <= 1:
        parts.append(_tick(one.wanted, BAR_AT - 1, "threshold"))
    width, height = AXIS + 2 * PAD, 2 * BAR_AT
    return el("svg", *parts, class_=f"span {one.kind}", viewBox=f"0 0 {width} {height}",
              width=width, height=height, aria_hidden="true")  # fmt: skip


def _interval(kappa: Agreement) -> Iterator[Markup]:
    if kappa.interval and all(map(isfinite, kappa.interval)):
        low, high = kappa.interval
        yield el("line", x1=along(low), x2=along(high), y1=BAR_AT, y2=BAR_AT, class_="interval")
        if low < 0:
            tip = f"M0,{BAR_AT} L{PAD - 4},{BAR_AT - 6} V{BAR_AT + 6} Z"
            yield el("path", d=tip, class_="beyond")
        for end in (low, high):
            if end >= 0:
                yield _tick(end, 5, "end")
    if kappa.value is not None and 0 <= kappa.value <= 1:
        yield el("circle", cx=along(kappa.value), cy=BAR_AT, r=4.5, class_="point")


def along(value: float) -> float:
    """Where a value in [0, 1] lies on the axis, in pixels; others lie at its nearer end.

    >>> along(0), along(1), along(-0.3)
    (14.0, 254.0, 14.0)
    """
    return round(PAD + AXIS * min(1.0, max(0.0, value)), 1)


def _tick(value: float, reach: int, kind: str) -> Markup:
    at = along(value)
    return el("line", x1=at, x2=at, y1=BAR_AT - reach, y2=BAR_AT + reach, class_=kind)


def decimals(value: float) -> str:
    """A figure with two decimals, and 0 without a sign.

    >>> decimals(0.618), decimals(-0.001)
    ('0.62', '0.00')
    """
    return f"{round(value, 2) + 0.0:.2f}"


def figure(agreement: Agreement, shown: Callable[[float], str]) -> Markup:
    """A figure with its interval and the number of calls, or why it is undefined."""
    rests = el("span", f"n\u00a0{agreement.n:,}", class_="more")
    if agreement.value is None or not isfinite(agreement.value):
        why = agreement.why_none or "no number"
        return join((el("span", "undefined: ", heard(why), class_="undefined"), rests), ", ")
    ends = agreement.interval
    if ends is None or not all(map(isfinite, ends)):
        interval = el("span", "no interval: too few calls", class_="more")
    else:
        interval = el("span", f"[{shown(ends[0])}, {shown(ends[1])}]", class_="ends")
    return join((el("span", shown(agreement.value), class_="number"), " ", interval, ", ", rests))


def _figures(trust: BehaviourTrust, calls: int) -> Markup:
    same = trust.absent.observed
    alike = "" if same is None else f"the same answer on {percent(same)}"
    repeats = (percent(trust.repeats), f"{of(trust.repeats, calls)} in every run")
    rows = (
        _row("The people\u2019s level exactly", figure(trust.exact, percent)),
        _row("Within one level of it", figure(trust.within_one, percent)),
        _row("Mean error, in levels", figure(trust.error, decimals)),
        _row("Kappa on giving a level or N/A", figure(trust.absent, decimals), alike),
        _row("Same level again", *(repeats if calls else (NOT_MEASURED,))),
        _row("Change from reference to machine transcript", *_machine(trust)),
    )
    return _table("Agreement with people, and steadiness", (), rows)


def _machine(trust: BehaviourTrust) -> tuple[str, str]:
    if trust.machine is None or not isfinite(trust.machine):
        return NOT_MEASURED, ""
    return (
        f"{decimals(trust.machine)} levels",
        f"on average over {counted(trust.machine_calls, 'call')}",
    )


def of(share: float, calls: int) -> str:
    """How many calls a share is.

    >>> of(0.25, 120)
    '30 of 120 calls'
    """
    return f"{round(share * calls):,} of {counted(calls, 'call')}"


def _levels(trust: BehaviourTrust) -> Markup:
    most = max(*trust.people, *trust.scorer, 1)
    names = (*map(str, LEVELS), "N/A")
    rows = (
        el("tr", el("th", name, scope="row"), _tally(people, most, "people"),
           _tally(scorer, most, "scorer"))
        for name, people, scorer in zip(names, trust.people, trust.scorer, strict=True)
    )  # fmt: skip
    return _table("Calls given each level", ("Level", "People", "Scorer"), rows, "levels")


def _tally(count: int, most: int, who: str) -> Markup:
    """A count with a bar, whose length is the count as a share of ``most``."""
    bar = el("rect", x=0, y=0, width=round(TALLY * count / most, 1), height=10, rx=1)
    drawn = el("svg", bar, class_=f"tally {who}", viewBox=f"0 0 {TALLY} 10", width=TALLY,
               height=10, preserveAspectRatio="none", aria_hidden="true")  # fmt: skip
    return el("td", el("span", f"{count:,}", class_="count"), drawn, class_="counted")


def _flips(trust: BehaviourTrust, calls: int) -> Markup:
    title = "Levels changed by what should not matter"
    if not trust.flips or not calls:
        return _table(title, (), [_row("Swaps", NOT_MEASURED)])
    rows = (
        _row(SWAPPED.get(swap) or what_is(swap).capitalize(), percent(share), of(share, calls))
        for swap, share in trust.flips.items()
    )
    return _table(title, ("Swap", "Changed"), rows, "swaps")


def _coverage(trust: BehaviourTrust) -> Markup:
    title = f"Leaving unsure calls open: {counted(trust.kappa.n, 'call')} with both levels"
    if not trust.coverage or not trust.kappa.n:
        return _table(title, (), [_row("Shares kept", NOT_MEASURED)])
    heads = ("Open below", "Kept", "Right")
    return _table(title, heads, map(_covered, trust.coverage), "levels")


def _covered(coverage: Coverage) -> Markup:
    right = "no call is left" if coverage.right is None else percent(coverage.right)
    return el("tr", el("th", decimals(coverage.below), scope="row"),
              el("td", percent(coverage.share)), el("td", right))  # fmt: skip


def _row(name: str, value: str, more: str = "") -> Markup:
    detail = el("span", ", ", more, class_="more") if more else None
    return el("tr", el("th", heard(name), scope="row"), el("td", value, detail))


def _table(
    title: str, heads: tuple[str, ...], rows: Iterable[Markup], kind: str | None = None
) -> Markup:
    head = el("thead", el("tr", *[el("th", name, scope="col") for name in heads]))
    body = el("tbody", *rows)
    return el("table", el("caption", title), head if heads else None, body, class_=kind)
