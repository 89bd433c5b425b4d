"""Each rater of a session beside the others: how far off, who moved, and how that runs on.

Raters stand in the order of the session and are never ranked. A difference is no fault: it says
which way a rater reads the rubric.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import ceil, isfinite

from qa_review.base.agreement import Agreement
from qa_review.base.raters import Against, Drift, Severity
from qa_review.grade.scores import LEVELS
from qa_review.meet.compare import moves
from qa_review.meet.figures import severities
from qa_review.meet.opening import Revealed
from qa_review.view.figures import counted, percent
from qa_review.view.markup import Markup, el, heard
from qa_review.view.session_parts import (
    NOTHING_FOLLOWS,
    cell,
    level_word,
    measure,
    person,
    section,
    signed,
    table,
    title_of,
)
from qa_review.view.trust import decimals

AGAINST: dict[Against, str] = {"others": "the other raters", "master": "the master scores"}
HALF, PAD, MIDDLE = 90, 12, 10
"""Pixels from 0 to an end of the axis, room at the ends, and how deep the interval lies."""
WIDE, HIGH, ROOM = 360, 120, 16
"""Size of a run chart and room at its edges, in pixels."""


# --- severity ----------------------------------------------------------------------------------


def each_rater(session: Revealed) -> Markup:
    """How far each rater's levels lie from the others' and from the master scores."""
    found = severities(session)
    far = reach(one.mean for one in found)
    tables = [
        _severities(against, [one for one in found if one.against == against], far)
        for against in dict.fromkeys(one.against for one in found)
    ]
    return section(
        "raters",
        "Each rater",
        el("p", "How far a rater\u2019s levels lie, on average, from those that they are held "
           "against, as given blind: above 0 higher, below 0 lower. This is no grade: a rater "
           "who differs may be the one who reads the rubric as it is meant.", class_="lede"),
        *[el("div", one, class_="panel") for one in tables],
    )  # fmt: skip


def _severities(against: Against, found: Sequence[Severity], far: int) -> Markup:
    heads = ("Rater", "Lower or higher, in levels", "Mean difference", "Spread", "N/A given")
    rows = [_severity(one, far) for one in found]
    return table(f"Against {AGAINST[against]}", heads, rows, "severity")


def _severity(one: Severity, far: int) -> Markup:
    spread = "too few to tell" if one.spread is None else f"{decimals(one.spread)} levels"
    absent = "nothing asked" if one.absent_share is None else percent(one.absent_share)
    return el(
        "tr",
        el("th", person(one.rater), scope="row"),
        cell("Lower or higher, in levels", axis(one.mean, far), _ticks(far)),
        cell("Mean difference", measure(one.mean, signed, NOTHING_FOLLOWS)),
        cell("Spread", spread),
        cell("N/A given", absent),
    )


def reach(found: Iterable[Agreement]) -> int:
    """How many levels an axis around 0 must reach for all of these to lie on it, at most 4.

    >>> reach([Agreement(0.4, None, (-0.2, 1.1), 0.5, 9)]), reach([])
    (2, 1)
    """
    ends: list[float] = [
        end for one in found for end in (one.value, *(one.interval or ())) if end is not None
    ]
    far = [ceil(abs(end)) for end in ends if isfinite(end)]
    return min(max([1, *far]), LEVELS[-1] - LEVELS[0])


def axis(one: Agreement, far: int) -> Markup:
    """A difference and its interval on an axis from ``-far`` to ``far``, with 0 in the middle.

    An interval that reaches beyond an end of the axis ends in an arrow there.
    """
    ends = (-far, far)
    parts = [_line(*ends, "axis", far)]
    parts += [_tick(value, 4, "axis", far) for value in ends]
    parts.append(_tick(0, MIDDLE - 1, "zero", far))
    parts += _interval(one, far)
    width = 2 * (HALF + PAD)
    return el("svg", *parts, class_="span", viewBox=f"0 0 {width} {2 * MIDDLE}", width=width,
              height=2 * MIDDLE, aria_hidden="true")  # fmt: skip


def _interval(one: Agreement, far: int) -> Iterator[Markup]:
    if one.interval and all(map(isfinite, one.interval)):
        yield _line(*one.interval, "interval", far)
        for end, way in zip(one.interval, (-1, 1), strict=True):
            if abs(end) <= far:
                yield _tick(end, 5, "end", far)
            else:
                base = across(end, far) + 2 * way
                tip = f"M{base + 8 * way},{MIDDLE} L{base},{MIDDLE - 6} V{MIDDLE + 6} Z"
                yield el("path", d=tip, class_="beyond")
    if one.value is not None and isfinite(one.value):
        kind = "point few" if one.lacking else "point"
        yield el("circle", cx=across(one.value, far), cy=MIDDLE, r=4.5, class_=kind)


def across(value: float, far: int) -> float:
    """Where a difference lies on the axis, in pixels; others lie at its nearer end.

    >>> across(0, 2), across(-2, 2), across(7, 2)
    (102.0, 12.0, 192.0)
    """
    return round(PAD + HALF + HALF * max(-1.0, min(1.0, value / far)), 1)


def _line(low: float, high: float, kind: str, far: int) -> Markup:
    return el("line", x1=across(low, far), x2=across(high, far), y1=MIDDLE, y2=MIDDLE, class_=kind)


def _tick(value: float, deep: int, kind: str, far: int) -> Markup:
    at = across(value, far)
    return el("line", x1=at, x2=at, y1=MIDDLE - deep, y2=MIDDLE + deep, class_=kind)


def _ticks(far: int) -> Markup:
    names = [el("span", text) for text in (f"-{far}", "0", f"+{far}")]
    return el("p", *names, class_="ticks", aria_hidden="true")


# --- moves -------------------------------------------------------------------------------------


def who_moved(session: Revealed) -> Markup:
    """Each level that a rater changed after the discussion, and whose level it came nearer to."""
    found = moves(session)
    newest = {(one.rater, one.call_id, one.behaviour) for one in session.votes}
    if not newest:
        said = "Nobody voted again after the discussion."
    else:
        said = f"{counted(len(found), 'level')} changed in {counted(len(newest), 'vote')}."
    rows = [
        el(
            "tr",
            el("th", person(one.rater), scope="row"),
            cell("Behaviour", title_of(session.rubric, one.behaviour), " on ", heard(one.call_id)),
            cell("Level", el("strong", f"{level_word(one.before)} \u2192 {level_word(one.after)}")),
            cell("Towards", *(_whom(one.towards))),
            cell("Reason", heard(one.reason) if one.reason else "none given"),
        )
        for one in found
    ]
    heads = ("Rater", "Behaviour", "Level", "Towards", "Reason")
    moved = table("Levels that changed after discussion", heads, rows, "moves") if rows else None
    return section("moved", "Who moved, towards whom", el("p", said, class_="lede"),
                   el("div", moved, class_="panel") if moved else None)  # fmt: skip


def _whom(names: Sequence[str]) -> Iterator[Markup | str]:
    if not names:
        yield "nobody\u2019s level"
    for number, name in enumerate(names):
        yield " and " if number else ""
        yield person(name)


# --- drift -------------------------------------------------------------------------------------


def run_charts(drifts: Sequence[Drift]) -> Markup | None:
    """Each rater's difference from session to session; ``None`` without any."""
    if not drifts:
        return None
    by_rater: dict[tuple[str, str], list[Drift]] = {}
    for one in drifts:
        by_rater.setdefault((one.rater, one.against), []).append(one)
    far = reach(one.mean for one in drifts)
    return el(
        "div",
        el("h3", "From session to session"),
        el("p", "Each rater\u2019s mean difference in levels, blind and among people, oldest "
           "session first. Calls differ from session to session, so a change is only as sure as "
           "its interval is off 0.", class_="more"),
        el("div", *[_run(run, far) for run in by_rater.values()], class_="runs"),
    )  # fmt: skip


