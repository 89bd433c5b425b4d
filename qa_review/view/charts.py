"""Charts as drawings in the page itself: they print, need no script, and ask no host.

Takes numbers; makes SVG. Every chart repeats what stands beside it in text or in a table, so it is
hidden from screen readers.

Conventions
-----------
- A value is a mark, what it may be is a bar through it; no mark without its interval where it has
  one.
- Kinds differ by shape as well as by colour, so that a chart reads in grey and to a colour-blind
  reader: a disc, a diamond, a square, a ring where nothing can be told.
- Horizontal is what is measured. Text in a drawing is at least 11 pixels high.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from qa_review.view.figures import MONTHS
from qa_review.view.markup import Markup, el

WIDTH, HEIGHT, MIDDLE = 260, 22, 11
PAD = 8
SHAPES = {"green": "disc", "orange": "diamond", "red": "square"}
"""kind to the shape of its mark; any other is a ring"""


@dataclass(frozen=True, slots=True)
class Span:
    """A value on a scale, with its interval where it has one."""

    value: float | None
    low: float | None = None
    high: float | None = None
    kind: str = ""

    @property
    def ends(self) -> tuple[float, ...]:
        """Every number that has to fit on the scale."""
        return tuple(end for end in (self.value, self.low, self.high) if end is not None)


def scale_of(spans: Sequence[Span], lines: Sequence[float] = ()) -> tuple[float, float]:
    """The ends of a scale that holds all of these, with a little room.

    >>> scale_of([Span(1.0, 0.0, 2.0)])
    (-0.1, 2.1)
    """
    ends = [end for span in spans for end in span.ends] + list(lines)
    if not ends:
        return 0.0, 1.0
    low, high = min(ends), max(ends)
    room = 0.05 * (high - low) or 1.0
    return round(low - room, 9), round(high + room, 9)


def interval(
    span: Span, scale: tuple[float, float], lines: Sequence[float] = (), width: int = WIDTH
) -> Markup:
    """One row of a forest plot: the scale, its lines, the interval and the mark."""
    marks: list[Markup | None] = [_line(PAD, MIDDLE, width - PAD, MIDDLE, "axis")]
    places = [_x(at, scale, width) for at in lines]
    marks += [_line(at, 2, at, HEIGHT - 2, "mark-line") for at in places]
    if span.low is not None and span.high is not None:
        left, right = _x(span.low, scale, width), _x(span.high, scale, width)
        marks.append(_line(left, MIDDLE, right, MIDDLE, f"interval {span.kind}"))
        marks += [
            _line(end, MIDDLE - 4, end, MIDDLE + 4, f"end {span.kind}") for end in (left, right)
        ]
    if span.value is not None:
        marks.append(mark(_x(span.value, scale, width), MIDDLE, span.kind))
    return _svg(width, HEIGHT, marks, "row")


def ticks(scale: tuple[float, float], labels: Sequence[tuple[float, str]]) -> Markup:
    """The scale of a column of :func:`interval`, as words in their places."""
    texts = [
        el("text", label, x=f"{_x(at, scale):.1f}", y=14, text_anchor=_anchor(_x(at, scale), WIDTH))
        for at, label in labels
    ]
    return _svg(WIDTH, 18, texts, "row ticks-row")


def mark(x: float, y: float, kind: str = "", size: float = 5) -> Markup:
    """A mark in the shape of its kind."""
    shape = SHAPES.get(kind, "disc" if not kind else "ring")
    names = f"mark {shape} {kind.replace(' ', '-')}".strip()
    if shape in ("disc", "ring"):
        return el("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=size, class_=names)
    if shape == "diamond":
        d = size * 1.3
        points = f"{x:.1f},{y - d:.1f} {x + d:.1f},{y:.1f} {x:.1f},{y + d:.1f} {x - d:.1f},{y:.1f}"
        return el("polygon", points=points, class_=names)
    side = size * 1.8
    return el("rect", x=f"{x - side / 2:.1f}", y=f"{y - side / 2:.1f}", width=f"{side:.1f}",
              height=f"{side:.1f}", class_=names)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """A value at the first day of a month or another period, ISO 8601."""

    at: str
    span: Span


def course(
    moments: Sequence[Moment],
    scale: tuple[float, float],
    lines: Sequence[float] = (),
    said: Callable[[float], str] = "{:g}".format,
) -> Markup:
    """A value over time: a line with the interval as a ribbon behind it, the last value marked.

    A moment without a value breaks the line.

    Args:
        lines: values that a dashed line marks, and that are named beside it.
        said: how a value is written; without lines the ends of the scale are.
    """
    width, height, left, bottom = 230, 104, 38, 20
    count = max(1, len(moments) - 1)

    def place(number: int) -> float:
        """Where a moment lies across."""
        if len(moments) == 1:
            return left + (width - left - PAD) / 2
        return left + number * (width - left - PAD) / count

    def height_of(value: float) -> float:
        """Where a value lies from the top."""
        share = (value - scale[0]) / (scale[1] - scale[0])
        return PAD + (1 - min(1.0, max(0.0, share))) * (height - bottom - PAD)

    parts: list[Markup | None] = [
        _line(left, height_of(at), width - PAD, height_of(at), "mark-line") for at in lines
    ]
    for run in _runs(moments):
        parts += _run([(place(n), moments[n].span) for n in run], height_of)
    known = [n for n, moment in enumerate(moments) if moment.span.value is not None]
    for n in known:
        last = n == known[-1]
        at = height_of(moments[n].span.value or 0.0)
        parts.append(mark(place(n), at, size=4.5 if last else 2.5))
    parts += [
        el("text", said(at), x=left - 5, y=f"{height_of(at) + 4:.1f}", text_anchor="end")
        for at in lines or scale
    ]
    for number in sorted({0, len(moments) - 1}) if moments else ():
        anchor = "middle" if len(moments) == 1 else "end" if number else "start"
        parts.append(el("text", month(moments[number].at), x=f"{place(number):.1f}",
                        y=height - 4, text_anchor=anchor))  # fmt: skip
    return _svg(width, height, parts, "course")


def _runs(moments: Sequence[Moment]) -> list[list[int]]:
    """The places of moments with a value, those side by side together."""
    runs: list[list[int]] = []
    for number, moment in enumerate(moments):
        if moment.span.value is None:
            continue
        if not runs or runs[-1][-1] != number - 1:
            runs.append([])
        runs[-1].append(number)
    return runs


def _run(
    there: Sequence[tuple[float, Span]], height_of: Callable[[float], float]
) -> list[Markup | None]:
    """The ribbon and the line of moments side by side."""
    ribbon = [(x, s.low, s.high) for x, s in there if s.low is not None and s.high is not None]
    parts: list[Markup | None] = []
    if len(ribbon) > 1:
        top = [f"{x:.1f},{height_of(high):.1f}" for x, _, high in ribbon]
        back = [f"{x:.1f},{height_of(low):.1f}" for x, low, _ in reversed(ribbon)]
        parts.append(el("polygon", points=" ".join(top + back), class_="ribbon"))
    if len(there) > 1:
        points = " ".join(f"{x:.1f},{height_of(s.value or 0.0):.1f}" for x, s in there)
        parts.append(el("polyline", points=points, class_="line"))
    return parts


def month(at: str) -> str:
    """The month of an ISO 8601 day in three letters and two digits.

    >>> month("2026-10-01")
    'Oct 26'
    """
    day = date.fromisoformat(at[:10])
    return f"{MONTHS[day.month - 1]} {day.year % 100:02}"


@dataclass(frozen=True, slots=True)
class Place:
    """One thing in a plane of two measures; ``name`` is written beside it when it isn't ``""``."""

    x: float
    y: float
    kind: str = ""
    name: str = ""


