"""From places in a turn to evidence: how much to quote, and for which behaviours it speaks."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from qa_review.capture.transcript import Quote, Transcript
from qa_review.grade.evidence import Evidence
from qa_review.grade.rubric import Rubric

MOST_WORDS = 25
"""A quote is at most this long, in written words."""

_SENTENCE_END = re.compile(r"[.?!…;]+[\"')\]]*(?=\s|$)")
_WORD = re.compile(r"\S+")
_PAUSE = (",", ":", "-", "\u2013", "\u2014")


@dataclass(frozen=True, slots=True)
class Hit:
    """An indicator found at one place, before it is told which behaviour it speaks to."""

    indicator: str
    quote: Quote
    note: str = ""


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch around characters ``[start, end)`` that a person can understand.

    The whole sentence, or sentences, when at most ``MOST_WORDS`` long; else the words around
    the place, cut at commas where there are any. Begins and ends with a word.

    >>> said = "Right. I'll ring you on Monday, before ten. Okay?"
    >>> said[slice(*clause(said, 7, 16))]
    "I'll ring you on Monday, before ten."
    """
    ends = _sentence_ends(text)
    before, after = bisect_right(ends, start), bisect_left(ends, end)
    left = ends[before - 1] if before else 0
    right = ends[after] if after < len(ends) else len(text)
    sentence = text[left:right]
    if len(sentence.split(maxsplit=MOST_WORDS)) <= MOST_WORDS:
        return right - len(sentence.lstrip()), left + len(sentence.rstrip())
    words = [(m.start(), m.end()) for m in _WORD.finditer(text, left, right)]
    low, high = _window(text, words, start, end)
    return words[low][0], words[high][1]


@lru_cache(maxsize=2_000)
def _sentence_ends(text: str) -> tuple[int, ...]:
    """The character after each sentence; kept for a while, as a turn is often quoted again."""
    return tuple(match.end() for match in _SENTENCE_END.finditer(text))


def _window(text: str, words: list[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """The first and last word of a stretch around ``[start, end)`` of ``MOST_WORDS`` or fewer."""
    edges = [edge for _, edge in words]
    first = min(bisect_right(edges, start), len(words) - 1)
    last = max(first, min(bisect_left(edges, end), len(words) - 1))
    last = min(last, first + MOST_WORDS - 1)
    spare = MOST_WORDS - (last - first + 1)
    before = min(first, spare // 3)
    after = min(len(words) - 1 - last, spare - before)
    low, high = first - before, last + after
    for at in range(first, low, -1):
        if text[words[at - 1][1] - 1] in _PAUSE:
            low = at
            break
    for at in range(high, last, -1):
        if text[words[at][1] - 1] in _PAUSE:
            high = at
            break
    return low, high


class Quotes:
    """The quotes of one transcript, each made once: many hits are of the same words."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._made: dict[tuple[int, int, int], Quote] = {}

    def hit(self, indicator: str, turn: int, start: int, end: int, note: str = "") -> Hit:
        """The hit that quotes the clause around a place of a turn."""
        place = turn, *clause(self._transcript.turns[turn].text, start, end)
        quote = self._made.get(place)
        if quote is None:
            quote = self._made[place] = self._transcript.quote(*place)
        return Hit(indicator, quote, note)


def evidence_of(rubric: Rubric, hits: Iterable[Hit], finder: str) -> tuple[Evidence, ...]:
    """One piece of evidence a hit and behaviour it speaks to, in the order of the turns."""
    order = {indicator.id: at for at, indicator in enumerate(rubric.indicators)}
    known = {indicator.id: indicator for indicator in rubric.indicators}
    made: list[Evidence] = []
    for found in sorted(hits, key=lambda h: (h.quote.turn, h.quote.start, order[h.indicator])):
        shown = known[found.indicator]
        for behaviour in shown.supports:
            made.append(
                Evidence(behaviour, shown.id, "for", found.quote, finder, shown.weight, found.note)
            )
        for behaviour in shown.speaks_against:
            made.append(
                Evidence(
                    behaviour, shown.id, "against", found.quote, finder, shown.weight, found.note
                )
            )
    return tuple(made)
