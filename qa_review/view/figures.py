"""Numbers as people read them."""

from __future__ import annotations

from datetime import datetime

from qa_review.view.markup import Markup, el, heard

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STEP_WIDTH, STEP_GAP, STEP_HEIGHT = 14, 2, 8


def clock(ms: int) -> str:
    """A place in a call, or how long one lasted.

    >>> clock(0), clock(61_900), clock(3_600_000)
    ('0:00', '1:01', '1:00:00')
    """
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def seconds(ms: int) -> str:
    """A short stretch of time.

    >>> seconds(840), seconds(12_400), seconds(95_000)
    ('0.8 s', '12 s', '1 min 35 s')
    """
    if ms < 10_000:
        return f"{ms / 1000:.1f} s"
    minutes, rest = divmod(round(ms / 1000), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def percent(share: float) -> str:
    r"""A share in [0, 1]; the sign stays on the number's line.

    >>> percent(0.463)
    '46\xa0%'
    """
    return f"{100 * share:.0f}\u00a0%"


def whole(value: float) -> str:
    """A figure from 0 to 100 or a count, without decimals.

    >>> whole(62.5), whole(12_345)
    ('63', '12,345')
    """
    return f"{int(value + 0.5):,}"


def counted(number: int, what: str, plural: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "word"), counted(3, "reply", "replies")
    ('1 word', '3 replies')
    """
    return f"{number:,} {what if number == 1 else plural or what + 's'}"


def sure(confidence: float) -> str:
    """A confidence in [0, 1] as a word.

    >>> sure(0.3), sure(0.6), sure(0.9)
    ('low', 'medium', 'high')
    """
    return "low" if confidence < 0.5 else "medium" if confidence < 0.75 else "high"


def when(started_at: str, *, zoned: bool = True) -> Markup:
    """A date and time as a person writes it; text that isn't one stays as it was given."""
    try:
        at = datetime.fromisoformat(started_at.strip())
    except ValueError:
        return heard(started_at)
    day = f"{at.day} {MONTHS[at.month - 1]} {at.year}"
    offset = at.strftime("%z")
    zone = "" if not offset else " UTC" if offset == "+0000" else f" {offset[:3]}:{offset[3:5]}"
    has_time = len(started_at.strip()) > len("2026-01-31")
    text = f"{day}, {at:%H:%M}{zone if zoned else ''}" if has_time else day
    return el("time", text, datetime=at.isoformat())


def steps(level: int | None) -> Markup:
    """Five steps, as many filled as the level; the number stands beside it in text."""
    boxes = [
        el(
            "rect",
            x=i * (STEP_WIDTH + STEP_GAP) + 0.5,
            y=0.5,
            width=STEP_WIDTH - 1,
            height=STEP_HEIGHT - 1,
            rx=1.5,
            class_="on" if level is not None and i < level else "off",
        )
        for i in range(5)
    ]
    width = 5 * STEP_WIDTH + 4 * STEP_GAP
    low = " low" if level is not None and level <= 2 else ""
    box = f"0 0 {width} {STEP_HEIGHT}"
    return el("svg", *boxes, class_=f"steps{low}", viewBox=box, width=width, height=STEP_HEIGHT,
              aria_hidden="true")  # fmt: skip
