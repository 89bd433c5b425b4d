"""Stretches of time on one call, in whole milliseconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The stretch ``[start_ms, end_ms)`` of one call; never empty.

    >>> hold = Span(61_000, 94_500)
    >>> Span(60_000, 62_000) & hold
    Span(start_ms=61000, end_ms=62000)
    >>> Span(0, 1_000) & hold is None
    True
    """

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms:
            raise ValueError(
                f"a span runs forward from 0 ms and isn't empty, not {self.start_ms}..{self.end_ms}"
            )

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms

    def __and__(self, other: Span) -> Span | None:
        """The part both share, or ``None`` when they only touch or miss each other."""
        start, end = max(self.start_ms, other.start_ms), min(self.end_ms, other.end_ms)
        return Span(start, end) if start < end else None

    def __or__(self, other: Span) -> Span:
        """The shortest span that covers both."""
        return Span(min(self.start_ms, other.start_ms), max(self.end_ms, other.end_ms))


def united(spans: Iterable[Span]) -> list[Span]:
    """The same stretches as sorted spans that neither overlap nor touch.

    >>> united([Span(50, 90), Span(0, 20), Span(20, 40), Span(60, 70)])
    [Span(start_ms=0, end_ms=40), Span(start_ms=50, end_ms=90)]
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_ms <= merged[-1].end_ms:
            merged[-1] |= span
        else:
            merged.append(span)
    return merged


def shared_ms(first: Iterable[Span], second: Iterable[Span]) -> int:
    """How many milliseconds lie in both sets of spans.

    >>> shared_ms([Span(0, 10), Span(20, 30)], [Span(5, 25)])
    10
    """
    left, right = united(first), united(second)
    total, at = 0, 0
    for span in left:
        while at < len(right) and right[at].end_ms <= span.start_ms:
            at += 1
        here = at
        while here < len(right) and right[here].start_ms < span.end_ms:
            common = span & right[here]
            total += common.length_ms if common else 0
            here += 1
    return total
