"""What the pack's measures are called, and how their values and differences are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_review.base.errors import what_is
from qa_review.base.frames import or_none
from qa_review.grade.rubric import Rubric
from qa_review.view.figures import MONTHS, clock, percent
from qa_review.view.markup import Markup, el, heard, join, relative_url

TITLES: Mapping[str, str] = {
    "overall": "Overall figure",
    "handle_ms": "Handling time",
    "hold_ms": "Hold time",
    "after_call_work_ms": "After-call work",
    "duration_ms": "Length of the recording",
    "friction_ms": "Lost to friction",
    "systems": "Systems named",
    "csat": "Satisfaction",
    "resolved": "Resolved",
    "repeat_contact": "Came back",
    "transferred": "Transferred",
    "handling time": "Handling time",
    "net handling time": "Handling time, friction off",
}
SHARES = ("resolved", "repeat_contact", "transferred")
LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
MINUS = "\u2212"
LONGEST = 40
"""characters of a name before it is cut short"""


def plain_title(measure: str, rubric: Rubric) -> str:
    """A measure's name as text; a behaviour's is the rubric's."""
    for behaviour in rubric.behaviours:
        if behaviour.id == measure:
            return behaviour.title
    return TITLES.get(measure) or what_is(measure).capitalize()


def title(measure: str, rubric: Rubric) -> Markup:
    """A measure's name."""
    return heard(plain_title(measure, rubric))


def value(measure: str, figure: float) -> str:
    r"""A value of a measure, with its unit.

    >>> value("handle_ms", 372_400), value("friction_ms", 41_000), value("resolved", 0.744)
    ('6:12', '41\xa0s', '74\xa0%')
    >>> value("overall", 63.7), value("listening", 3.456), value("csat", 7.14)
    ('64', '3.5', '7.1')
    """
    if measure in SHARES:
        return percent(figure)
    if measure == "friction_ms":
        return f"{figure / 1000:.0f}\u00a0s"
    if measure.endswith("_ms"):
        return clock(round(figure))
    return f"{figure:.0f}" if measure == "overall" else f"{figure:.1f}"


def short(name: str) -> str:
    """A name that leaves room for others.

    >>> short("ann"), short("a" * 60)[-3:], len(short("a" * 60))
    ('ann', 'aa\u2026', 40)
    """
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "\u2026"


def change(measure: str, figure: float) -> str:
    r"""A difference of a measure, with its sign and unit.

    >>> change("handle_ms", 12_400), change("resolved", 0.031), change("listening", 0.31)
    ('+12\xa0s', '+3\xa0points', '+0.31')
    """
    if measure in SHARES:
        points = signed(100 * figure, 0)
        return f"{points}\u00a0point{'s' * (points[-2:] not in ('+1', MINUS + '1'))}"
    if measure.endswith("_ms"):
        return f"{signed(figure / 1000, 0)}\u00a0s"
    return signed(figure, 1 if measure == "overall" else 2)


def signed(figure: float, digits: int) -> str:
    """A number with its sign, and 0 without one.

    >>> signed(0.42, 1), signed(-0.04, 1), signed(-3, 0) == f"{MINUS}3"
    ('+0.4', '0.0', True)
    """
    text = f"{figure:+.{digits}f}"
    if float(text) == 0:
        return text[1:]
    return text.replace("-", MINUS)


def ends(texts: Sequence[str]) -> str:
    """An interval, from its two ends as text; the unit stands once.

    >>> ends(["3.1", "3.4"]), ends(["+2\xa0points", "+5\xa0points"])
    ('[3.1, 3.4]', '[+2, +5]')
    """
    return f"[{', '.join(text.split(chr(0xA0))[0] for text in texts)}]"


def long_month(month: str) -> str:
    """A month in words.

    >>> long_month("2026-10")
    'October 2026'
    """
    year, _, number = month.partition("-")
    return f"{LONG_MONTHS[int(number) - 1]} {year}"


def months_before(months: Sequence[str], month: str, most: int) -> str:
    """The months that a month is compared with, as a person says it.

    >>> months_before(["2026-06", "2026-07", "2026-09", "2026-10"], "2026-10", 3)
    'Jul to Sep'
    """
    year, number = map(int, month.split("-"))
    first = 12 * year + number - 1 - most
    found = [one for one in months if one < month and 12 * int(one[:4]) + int(one[5:]) - 1 >= first]
    if not found:
        return ""
    names = [MONTHS[int(one[5:]) - 1] for one in (found[0], found[-1])]
    return names[0] if found[0] == found[-1] else f"{names[0]} to {names[1]}"


def listed(names: Sequence[object], most: int = 4) -> Markup:
    """Names as a sentence has them, the first few of many.

    >>> listed([Markup("a"), Markup("b"), Markup("c")])
    'a, b and c'
    >>> listed([Markup("a"), Markup("b"), Markup("c")], most=2)
    'a, b and 1 more'
    """
    shown = [n if isinstance(n, Markup) else heard(short(str(n))) for n in names[:most]]
    left = len(names) - len(shown)
    if left:
        return join((join(shown, ", "), f" and {left:,} more"))
    if len(shown) < 2:
        return join(shown)
    return join((join(shown[:-1], ", "), " and ", shown[-1]))


def call_name(call: str, pages: Mapping[str, str]) -> Markup:
    """A call's id, which leads to its page where there is one."""
    if call not in pages:
        return heard(call)
    return el("a", heard(call), href=relative_url(pages[call]))


def number(text: str) -> Markup:
    """A figure as its cell has it."""
    return el("span", text, class_="number")


def rows_of(table: Any) -> list[dict[str, Any]]:
    """The rows of a frame as plain values; ``None`` where a cell is missing."""
    return [{key: or_none(cell) for key, cell in row.items()} for row in table.to_dict("records")]