def _run(run: Sequence[Drift], far: int) -> Markup:
    heads = ("Session", "Mean difference", "Change since the first")
    name = el("h4", person(run[0].rater), f", against {AGAINST[run[0].against]}")
    rows = [
        el("tr", el("th", heard(one.session), scope="row"),
           cell("Mean difference", measure(one.mean, signed, NOTHING_FOLLOWS)),
           cell("Change since the first", _change(one, number)))
        for number, one in enumerate(run)
    ]  # fmt: skip
    drawn = chart([one.mean for one in run], far) if len(run) > 1 else None
    return el("div", name, drawn, table(None, heads, rows, "run"), class_="panel")


def _change(one: Drift, number: int) -> Markup | str:
    if one.change is None:
        return "undefined" if number else "the first"
    return measure(one.change, signed, NOTHING_FOLLOWS)


def chart(run: Sequence[Agreement], far: int) -> Markup:
    """A run chart: a point a session with its interval, joined where sessions follow each other.

    Where a figure is undefined there is a gap.
    """
    step = (WIDE - 2 * ROOM) / (len(run) - 1)
    places = [round(ROOM + step * number, 1) for number in range(len(run))]
    parts = [
        el("line", x1=0, x2=WIDE, y1=_depth(value, far), y2=_depth(value, far), class_=kind)
        for value, kind in ((far, "axis"), (0, "zero"), (-far, "axis"))
    ]
    for (x1, one), (x2, other) in pairwise(zip(places, run, strict=True)):
        if one.value is not None and other.value is not None:
            parts.append(el("line", x1=x1, x2=x2, y1=_depth(one.value, far),
                            y2=_depth(other.value, far), class_="way"))  # fmt: skip
    for x, one in zip(places, run, strict=True):
        parts += _chart_point(x, one, far)
    drawn = el("svg", *parts, viewBox=f"0 0 {WIDE} {HIGH}", width=WIDE, height=HIGH)
    names = [el("span", name) for name in (f"+{far}", "0", f"-{far}")]
    return el("div", drawn, el("p", *names), class_="chart", aria_hidden="true")


def _chart_point(x: float, one: Agreement, far: int) -> Iterator[Markup]:
    if one.interval and all(map(isfinite, one.interval)):
        low, high = (_depth(end, far) for end in one.interval)
        yield el("line", x1=x, x2=x, y1=low, y2=high, class_="interval")
    if one.value is not None and isfinite(one.value):
        kind = "point few" if one.lacking else "point"
        yield el("circle", cx=x, cy=_depth(one.value, far), r=4.5, class_=kind)


def _depth(value: float, far: int) -> float:
    """How deep a difference lies in the chart, in pixels."""
    middle, half = HIGH / 2, HIGH / 2 - ROOM / 2
    return round(middle - half * max(-1.0, min(1.0, value / far)), 1)