def plane(
    places: Sequence[Place],
    names: tuple[str, str],
    corners: tuple[str, str, str, str],
    ends: tuple[tuple[str, str], tuple[str, str]],
) -> Markup:
    """Two measures against each other, around their zeros.

    Args:
        names: of the measure across and of the one upwards.
        corners: what each quarter means: top left, top right, bottom left, bottom right.
        ends: what the least and the most of each scale are called.
    """
    width, height, side = 720, 400, 42
    reach_x = 1.15 * max((abs(one.x) for one in places), default=1.0) or 1.0
    reach_y = 1.3 * max((abs(one.y) for one in places), default=1.0) or 1.0
    middle_x, middle_y = (side + width - PAD) / 2, (height - side + PAD) / 2

    def put(one: Place) -> tuple[float, float]:
        """Where a thing lies."""
        x = middle_x + one.x / reach_x * (width - PAD - side) / 2
        return x, middle_y - one.y / reach_y * (height - side - PAD) / 2

    left, right, top, bottom = side, width - PAD, PAD, height - side
    parts: list[Markup | None] = [
        el("rect", x=left, y=top, width=right - left, height=bottom - top, class_="frame"),
        _line(middle_x, top, middle_x, bottom, "axis"),
        _line(left, middle_y, right, middle_y, "axis"),
    ]
    spots = ((left + 8, top + 17, "start"), (right - 8, top + 17, "end"),
             (left + 8, bottom - 9, "start"), (right - 8, bottom - 9, "end"))  # fmt: skip
    parts += [
        el("text", text, x=x, y=y, text_anchor=anchor, class_="corner")
        for text, (x, y, anchor) in zip(corners, spots, strict=True)
    ]
    parts += [mark(*put(one), one.kind) for one in places]
    parts += _labels([(one, *put(one)) for one in places if one.name], right)
    parts += [
        el("text", ends[0][0], x=left, y=bottom + 16, text_anchor="start"),
        el("text", names[0], x=middle_x, y=bottom + 32, text_anchor="middle", class_="name"),
        el("text", ends[0][1], x=right, y=bottom + 16, text_anchor="end"),
    ]
    turn = f"rotate(-90 14 {middle_y:.0f})"
    upwards = f"{ends[1][0]} \u2190 {names[1]} \u2192 {ends[1][1]}"
    parts.append(
        el("text", upwards, x=14, y=f"{middle_y:.0f}", text_anchor="middle", class_="name",
           transform=turn)
    )  # fmt: skip
    return _svg(width, height, parts, "plane")


def _labels(named: list[tuple[Place, float, float]], right: float) -> list[Markup | None]:
    """Names beside their marks, moved down where they would lie on one another."""
    taken: list[tuple[float, float, float]] = []
    found: list[Markup | None] = []
    for one, x, y in sorted(named, key=lambda place: (place[2], place[1])):
        long = 6.8 * len(one.name)
        turn = x + 12 + long > right
        start = x - 10 - long if turn else x + 10
        while any(abs(y - other) < 13 and start < end and begin < start + long
                  for begin, end, other in taken):  # fmt: skip
            y += 13
        taken.append((start, start + long, y))
        found.append(el("text", heard_text(one.name), x=f"{x - 10 if turn else x + 10:.1f}",
                        y=f"{y + 4:.1f}", text_anchor="end" if turn else "start",
                        class_="label"))  # fmt: skip
    return found


def heard_text(name: str) -> Markup:
    """A name in a drawing, which can't turn the direction of what is around it."""
    return el("tspan", name, unicode_bidi="isolate")


def _x(value: float, scale: tuple[float, float], width: int = WIDTH) -> float:
    if scale[1] <= scale[0]:
        return width / 2
    share = (value - scale[0]) / (scale[1] - scale[0])
    return PAD + min(1.0, max(0.0, share)) * (width - 2 * PAD)


def _anchor(x: float, width: float) -> str:
    return "start" if x < 0.2 * width else "end" if x > 0.8 * width else "middle"


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return el("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}",
              class_=kind.strip())  # fmt: skip


def _svg(width: int, height: int, parts: Sequence[Markup | None], kind: str) -> Markup:
    return el("svg", *parts, viewBox=f"0 0 {width} {height}", width=width, height=height,
              class_=kind, aria_hidden="true")  # fmt: skip
